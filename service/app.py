"""The app: the calls, what surrounds them, and the model that is followed meanwhile."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.metadata import version
from typing import Any

import anyio
from anyio import to_thread
from fastapi import FastAPI
from starlette.types import Receive, Scope, Send

from service import bodies, lists, reports
from service.cors import Cors
from service.envelope import Envelope
from service.live import Archive, Live
from service.metrics import Metrics
from service.pages.problem import problem_page
from service.pages.routers import page_routers
from service.problems import MEDIA_TYPE, handle_errors
from service.ready import Ready
from service.routes import open_router, router
from service.rulesfile import RulesFile
from service.settings import Settings
from service.writes import write_router


def create_app(settings: Settings | None = None) -> FastAPI:
    """Return the service; it needs neither a model nor an archive to start.

    Raises
    ------
    ConfigError
        When no settings are given and those of the environment are wrong.

    Examples
    --------
    >>> create_app(Settings(models="nowhere")).title
    'alsoread'
    """
    settings = settings or Settings()
    rules = RulesFile(settings.archive, settings.rules)
    archive, ready = Archive(settings.archive), Ready(settings.ready_megabytes << 20)
    live = Live(settings.models, archive, rules, ready)
    metrics = Metrics(live)
    app = _App(
        live,
        metrics,
        settings.max_body_bytes,
        Cors(settings.origins),
        title="alsoread",
        description="The right ALSO READ list under every article, with the reason for each item.",
        version=version("alsoread"),
        lifespan=_follow,
        redirect_slashes=False,
        redoc_url=None,
        swagger_ui_oauth2_redirect_url=None,
    )
    app.state.settings = settings
    app.state.live, app.state.archive, app.state.metrics = live, archive, metrics
    app.state.reports = reports.Reports()
    for each in (router, lists.router, open_router, write_router, reports.router, *page_routers):
        app.include_router(each)
    handle_errors(app, problem_page)
    return app


@asynccontextmanager
async def _follow(app: FastAPI) -> AsyncIterator[None]:
    """Open the model before the first request, and follow it until the last."""
    live: Live = app.state.live
    await to_thread.run_sync(live.refresh)
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(live.follow)
        yield
        tasks.cancel_scope.cancel()
    app.state.archive.close()


class _App(FastAPI):
    """FastAPI within an envelope; its document has the bodies, and each reply as it is."""

    def __init__(self, live: Live, metrics: Metrics, limit: int, cors: Cors, **given: Any) -> None:
        super().__init__(**given)
        self._envelope = Envelope(super().__call__, live, metrics, limit, cors)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        # Around FastAPI's own layers, for which a ready reply need not wait.
        await self._envelope(scope, receive, send)

    def openapi(self) -> dict[str, Any]:
        document = super().openapi()
        document["components"]["schemas"] |= bodies.schemas()
        for call in (call for calls in document["paths"].values() for call in calls.values()):
            for status, reply in call["responses"].items():
                for media in (content := reply.get("content", {})).values():
                    if "$ref" in media["schema"]:
                        media["schema"].pop("type", None)
                if status >= "400":
                    reply["content"] = {MEDIA_TYPE: content.popitem()[1]}
        return document
