"""Models: the trained versions, and which one is active; all endpoints need a write key."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

from anyio import to_thread
from fastapi import APIRouter, Depends, Path, Query, Response
from pydantic import AfterValidator

from recommender import ModelStore
from recommender.errors import ModelError, NoModelError
from service.api.dependencies import ManagerDep, SettingsDep
from service.api.parameters import NoOptions, check_not_repeated, decoded
from service.api.schemas import Activated, Versions, documented
from service.http.auth import writer
from service.http.problems import Problem
from service.http.replies import uncached_reply

router = APIRouter(dependencies=[Depends(writer), Depends(check_not_repeated)])
_Version = Annotated[
    str, Path(description="A version from GET /v1/models."), AfterValidator(decoded)
]


@router.get(
    "/v1/models",
    summary="List trained versions",
    responses=documented(Versions, 401, 403, 422, 503),
)
async def models(_: Annotated[NoOptions, Query()], settings: SettingsDep) -> Response:
    """Return the trained versions, the oldest first."""
    try:
        versions = await to_thread.run_sync(ModelStore(settings.models).versions)
    except ModelError as error:
        raise Problem(503, "model_unavailable", str(error)) from None
    return uncached_reply({"models": [asdict(info) for info in versions]})


@router.post(
    "/v1/models/{version}/activate",
    summary="Activate a version",
    responses=documented(Activated, 401, 403, 404, 422, 503),
)
async def activate(
    version: _Version,
    _: Annotated[NoOptions, Query()],
    manager: ManagerDep,
    settings: SettingsDep,
) -> Response:
    """Serve a version from now on, if its files are intact; an older version is a rollback."""
    try:
        await to_thread.run_sync(ModelStore(settings.models).activate, version)
    except NoModelError:
        detail = f"there is no version {version!r}; GET /v1/models lists them"
        raise Problem(404, "model_not_found", detail) from None
    except ModelError as error:
        raise Problem(503, "model_unavailable", str(error)) from None
    await to_thread.run_sync(manager.refresh)
    return uncached_reply({"version": version, "active": True})
