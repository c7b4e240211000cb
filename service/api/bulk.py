"""Bulk writes: one article per line of a stream, written on arrival; each has a result."""

from __future__ import annotations

import json
import logging
from collections.abc import AsyncIterator, Iterable, Iterator
from math import inf
from typing import Any

import anyio
from fastapi import Request
from fastapi.responses import StreamingResponse
from starlette.requests import ClientDisconnect
from starlette.types import Receive, Scope, Send

from recommender import Article
from recommender.errors import ArticleError, CatalogError
from service.http.problems import Problem, archive_problem, invalid
from service.live import ModelManager

_logger = logging.getLogger(__name__)
# Most articles written in one transaction, because other writers wait for it.
_AT_ONCE = 200
# An article, and the reply's field with the names of ignored unknown fields, if any.
Parsed = tuple[Article, dict[str, list[str]]]


def parse_article(text: bytes, article_id: str | None = None) -> Parsed:
    """Return the article of a JSON body or line, or raise Problem.

    With ``article_id`` it may lack its id.

    Examples
    --------
    >>> parse_article(b'{"title": "Hail", "titel": "Hail"}', "a1")[1]
    {'left_out': ['titel']}
    """
    try:
        record = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise _invalid("body", "invalid_json", f"not JSON: {error}") from None
    if not isinstance(record, dict):
        detail = f"expected a JSON object, got a {type(record).__name__}"
        raise _invalid("body", "invalid_json", detail)
    if article_id is not None:
        if (body_id := record.get("id")) is not None and str(body_id) != article_id:
            detail = f"the id in the body, {body_id!r}, is not that of the request, {article_id!r}"
            raise _invalid("id", "invalid_id", detail)
        record["id"] = article_id
    try:
        article = Article.from_record(record)
    except ArticleError as error:
        raise _invalid("article", "invalid_article", str(error)) from None
    unknown = [key for key in record if key not in Article.model_fields]
    names = [key.encode(errors="replace").decode() for key in unknown]
    return article, {"left_out": names} if names else {}


def _invalid(parameter: str, code: str, detail: str) -> Problem:
    return invalid([{"parameter": parameter, "code": code, "detail": detail}])


class BulkResponse(StreamingResponse):
    """Writes the articles of a request's lines, and sends a line's result once it is durable.

    Lines that arrive together are written together. Results are buffered, so a client may send
    everything before it reads the first one.
    """

    media_type = "application/x-ndjson"

    def __init__(self, request: Request, manager: ModelManager, limit: int) -> None:
        self._request, self._manager, self._limit = request, manager, limit
        self._sending, self._results = anyio.create_memory_object_stream[bytes](inf)
        super().__init__(self._results, headers={"Cache-Control": "no-store"})

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Read lines and send results; the base class would consume the request's body."""
        async with self._results, anyio.create_task_group() as tasks:
            tasks.start_soon(self._write_all)
            await self.stream_response(send)

    async def _write_all(self) -> None:
        with self._sending:
            try:
                async for lines in _lines(self._request, self._limit):
                    for chunk in _chunks(lines, self._limit):
                        for result in await _write(self._manager, chunk):
                            text = json.dumps(result, ensure_ascii=False, separators=(",", ":"))
                            self._sending.send_nowait(text.encode() + b"\n")
            except ClientDisconnect:
                pass


async def _lines(request: Request, limit: int) -> AsyncIterator[list[tuple[int, bytes]]]:
    """Yield the lines that each piece of the body completes, with their numbers.

    A line longer than ``limit`` bytes is truncated to little more than that.
    """
    number, rest = 0, b""
    async for piece in request.stream():
        *complete, rest = (rest + piece).split(b"\n")
        yield list(enumerate(complete, number + 1))
        number, rest = number + len(complete), rest[: limit + 1]
    yield [(number + 1, rest)]


def _chunks(
    lines: Iterable[tuple[int, bytes]], limit: int
) -> Iterator[dict[int, Parsed | Problem]]:
    """Yield parsed lines by number, in chunks in which no id repeats; blank lines are skipped."""
    chunk: dict[int, Parsed | Problem] = {}
    ids: set[str] = set()
    for number, text in lines:
        if not text.strip():
            continue
        parsed = _parse(text, limit)
        key = "" if isinstance(parsed, Problem) else parsed[0].id
        if key in ids or len(chunk) == _AT_ONCE:
            yield chunk
            chunk, ids = {}, set()
        chunk[number] = parsed
        ids |= {key} - {""}
    yield chunk


def _parse(text: bytes, limit: int) -> Parsed | Problem:
    try:
        if len(text) > limit:
            detail = f"the line is longer than {limit:,} bytes"
            raise Problem(413, "payload_too_large", detail)
        return parse_article(text)
    except Problem as problem:
        return problem


async def _write(manager: ModelManager, chunk: dict[int, Parsed | Problem]) -> list[dict[str, Any]]:
    """Write the articles of a chunk, and return a result for each line."""
    articles = [each[0] for each in chunk.values() if not isinstance(each, Problem)]
    try:
        changes = await manager.write(lambda catalog: catalog.put(articles)) if articles else None
        before = changes.revision - changes.created - changes.changed if changes else 0
    except CatalogError as error:
        _logger.error("%d lines were not written: %s", len(articles), error)
        problem = archive_problem(error)
        chunk = {n: each if isinstance(each, Problem) else problem for n, each in chunk.items()}
        changes = None
    results = []
    for number, each in chunk.items():
        if isinstance(each, Problem):
            results.append({"line": number, **each.to_record("/v1/articles")})
        elif changes:
            article, ignored = each
            revision, created = changes.written[article.id]
            record = {"line": number, "id": article.id, "revision": revision, "created": created}
            results.append(record | await affected_fields(manager, revision, before) | ignored)
    return results


async def affected_fields(manager: ModelManager, revision: int, before: int) -> dict[str, Any]:
    """Return a reply's fields on affected lists; there are none up to revision ``before``."""
    if revision <= before:
        return {"affected": [], "affected_complete": True}
    affected = await manager.affected(revision)
    return {"affected": list(affected.first), "affected_complete": affected.complete}
