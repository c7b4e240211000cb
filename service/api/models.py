"""Models: the trained versions, and which of them is active; both need a write key."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

from anyio import to_thread
from fastapi import APIRouter, Depends, Path, Query, Response
from pydantic import AfterValidator

from recommender import ModelStore
from recommender.errors import ModelError, NoModelError
from service.api.dependencies import ManagerDep, SettingsDep
from service.api.parameters import NoOptions, decoded, given_once
from service.api.schemas import Activated, Versions, documented
from service.http.auth import writer
from service.http.problems import Problem
from service.http.replies import uncached_reply

router = APIRouter(dependencies=[Depends(writer), Depends(given_once)])
_Version = Annotated[
    str, Path(description="A version, as GET /v1/models lists it."), AfterValidator(decoded)
]


@router.get("/v1/models", responses=documented(Versions, 401, 403, 422, 503))
async def models(_: Annotated[NoOptions, Query()], settings: SettingsDep) -> Response:
    """List the trained versions, oldest first."""
    try:
        versions = await to_thread.run_sync(ModelStore(settings.models).versions)
    except ModelError as error:
        raise Problem(503, "model_unavailable", str(error)) from None
    return uncached_reply({"models": [asdict(info) for info in versions]})


@router.post(
    "/v1/models/{version}/activate", responses=documented(Activated, 401, 403, 404, 422, 503)
)
async def activate(
    version: _Version,
    _: Annotated[NoOptions, Query()],
    manager: ManagerDep,
    settings: SettingsDep,
) -> Response:
    """Make a version the active one, if its files are intact; an older one is the rollback."""
    try:
        await to_thread.run_sync(ModelStore(settings.models).activate, version)
    except NoModelError:
        detail = f"there is no version {version!r}; GET /v1/models lists them"
        raise Problem(404, "model_not_found", detail) from None
    except ModelError as error:
        raise Problem(503, "model_unavailable", str(error)) from None
    await to_thread.run_sync(manager.refresh)
    return uncached_reply({"version": version, "active": True})
