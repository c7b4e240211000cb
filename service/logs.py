"""Logs: one JSON object a line, one line a request."""

from __future__ import annotations

import json
import logging
from datetime import UTC, datetime
from typing import Any

_requests = logging.getLogger("service.requests")


class JsonLines(logging.Formatter):
    """Writes a record as a JSON object, with the ``facts`` it was given.

    Examples
    --------
    >>> given = {"levelname": "INFO", "msg": "late", "created": 0.0, "facts": {"status": 503}}
    >>> JsonLines().format(logging.makeLogRecord(given))
    '{"time":"1970-01-01T00:00:00.000Z","level":"info","logger":null,"message":"late","status":503}'
    """

    def format(self, record: logging.LogRecord) -> str:
        """Return a record's line."""
        time = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        line: dict[str, Any] = {
            "time": time.replace("+00:00", "Z"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
            **getattr(record, "facts", {}),
        }
        if record.exc_info:
            line["error"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False, separators=(",", ":"))


def log_request(**facts: Any) -> None:
    """Log a request: its id, method, route, status, milliseconds, and the model that was there."""
    if _requests.isEnabledFor(logging.INFO):
        _requests.info("request", extra={"facts": facts})
