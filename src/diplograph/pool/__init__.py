"""Pool of query workers: processes that can be killed without harm to others."""
