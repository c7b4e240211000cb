"""Filters: which articles may be in a list, told before the search, so that none starves."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from recommender.cards import Cards
from recommender.freshness import freshness
from recommender.nearness import UNDATED, microseconds
from recommender.options import Options
from recommender.queries import Query

Where = NDArray[np.int32] | slice
ALL = slice(None)
_LAST = int(np.iinfo(np.int64).max)
_FACETS = ("section", "tag", "author", "language")
# Nothing is told of these: what is not published yet, and what was asked about.
_UNTOLD = ("embargo", "given")


@dataclass(frozen=True)
class Window:
    """Lets pass what was published from ``since`` on and before ``until`` (microseconds)."""

    code: str
    since: int = UNDATED
    until: int = _LAST

    def passes(self, articles: Cards, rows: Where) -> NDArray[np.bool_]:
        """Return which of the rows pass (a mask)."""
        published = articles.published[rows]
        return (published >= self.since) & (published < self.until)


@dataclass(frozen=True)
class Only:
    """Lets pass the rows of a mask."""

    code: str
    mask: NDArray[np.bool_]

    def passes(self, articles: Cards, rows: Where) -> NDArray[np.bool_]:
        """Return which of the rows pass (a mask)."""
        return self.mask[rows]


Filter = Window | Only


@dataclass(frozen=True)
class Filters:
    """What a list's articles must pass, each filter with the code of those it leaves out.

    ``now`` is microseconds since 1970; without ``half_life_days`` every article is as fresh.
    """

    articles: Cards
    each: tuple[Filter, ...]
    half_life_days: float | None = None
    now: int | None = None

    @classmethod
    def of(cls, articles: Cards, query: Query, options: Options, now: int | None) -> Filters:
        """Return the filters of a query with its options."""
        each = (*_given(articles, query), *_chosen(articles, options), *_timely(options, query))
        embargo = () if now is None else (Window("embargo", until=now + 1),)
        return cls(articles, (*embargo, *each), options.half_life_days, now)

    def passes(self, rows: Where) -> NDArray[np.bool_]:
        """Return which of the rows pass every filter (a mask)."""
        passed = np.ones(len(self.articles.published[rows]), bool)
        for one in self.each:
            passed &= one.passes(self.articles, rows)
        return passed

    def fresh(self, rows: Where) -> NDArray[np.float32]:
        """Return the factor that its age puts on the score of each of the rows."""
        published = self.articles.published[rows]
        if self.half_life_days is None or self.now is None:
            return np.ones(len(published), np.float32)
        return freshness(published, self.now, self.half_life_days, self.articles.median)

    def freshness_of(self, row: int) -> float | None:
        """Return the factor of one row, None if no half-life is asked for."""
        return None if self.half_life_days is None else float(self.fresh(slice(row, row + 1))[0])

    def factors(self) -> NDArray[np.float32]:
        """Return what multiplies the score of each row in a search: its freshness, or 0."""
        return self.passes(ALL) * self.fresh(ALL)

    def left_out(self, left: NDArray[np.bool_]) -> dict[str, int]:
        """Count how many of the rows ``left`` (a mask) each filter is the first to leave out.

        They are taken out of the mask; of some nothing is told.
        """
        counts: dict[str, int] = {}
        for one in self.each:
            passed = one.passes(self.articles, ALL)
            count = int(np.count_nonzero(left & ~passed))
            if count and one.code not in _UNTOLD:
                counts[one.code] = counts.get(one.code, 0) + count
            left &= passed
        return counts


def _given(articles: Cards, query: Query) -> Iterator[Filter]:
    if query.rows and not query.stored:
        mask = np.ones(len(articles), bool)
        mask[list(query.rows)] = False
        yield Only("given", mask)


def _chosen(articles: Cards, options: Options) -> Iterator[Filter]:
    if options.exclude:
        mask = np.ones(len(articles), bool)
        rows = (articles.ids.find(article_id) for article_id in options.exclude)
        mask[[row for row in rows if row is not None]] = False
        yield Only("excluded", mask)
    for facet in _FACETS:
        if values := getattr(options, facet):
            yield Only(f"other_{facet}", articles.facets.having(facet, values, len(articles)))


def _timely(options: Options, query: Query) -> Iterator[Filter]:
    after, before = (_moment(t) for t in (options.published_after, options.published_before))
    if after is not None or before is not None or options.direction != "any":
        yield Window("undated", since=UNDATED + 1)
    if after is not None:
        yield Window("too_early", since=after)
    if before is not None:
        yield Window("too_late", until=before)
    if options.direction != "any":
        # Nothing is before or after an article without a date.
        dated = query.published != UNDATED
        if options.direction == "past":
            yield Window("not_past", until=query.published + dated)
        else:
            yield Window("not_future", since=query.published + 1 if dated else _LAST)


def _moment(time: datetime | None) -> int | None:
    return None if time is None else microseconds(time)
