"""What a SPARQL query may do, decided before it runs."""
