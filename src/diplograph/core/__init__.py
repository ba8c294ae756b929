"""Ground floor: errors, names, files, formats, terms of RDF and dates."""
