"""The calls: lists and articles, by id or url, and how the service is."""

from __future__ import annotations

# A list of more candidates than this takes milliseconds, which others should not wait for.
_QUICK = 10
