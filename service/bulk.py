"""Bulk: articles as lines of a stream, written as they arrive, each line answered by another."""

from __future__ import annotations

import json
import logging
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping
from math import inf
from typing import Any, NamedTuple

import anyio
from fastapi import Request
from fastapi.responses import StreamingResponse
from starlette.requests import ClientDisconnect
from starlette.types import Receive, Scope, Send

from recommender import Article
from recommender.errors import ArticleError, CatalogError
from service.live import Live
from service.problems import Problem, archive_problem, invalid

_logger = logging.getLogger(__name__)
# Other writers wait while one writes.
_AT_ONCE = 200


class _Line(NamedTuple):
    """A line's number, the article it holds or what is wrong with it, and its ``left_out``."""

    number: int
    found: Article | Problem
    unknown: dict[str, list[str]]


def read_object(text: bytes) -> dict[str, Any]:
    """Return the JSON object of a body or a line, or raise Problem."""
    try:
        value = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise _wrong("body", "invalid_json", f"not JSON: {error}") from None
    if not isinstance(value, dict):
        raise _wrong("body", "invalid_json", f"an object is wanted, not a {type(value).__name__}")
    return value


def article_of(record: dict[str, Any], article_id: str | None = None) -> Article:
    """Return the article of a record, whose id may be left out where it is known otherwise."""
    if article_id is not None:
        given = record.get("id")
        if given is not None and str(given) != article_id:
            detail = f"the body's id is {given!r}, the one that was called {article_id!r}"
            raise _wrong("id", "invalid_id", detail)
        record = {**record, "id": article_id}
    try:
        return Article.from_record(record)
    except ArticleError as error:
        raise _wrong("article", "invalid_article", str(error)) from None


def left_out(record: dict[str, Any]) -> dict[str, list[str]]:
    """Return the keys that no article has as what a reply says of them: nothing if none.

    Examples
    --------
    >>> left_out({"id": "a1", "titel": "Hail"}), left_out({"id": "a1"})
    ({'left_out': ['titel']}, {})
    """
    keys = [key for key in record if key not in Article.model_fields]
    return {"left_out": [key.encode(errors="replace").decode() for key in keys]} if keys else {}


def _wrong(parameter: str, code: str, detail: str) -> Problem:
    return invalid([{"parameter": parameter, "code": code, "detail": detail}])


class Results(StreamingResponse):
    """Writes the articles of a request's lines, and answers each line once it is durable.

    What arrives at once is written at once. Results do not hold up the lines, so that whoever reads
    them only after having sent everything is not waited for.
    """

    media_type = "application/x-ndjson"

    def __init__(self, request: Request) -> None:
        self._request = request
        self._sending, self._results = anyio.create_memory_object_stream[bytes](inf)
        super().__init__(self._results, headers={"Cache-Control": "no-store"})

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Read lines and send results; unlike other streams it leaves the body to be read."""
        async with self._results, anyio.create_task_group() as tasks:
            tasks.start_soon(self._write_all)
            await self.stream_response(send)

    async def _write_all(self) -> None:
        live: Live = self._request.app.state.live
        limit: int = self._request.app.state.settings.max_body_bytes
        with self._sending:
            try:
                async for lines in _lines(self._request, limit):
                    for chunk in _chunks(lines, limit):
                        for result in await _written(live, chunk):
                            text = json.dumps(result, ensure_ascii=False, separators=(",", ":"))
                            self._sending.send_nowait(text.encode() + b"\n")
            except ClientDisconnect:
                pass


async def _lines(request: Request, limit: int) -> AsyncIterator[list[tuple[int, bytes]]]:
    """Yield the lines that each piece of the body completes, with their numbers.

    Of a line that is longer than ``limit`` a little more than that is kept.
    """
    number, rest = 0, b""
    async for piece in request.stream():
        *whole, rest = (rest + piece).split(b"\n")
        yield list(enumerate(whole, number + 1))
        number, rest = number + len(whole), rest[: limit + 1]
    yield [(number + 1, rest)]


def _chunks(lines: Iterable[tuple[int, bytes]], limit: int) -> Iterator[list[_Line]]:
    """Yield what lines hold in chunks, none with two articles of one id; blank ones say nothing."""
    chunk: dict[object, _Line] = {}
    for number, text in lines:
        if text.strip():
            line = _read(number, text, limit)
            key = line.found.id if isinstance(line.found, Article) else number
            if key in chunk or len(chunk) == _AT_ONCE:
                yield [*chunk.values()]
                chunk = {}
            chunk[key] = line
    if chunk:
        yield [*chunk.values()]


def _read(number: int, text: bytes, limit: int) -> _Line:
    try:
        if len(text) > limit:
            detail = f"the line is longer than {limit:,} bytes"
            raise Problem(413, "payload_too_large", detail)
        record = read_object(text)
        return _Line(number, article_of(record), left_out(record))
    except Problem as problem:
        return _Line(number, problem, {})


async def _written(live: Live, chunk: list[_Line]) -> Iterator[dict[str, Any]]:
    """Write the articles of a chunk, and return the result of each of its lines."""
    given = [line.found for line in chunk if isinstance(line.found, Article)]
    written: Mapping[str, tuple[int, bool]] = {}
    failed = None
    try:
        if given:
            written = (await live.write(lambda catalog: catalog.put(given))).written
    except CatalogError as error:
        _logger.error("%d lines were not written: %s", len(given), error)
        failed = archive_problem(error)
    return (_result(line, written, failed) for line in chunk)


def _result(
    line: _Line, written: Mapping[str, tuple[int, bool]], failed: Problem | None
) -> dict[str, Any]:
    found = failed if failed and isinstance(line.found, Article) else line.found
    if isinstance(found, Problem):
        return {"line": line.number, **found.to_record("/v1/articles")}
    revision, created = written[found.id]
    told = {"line": line.number, "id": found.id, "revision": revision, "created": created}
    return told | line.unknown
