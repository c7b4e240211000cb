"""Bulk: articles as lines of a stream, written as they arrive, each line answered by another."""

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
from service.live import Live
from service.problems import Problem, archive_problem, invalid

_logger = logging.getLogger(__name__)
# Other writers wait while one writes.
_AT_ONCE = 200
# An article and what its reply says of keys that no article has.
Given = tuple[Article, dict[str, list[str]]]


def read_article(text: bytes, article_id: str | None = None) -> Given:
    """Return the article that a body or a line holds as JSON, or raise Problem.

    The id may be left out where it is known otherwise.

    Examples
    --------
    >>> read_article(b'{"title": "Hail", "titel": "Hail"}', "a1")[1]
    {'left_out': ['titel']}
    """
    try:
        record = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise _wrong("body", "invalid_json", f"not JSON: {error}") from None
    if not isinstance(record, dict):
        raise _wrong("body", "invalid_json", f"an object is wanted, not a {type(record).__name__}")
    if article_id is not None:
        if (given := record.get("id")) is not None and str(given) != article_id:
            detail = f"the body's id is {given!r}, the one that was called {article_id!r}"
            raise _wrong("id", "invalid_id", detail)
        record["id"] = article_id
    try:
        article = Article.from_record(record)
    except ArticleError as error:
        raise _wrong("article", "invalid_article", str(error)) from None
    unknown = [key for key in record if key not in Article.model_fields]
    names = [key.encode(errors="replace").decode() for key in unknown]
    return article, {"left_out": names} if names else {}


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


def _chunks(lines: Iterable[tuple[int, bytes]], limit: int) -> Iterator[dict[int, Given | Problem]]:
    """Yield what lines hold by number, in chunks without two of one id; blank ones say nothing."""
    chunk: dict[int, Given | Problem] = {}
    ids: set[str] = set()
    for number, text in lines:
        if not text.strip():
            continue
        found = _read(text, limit)
        key = "" if isinstance(found, Problem) else found[0].id
        if key in ids or len(chunk) == _AT_ONCE:
            yield chunk
            chunk, ids = {}, set()
        chunk[number] = found
        ids |= {key} - {""}
    yield chunk


def _read(text: bytes, limit: int) -> Given | Problem:
    try:
        if len(text) > limit:
            detail = f"the line is longer than {limit:,} bytes"
            raise Problem(413, "payload_too_large", detail)
        return read_article(text)
    except Problem as problem:
        return problem


async def _written(live: Live, chunk: dict[int, Given | Problem]) -> list[dict[str, Any]]:
    """Write the articles of a chunk, and return the result of each of its lines."""
    articles = [each[0] for each in chunk.values() if not isinstance(each, Problem)]
    try:
        changes = await live.write(lambda catalog: catalog.put(articles)) if articles else None
        before = changes.revision - changes.created - changes.changed if changes else 0
    except CatalogError as error:
        _logger.error("%d lines were not written: %s", len(articles), error)
        failed = archive_problem(error)
        chunk = {n: each if isinstance(each, Problem) else failed for n, each in chunk.items()}
        changes = None
    results = []
    for number, each in chunk.items():
        if isinstance(each, Problem):
            results.append({"line": number, **each.to_record("/v1/articles")})
        elif changes:
            article, unknown = each
            revision, created = changes.written[article.id]
            told = {"line": number, "id": article.id, "revision": revision, "created": created}
            results.append(told | await altered(live, revision, before) | unknown)
    return results


async def altered(live: Live, revision: int, before: int) -> dict[str, Any]:
    """Return what a reply says of the lists that a write altered: none if it was ``before``."""
    if revision <= before:
        return {"affected": [], "affected_complete": True}
    affected = await live.affected(revision)
    return {"affected": list(affected.first), "affected_complete": affected.complete}
