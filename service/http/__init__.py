"""HTTP: replies and their cache, errors as problem details, keys, CORS, and the middleware."""
