"""What everything else builds on: errors, names, files, formats, RDF terms and dates."""
