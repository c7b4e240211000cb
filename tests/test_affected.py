"""Whose lists a change affects: all that it alters, as far as they are examined."""

from random import Random

import numpy as np
import pytest

from recommender import Article, Config, Recommender
from recommender.articles.times import NEVER, microseconds, parse_time
from recommender.updates import affected, recent_changes

NOW = parse_time("2026-06-01")


@pytest.fixture(scope="module")
def trained():
    titles = ["ferry refit", "gearbox ferry yard", "hail"]
    return Recommender.fit(Article(id=str(row), title=title) for row, title in enumerate(titles))


def with_articles(model, articles):
    revision = model.applied_revision + 1
    return model.apply_changes((revision + at, each.id, each) for at, each in enumerate(articles))


def ids(listing):
    return [item.article.id for item in listing]


@pytest.mark.parametrize("neighbours", [20, 200], ids=["full lists", "short lists"])
def test_affected_are_all_whose_list_a_change_alters(neighbours):
    random, words = Random(2), [f"word{number}" for number in range(40)]

    def article(key):
        return Article(id=key, title=" ".join(random.choices(words, k=5)))

    model = Recommender.fit([article(str(n)) for n in range(120)], Config(neighbours=neighbours))
    before = lists_of(model)
    for revision in range(1, 11):
        key = str(random.randrange(130))
        deleted = key in before and random.random() < 0.4
        model = model.apply_changes([(revision, key, None if deleted else article(key))])
        lists, after = affected(model, model.live.latest[revision]), lists_of(model)
        assert recent_changes(model) == {revision: ({key}, lists)}
        assert lists.complete
        assert set(lists.first) <= set(lists.all) - {key}
        for other in before.keys() & after.keys() - {key}:
            assert before[other] == after[other] or other in lists.all
            assert before[other][:5] == after[other][:5] or other in lists.first
            assert other not in lists.first or key in before[other] + after[other]
        before = after


def lists_of(model):
    """The list of 15 of every article."""
    rows = np.flatnonzero(model.articles.published != NEVER).tolist()
    keys = [model.articles.ids[row] for row in rows]
    return {key: ids(model.recommend(key, limit=15)) for key in keys}


def test_article_under_embargo_affects_no_list_until_its_time(trained):
    model = with_articles(trained, [Article(id="new", title="ferry", published_at="2026-06-02")])
    rows = model.live.latest[1]
    assert affected(model, rows, microseconds(NOW)).all == ()
    later = microseconds(parse_time("2026-06-03"))
    assert set(affected(model, rows, later).first) == {"0", "1"}


def test_new_article_affects_a_live_one_that_has_no_neighbours(trained):
    model = with_articles(trained, [Article(id="a", title="Zeppelin")])
    model = with_articles(model, [Article(id="b", title="Zeppelin lands")])
    assert affected(model, model.live.latest[2]).all == ("a",)


@pytest.fixture
def crowded():
    """A model with three hundred live articles, ten on each name."""
    news = [Article(id=str(n), title=f"ferry refit name{n % 30}") for n in range(300)]
    return with_articles(Recommender.fit(news[:50]), news)


def test_only_the_nearest_live_lists_are_computed_to_find_affected(crowded):
    model = crowded.apply_changes([(900, "x", Article(id="x", title="ferry refit name7"))])
    lists = affected(model, model.live.latest[900])
    assert (lists.complete, lists.all) == (False, None)
    assert "37" in lists.first
    assert not {"298", "299"} & set(lists.first)


def test_cached_live_lists_are_checked_beyond_the_nearest(crowded):
    crowded.index.nearest(crowded.articles.row("299"), 5)
    model = crowded.apply_changes([(900, "x", Article(id="x", title="ferry refit name7"))])
    lists = affected(model, model.live.latest[900])
    assert "299" in lists.first
    assert "298" not in lists.first


def test_many_changes_at_once_are_not_examined_one_by_one(trained):
    assert recent_changes(trained) == {}
    many = [Article(id=f"n{n}", title="ferry refit") for n in range(65)]
    assert recent_changes(with_articles(trained, many)) is None
