"""What the benchmarks share: a closure, queries, servers, a load generator, wires and memory."""
