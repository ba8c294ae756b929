"""Pictures as SVG: timeline, network and map."""
