"""Operations: health, readiness and metrics."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import PlainTextResponse
from prometheus_client import CONTENT_TYPE_LATEST

from recommender.errors import NoModelError, RulesError
from service.api.dependencies import READING, ManagerDep
from service.api.parameters import NoOptions, check_not_repeated
from service.api.schemas import Health, Readiness, documented
from service.http.problems import Problem
from service.http.replies import uncached_reply

router = APIRouter(dependencies=READING)
# These endpoints need no key.
open_router = APIRouter(dependencies=[Depends(check_not_repeated)])


@open_router.get(
    "/healthz", summary="Check that the process runs", responses=documented(Health, 422)
)
async def healthz(_: Annotated[NoOptions, Query()]) -> Response:
    """Return ``ok``; it needs no model, archive or key."""
    return uncached_reply({"status": "ok"})


@open_router.get(
    "/readyz", summary="Check what is served", responses=documented(Readiness, 422, 503)
)
async def readyz(_: Annotated[NoOptions, Query()], manager: ManagerDep) -> Response:
    """Return the served model and rules, and what fails, if anything; 503 without a model."""
    try:
        snapshot = manager.snapshot
    except NoModelError as error:
        raise Problem(503, "no_model", manager.failures.get("model") or str(error)) from None
    except RulesError as error:
        raise Problem(503, "rules_invalid", str(error)) from None
    status = snapshot.model.status()
    return uncached_reply(
        {
            "status": "degraded" if manager.failure else "ready",
            "detail": manager.failure,
            "model": snapshot.identity(),
            "articles": status.articles,
            "newer": status.live_rows,
            "advice": status.advice,
            "rules": snapshot.model.rules.digest,
        }
    )


@router.get(
    "/metrics",
    summary="Get metrics for Prometheus",
    response_class=PlainTextResponse,
    responses=documented(None, 401, 422),
)
async def metrics(request: Request, _: Annotated[NoOptions, Query()]) -> Response:
    """Return metrics of requests, the model and the archive."""
    headers = {"Cache-Control": "no-store", "Content-Type": CONTENT_TYPE_LATEST}
    return Response(request.app.state.metrics.text(), headers=headers)
