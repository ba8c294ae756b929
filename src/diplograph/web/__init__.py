"""Pages and SPARQL endpoint over HTTP."""
