"""Views: what pages, command line and Python show of the graph, each read by a few queries."""
