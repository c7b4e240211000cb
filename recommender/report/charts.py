"""Charts: a report's few, as SVG in a light and a dark dress."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from recommender.errors import MissingExtraError

if TYPE_CHECKING:
    from recommender.report.report import Report

# Ground, ink, quiet ink, lines, and two colours that are told apart without seeing red or green.
DRESSES = {
    "light": ("#fffdfa", "#1a1715", "#625a52", "#ddd5ca", "#9b1237", "#c9b8a8"),
    "dark": ("#211e1c", "#f1ece6", "#b3a99f", "#3b3531", "#ff9db2", "#75685d"),
}
_SIZE = (4.4, 2.5)
_AGES = ("same\nday", "week", "month", "quarter", "year", "5 years", "more")


def charts(report: Report) -> dict[str, bytes]:
    """Return the charts as SVG files: ``scores-light``, ``scores-dark`` and so on.

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
            f"{name}-{dress}": draw(report, DRESSES[dress])
            for name, draw in _CHARTS.items()
            for dress in DRESSES
        }


def _fill(report: Report, dress: Sequence[str]) -> bytes:
    labels = [str(length) for length in range(report.limit + 1)]
    return _bars("Items in a list", "articles", labels, report.thin.fill, dress)


def _in_degree(report: Report, dress: Sequence[str]) -> bytes:
    counted = report.in_degree
    steps = zip(counted.edges, counted.edges[1:], strict=False)
    labels = [_step(int(low), int(high) - 1) for low, high in steps]
    return _bars("In how many lists an article is", "articles", labels, counted.counts, dress)


def _ages(report: Report, dress: Sequence[str]) -> bytes:
    counts = report.ages.days.counts
    return _bars("Time between an article and its items", "items", _AGES, counts, dress)


def _scores(report: Report, dress: Sequence[str]) -> bytes:
    figure, axes = _figure("Scores", "items", dress)
    items, first = report.scores.items, report.scores.first
    for counted, colour, label in ((items, dress[5], "all items"), (first, dress[4], "the first")):
        axes.stairs(counted.counts, counted.edges, fill=True, color=colour, label=label)
    axes.set_xlabel("score", color=dress[2], fontsize=9)
    axes.set_xlim(items.edges[0], items.edges[-1])
    axes.legend(frameon=False, labelcolor=dress[1], fontsize=9)
    return _svg(figure)


def _bars(
    title: str, what: str, labels: Sequence[str], counts: Sequence[int], dress: Sequence[str]
) -> bytes:
    figure, axes = _figure(title, what, dress)
    bars = axes.bar(range(len(labels)), counts, width=0.72, color=dress[4])
    axes.set_xticks(range(len(labels)), labels)
    axes.bar_label(bars, [_short(count) for count in counts], fontsize=8, color=dress[2], padding=2)
    axes.margins(x=0.03, y=0.14)
    return _svg(figure)


def _figure(title: str, what: str, dress: Sequence[str]) -> tuple[Any, Any]:
    # Not by pyplot, which keeps what it draws for all threads.
    from matplotlib.figure import Figure
    from matplotlib.ticker import FuncFormatter, MaxNLocator

    ground, ink, quiet, line, *_ = dress
    figure = Figure(figsize=_SIZE, facecolor=ground, layout="constrained")
    axes = figure.add_subplot(facecolor=ground)
    axes.set_title(title, loc="left", color=ink, fontsize=11, fontweight="bold")
    axes.set_ylabel(what, color=quiet, fontsize=9)
    axes.yaxis.set_major_locator(MaxNLocator(4, integer=True))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: _short(round(value))))
    axes.tick_params(colors=quiet, labelsize=9, length=0)
    axes.grid(axis="y", color=line, linewidth=0.8)
    axes.set_axisbelow(True)
    axes.spines[["top", "right", "left"]].set_visible(False)
    axes.spines["bottom"].set_color(line)
    return figure, axes


def _svg(figure: Any) -> bytes:
    written = io.BytesIO()
    figure.savefig(written, format="svg", metadata={"Date": None, "Creator": None})
    # Its size in a page is the page's business; what it lacks are fonts that look like the page's.
    return written.getvalue().replace(b"DejaVu Sans", b"system-ui")


def _step(low: int, high: int) -> str:
    if low >= high:
        return f"{low}"
    # Longer ones would run into each other.
    return f"{low}-{high}" if high < 100 else f"{low}+"


def _short(count: int) -> str:
    """Write a count so that it fits over a bar.

    Examples
    --------
    >>> _short(950), _short(27_795), _short(1_200_000)
    ('950', '27.8k', '1.2M')
    """
    if count < 10_000:
        return f"{count:,}"
    return f"{count / 1e3:.3g}k" if count < 999_500 else f"{count / 1e6:.3g}M"


_CHARTS = {"fill": _fill, "scores": _scores, "in-degree": _in_degree, "ages": _ages}
