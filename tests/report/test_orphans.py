"""Orphans are in no list, and their candidate hosts are the lists they come nearest to."""

import numpy as np
import pytest

from recommender.articles.times import NEVER
from recommender.report.lists import AllLists
from recommender.report.orphans import candidate_hosts, orphans_of


def lists_of(rows, scores, groups=None):
    rows = np.array(rows, np.int32)
    groups = np.full(len(rows), -1, np.int32) if groups is None else np.array(groups, np.int32)
    return AllLists(np.arange(len(rows)), rows, np.array(scores, np.float32), groups)


@pytest.fixture(scope="module")
def lists(model):
    return AllLists.of(model.index, model.articles, model.copies.groups, NEVER - 1)


def test_orphans_and_unlisted_copies_are_all_that_are_in_no_list(lists):
    for limit in (1, 2, 5):
        listed = {row for rows in lists.rows[:, :limit].tolist() for row in rows}
        orphans, copies = orphans_of(lists, limit)
        assert {*orphans.tolist(), *copies.tolist()} == {*range(len(lists))} - listed


def test_an_article_with_a_listed_copy_is_no_orphan(lists):
    orphans, copies = orphans_of(lists, 5)
    assert len(copies) == 3
    assert not {*lists.groups[orphans].tolist()} & {*lists.groups[copies].tolist()}


def test_the_last_article_is_an_orphan_only_if_it_is_in_no_list():
    alone = lists_of([[1, -1], [0, -1], [-1, -1]], [[0.5, 0], [0.5, 0], [0, 0]])
    assert orphans_of(alone, 2)[0].tolist() == [2]
    assert orphans_of(lists_of([[1], [0]], [[0.5], [0.5]]), 1)[0].tolist() == []


def test_hosts_are_the_lists_with_the_smallest_gap_to_their_cut(lists):
    """The reference looks at every list of the archive, by the graph's own scores."""
    orphans, _ = orphans_of(lists, 2)
    assert len(orphans) > 5
    scores = {
        (at, row): score
        for at, rows in enumerate(lists.rows.tolist())
        for row, score in zip(rows, lists.scores[at].tolist(), strict=True)
        if row >= 0
    }
    all_hosts = candidate_hosts(lists, orphans, 2, 3)
    for orphan, hosts in zip(orphans.tolist(), all_hosts, strict=True):
        gaps = {}
        for host in range(len(lists)):
            score = scores.get((host, orphan), scores.get((orphan, host)))
            cut = float(lists.scores[host, 1])
            if score is not None and score <= cut:
                gaps[host] = cut - score
        smallest = sorted(gaps.values())[:3]
        assert [cut - score for _, score, cut in hosts] == pytest.approx(smallest)
        assert all(gaps[host] == pytest.approx(cut - score) for host, score, cut in hosts)


def test_a_list_that_only_a_copy_keeps_an_article_out_of_is_no_host():
    # 2 is a copy of 1 and has a higher score with 0 than 1 has.
    pair = lists_of([[1, -1], [0, 2], [0, 1]], [[0.1, 0], [0.4, 0.3], [0.5, 0.3]], [-1, 1, 1])
    assert list(candidate_hosts(pair, np.array([2]), 1, 3)) == [
        [(1, pytest.approx(0.3), pytest.approx(0.4))]
    ]


def test_an_article_that_shares_nothing_has_no_host():
    alone = lists_of([[1, -1], [0, -1], [-1, -1]], [[0.5, 0], [0.5, 0], [0, 0]])
    assert list(candidate_hosts(alone, np.array([2]), 1, 3)) == [[]]
