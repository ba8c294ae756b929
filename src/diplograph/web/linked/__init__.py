"""Linked data: RDF of things, redirects from IRIs, downloads of the graph, the VoID description."""

DATA_LICENSE = "https://creativecommons.org/licenses/by/4.0/"
FOAF = "http://xmlns.com/foaf/0.1/"
