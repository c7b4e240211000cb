"""A batch is the lists of many articles, and distinct ones share no item."""

from datetime import UTC, datetime

import pytest

from recommender import Article, Recommender
from recommender.errors import ArticleNotFoundError, OptionError

NOW = datetime(2026, 12, 1, tzinfo=UTC)


def ids(listing):
    return [item.article.id for item in listing]


def test_a_batch_is_each_articles_own_list_in_the_order_asked(model):
    asked = list(model.articles.ids)[::-1]
    options = {"limit": 7, "half_life_days": 90, "explain": True}
    lists = list(model.batch(asked, now=NOW, **options))
    assert [key for key, _ in lists] == asked
    for key, listing in lists:
        assert listing == model.recommend(key, now=NOW, **options)


def test_an_unknown_id_gives_the_error_in_its_place_and_the_others_go_on(model):
    first, second, *_ = model.articles.ids
    lists = dict(model.batch([first, "nobody", second]))
    assert isinstance(lists["nobody"], ArticleNotFoundError)
    assert lists[second] == model.recommend(second)


def test_an_id_given_twice_comes_once(model):
    first, second, *_ = model.articles.ids
    assert [key for key, _ in model.batch([first, second, first])] == [first, second]


@pytest.mark.parametrize("options", [{}, {"section": ["News"]}, {"diversity": 0.5}])
def test_distinct_lists_share_no_item_and_take_the_next_best_in_order(model, options):
    seen = []
    for key, listing in model.batch(list(model.articles.ids)[:8], distinct=True, **options):
        assert listing.items == tuple(listing)
        assert ids(listing) == ids(model.recommend(key, exclude=seen, **options))
        seen += ids(listing)
    assert len(seen) == len(set(seen))


def test_a_distinct_list_that_falls_short_says_that_others_took_its_items():
    news = [Article(id=name, title="Ferry") for name in "abcd"]
    lists = dict(Recommender.fit(news).batch("ab", distinct=True, limit=2))
    assert ids(lists["a"]) == ["b", "c"]
    assert ids(lists["b"]) == ["a", "d"]
    lists = dict(Recommender.fit(news).batch("ab", distinct=True, limit=3))
    assert ids(lists["b"]) == ["a"]
    assert lists["b"].shortfall.reasons == {"listed_elsewhere": 2}


def test_a_wrong_option_is_an_error_before_any_list(model):
    with pytest.raises(OptionError, match="'limit'"):
        model.batch([], limit=0)
