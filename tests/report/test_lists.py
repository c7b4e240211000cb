"""All lists at once are the lists that ``recommend`` returns one by one."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from recommender import Recommender, read_articles
from recommender.articles.times import NEVER, microseconds
from recommender.report.lists import AllLists

REAL_ARCHIVES = Path(__file__).parents[3] / "shared" / "data"


@pytest.fixture(scope="module")
def copied(newsroom):
    """The sample archive with three copies of every fifth article: agency's, undated, another."""
    copies = [
        article.model_copy(update={"id": f"{article.id}/{number}"} | change)
        for article in newsroom[::5]
        for number, change in enumerate(
            ({"author": "Reuters"}, {"published_at": None, "author": "Ada"}, {"author": "Bo"})
        )
    ]
    return Recommender.fit([*newsroom, *copies])


def all_lists(model, now=None):
    until = NEVER - 1 if now is None else microseconds(now)
    return AllLists.of(model.index, model.articles, model.copies.groups, until)


def all_at_once(model, limit, now=None):
    lists = all_lists(model, now)
    names = [model.articles.ids[row] for row in lists.visible.tolist()]
    return {
        name: [names[row] for row in rows if row >= 0]
        for name, rows in zip(names, lists.rows[:, :limit].tolist(), strict=True)
    }


def one_by_one(model, limit, now=None):
    names = [model.articles.ids[row] for row in all_lists(model, now).visible.tolist()]
    return {
        name: [item.article.id for item in model.recommend(name, limit=limit, now=now)]
        for name in names
    }


@pytest.mark.parametrize("limit", [1, 5, 10])
def test_all_lists_are_those_of_recommend(model, copied, limit):
    for each in (model, copied):
        assert all_at_once(each, limit) == one_by_one(each, limit)


def test_scores_are_those_of_the_items(copied):
    lists = all_lists(copied)
    for at in range(0, len(lists), 7):
        listing = copied.recommend(copied.articles.ids[int(lists.visible[at])], limit=5)
        scores = [item.score for item in listing]
        assert lists.scores[at, :5].tolist() == pytest.approx(scores, abs=1e-5)


def test_articles_deleted_or_not_yet_published_are_in_no_list(copied):
    now = datetime(2026, 6, 1, tzinfo=UTC)
    deleted = copied.articles.ids[0]
    model = copied.apply_changes([(9, deleted, None)])
    lists = all_at_once(model, 5, now)
    assert deleted not in lists
    assert len(lists) < len(copied.articles) - 1
    assert {item for items in lists.values() for item in items} <= lists.keys()
    # ``recommend`` fills a list that lost many items by a search; the graph has no more of them.
    full = one_by_one(model, 5, now)
    assert all(full[name][: len(items)] == items for name, items in lists.items())


@pytest.mark.parametrize("name", ["18f", "ecbplus"])
def test_all_lists_of_a_real_archive_are_those_of_recommend(name):
    path = REAL_ARCHIVES / name / "articles.jsonl.gz"
    if not path.exists():
        pytest.skip(f"{path} is not on this machine")
    model = Recommender.fit(read_articles(path))
    assert all_at_once(model, 5) == one_by_one(model, 5)
