"""The calls for trained versions: which there are, and which one answers."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

from anyio import to_thread
from fastapi import APIRouter, Depends, Path, Query, Request, Response
from pydantic import AfterValidator

from recommender import ModelStore
from recommender.errors import ModelError, NoModelError
from service.auth import writer
from service.live import Live
from service.parameters import NoOptions, decoded, given_once
from service.problems import Problem
from service.replies import state_reply
from service.schemas import Activated, Versions, documented

model_router = APIRouter(dependencies=[Depends(writer), Depends(given_once)])

_Version = Annotated[
    str, Path(description="A version, as GET /v1/models lists it."), AfterValidator(decoded)
]


@model_router.get("/v1/models", responses=documented(Versions, 401, 403, 422, 503))
async def models(request: Request, _: Annotated[NoOptions, Query()]) -> Response:
    """List the trained versions, oldest first."""
    store = ModelStore(request.app.state.settings.models)
    try:
        found = await to_thread.run_sync(store.versions)
    except ModelError as error:
        raise _unavailable(error) from None
    return state_reply({"models": [asdict(info) for info in found]})


@model_router.post(
    "/v1/models/{version}/activate", responses=documented(Activated, 401, 403, 404, 422, 503)
)
async def activate(
    request: Request, version: _Version, _: Annotated[NoOptions, Query()]
) -> Response:
    """Make a version the active one, if its files are whole; an older one is the rollback."""
    live: Live = request.app.state.live
    store = ModelStore(request.app.state.settings.models)
    try:
        await to_thread.run_sync(store.activate, version)
    except NoModelError:
        detail = f"there is no version {version!r}; GET /v1/models lists them"
        raise Problem(404, "model_not_found", detail) from None
    except ModelError as error:
        raise _unavailable(error) from None
    await to_thread.run_sync(live.refresh)
    return state_reply({"version": version, "active": True})


def _unavailable(error: ModelError) -> Problem:
    return Problem(503, "model_unavailable", str(error))
