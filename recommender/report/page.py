"""ReportPage: a report as HTML, either a page in one file or the sections of another page."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from recommender.report.charts import charts
from recommender.report.report import Report

if TYPE_CHECKING:
    from jinja2 import Environment

_FOLDER = Path(__file__).parent / "templates"


@dataclass(frozen=True)
class ReportPage:
    """A report with its model's ``version``, and the ``revision`` the model was trained on.

    Examples
    --------
    >>> from recommender.articles.article import Article
    >>> from recommender.recommender import Recommender
    >>> report = Report.of(Recommender.fit([Article(id="a", title="1 < 2")]))
    >>> "1 &lt; 2" in ReportPage(report, "20261122T120000Z-3f9a", 7).whole()
    True
    """

    report: Report
    version: str
    revision: int

    @cached_property
    def charts(self) -> dict[str, bytes]:
        """The charts as SVG by name; raises as the function ``charts``."""
        return charts(self.report)

    @staticmethod
    def style() -> str:
        """Return the stylesheet of the sections; the page around them defines the colours."""
        return (_FOLDER / "report.css").read_text(encoding="utf-8")

    def to_record(self) -> dict[str, Any]:
        """Return the report and its model as JSON types."""
        return self.report.to_record() | {"model": self._model}

    def whole(self) -> str:
        """Return the page as one HTML file that loads nothing; raises as ``charts``."""
        page = _environment().get_template("report.html")
        from markupsafe import Markup

        sections = Markup(self.sections(self._data_url, _web_url))
        return page.render(sections=sections, style=Markup(self.style()))

    def sections(
        self, image: Callable[[str], str], link: Callable[[dict[str, Any]], str | None]
    ) -> str:
        """Return the sections as HTML, to be put into a page.

        ``image`` returns the url of a chart by its name, ``link`` the url of an article of
        ``to_record``, or None.
        """
        template = _environment().get_template("sections.html")
        report = self.report.to_record()
        return template.render(report=report, model=self._model, image=image, link=link)

    @property
    def _model(self) -> dict[str, Any]:
        return {"version": self.version, "revision": self.revision}

    def _data_url(self, name: str) -> str:
        return f"data:image/svg+xml;base64,{b64encode(self.charts[name]).decode()}"


@cache
def _environment() -> Environment:
    # The command line imports this module, and need not wait for jinja2.
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(_FOLDER),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=StrictUndefined,
    )
    environment.filters |= {
        "count": _count,
        "decimal": _decimal,
        "plural": _plural,
        "share": _share,
        "span": _span,
    }
    return environment


def _web_url(article: dict[str, Any]) -> str | None:
    """Return an article's url if it is of the web: a ``javascript:`` url would run as code."""
    url: str = article["url"] or ""
    return url if urlsplit(url).scheme in ("http", "https") else None


def _count(number: int) -> str:
    return f"{number:,}"


def _decimal(number: float) -> str:
    return f"{number:.3f}"


def _plural(number: int, one: str, several: str | None = None) -> str:
    """Format a number with its noun.

    Examples
    --------
    >>> _plural(1, "article"), _plural(1200, "article"), _plural(2, "tag is", "tags are")
    ('1 article', '1,200 articles', '2 tags are')
    """
    return f"{number:,} {one if number == 1 else several or f'{one}s'}"


def _share(share: float) -> str:
    """Format a share in percent; 100 % and 0 % are exact, never rounded.

    Examples
    --------
    >>> _share(1.0), _share(0.99999), _share(0.00001), _share(0.5)
    ('100 %', 'over 99.9 %', 'under 0.1 %', '50.0 %')
    """
    if share in (0, 1):
        return f"{100 * share:.0f} %"
    if share > 0.999:
        return "over 99.9 %"
    return "under 0.1 %" if share < 0.001 else f"{100 * share:.1f} %"


def _span(days: float) -> str:
    """Format a number of days in a unit that fits.

    Examples
    --------
    >>> _span(0.2), _span(30), _span(200), _span(1500)
    ('a day', '30 days', '7 months', '4.1 years')
    """
    if days <= 1:
        return "a day"
    if days < 60:
        return f"{days:.0f} days"
    return f"{days / 30.44:.0f} months" if days < 730 else f"{days / 365.25:.1f} years"
