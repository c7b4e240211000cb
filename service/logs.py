"""Logs: one JSON object per line, and one line per request."""

from __future__ import annotations

import asyncio
import json
import logging
from datetime import UTC, datetime
from functools import lru_cache
from time import time
from typing import Any

_requests = logging.getLogger("service.requests")
# Bytes that a pipe writes atomically, so that lines of several processes never mix.
_ATOMIC = 4096


class JsonLines(logging.Formatter):
    """Formats a record as a JSON object; records of ``RequestLog`` are JSON lines already.

    Examples
    --------
    >>> record = {"levelname": "INFO", "msg": "late", "created": 0.0, "name": "service"}
    >>> JsonLines().format(logging.makeLogRecord(record))
    '{"time":"1970-01-01T00:00:00.000Z","level":"info","logger":"service","message":"late"}'
    """

    def format(self, record: logging.LogRecord) -> str:
        """Return a record's line."""
        if record.name == _requests.name:
            return record.getMessage()
        line: dict[str, Any] = {
            "time": _at(record.created),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        if record.exc_info:
            line["error"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False, separators=(",", ":"))


class RequestLog:
    """Logs requests; those of one turn of the event loop share a log record, which is faster."""

    def __init__(self) -> None:
        self._lines: list[str] = []

    def add(self, *fields: Any) -> None:
        """Log a request in the next turn of the loop; takes the arguments of ``request_line``."""
        if not _requests.isEnabledFor(logging.INFO):
            return
        line = request_line(*fields, at=time())
        if not self._lines:
            asyncio.get_running_loop().call_soon(self._write)
        self._lines.append(line)

    def _write(self) -> None:
        lines, self._lines = self._lines, []
        block: list[str] = []
        size = 0
        for line in lines:
            if block and size + len(line) >= _ATOMIC:
                _requests.info("\n".join(block))
                block, size = [], 0
            block.append(line)
            size += len(line) + 1
        _requests.info("\n".join(block))


def request_line(
    request_id: str,
    method: str,
    route: str,
    status: int,
    seconds: float,
    model: str | None,
    revision: int | None,
    *,
    at: float,
) -> str:
    """Return the log line of a request, with the model and revision that were served.

    Examples
    --------
    >>> request_line("7f", "GET", "/healthz", 200, 0.00125, None, None, at=0.0)
    '{"time":"1970-01-01T00:00:00.000Z","level":"info","logger":"service.requests",\
"message":"request","id":"7f","milliseconds":1.250,"method":"GET","route":"/healthz",\
"status":200,"model":null,"revision":null}'
    """
    return (
        f'{{"time":"{_at(at)}","level":"info","logger":"service.requests","message":"request",'
        f'"id":{json.dumps(request_id)},"milliseconds":{seconds * 1000:.3f},'
        f"{_rest(method, route, status, model, revision)}"
    )


@lru_cache(256)
def _rest(method: str, route: str, status: int, model: str | None, revision: int | None) -> str:
    record = {"method": method, "route": route, "status": status}
    record |= {"model": model, "revision": revision}
    return json.dumps(record, separators=(",", ":"))[1:]


def _at(seconds: float) -> str:
    whole, thousandths = divmod(int(seconds * 1000), 1000)
    return f"{_second(whole)}.{thousandths:03}Z"


@lru_cache(1)
def _second(seconds: int) -> str:
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%S}"
