"""A SPARQL engine on another server: queried like a local store, and loaded with a build."""
