"""Orphans: the articles in no list, and the lists that come nearest to taking them."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from recommender.report.lists import AllLists

# A list, the orphan's score in it, and the cut: the score of its last item, to be dropped.
CandidateHost = tuple[int, float, float]


def orphans_of(lists: AllLists, limit: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the articles in no list of ``limit``; apart, those of which a copy is in one.

    Examples
    --------
    >>> rows = np.array([[1], [0], [0], [1]], np.int32)
    >>> lists = AllLists(np.arange(4), rows, np.ones((4, 1), np.float32), np.array([2, -1, 2, -1]))
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
    """Yield up to ``most`` candidate hosts of each orphan, the smallest gap to the cut first.

    Examples
    --------
    >>> rows = np.array([[1, 2], [0, 2], [0, 1]], np.int32)
    >>> scores = np.array([[0.5, 0.25], [0.5, 0.125], [0.25, 0.125]], np.float32)
    >>> lists = AllLists(np.arange(3), rows, scores, np.full(3, -1))
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
    """Return the host, the orphan and the score of each pair of theirs in the graph.

    A pair may be stored in the list of either, since scores are symmetric. An orphan whose own list
    is empty has no host.
    """
    is_orphan = np.zeros(len(lists), bool)
    is_orphan[orphans] = True
    below = lists.rows[:, limit:]
    list_of, place = np.nonzero((below >= 0) & is_orphan[below])
    own = lists.rows[orphans]
    at, place_in_own = np.nonzero(own >= 0)
    hosts = np.concatenate([list_of, own[at, place_in_own]])
    rows = np.concatenate([below[list_of, place], orphans[at]])
    scores = np.concatenate(
        [lists.scores[list_of, limit + place], lists.scores[orphans[at], place_in_own]]
    )
    _, once = np.unique(hosts * len(lists) + rows, return_index=True)
    hosts, rows, scores = hosts[once], rows[once], scores[once]
    # A score above the cut was kept out by a copy: of the list's article, or of one of its items.
    below_cut = scores <= lists.scores[hosts, limit - 1]
    return hosts[below_cut], rows[below_cut], scores[below_cut]
