"""Rendering: templates to pages that load and run only the service's own files."""

from __future__ import annotations

from datetime import datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from fastapi import Response

from service.pages.files import address
from service.pages.text import headline, language, link, marked, paragraphs

if TYPE_CHECKING:
    from jinja2 import Environment

_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
SECURITY = {
    "Content-Security-Policy": _POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "strict-origin-when-cross-origin",
}
# Browsers resolve these segments of a path, even percent-encoded.
_DOT_SEGMENTS = {".", ".."}


def page(
    template: str,
    status: int = 200,
    cache_control: str = "no-store",
    headers: dict[str, str] | None = None,
    **context: Any,
) -> Response:
    """Return the response of a page, rendered from a template.

    Examples
    --------
    >>> response = page("problem.html", 404, title="Not found", detail="<gone>", code="")
    >>> response.status_code, "&lt;gone&gt;" in response.body.decode()
    (404, True)
    """
    text = _environment().get_template(template).render(context)
    headers = {"Cache-Control": cache_control, **SECURITY, **(headers or {})}
    return Response(text, status, headers, "text/html; charset=utf-8")


def article_path(article_id: str, below: str = "") -> str:
    """Return the address of an article's page, or of a page below it.

    Examples
    --------
    >>> article_path("a/1"), article_path("..", "why")
    ('/articles/a%2F1', '/article/why?id=..')
    """
    below = f"/{below}" if below else ""
    if article_id in _DOT_SEGMENTS:
        return f"/article{below}?id={article_id}"
    return f"/articles/{quote(article_id, safe='')}{below}"


def tag_path(tag: str) -> str:
    """Return the address of a tag's page.

    Examples
    --------
    >>> tag_path("C/C++"), tag_path("..")
    ('/tags/C%2FC%2B%2B', '/?tag=..')
    """
    return f"/?tag={tag}" if tag in _DOT_SEGMENTS else f"/tags/{quote(tag, safe='')}"


def day(time: datetime) -> str:
    """Return a date in words.

    Examples
    --------
    >>> from datetime import UTC
    >>> day(datetime(2026, 3, 9, 23, tzinfo=UTC))
    '9 March 2026'
    """
    return f"{time.day} {_MONTHS[time.month - 1]} {time.year}"


_MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)


@cache
def _environment() -> Environment:
    # Imported late: a service without page requests does not need it.
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=StrictUndefined,
    )
    environment.globals["static"] = address
    environment.filters |= {
        "article_path": article_path,
        "day": day,
        "headline": headline,
        "language": language,
        "link": link,
        "marked": marked,
        "paragraphs": paragraphs,
        "tag_path": tag_path,
    }
    return environment
