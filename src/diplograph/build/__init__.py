"""From the files of a home to a store: read, reason, validate, write."""
