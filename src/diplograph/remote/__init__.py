"""A SPARQL engine on another server: ask it, and upload a build to it."""
