"""Charts: the charts of a report, as SVG in a light and a dark theme."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from recommender.errors import MissingExtraError

if TYPE_CHECKING:
    from recommender.report.report import Report


class Theme(NamedTuple):
    """The colours of a chart; ``accent`` and ``second`` differ in lightness, not only in hue."""

    background: str
    text: str
    muted: str
    lines: str
    accent: str
    second: str


THEMES = {
    "light": Theme("#fffdfa", "#1a1715", "#625a52", "#ddd5ca", "#9b1237", "#c9b8a8"),
    "dark": Theme("#211e1c", "#f1ece6", "#b3a99f", "#3b3531", "#ff9db2", "#75685d"),
}
# Inches.
_SIZE = (4.4, 2.5)
_AGES = ("same\nday", "week", "month", "quarter", "year", "5 years", "more")


def charts(report: Report) -> dict[str, bytes]:
    """Return the charts as SVG files by name: ``scores-light``, ``scores-dark`` and so on.

    Raises
    ------
    MissingExtraError
        When matplotlib is not installed.
    """
    try:
        import matplotlib
    except ImportError:
        raise MissingExtraError("report", "matplotlib") from None
    # Text stays text, and the same report gives the same bytes.
    with matplotlib.rc_context({"svg.fonttype": "none", "svg.hashsalt": "alsoread"}):
        return {
            f"{name}-{theme}": draw(report, THEMES[theme])
            for name, draw in _CHARTS.items()
            for theme in THEMES
        }


def _fill(report: Report, theme: Theme) -> bytes:
    labels = [str(length) for length in range(report.limit + 1)]
    return _bar_chart("Items in a list", "articles", labels, report.thin.fill, theme)


def _in_degree(report: Report, theme: Theme) -> bytes:
    histogram = report.in_degree
    steps = zip(histogram.edges, histogram.edges[1:], strict=False)
    labels = [_step(int(low), int(high) - 1) for low, high in steps]
    title = "Number of lists an article is in"
    return _bar_chart(title, "articles", labels, histogram.counts, theme)


def _ages(report: Report, theme: Theme) -> bytes:
    counts = report.ages.days.counts
    return _bar_chart("Time between an article and its items", "items", _AGES, counts, theme)


def _scores(report: Report, theme: Theme) -> bytes:
    figure, axes = _figure("Scores", "items", theme)
    items, first = report.scores.items, report.scores.first
    series = (items, theme.second, "all items"), (first, theme.accent, "first items")
    for histogram, colour, label in series:
        axes.stairs(histogram.counts, histogram.edges, fill=True, color=colour, label=label)
    axes.set_xlabel("score", color=theme.muted, fontsize=9)
    axes.set_xlim(items.edges[0], items.edges[-1])
    axes.legend(frameon=False, labelcolor=theme.text, fontsize=9)
    return _svg(figure)


def _bar_chart(
    title: str, y_label: str, labels: Sequence[str], counts: Sequence[int], theme: Theme
) -> bytes:
    figure, axes = _figure(title, y_label, theme)
    bars = axes.bar(range(len(labels)), counts, width=0.72, color=theme.accent)
    axes.set_xticks(range(len(labels)), labels)
    heights = [_short(count) for count in counts]
    axes.bar_label(bars, heights, fontsize=8, color=theme.muted, padding=2)
    axes.margins(x=0.03, y=0.14)
    return _svg(figure)


def _figure(title: str, y_label: str, theme: Theme) -> tuple[Any, Any]:
    # Without pyplot, which holds figures in a state that all threads share.
    from matplotlib.figure import Figure
    from matplotlib.ticker import FuncFormatter, MaxNLocator

    figure = Figure(figsize=_SIZE, facecolor=theme.background, layout="constrained")
    axes = figure.add_subplot(facecolor=theme.background)
    axes.set_title(title, loc="left", color=theme.text, fontsize=11, fontweight="bold")
    axes.set_ylabel(y_label, color=theme.muted, fontsize=9)
    axes.yaxis.set_major_locator(MaxNLocator(4, integer=True))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: _short(round(value))))
    axes.tick_params(colors=theme.muted, labelsize=9, length=0)
    axes.grid(axis="y", color=theme.lines, linewidth=0.8)
    axes.set_axisbelow(True)
    axes.spines[["top", "right", "left"]].set_visible(False)
    axes.spines["bottom"].set_color(theme.lines)
    return figure, axes


def _svg(figure: Any) -> bytes:
    svg = io.BytesIO()
    figure.savefig(svg, format="svg", metadata={"Date": None, "Creator": None})
    # The text takes the font of the page that shows it.
    return svg.getvalue().replace(b"DejaVu Sans", b"system-ui")


def _step(low: int, high: int) -> str:
    """Return the label of a bar for the counts from ``low`` to ``high``."""
    if low >= high:
        return f"{low}"
    # Longer labels would overlap.
    return f"{low}-{high}" if high < 100 else f"{low}+"


def _short(count: int) -> str:
    """Format a count so that it fits above a bar.

    Examples
    --------
    >>> _short(950), _short(27_795), _short(1_200_000)
    ('950', '27.8k', '1.2M')
    """
    if count < 10_000:
        return f"{count:,}"
    return f"{count / 1e3:.3g}k" if count < 999_500 else f"{count / 1e6:.3g}M"


_CHARTS = {"fill": _fill, "scores": _scores, "in-degree": _in_degree, "ages": _ages}
