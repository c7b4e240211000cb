"""The routers of all pages."""

from __future__ import annotations

from service.pages import archive, articles, box, draft, files, report, why

page_routers = (
    files.router,
    archive.router,
    articles.router,
    why.router,
    draft.router,
    report.router,
    box.router,
    box.open_router,
)
