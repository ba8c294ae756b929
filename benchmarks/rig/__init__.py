"""Parts that several benchmarks use: servers, queries, a synthetic graph, load and measurements."""
