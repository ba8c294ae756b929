"""The production server: RSGI, sites, metrics and access log."""
