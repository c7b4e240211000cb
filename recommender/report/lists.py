"""AllLists: every article's list at once, from the stored graph, without editorial rules."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from recommender.articles.times import UNDATED
from recommender.copies.groups import is_agency
from recommender.metadata.metadata import Metadata
from recommender.search.index import Index

# Rows sorted at once, to bound the memory beyond the lists themselves.
_ROWS = 1 << 14


@dataclass(frozen=True)
class AllLists:
    """The lists of all m visible articles, without editorial rules.

    ``visible`` (int64) are their rows in the model; everywhere else articles are numbered from 0 to
    m - 1. ``rows`` (m x k, int32) is each article's list, best first and one article of a group of
    copies, -1 for an empty place; ``scores`` (m x k, float32) are 0 there. ``groups`` (m, int32) is
    the group of copies of each article, -1 for none.
    """

    visible: NDArray[np.int64]
    rows: NDArray[np.int32]
    scores: NDArray[np.float32]
    groups: NDArray[np.int32]

    @classmethod
    def of(cls, index: Index, articles: Metadata, groups: NDArray[np.int32], now: int) -> AllLists:
        """Read the lists of a graph, without articles published after ``now`` (microseconds)."""
        mask = articles.published[: len(index.neighbours)] <= now
        preference = _preference(articles, groups)
        number = np.where(mask, np.cumsum(mask) - 1, -1).astype(np.int32)
        (visible,) = np.nonzero(mask)
        rows = np.full((len(visible), index.neighbours.shape[1]), -1, np.int32)
        scores = np.zeros(rows.shape, np.float32)
        for low in range(0, len(visible), _ROWS):
            part = visible[low : low + _ROWS]
            others, score = index.neighbours[part].copy(), index.scores[part].copy()
            keep = (others >= 0) & mask[others]
            _merge_copies(others, score, keep, groups, groups[part], preference)
            order = np.argsort(~keep, axis=1, kind="stable")
            keep = np.take_along_axis(keep, order, axis=1)
            others = number[np.take_along_axis(others, order, axis=1)]
            rows[low : low + _ROWS] = np.where(keep, others, -1)
            scores[low : low + _ROWS] = np.where(keep, np.take_along_axis(score, order, axis=1), 0)
        return cls(visible, rows, scores, groups[visible])

    def __len__(self) -> int:
        return len(self.visible)


def _merge_copies(
    others: NDArray[np.int32],
    scores: NDArray[np.float32],
    keep: NDArray[np.bool_],
    groups: NDArray[np.int32],
    own: NDArray[np.int32],
    preference: NDArray[np.int64],
) -> None:
    """Give each group of copies one place, and the group of the list's article none.

    The place is the best of the group's, and the article there its preferred one. ``own`` is
    the group of each list's article. The first three arrays are changed in place.
    """
    group = np.where(keep, groups[others], -1)
    keep &= (group < 0) | (group != own[:, None])
    at, place = np.nonzero(keep & (group >= 0))
    slot = at * len(groups) + group[at, place]
    _, first = np.unique(slot, return_index=True)
    order = np.lexsort((preference[others[at, place]], slot))
    best = order[np.unique(slot[order], return_index=True)[1]]
    preferred = others[at[best], place[best]], scores[at[best], place[best]]
    keep[at, place] = False
    at, place = at[first], place[first]
    keep[at, place] = True
    others[at, place], scores[at, place] = preferred


def _preference(articles: Metadata, groups: NDArray[np.int32]) -> NDArray[np.int64]:
    """Return each row's place (int64) in the order of preference among copies, 0 the first.

    Agencies' articles come after others, undated ones after dated ones, later after earlier ones.
    """
    (grouped,) = np.nonzero(groups >= 0)
    agency = np.array([is_agency(articles[row]) for row in grouped.tolist()], bool)
    published = articles.published[grouped]
    order = np.lexsort((grouped, published, published == UNDATED, agency))
    preference = np.zeros(len(groups), np.int64)
    preference[grouped[order]] = np.arange(len(order))
    return preference
