"""Persistence: a model on disk as plain arrays and a JSON manifest; read ``files`` first."""
