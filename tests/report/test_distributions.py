"""Scores, ages and languages over all lists are those of the lists one by one."""

from collections import Counter

import numpy as np
import pytest

from recommender import Article, Recommender
from recommender.articles.times import NEVER
from recommender.report.distributions import ages_of, in_degree_of, languages_of, scores_of
from recommender.report.lists import AllLists


def all_lists(model):
    return AllLists.of(model.index, model.articles, model.copies.groups, NEVER - 1)


def pairs(model):
    """Each article with each item of its list."""
    for article_id in model.articles.ids:
        listing = model.recommend(article_id, limit=5)
        for item in listing:
            yield listing.article, item


def test_every_item_has_its_score_in_one_bin(model):
    distribution = scores_of(all_lists(model), 5)
    scores = [item.score for _, item in pairs(model)]
    quartiles = np.percentile(scores, [25, 50, 75])
    assert sum(distribution.items.counts) == len(scores)
    assert distribution.items.quartiles == pytest.approx(quartiles, abs=1e-6)
    assert sum(distribution.first.counts) == len(model.articles)
    assert distribution.first.quartiles[1] > distribution.items.quartiles[1]


def test_ages_are_days_between_article_and_item(model):
    ages = ages_of(all_lists(model), model.articles, 5)
    days = np.array(
        [
            (item.article.published_at - article.published_at).total_seconds() / 86400
            for article, item in pairs(model)
            if item.article.published_at and article.published_at
        ]
    )
    assert ages.days.quartiles == pytest.approx(np.percentile(np.abs(days), [25, 50, 75]))
    assert sum(ages.days.counts) == len(days)
    assert ages.older == pytest.approx(np.mean(days < 0))
    assert ages.newer == pytest.approx(np.mean(days > 0))
    assert ages.undated == sum(article.published_at is None for article in model.articles)


def test_an_archive_without_dates_has_no_ages():
    model = Recommender.fit([Article(id=key, title="Ferry refit") for key in "abc"])
    ages = ages_of(all_lists(model), model.articles, 5)
    assert (ages.undated, sum(ages.days.counts), ages.older) == (3, 0, 0)


def test_articles_are_counted_by_the_number_of_lists_they_are_in():
    assert in_degree_of(np.array([0, 0, 1, 2, 3, 4, 7, 8])).counts == (2, 1, 2, 2, 1)
    assert in_degree_of(np.zeros(3, np.int64)).counts[0] == 3


def test_languages_are_counted_by_their_first_part():
    languages = ["pt-BR", "pt", "en", None, "pt-PT"]
    model = Recommender.fit(
        Article(id=str(n), title=f"Orla refit yard{n}", language=language)
        for n, language in enumerate(languages)
    )
    distribution = languages_of(all_lists(model), model.articles, 5)
    assert distribution.articles == {"pt": 3, "unknown": 1, "en": 1}
    known = [
        (languages[int(article.id)][:2], languages[int(item.article.id)][:2])
        for article, item in pairs(model)
        if languages[int(article.id)] and languages[int(item.article.id)]
    ]
    crossings = Counter(one != other for one, other in known)
    assert distribution.crossing == pytest.approx(crossings[True] / len(known))
