"""The diplomatic views that pages, command line and Python share, each read by a few queries."""
