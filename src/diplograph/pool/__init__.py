"""Bounded query workers: processes that can be stopped without harm to others."""
