"""SPARQL 1.1 Protocol, Graph Store and Service Description, content negotiation and ETags."""
