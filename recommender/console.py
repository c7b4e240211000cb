"""What the command line shows people: tables on stdout, progress on stderr."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.table import Table
from rich.text import Text

from recommender.echo import say
from recommender.listing import Found, Listing, rfc3339
from recommender.store import ModelInfo
from recommender.topics import Topics
from recommender.why import Why

# Seconds: what is worth a word, and what it takes to judge by.
_LONG, _SURE = 60, 5


@contextmanager
def bars() -> Iterator[Callable[[str, int, int | None], None]]:
    """Give what draws progress on a terminal: phase, how many done, of how many if known.

    Elsewhere a phase that will take over a minute says so once, as soon as that can be told.
    """
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(
        *columns,
        TimeElapsedColumn(),
        TimeRemainingColumn(),
        console=Console(stderr=True, highlight=False, soft_wrap=True),
        transient=True,
        disable=not sys.stderr.isatty(),
    ) as progress:
        tasks: dict[str, Any] = {}
        began: dict[str, tuple[float, int]] = {}
        told: set[str] = set()

        def tell(phase: str, done: int, total: int | None) -> None:
            if phase not in tasks:
                tasks[phase] = progress.add_task(phase, total=total)
            progress.update(tasks[phase], completed=done)
            if not done or not total:
                return
            # What comes before the first articles are done, such as compiling, comes only once.
            start, first = began.setdefault(phase, (time.monotonic(), done))
            left = _seconds_left(time.monotonic() - start, done - first, total - done)
            if left > _LONG and phase not in told:
                told.add(phase)
                say(f"{phase}: about {left / 60:.0f} min to go")

        yield tell


def _seconds_left(elapsed: float, done: int, left: int) -> float:
    """Return about how long a phase will still take, 0 while too little of it is done to tell."""
    return elapsed * left / done if done and elapsed >= _SURE else 0.0


def print_listing(listing: Listing) -> None:
    """Print a list as a table for people."""
    out = _out()
    if listing.article:
        out.print(Text(listing.article.title, style="bold"))
    table = Table("", "ALSO READ", "score", "why", box=None, padding=(0, 2, 0, 0))
    # An id that is cut short cannot be copied.
    table.columns[1].overflow = "fold"
    for item in listing:
        day = (rfc3339(item.article.published_at) or "")[:10]
        copies = f"\nalso {', '.join(item.duplicates)}" if item.duplicates else ""
        title = Text.assemble(item.article.title, (f"\n{item.article.id}  {day}{copies}", "dim"))
        why = item.reason if item.source == "similar" else f"{item.reason} ({item.source})"
        table.add_row(str(item.rank), title, f"{item.score:.3f}", Text(why))
    out.print(table)
    if listing.shortfall:
        causes = ", ".join(f"{count} {name}" for name, count in listing.shortfall.reasons.items())
        asked = f"{listing.shortfall.returned} of {listing.shortfall.requested} asked for"
        out.print(Text(f"{asked}; left out: {causes or 'none'}", style="dim"))


def print_why(why: Why) -> None:
    """Print why an article is in another's list, or what keeps it out, for people."""
    out, parts = _out(), why.explanation
    out.print(Text(f"{why.other.title}\nunder {why.article.title}", style="bold"))
    if why.left_out_by:
        out.print(Text(f"not listed ({why.left_out_by.code}): {why.left_out_by.detail}"))
    else:
        out.print(Text(f"listed, rank {why.rank}"))
    table = Table("adds", "what", "in", box=None, padding=(0, 2, 0, 0))
    for term in parts.terms:
        table.add_row(f"{term.contribution:.4f}", Text(term.term), ", ".join(term.fields))
    for name, value in {"other terms": parts.rest, **parts.effects}.items():
        table.add_row(f"{value:.4f}", name, "")
    table.add_row(f"{why.score:.4f}", "score", "")
    out.print(table)
    for step in why.steps:
        before, after = ("-" if rank is None else rank for rank in (step.before, step.after))
        out.print(Text(f"{step.step}: rank {before} to {after}", style="dim"))


def print_topics(found: Topics) -> None:
    """Print READ MORE ON as a table for people."""
    out = _out()
    out.print(Text(found.article.title, style="bold"))
    table = Table("READ MORE ON", "weight", "articles", box=None, padding=(0, 2, 0, 0))
    for topic in found.topics:
        table.add_row(Text(topic.tag), f"{topic.weight:.2f}", f"{topic.articles:,}")
    for one in found.suggested:
        table.add_row(Text(f"+ {one.tag}"), f"{one.weight:.2f}", Text(one.because))
    out.print(table)


def print_found(found: Found) -> None:
    """Print a page of articles as a table for people."""
    table = Table("published", "article", box=None, padding=(0, 2, 0, 0))
    table.columns[1].overflow = "fold"
    for card in found.articles:
        title = Text.assemble(card.title, (f"\n{card.id}", "dim"))
        table.add_row((rfc3339(card.published_at) or "")[:10], title)
    _out().print(table if found.articles else "no article is like that")
    if found.next:
        say(f"there are more: --cursor {found.next}")


def print_versions(versions: list[ModelInfo]) -> None:
    """Print a table of trained versions."""
    table = Table("", "version", "articles", "revision", "size", "graph", box=None)
    for info in versions:
        mark, size = "active" if info.active else "", f"{info.bytes / 1e6:,.1f} MB"
        close = info.approximate
        graph = f"approximate ({close.score_ratio:.2%})" if close else "exact"
        table.add_row(mark, info.version, f"{info.articles:,}", f"{info.revision:,}", size, graph)
    _out().print(table if versions else "no trained version yet: run 'alsoread train'")


def print_matches(found: list[dict[str, Any]]) -> None:
    """Print what each editorial rule says and is for as a table for people, from its JSON."""
    table = Table("rule", "says", "articles", "unknown", box=None, padding=(0, 2, 0, 0))
    for match in found:
        says = "\n".join(
            f"{key}: {given if isinstance(given, str) else ', '.join(given)}"
            for key, given in match["says"].items()
        )
        unknown = Text("\n".join(match["unknown"]))
        table.add_row(match["rule"], Text(says), f"{match['articles']:,}", unknown)
    if found:
        _out().print(table)


def print_evaluation(record: dict[str, Any]) -> None:
    """Print what ``evaluate`` measured as a table for people, from its JSON."""
    compared = record["compared"]
    columns = ["measure", "mean", "95 % interval"]
    columns += ["difference", "95 % interval"] if compared else []
    table = Table(*columns, box=None, padding=(0, 2, 0, 0))
    for name, value in record["measures"].items():
        row = [name, f"{value['mean']:.4f}", f"{value['low']:.4f} to {value['high']:.4f}"]
        if compared:
            gain = compared["difference"][name]
            row += [f"{gain['mean']:+.4f}", f"{gain['low']:+.4f} to {gain['high']:+.4f}"]
        table.add_row(*row)
    out = _out()
    out.print(table)
    for line in _told(record):
        out.print(Text(line))


def print_report(record: dict[str, Any]) -> None:
    """Print what a report found in lines for people, from its JSON."""
    out = _out()
    for line in _reported(record):
        out.print(Text(line))
    for each in record["orphans"]["named"]:
        hosts = ", ".join(host["article"]["id"] for host in each["hosts"])
        out.print(Text(f"  {each['article']['id']} could be under: {hosts or 'none'}", style="dim"))


def _reported(record: dict[str, Any]) -> Iterator[str]:
    spread, tags, scores = record["coverage"], record["tags"], record["scores"]
    quality = record["quality"]["measures"] if record["quality"] else {}
    yield f"{record['articles']:,} articles, lists of {record['limit']}"
    yield f"full lists: {spread['full']:.1%}; thin: {record['thin']['count']:,}"
    yield (
        f"in most lists: {', '.join(each['article']['id'] for each in record['hubs']['named'][:3])}"
        f" (Gini {spread['gini']:.3f})"
    )
    quartiles = " ".join(f"{value:.3f}" for value in scores["items"]["quartiles"])
    yield f"quartiles of scores: {quartiles}"
    yield f"copies: {record['copies']['articles']:,} in {record['copies']['groups']:,} groups"
    yield (
        f"tags: {tags['distinct']:,}, {len(tags['broad']):,} too broad, {tags['singletons']:,} of "
        f"one article, {len(tags['twins']):,} spelt in several ways; "
        f"{tags['untagged']:,} articles without"
    )
    for name, value in quality.items():
        yield f"{name}: {value['mean']:.4f} ({value['low']:.4f} to {value['high']:.4f})"
    orphans = record["orphans"]
    copies = f" ({orphans['behind_copies']:,} more stand behind a copy)"
    yield f"in nobody's list: {orphans['count']:,}{copies if orphans['behind_copies'] else ''}"


def _told(record: dict[str, Any]) -> Iterator[str]:
    source, spread, leakage = record["judgments"], record["coverage"], record["leakage"]
    if record["compared"]:
        yield f"difference: the active model minus {record['compared']['with']}"
    yield f"{record['queries']:,} judged articles; judgments from {source['from']}"
    if source["unresolved"]:
        yield f"{source['unresolved']:,} entries of also_read name no article, or several"
    if spread:
        yield (
            f"in lists of 10: {spread['covered']:.1%} of the articles appear, "
            f"{spread['orphans']:,} do not; Gini {spread['gini']:.3f}; "
            f"{spread['mean_length']:.1f} articles a list"
        )
    yield (
        f"leakage: {leakage['leaked']:,} of {leakage['pairs']:,} judged pairs "
        f"({leakage['share']:.1%}) have the related title in the text"
    )


def _out() -> Console:
    return Console(highlight=False, soft_wrap=not sys.stdout.isatty())
