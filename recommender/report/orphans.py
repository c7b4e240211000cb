"""Orphans: articles in no list, and the lists that could take them."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from recommender.report.lists import AllLists

# A list, the orphan's score in it, and the score of its last item, which would be dropped.
CandidateHost = tuple[int, float, float]


def orphans_of(lists: AllLists, limit: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the articles in no list of ``limit``, and those that a listed copy represents.

    Examples
    --------
    >>> near = np.array([[1], [0], [0], [1]], np.int32)
    >>> lists = AllLists(np.arange(4), near, np.ones((4, 1), np.float32), np.array([2, -1, 2, -1]))
    >>> orphans_of(lists, 1)
    (array([3]), array([2]))
    """
    listed = np.zeros(len(lists), bool)
    listed[np.unique(lists.rows[:, :limit])] = True
    # The index -1 has set the last row as well.
    listed[-1:] = (lists.rows[:, :limit] == len(lists) - 1).any()
    represented = np.unique(lists.groups[listed])
    behind = ~listed & (lists.groups >= 0) & np.isin(lists.groups, represented)
    return np.flatnonzero(~listed & ~behind), np.flatnonzero(behind)


def candidate_hosts(
    lists: AllLists, orphans: NDArray[np.int64], limit: int, most: int
) -> Iterator[list[CandidateHost]]:
    """Yield for each orphan the lists in which it comes nearest below the cut, the nearest first.

    Examples
    --------
    >>> near = np.array([[1, 2], [0, 2], [0, 1]], np.int32)
    >>> scores = np.array([[0.5, 0.25], [0.5, 0.125], [0.25, 0.125]], np.float32)
    >>> lists = AllLists(np.arange(3), near, scores, np.full(3, -1))
    >>> list(candidate_hosts(lists, np.array([2]), 1, most=1))
    [[(0, 0.25, 0.5)]]
    """
    hosts, rows, scores = _pairs(lists, orphans, limit)
    cuts = lists.scores[hosts, limit - 1]
    order = np.lexsort((hosts, cuts - scores, rows))
    for orphan in orphans.tolist():
        start, end = np.searchsorted(rows, [orphan, orphan + 1], sorter=order)
        best = order[start : min(end, start + most)]
        columns = hosts[best].tolist(), scores[best].tolist(), cuts[best].tolist()
        yield list(zip(*columns, strict=True))


def _pairs(
    lists: AllLists, orphans: NDArray[np.int64], limit: int
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float32]]:
    """Return host, orphan and score of all pairs that the graph holds, either way round, once.

    Scores are symmetric, and an article without neighbours has no list that could take it.
    """
    is_orphan = np.zeros(len(lists), bool)
    is_orphan[orphans] = True
    below = lists.rows[:, limit:]
    above, place = np.nonzero((below >= 0) & is_orphan[below])
    own = lists.rows[orphans]
    at, back = np.nonzero(own >= 0)
    hosts = np.concatenate([above, own[at, back]])
    rows = np.concatenate([below[above, place], orphans[at]])
    scores = np.concatenate([lists.scores[above, limit + place], lists.scores[orphans[at], back]])
    _, once = np.unique(hosts * len(lists) + rows, return_index=True)
    hosts, rows, scores = hosts[once], rows[once], scores[once]
    # A score above the cut was kept out by a copy: of the list's article, or of one of its items.
    below_cut = scores <= lists.scores[hosts, limit - 1]
    return hosts[below_cut], rows[below_cut], scores[below_cut]
