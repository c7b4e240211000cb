"""Benchmarks: alsoread beside its peers, and their common parts."""
