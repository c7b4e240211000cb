"""The REST API under /v1, one file per group of endpoints, and the operational endpoints.

Read ``lists.py`` first: the other groups are built like it.
"""
