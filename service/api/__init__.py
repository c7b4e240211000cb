"""The REST API under /v1, one file a group of endpoints, and the operational endpoints."""
