"""Filters: which articles may be in a list, decided before the search, so that none starves."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from recommender.articles.times import DAY, NEVER, UNDATED, microseconds
from recommender.metadata.metadata import Metadata
from recommender.ranking.options import Options
from recommender.ranking.query import Query

RowSelection = NDArray[np.int32] | slice
ALL = slice(None)
_FACETS = ("section", "tag", "author", "language")
# Filters whose rows are never counted: unpublished or deleted articles, and the given ones.
_UNCOUNTED = ("embargo", "given")
# A factor stops falling after so many half-lives, so that float32 keeps it above 0.
_MOST_HALVINGS = 64


@dataclass(frozen=True)
class Window:
    """Passes articles published from ``since`` on and before ``until`` (microseconds)."""

    code: str
    since: int = UNDATED
    until: int = NEVER

    def passes(self, articles: Metadata, rows: RowSelection) -> NDArray[np.bool_]:
        """Return which of the rows pass (a mask)."""
        published = articles.published[rows]
        return (published >= self.since) & (published < self.until)


@dataclass(frozen=True)
class RowMask:
    """Passes the rows of a mask."""

    code: str
    mask: NDArray[np.bool_]

    def passes(self, articles: Metadata, rows: RowSelection) -> NDArray[np.bool_]:
        """Return which of the rows pass (a mask)."""
        return self.mask[rows]


Filter = Window | RowMask


@dataclass(frozen=True)
class Filters:
    """The filters of a list, each with the code of the articles it leaves out, and freshness.

    ``now`` is microseconds since 1970; without ``half_life_days`` all articles are equally fresh.
    """

    articles: Metadata
    each: tuple[Filter, ...]
    half_life_days: float | None = None
    now: int | None = None

    @classmethod
    def of(cls, articles: Metadata, query: Query, options: Options, now: int | None) -> Filters:
        """Return the filters of a query with its options."""
        each = (
            *_given_filters(articles, query),
            *_facet_filters(articles, options),
            *_time_filters(options, query),
        )
        # Deleted rows have published = NEVER, so this filter removes them.
        embargo = Window("embargo", until=NEVER if now is None else now + 1)
        return cls(articles, (embargo, *each), options.half_life_days, now)

    def passes(self, rows: RowSelection) -> NDArray[np.bool_]:
        """Return which of the rows pass every filter (a mask)."""
        passed = np.ones(len(self.articles.published[rows]), bool)
        for one in self.each:
            passed &= one.passes(self.articles, rows)
        return passed

    def freshness(self, rows: RowSelection) -> NDArray[np.float32]:
        """Return the freshness factor of each of the rows (float32)."""
        published = self.articles.published[rows]
        if self.half_life_days is None or self.now is None:
            return np.ones(len(published), np.float32)
        return freshness(published, self.now, self.half_life_days, self.articles.median)

    def freshness_of(self, row: int) -> float | None:
        """Return the freshness factor of one row, None without a half-life."""
        if self.half_life_days is None:
            return None
        return float(self.freshness(slice(row, row + 1))[0])

    def factors(self) -> NDArray[np.float32]:
        """Return the factor of each row in a search: its freshness, or 0 if it does not pass."""
        return self.passes(ALL) * self.freshness(ALL)

    def left_out(self, remaining: NDArray[np.bool_]) -> dict[str, int]:
        """Count by code how many of the ``remaining`` rows each filter is the first to leave out.

        These rows are removed from the mask ``remaining``.
        """
        counts: dict[str, int] = {}
        for one in self.each:
            passed = one.passes(self.articles, ALL)
            count = int(np.count_nonzero(remaining & ~passed))
            if count and one.code not in _UNCOUNTED:
                counts[one.code] = counts.get(one.code, 0) + count
            remaining &= passed
        return counts


def freshness(
    published: NDArray[np.int64], now: int, half_life_days: float, usual: int = UNDATED
) -> NDArray[np.float32]:
    """Return ``0.5 ** (age / half_life_days)`` (float32), above 0 and at most 1.

    ``published`` and ``now`` are microseconds since 1970; an article published after ``now`` has
    the age 0. An undated one counts as published at ``usual``, or has the age 0 without that.

    Examples
    --------
    >>> week = 7 * DAY
    >>> freshness(np.array([week, 0, 2 * week]), week, 7.0)
    array([1. , 0.5, 1. ], dtype=float32)
    """
    usual = now if usual == UNDATED else usual
    ages = (now - np.where(published == UNDATED, usual, published)).astype(np.float32)
    ages *= np.float32(-1 / (DAY * half_life_days))
    return np.exp2(np.clip(ages, -_MOST_HALVINGS, 0, out=ages), out=ages)


def _given_filters(articles: Metadata, query: Query) -> Iterator[Filter]:
    if query.rows and not query.stored:
        mask = np.ones(len(articles), bool)
        mask[list(query.rows)] = False
        yield RowMask("given", mask)


def _facet_filters(articles: Metadata, options: Options) -> Iterator[Filter]:
    if options.exclude:
        mask = np.ones(len(articles), bool)
        rows = (articles.ids.find(article_id) for article_id in options.exclude)
        mask[[row for row in rows if row is not None]] = False
        yield RowMask("excluded", mask)
    for facet in _FACETS:
        if values := getattr(options, facet):
            yield RowMask(f"other_{facet}", articles.facets.mask(facet, values, len(articles)))


def _time_filters(options: Options, query: Query) -> Iterator[Filter]:
    after, before = map(_microseconds, (options.published_after, options.published_before))
    if after is not None or before is not None or options.direction != "any":
        yield Window("undated", since=UNDATED + 1)
    if after is not None:
        yield Window("too_early", since=after)
    if before is not None:
        yield Window("too_late", until=before)
    if options.direction != "any":
        # No article is before or after an undated one.
        dated = query.published != UNDATED
        if options.direction == "past":
            yield Window("not_past", until=query.published + dated)
        else:
            yield Window("not_future", since=query.published + 1 if dated else NEVER)


def _microseconds(time: datetime | None) -> int | None:
    return None if time is None else microseconds(time)
