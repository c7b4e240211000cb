"""Writes: insert, replace and delete articles; all endpoints need a write key."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request, Response

from service.api.bulk import BulkResponse, affected_fields, parse_article
from service.api.dependencies import ManagerDep, SettingsDep
from service.api.parameters import ArticleId, ById, NoOptions, check_not_repeated
from service.api.schemas import Deleted, Line, Written, documented
from service.http.auth import writer
from service.http.problems import Problem, not_found
from service.http.replies import etag, uncached_reply
from service.live import ModelManager

router = APIRouter(dependencies=[Depends(writer), Depends(check_not_repeated)])

_DELETED = documented(Deleted, 401, 403, 404, 409, 422, 503)
_WRITTEN = documented(Written, 201, 401, 403, 409, 413, 422, 503)


def _body(media_type: str) -> dict[str, Any]:
    schema = {"$ref": "#/components/schemas/Article"}
    return {"requestBody": {"required": True, "content": {media_type: {"schema": schema}}}}


@router.put(
    "/v1/articles/{id}",
    summary="Write an article",
    responses=_WRITTEN,
    openapi_extra=_body("application/json"),
)
async def put(
    request: Request,
    article_id: ArticleId,
    _: Annotated[NoOptions, Query()],
    manager: ManagerDep,
) -> Response:
    """Insert or replace an article; the next request sees it.

    With ``If-Match: "REVISION"`` it replaces only that revision, and with ``If-None-Match: *`` it
    only inserts; else the reply is a 409.
    """
    return await _put(request, manager, article_id)


@router.put(
    "/v1/articles",
    summary="Write an article by id",
    responses=_WRITTEN,
    openapi_extra=_body("application/json"),
)
async def put_by_query(
    request: Request, query: Annotated[ById, Query()], manager: ManagerDep
) -> Response:
    """Insert or replace an article, named by its id in the query."""
    return await _put(request, manager, query.id)


@router.delete("/v1/articles/{id}", summary="Delete an article", responses=_DELETED)
async def delete(
    request: Request,
    article_id: ArticleId,
    _: Annotated[NoOptions, Query()],
    manager: ManagerDep,
) -> Response:
    """Delete an article; from the next request on it is in no list."""
    return await _delete(request, manager, article_id)


@router.delete("/v1/articles", summary="Delete an article by id", responses=_DELETED)
async def delete_by_query(
    request: Request, query: Annotated[ById, Query()], manager: ManagerDep
) -> Response:
    """Delete an article, named by its id in the query."""
    return await _delete(request, manager, query.id)


@router.post(
    "/v1/articles",
    summary="Write many articles",
    status_code=200,
    response_class=BulkResponse,
    responses=documented(Line, 401, 403, 422),
    openapi_extra=_body(BulkResponse.media_type),
)
async def put_lines(
    request: Request,
    _: Annotated[NoOptions, Query()],
    manager: ManagerDep,
    settings: SettingsDep,
) -> Response:
    """Insert or replace many articles, one JSON object per line.

    Each line gets a result once it is written. An invalid line gets a problem, and the others are
    written all the same.
    """
    return BulkResponse(request, manager, settings.max_body_bytes)


async def _put(request: Request, manager: ModelManager, article_id: str) -> Response:
    article, ignored = parse_article(await request.body(), article_id)
    check = _precondition(request)
    changes = await manager.write(lambda catalog: catalog.put([article], check))
    revision, created = changes.written[article_id]
    before = changes.revision - changes.created - changes.changed
    affected = await affected_fields(manager, revision, before)
    record = {"id": article_id, "revision": revision, "created": created, **affected, **ignored}
    status = 201 if created else 200
    return uncached_reply(record, status=status, headers={"ETag": etag(revision)})


async def _delete(request: Request, manager: ModelManager, article_id: str) -> Response:
    precondition = _precondition(request)

    def check(key: str, revision: int | None) -> None:
        if revision is None:
            raise not_found(key)
        precondition(key, revision)

    changes = await manager.write(lambda catalog: catalog.delete([article_id], check))
    revision = changes.written[article_id].revision
    affected = await affected_fields(manager, revision, changes.revision - 1)
    return uncached_reply({"id": article_id, "revision": revision, "deleted": True, **affected})


def _precondition(request: Request) -> Callable[[str, int | None], None]:
    """Return a check of If-Match and If-None-Match that raises Problem."""
    wanted, unwanted = _etags(request, "if-match"), _etags(request, "if-none-match")

    def check(article_id: str, revision: int | None) -> None:
        current = set() if revision is None else {"*", str(revision)}
        if wanted is not None and not wanted & current:
            state = "it does not exist" if revision is None else f"its revision is {revision}"
            detail = f"the article {article_id!r} does not match If-Match: {state}"
            raise Problem(409, "revision_conflict", detail)
        if unwanted is not None and unwanted & current:
            detail = f"the article {article_id!r} exists already, in revision {revision}"
            raise Problem(409, "article_exists", detail)

    return check


def _etags(request: Request, name: str) -> set[str] | None:
    """Return the ETags of a header without quotes, None if it was not sent.

    Weak ETags are accepted, because proxies that compress make every ETag weak.
    """
    values = request.headers.getlist(name)
    tags = ",".join(values).split(",")
    return {tag.strip().removeprefix("W/").strip('"') for tag in tags} if values else None
