"""Linked data: RDF of things, redirects from IRIs, downloads of the graph, the VoID description."""

from diplograph.core.names import PREFIXES

DATA_LICENSE = "https://creativecommons.org/licenses/by/4.0/"
FOAF = PREFIXES["foaf"]
