"""Console: progress bars on stderr, and results as tables for people, printed from their JSON."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.progress import Progress as Bars
from rich.table import Table
from rich.text import Text

from recommender.articles.progress import Progress
from recommender.cli.output import say

# A phase that takes longer than so many seconds is announced, once it has run for a few.
_LONG, _SURE = 60, 5
Record = dict[str, Any]


@contextmanager
def progress_bars() -> Iterator[Progress]:
    """Draw progress on a terminal, a bar a phase; the total is None while it is unknown.

    Elsewhere a phase that will take over a minute is announced once, when that can be estimated.
    """
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Bars(
        *columns,
        TimeElapsedColumn(),
        TimeRemainingColumn(),
        console=Console(stderr=True, highlight=False, soft_wrap=True),
        transient=True,
        disable=not sys.stderr.isatty(),
    ) as bars:
        tasks: dict[str, Any] = {}
        began: dict[str, tuple[float, int]] = {}
        announced: set[str] = set()

        def update(phase: str, done: int, total: int | None) -> None:
            if phase not in tasks:
                tasks[phase] = bars.add_task(phase, total=total)
            bars.update(tasks[phase], completed=done)
            if not done or not total:
                return
            # Work before the first articles are done, such as compiling, is not repeated.
            start, first = began.setdefault(phase, (time.monotonic(), done))
            left = _seconds_left(time.monotonic() - start, done - first, total - done)
            if left > _LONG and phase not in announced:
                announced.add(phase)
                say(f"{phase}: about {left / 60:.0f} min left")

        yield update


def _seconds_left(elapsed: float, done: int, left: int) -> float:
    """Return about how long a phase will still take, 0 while it is too early to estimate."""
    return elapsed * left / done if done and elapsed >= _SURE else 0.0


def print_listing(record: Record) -> None:
    """Print a list, from ``Listing.to_record``."""
    out = _out()
    if record["article"]:
        out.print(Text(record["article"]["title"], style="bold"))
    table = _table("", "ALSO READ", "score", "why")
    # An id that is cut short cannot be copied.
    table.columns[1].overflow = "fold"
    for item in record["items"]:
        copies = f"\nalso {', '.join(item['duplicates'])}" if item["duplicates"] else ""
        line = f"\n{item['id']}  {_day(item['published_at'])}{copies}"
        title = Text.assemble(item["title"], (line, "dim"))
        source = "" if item["source"] == "similar" else f" ({item['source']})"
        why = Text(item["reason"] + source)
        table.add_row(str(item["rank"]), title, f"{item['score']:.3f}", why)
    out.print(table)
    if shortfall := record["shortfall"]:
        causes = ", ".join(f"{count} {name}" for name, count in shortfall["reasons"].items())
        counts = f"{shortfall['returned']} of {shortfall['requested']} requested"
        out.print(Text(f"{counts}; left out: {causes or 'none'}", style="dim"))


def print_why(record: Record) -> None:
    """Print why an article is in another's list, or what keeps it out, from ``Why.to_record``."""
    out, explanation = _out(), record["explanation"]
    titles = f"{record['other']['title']}\nunder {record['article']['title']}"
    out.print(Text(titles, style="bold"))
    if left_out := record["left_out_by"]:
        out.print(Text(f"not listed ({left_out['code']}): {left_out['detail']}"))
    else:
        out.print(Text(f"listed, rank {record['rank']}"))
    table = _table("contribution", "term", "in")
    for term in explanation["terms"]:
        table.add_row(f"{term['contribution']:.4f}", Text(term["term"]), ", ".join(term["in"]))
    for name, value in {"other terms": explanation["rest"], **explanation["effects"]}.items():
        table.add_row(f"{value:.4f}", name, "")
    table.add_row(f"{record['score']:.4f}", "score", "")
    out.print(table)
    for step in record["steps"]:
        before, after = ("-" if rank is None else rank for rank in (step["before"], step["after"]))
        out.print(Text(f"{step['step']}: rank {before} to {after}", style="dim"))


def print_topics(record: Record) -> None:
    """Print READ MORE ON, from ``Topics.to_record``."""
    out = _out()
    out.print(Text(record["article"]["title"], style="bold"))
    table = _table("READ MORE ON", "weight", "articles")
    for topic in record["topics"]:
        table.add_row(Text(topic["tag"]), f"{topic['weight']:.2f}", f"{topic['articles']:,}")
    for one in record["suggested"]:
        table.add_row(Text(f"+ {one['tag']}"), f"{one['weight']:.2f}", Text(one["because"]))
    out.print(table)


def print_found(record: Record) -> None:
    """Print a page of articles, from ``Found.to_record``."""
    table = _table("published", "article")
    table.columns[1].overflow = "fold"
    for article in record["articles"]:
        title = Text.assemble(article["title"], (f"\n{article['id']}", "dim"))
        table.add_row(_day(article["published_at"]), title)
    _out().print(table if record["articles"] else "No articles match.")
    if record["next"]:
        say(f"more articles: --cursor {record['next']}")


def print_versions(records: list[Record]) -> None:
    """Print trained versions, from those of ``ModelStore.versions``."""
    table = Table("", "version", "articles", "revision", "size", "graph", box=None)
    # A version that is cut short cannot be activated.
    table.columns[1].no_wrap = True
    for info in records:
        mark, size = "active" if info["active"] else "", f"{info['bytes'] / 1e6:,.1f} MB"
        quality = info["approximate"]
        graph = f"approximate ({quality['score_ratio']:.2%})" if quality else "exact"
        counts = f"{info['articles']:,}", f"{info['revision']:,}"
        table.add_row(mark, info["version"], *counts, size, graph)
    _out().print(table if records else "no trained version yet: run 'alsoread train'")


def print_matches(records: list[Record]) -> None:
    """Print what each editorial rule says and covers, from ``editorial.matches``."""
    table = _table("rule", "says", "articles", "unknown")
    for match in records:
        says = "\n".join(
            f"{key}: {value if isinstance(value, str) else ', '.join(value)}"
            for key, value in match["says"].items()
        )
        unknown = Text("\n".join(match["unknown"]))
        table.add_row(match["rule"], Text(says), f"{match['articles']:,}", unknown)
    if records:
        _out().print(table)


def print_evaluation(record: Record) -> None:
    """Print what ``evaluate`` measured, from its JSON."""
    compared = record["compared"]
    columns = ["measure", "mean", "95 % interval"]
    columns += ["difference", "95 % interval"] if compared else []
    table = _table(*columns)
    for name, value in record["measures"].items():
        row = [name, f"{value['mean']:.4f}", f"{value['low']:.4f} to {value['high']:.4f}"]
        if compared:
            gain = compared["difference"][name]
            row += [f"{gain['mean']:+.4f}", f"{gain['low']:+.4f} to {gain['high']:+.4f}"]
        table.add_row(*row)
    out = _out()
    out.print(table)
    for line in _evaluation_lines(record):
        out.print(Text(line))


def _evaluation_lines(record: Record) -> Iterator[str]:
    source, coverage, leakage = record["judgments"], record["coverage"], record["leakage"]
    if record["compared"]:
        yield f"difference: the active model minus {record['compared']['with']}"
    yield f"{record['queries']:,} judged articles; judgments from {source['from']}"
    if source["unresolved"]:
        yield f"{source['unresolved']:,} entries of also_read name no article, or several"
    if coverage:
        yield (
            f"in lists of 10: {coverage['covered']:.1%} of the articles appear, "
            f"{coverage['orphans']:,} do not; Gini {coverage['gini']:.3f}; "
            f"{coverage['mean_length']:.1f} articles a list"
        )
    yield (
        f"leakage: {leakage['leaked']:,} of {leakage['pairs']:,} judged pairs "
        f"({leakage['share']:.1%}) have the related title in the text"
    )


def print_report(record: Record) -> None:
    """Print a report, from ``ReportPage.to_record``."""
    out = _out()
    for line in _report_lines(record):
        out.print(Text(line))
    for each in record["orphans"]["named"]:
        hosts = ", ".join(host["article"]["id"] for host in each["hosts"])
        line = f"  {each['article']['id']} could be listed under: {hosts or 'none'}"
        out.print(Text(line, style="dim"))


def _report_lines(record: Record) -> Iterator[str]:
    coverage, tags, scores = record["coverage"], record["tags"], record["scores"]
    quality = record["quality"]["measures"] if record["quality"] else {}
    yield f"{record['articles']:,} articles, lists of {record['limit']}"
    yield f"full lists: {coverage['full']:.1%}; thin: {record['thin']['count']:,}"
    hubs = ", ".join(each["article"]["id"] for each in record["hubs"]["named"][:3])
    yield f"in most lists: {hubs} (Gini {coverage['gini']:.3f})"
    quartiles = " ".join(f"{value:.3f}" for value in scores["items"]["quartiles"])
    yield f"quartiles of scores: {quartiles}"
    yield f"copies: {record['copies']['articles']:,} in {record['copies']['groups']:,} groups"
    yield (
        f"tags: {tags['distinct']:,}, {len(tags['broad']):,} too broad, {tags['singletons']:,} of "
        f"one article, {len(tags['twins']):,} with several spellings; "
        f"{tags['untagged']:,} articles without any"
    )
    for name, value in quality.items():
        yield f"{name}: {value['mean']:.4f} ({value['low']:.4f} to {value['high']:.4f})"
    orphans = record["orphans"]
    copies = f" ({orphans['behind_copies']:,} more are behind a copy)"
    yield f"in no list: {orphans['count']:,}{copies if orphans['behind_copies'] else ''}"


def _table(*columns: str) -> Table:
    return Table(*columns, box=None, padding=(0, 2, 0, 0))


def _day(published_at: str | None) -> str:
    return (published_at or "")[:10]


def _out() -> Console:
    return Console(highlight=False, soft_wrap=not sys.stdout.isatty())
