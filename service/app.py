"""The app: the endpoints, the middleware around them, and the model manager beside them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.metadata import version
from typing import Any

import anyio
from anyio import to_thread
from fastapi import FastAPI
from starlette.types import Receive, Scope, Send

from service.api import articles, lists, models, operations, report, topics, why, writes
from service.api.document import completed
from service.archive import PATIENCE, Archive
from service.http.cors import Cors
from service.http.middleware import Middleware, Observation
from service.http.problems import handle_errors
from service.http.reply_cache import ReplyCache
from service.live import Clock, ModelManager, utc_now
from service.logs import RequestLog
from service.metrics import Metrics
from service.pages.errors import problem_page
from service.pages.routers import page_routers
from service.rules_file import RulesFile
from service.settings import Settings


def create_app(
    settings: Settings | None = None, *, clock: Clock = utc_now, patience: float = PATIENCE
) -> FastAPI:
    """Return the service; it needs neither a model nor an archive to start.

    ``clock`` returns the current time, aware and in UTC. ``patience`` is how many seconds a write
    waits for another program that has locked the archive.

    Raises
    ------
    ConfigError
        When ``settings`` is None and those of the environment are invalid.

    Examples
    --------
    >>> create_app(Settings(models="nowhere")).title
    'alsoread'
    """
    settings = settings or Settings()
    rules = RulesFile(settings.archive, settings.rules)
    archive = Archive(settings.archive, patience)
    cache = ReplyCache(settings.ready_megabytes << 20, lambda: clock().timestamp())
    manager = ModelManager(settings.models, archive, rules, cache, clock)
    metrics = Metrics(manager, clock)
    app = _App(
        settings,
        manager,
        metrics,
        title="alsoread",
        description="The right ALSO READ list under every article, with the reason for each item.",
        version=version("alsoread"),
        lifespan=_lifespan,
        redirect_slashes=False,
        redoc_url=None,
        swagger_ui_oauth2_redirect_url=None,
    )
    app.state.settings, app.state.clock = settings, clock
    app.state.manager, app.state.archive, app.state.metrics = manager, archive, metrics
    app.state.reports = report.ReportCache()
    api = (lists, why, topics, articles, operations, writes, models, report)
    for router in (*(each.router for each in api), operations.open_router, *page_routers):
        app.include_router(router)
    handle_errors(app, problem_page)
    return app


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    """Open the model before the first request, and follow changes until the last."""
    manager: ModelManager = app.state.manager
    await to_thread.run_sync(manager.refresh)
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(manager.follow)
        yield
        tasks.cancel_scope.cancel()
    app.state.archive.close()


class _App(FastAPI):
    """FastAPI inside the middleware, with a complete OpenAPI document."""

    def __init__(
        self, settings: Settings, manager: ModelManager, metrics: Metrics, **options: Any
    ) -> None:
        super().__init__(**options)
        self._manager, self._metrics, self._log = manager, metrics, RequestLog()
        self._middleware = Middleware(
            super().__call__,
            manager.cache,
            manager.catch_up,
            self._observe,
            settings.max_body_bytes,
            Cors(settings.origins),
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        # Outside FastAPI's own layers: cached replies skip them.
        await self._middleware(scope, receive, send)

    def _observe(self, request: Observation) -> None:
        """Count a request and log it, with the model that is served."""
        request_id, method, route, status, seconds, cached = request
        self._metrics.requests(route, method, status).observe(seconds)
        if cached:
            self._metrics.cached("yes").inc()
        snapshot = self._manager.latest
        model = (snapshot.version, snapshot.model.applied_revision) if snapshot else (None, None)
        self._log.add(request_id, method, route, status, seconds, *model)

    def openapi(self) -> dict[str, Any]:
        if self.openapi_schema is None:
            self.openapi_schema = completed(super().openapi())
        return self.openapi_schema
