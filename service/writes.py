"""The calls that need a write key: changing the archive, and which model answers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from typing import Annotated, Any

from anyio import to_thread
from fastapi import APIRouter, Depends, Path, Query, Request, Response
from pydantic import AfterValidator

from recommender import ModelStore
from recommender.errors import ModelError, NoModelError
from service.auth import writer
from service.bulk import Results, altered, read_article
from service.live import Live
from service.parameters import ArticleId, ById, NoOptions, decoded, given_once
from service.problems import Problem, not_found
from service.replies import etag, fresh_reply
from service.schemas import Activated, Deleted, Line, Versions, Written, documented

write_router = APIRouter(dependencies=[Depends(writer), Depends(given_once)])

_DELETED = documented(Deleted, 401, 403, 404, 409, 422, 503)
_WRITTEN = documented(Written, 201, 401, 403, 409, 413, 422, 503)
_Version = Annotated[
    str, Path(description="A version, as GET /v1/models lists it."), AfterValidator(decoded)
]


def _body(media_type: str) -> dict[str, Any]:
    schema = {"$ref": "#/components/schemas/Article"}
    return {"requestBody": {"required": True, "content": {media_type: {"schema": schema}}}}


@write_router.put("/v1/articles/{id}", responses=_WRITTEN, openapi_extra=_body("application/json"))
async def put(
    request: Request, article_id: ArticleId, _: Annotated[NoOptions, Query()]
) -> Response:
    """Insert or replace an article; the very next request sees it.

    ``If-Match`` with a revision, and ``If-None-Match: *``, make it a 409 to lose another's write.
    """
    return await _put(request, article_id)


@write_router.put("/v1/articles", responses=_WRITTEN, openapi_extra=_body("application/json"))
async def put_by_query(request: Request, query: Annotated[ById, Query()]) -> Response:
    """Insert or replace an article, by its id in the query."""
    return await _put(request, query.id)


@write_router.delete("/v1/articles/{id}", responses=_DELETED)
async def delete(
    request: Request, article_id: ArticleId, _: Annotated[NoOptions, Query()]
) -> Response:
    """Delete an article; it is in no list from now on."""
    return await _delete(request, article_id)


@write_router.delete("/v1/articles", responses=_DELETED)
async def delete_by_query(request: Request, query: Annotated[ById, Query()]) -> Response:
    """Delete an article, by its id in the query."""
    return await _delete(request, query.id)


@write_router.post(
    "/v1/articles",
    status_code=200,
    response_class=Results,
    responses=documented(Line, 401, 403, 422),
    openapi_extra=_body(Results.media_type),
)
async def put_lines(request: Request, _: Annotated[NoOptions, Query()]) -> Response:
    """Insert or replace an article a line, and tell of each line once it is written.

    A line that is wrong is told as a problem, and does not stop the others.
    """
    return Results(request)


@write_router.get("/v1/models", responses=documented(Versions, 401, 403, 422, 503))
async def models(request: Request, _: Annotated[NoOptions, Query()]) -> Response:
    """List the trained versions, oldest first."""
    try:
        found = await to_thread.run_sync(_store(request).versions)
    except ModelError as error:
        raise Problem(503, "model_unavailable", str(error)) from None
    return fresh_reply({"models": [asdict(info) for info in found]})


@write_router.post(
    "/v1/models/{version}/activate", responses=documented(Activated, 401, 403, 404, 422, 503)
)
async def activate(
    request: Request, version: _Version, _: Annotated[NoOptions, Query()]
) -> Response:
    """Make a version the active one, if its files are whole; an older one is the rollback."""
    live: Live = request.app.state.live
    try:
        await to_thread.run_sync(_store(request).activate, version)
    except NoModelError:
        detail = f"there is no version {version!r}; GET /v1/models lists them"
        raise Problem(404, "model_not_found", detail) from None
    except ModelError as error:
        raise Problem(503, "model_unavailable", str(error)) from None
    await to_thread.run_sync(live.refresh)
    return fresh_reply({"version": version, "active": True})


def _store(request: Request) -> ModelStore:
    return ModelStore(request.app.state.settings.models)


async def _put(request: Request, article_id: str) -> Response:
    live: Live = request.app.state.live
    article, unknown = read_article(await request.body(), article_id)
    check = _condition(request)
    changes = await live.write(lambda catalog: catalog.put([article], check))
    revision, created = changes.written[article_id]
    told = await altered(live, revision, changes.revision - changes.created - changes.changed)
    reply = {"id": article_id, "revision": revision, "created": created, **told, **unknown}
    status = 201 if created else 200
    return fresh_reply(reply, status=status, headers={"ETag": etag(revision)})


async def _delete(request: Request, article_id: str) -> Response:
    live: Live = request.app.state.live
    condition = _condition(request)

    def check(key: str, revision: int | None) -> None:
        if revision is None:
            raise not_found(key)
        condition(key, revision)

    changes = await live.write(lambda catalog: catalog.delete([article_id], check))
    revision = changes.written[article_id].revision
    told = await altered(live, revision, changes.revision - 1)
    return fresh_reply({"id": article_id, "revision": revision, "deleted": True, **told})


def _condition(request: Request) -> Callable[[str, int | None], None]:
    """Return what raises Problem when the article is not as If-Match and If-None-Match want it."""
    wanted, unwanted = _tags(request, "if-match"), _tags(request, "if-none-match")

    def check(article_id: str, revision: int | None) -> None:
        has = set() if revision is None else {"*", str(revision)}
        if wanted is not None and not wanted & has:
            now = "it is not there" if revision is None else f"its revision is {revision}"
            detail = f"the article {article_id!r} is not the one of If-Match: {now}"
            raise Problem(409, "revision_conflict", detail)
        if unwanted is not None and unwanted & has:
            detail = f"the article {article_id!r} is there, in revision {revision}"
            raise Problem(409, "article_exists", detail)

    return check


def _tags(request: Request, name: str) -> set[str] | None:
    """Return the tags of a header without quotes, None if it was not sent.

    A weak tag counts as well: a proxy that compresses makes one of every ETag.
    """
    given = request.headers.getlist(name)
    tags = ",".join(given).split(",")
    return {tag.strip().removeprefix("W/").strip('"') for tag in tags} if given else None
