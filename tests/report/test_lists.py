"""All lists at once are the lists that are given one by one."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from recommender import Recommender, read_articles
from recommender.report.lists import AllLists
from recommender.articles.times import NEVER, microseconds

SHARED = Path(__file__).parents[2] / "shared" / "data"


@pytest.fixture(scope="module")
def copied(newsroom):
    """The sample archive, every fifth article of it reprinted: by an agency, undated, later."""
    reprints = [
        article.model_copy(update={"id": f"{article.id}/{number}"} | change)
        for article in newsroom[::5]
        for number, change in enumerate(
            ({"author": "Reuters"}, {"published_at": None, "author": "Ada"}, {"author": "Bo"})
        )
    ]
    return Recommender.fit([*newsroom, *reprints])


def lists(model, now=None):
    moment = NEVER - 1 if now is None else microseconds(now)
    return AllLists.of(model.index, model.articles, model.copies.groups, moment)


def all_at_once(model, limit, now=None):
    found, ids = lists(model, now), model.articles.ids
    names = [ids[row] for row in found.stored.tolist()]
    return {
        name: [names[row] for row in rows if row >= 0]
        for name, rows in zip(names, found.rows[:, :limit].tolist(), strict=True)
    }


def one_by_one(model, limit, now=None):
    told = [model.articles.ids[row] for row in lists(model, now).stored.tolist()]
    return {
        name: [item.article.id for item in model.recommend(name, limit=limit, now=now)]
        for name in told
    }


@pytest.mark.parametrize("limit", [1, 5, 10])
def test_they_are_the_lists_that_are_given(model, copied, limit):
    for each in (model, copied):
        assert all_at_once(each, limit) == one_by_one(each, limit)


def test_scores_are_those_of_the_items(copied):
    found = lists(copied)
    for at in range(0, len(found), 7):
        given = copied.recommend(copied.articles.ids[int(found.stored[at])], limit=5)
        assert found.scores[at, :5].tolist() == pytest.approx(
            [item.score for item in given], abs=1e-5
        )


def test_who_is_not_published_yet_or_was_deleted_is_in_none(copied):
    now = datetime(2026, 6, 1, tzinfo=UTC)
    gone = copied.articles.ids[0]
    shown = all_at_once(copied.apply_changes([(9, gone, None)]), 5, now)
    assert gone not in shown
    assert len(shown) < len(copied.articles) - 1
    assert {each for found in shown.values() for each in found} <= shown.keys()
    # A list that lost many is filled from the archive, which the graph cannot do.
    one = one_by_one(copied.apply_changes([(9, gone, None)]), 5, now)
    assert all(one[name][: len(found)] == found for name, found in shown.items())


@pytest.mark.parametrize("name", ["18f", "ecbplus"])
def test_they_are_those_of_real_archives(name):
    path = SHARED / name / "articles.jsonl.gz"
    if not path.exists():
        pytest.skip(f"{path} is not on this machine")
    model = Recommender.fit(read_articles(path))
    assert all_at_once(model, 5) == one_by_one(model, 5)
