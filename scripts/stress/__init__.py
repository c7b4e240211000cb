"""Stress tests: a running service under faults."""
