"""The stages between the nearest articles and the list: each takes candidates and returns them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from recommender.cards import Cards


@dataclass(frozen=True)
class Candidates:
    """Articles that may enter a list, best first, and how many each cause has left out.

    ``rows`` int32 and ``scores`` float32, ordered by score descending, then row ascending, but that
    one of a group of copies stands in the place of its best; ``copies`` has the group's others, and
    ``from_graph`` says that the rows are among the stored neighbours of an article.
    """

    rows: NDArray[np.int32]
    scores: NDArray[np.float32]
    left_out: dict[str, int] = field(default_factory=dict)
    copies: dict[int, tuple[int, ...]] = field(default_factory=dict)
    from_graph: bool = True

    def without(self, dropped: NDArray[np.bool_], cause: str) -> Candidates:
        """Return the candidates that are not ``dropped`` (a mask), counting the others."""
        if not dropped.any():
            return self
        counted = self.left_out | {cause: self.left_out.get(cause, 0) + int(dropped.sum())}
        return replace(
            self, rows=self.rows[~dropped], scores=self.scores[~dropped], left_out=counted
        )

    def top(self, limit: int) -> Candidates:
        """Return the best ``limit`` of them."""
        return replace(self, rows=self.rows[:limit], scores=self.scores[:limit])


@dataclass(frozen=True)
class Context:
    """What stages may look at: the archive's cards and the time, in microseconds since 1970."""

    articles: Cards
    now: int | None

    def told(self, rows: NDArray[np.int32] | slice = slice(None)) -> NDArray[np.bool_]:
        """Return which rows are not under embargo (a mask)."""
        published = self.articles.published[rows]
        return published <= self.now if self.now is not None else np.ones(len(published), bool)


Stage = Callable[[Candidates, Context], Candidates]


@dataclass(frozen=True)
class Excluded:
    """Leaves out the rows that the caller does not want."""

    rows: tuple[int, ...]

    def __call__(self, found: Candidates, context: Context) -> Candidates:
        """Return the candidates without those rows."""
        return found.without(np.isin(found.rows, self.rows), "excluded")


@dataclass(frozen=True)
class Embargo:
    """Leaves out articles whose time of publication has not come; their number is not told."""

    def __call__(self, found: Candidates, context: Context) -> Candidates:
        """Return the candidates that are published."""
        told = context.told(found.rows)
        return replace(found, rows=found.rows[told], scores=found.scores[told])
