"""Scores, ages and languages over all lists are counted as they are one by one."""

from collections import Counter

import numpy as np
import pytest

from recommender import Article, Recommender
from recommender.report.lists import AllLists
from recommender.articles.times import NEVER
from recommender.report.distributions import ages_of, in_degree_of, languages_of, scores_of


def of(model):
    return AllLists.of(model.index, model.articles, model.copies.groups, NEVER - 1)


def pairs(model):
    for article_id in model.articles.ids:
        listing = model.recommend(article_id, limit=5)
        for item in listing:
            yield listing.article, item


def test_every_item_has_its_score_in_one_bin(model):
    found = scores_of(of(model), 5)
    scores = [item.score for _, item in pairs(model)]
    assert sum(found.items.counts) == len(scores)
    assert found.items.quartiles == pytest.approx(np.percentile(scores, [25, 50, 75]), abs=1e-6)
    assert sum(found.first.counts) == len(model.articles)
    assert found.first.quartiles[1] > found.items.quartiles[1]


def test_ages_are_days_between_article_and_item(model):
    found = ages_of(of(model), model.articles, 5)
    days = [
        (item.article.published_at - article.published_at).total_seconds() / 86400
        for article, item in pairs(model)
        if item.article.published_at and article.published_at
    ]
    assert found.days.quartiles == pytest.approx(np.percentile(np.abs(days), [25, 50, 75]))
    assert sum(found.days.counts) == len(days)
    assert found.older == pytest.approx(np.mean(np.array(days) < 0))
    assert found.live == pytest.approx(np.mean(np.array(days) > 0))
    assert found.undated == sum(card.published_at is None for card in model.articles)


def test_an_archive_without_dates_has_no_ages():
    model = Recommender.fit([Article(id=key, title="Ferry refit") for key in "abc"])
    found = ages_of(of(model), model.articles, 5)
    assert (found.undated, sum(found.days.counts), found.older) == (3, 0, 0)


def test_in_how_many_lists_articles_are():
    found = in_degree_of(np.array([0, 0, 1, 2, 3, 4, 7, 8]))
    assert found.counts == (2, 1, 2, 2, 1)
    assert in_degree_of(np.zeros(3, np.int64)).counts[0] == 3


def test_languages_are_counted_by_their_first_part_and_crossings_by_items():
    spoken = ["pt-BR", "pt", "en", None, "pt-PT"]
    model = Recommender.fit(
        Article(id=str(n), title=f"Orla refit yard{n}", language=each)
        for n, each in enumerate(spoken)
    )
    found = languages_of(of(model), model.articles, 5)
    assert found.articles == {"pt": 3, None: 1, "en": 1}
    known = [
        (spoken[int(article.id)][:2], spoken[int(item.article.id)][:2])
        for article, item in pairs(model)
        if spoken[int(article.id)] and spoken[int(item.article.id)]
    ]
    crossings = Counter(one != other for one, other in known)
    assert found.crossing == pytest.approx(crossings[True] / len(known))
