"""Linked data: IRIs and RDF of things, downloads, VoID."""
