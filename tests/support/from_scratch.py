"""The lists of a model's articles when everything but its terms and their df is made anew."""

from functools import partial

import numpy as np
import pytest
from support import references

from recommender.articles.times import days, microseconds

# Scores have six decimals.
CLOSE = 1.5e-6


def from_scratch(model, articles):
    """The score of every two articles, by vectors that the model's term space makes at once."""
    _, vectors = model.space.extended(articles)
    published = np.array([microseconds(each.published_at) for each in articles], np.int64)
    return references.all_scores(vectors, model.index.times._replace(days=days(published)))


def assert_same_lists(model, articles, listed=None):
    """The lists have the scores made from scratch; articles of equal score in any order.

    ``listed`` returns the ids and scores of an article's list of 50, the model's own by default.
    """
    listed = listed or partial(_listed, model)
    places = {article.id: at for at, article in enumerate(articles)}
    for at, scores in enumerate(from_scratch(model, articles)):
        listing = listed(articles[at].id)
        expected = np.sort(np.delete(scores, at))[::-1]
        expected = expected[expected > 0][:50]
        assert [score for _, score in listing] == pytest.approx(expected.tolist(), abs=CLOSE)
        for other, score in listing:
            assert score == pytest.approx(scores[places[other]], abs=CLOSE)


def _listed(model, article_id):
    listing = model.recommend(article_id, limit=50, duplicates="show")
    return [(item.article.id, item.score) for item in listing]
