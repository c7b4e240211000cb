"""A batch is the lists of many articles, and distinct lists share no item."""

from datetime import UTC, datetime

import pytest

from recommender import Article, Recommender
from recommender.errors import ArticleNotFoundError, OptionError

NOW = datetime(2026, 12, 1, tzinfo=UTC)


def ids(listing):
    return [item.article.id for item in listing]


def test_batch_is_each_articles_own_list_in_the_given_order(model):
    keys = list(model.articles.ids)[::-1]
    options = {"limit": 7, "half_life_days": 90, "explain": True}
    lists = list(model.batch(keys, now=NOW, **options))
    assert [key for key, _ in lists] == keys
    for key, listing in lists:
        assert listing == model.recommend(key, now=NOW, **options)


def test_unknown_id_has_its_error_in_place_of_a_list(model):
    first, second, *_ = model.articles.ids
    lists = dict(model.batch([first, "nobody", second]))
    assert isinstance(lists["nobody"], ArticleNotFoundError)
    assert lists[second] == model.recommend(second)


def test_id_that_is_given_twice_comes_once(model):
    first, second, *_ = model.articles.ids
    assert [key for key, _ in model.batch([first, second, first])] == [first, second]


@pytest.mark.parametrize("options", [{}, {"section": ["News"]}, {"diversity": 0.5}])
def test_distinct_lists_share_no_item_and_take_the_next_best(model, options):
    before = []
    for key, listing in model.batch(list(model.articles.ids)[:8], distinct=True, **options):
        assert ids(listing) == ids(model.recommend(key, exclude=before, **options))
        before += ids(listing)
    assert len(before) == len(set(before))


def test_short_distinct_list_counts_items_of_other_lists():
    model = Recommender.fit(Article(id=name, title="Ferry") for name in "abcd")
    lists = dict(model.batch("ab", distinct=True, limit=2))
    assert (ids(lists["a"]), ids(lists["b"])) == (["b", "c"], ["a", "d"])
    lists = dict(model.batch("ab", distinct=True, limit=3))
    assert ids(lists["b"]) == ["a"]
    assert lists["b"].shortfall.reasons == {"listed_elsewhere": 2}


def test_wrong_option_is_an_error_before_any_list(model):
    with pytest.raises(OptionError, match="'limit'"):
        model.batch([], limit=0)
