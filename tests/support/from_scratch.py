"""The lists that a model's terms, and how rare they are in it, give when computed from scratch."""

from functools import partial

import numpy as np
import pytest
from support import references

from recommender.articles.times import days, microseconds

# Scores are told with six decimals.
CLOSE = 1.5e-6


def from_scratch(model, articles):
    """Each article's scores with the others, of vectors made at once with the model's terms."""
    _, vectors = model.space.extended(articles)
    dates = np.array([microseconds(each.published_at) for each in articles], np.int64)
    return references.all_scores(vectors, model.index.times._replace(days=days(dates)))


def assert_same_lists(model, articles, listed=None):
    """Scores within 1e-6 of those from scratch; who has equal ones may stand in any order.

    ``listed`` returns the ids and scores of an article's list of 50, the model's own by default.
    """
    listed = listed or partial(_listed, model)
    places = {article.id: at for at, article in enumerate(articles)}
    for at, scores in enumerate(from_scratch(model, articles)):
        listing = listed(articles[at].id)
        wanted = np.sort(np.delete(scores, at))[::-1]
        wanted = wanted[wanted > 0][:50]
        assert [score for _, score in listing] == pytest.approx(wanted.tolist(), abs=CLOSE)
        for other, score in listing:
            assert score == pytest.approx(scores[places[other]], abs=CLOSE)


def _listed(model, article_id):
    listing = model.recommend(article_id, limit=50, duplicates="show")
    return [(item.article.id, item.score) for item in listing]
