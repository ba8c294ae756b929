"""Checks of SPARQL queries before they run."""
