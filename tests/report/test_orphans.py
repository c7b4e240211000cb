"""Orphans are in nobody's list, and the lists named for each are those it comes nearest to."""

import numpy as np
import pytest

from recommender.report.lists import AllLists
from recommender.articles.times import NEVER
from recommender.report.orphans import chances, orphans_of


def made(rows, scores, groups=None):
    rows = np.array(rows, np.int32)
    groups = np.full(len(rows), -1, np.int32) if groups is None else np.array(groups, np.int32)
    return AllLists(np.arange(len(rows)), rows, np.array(scores, np.float32), groups)


@pytest.fixture(scope="module")
def lists(model):
    return AllLists.of(model.index, model.articles, model.copies.groups, NEVER - 1)


def test_they_are_in_nobodys_list(lists):
    for limit in (1, 2, 5):
        listed = {row for rows in lists.rows[:, :limit].tolist() for row in rows}
        orphans, behind = orphans_of(lists, limit)
        assert {*orphans.tolist(), *behind.tolist()} == {*range(len(lists))} - listed


def test_who_is_listed_as_a_copy_of_another_is_none(lists):
    orphans, behind = orphans_of(lists, 5)
    assert len(behind) == 3
    assert not {*lists.groups[orphans].tolist()} & {*lists.groups[behind].tolist()}


def test_the_last_article_may_be_an_orphan_or_not():
    alone = made([[1, -1], [0, -1], [-1, -1]], [[0.5, 0], [0.5, 0], [0, 0]])
    assert orphans_of(alone, 2)[0].tolist() == [2]
    assert orphans_of(made([[1], [0]], [[0.5], [0.5]]), 1)[0].tolist() == []


def test_the_lists_that_could_take_one_are_those_with_the_least_gap(lists):
    """Every list of the whole archive is looked at, by the graph's own scores."""
    orphans, _ = orphans_of(lists, 2)
    assert len(orphans) > 5
    scores = {
        (at, row): score
        for at, rows in enumerate(lists.rows.tolist())
        for row, score in zip(rows, lists.scores[at].tolist(), strict=True)
        if row >= 0
    }
    for orphan, found in zip(orphans.tolist(), chances(lists, orphans, 2, 3), strict=True):
        gaps = {}
        for host in range(len(lists)):
            score = scores.get((host, orphan), scores.get((orphan, host)))
            cut = float(lists.scores[host, 1])
            if score is not None and score <= cut:
                gaps[host] = cut - score
        nearest = sorted(gaps.values())[:3]
        assert [cut - score for _, score, cut in found] == pytest.approx(nearest)
        assert all(gaps[host] == pytest.approx(cut - score) for host, score, cut in found)


def test_a_list_that_only_a_copy_keeps_it_out_of_is_not_named():
    # 2 scores more with 0 than 1 does, whose copy it is.
    pair = made([[1, -1], [0, 2], [0, 1]], [[0.1, 0], [0.4, 0.3], [0.5, 0.3]], [-1, 1, 1])
    assert list(chances(pair, np.array([2]), 1, 3)) == [
        [(1, pytest.approx(0.3), pytest.approx(0.4))]
    ]


def test_who_shares_nothing_with_anyone_has_none():
    alone = made([[1, -1], [0, -1], [-1, -1]], [[0.5, 0], [0.5, 0], [0, 0]])
    assert list(chances(alone, np.array([2]), 1, 3)) == [[]]
