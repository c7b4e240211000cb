"""The index answers from the graph or from the kernel, and the two agree."""

import numpy as np
import pytest
from references import all_scores, assert_best, dense

from recommender.article import Article
from recommender.index import Index
from recommender.nearness import Nearness, days, microseconds
from recommender.vectors import TermSpace, VectorSettings

TIMELESS = Nearness(shares=(), scales=())


def built(articles, nearness=None, k=5):
    _, vectors = TermSpace.fit(articles, VectorSettings())
    published = np.array([microseconds(article.published_at) for article in articles], np.int64)
    return Index.build(vectors, days(published), nearness or Nearness(), k)


def without_dates(articles):
    return [article.model_copy(update={"published_at": None}) for article in articles]


def test_a_request_within_the_graph_and_one_beyond_it_both_equal_the_reference(newsroom):
    index = built(newsroom, k=5)
    scores = all_scores(index.vectors, index.times)
    for row in range(len(newsroom)):
        for k in (1, 5, 6, 40, 1000):
            rows, found = index.nearest(row, k)
            assert_best(rows, found, scores[row], k)


def test_a_longer_request_begins_with_the_shorter_one(newsroom):
    index = built(newsroom, k=5)
    for row in range(len(newsroom)):
        short, long = index.nearest(row, 5)[0], index.nearest(row, 20)[0]
        assert long[:5].tolist() == short.tolist()


def test_an_archive_of_no_articles_is_an_index():
    assert built([]).neighbours.shape == (0, 5)


def test_an_article_alone_has_no_neighbours():
    rows, scores = built([Article(id="a", title="Ferry")]).nearest(0, 10)
    assert (len(rows), len(scores)) == (0, 0)


def test_two_related_articles_have_each_other():
    index = built([Article(id="a", title="Ferry late"), Article(id="b", title="Ferry early")], k=50)
    assert [index.nearest(row, 3)[0].tolist() for row in (0, 1)] == [[1], [0]]


def mean_factor(index, nearness):
    """The mean factor over the ten nearest dated others of every dated article."""
    scores = all_scores(index.vectors, index.times)
    dated = np.flatnonzero(~np.isnan(index.times.days))
    found = []
    for row in dated:
        ranked = sorted(
            (other for other in dated if scores[row, other] > 0),
            key=lambda other: (-scores[row, other], other),
        )
        found += [
            nearness.factor(abs(float(index.times.days[row]) - float(index.times.days[other])))
            for other in ranked[:10]
        ]
    return float(np.mean(found))


def test_undated_articles_get_the_mean_factor_of_dated_neighbours(newsroom):
    nearness = Nearness(shares=(0.25, 0.5), scales=(7.0, 365.0))
    index = built(newsroom, nearness)
    assert np.isnan(index.times.days).sum() == 2
    assert float(index.times.unknown) == pytest.approx(mean_factor(index, nearness), abs=1e-6)
    assert float(nearness.times(index.times.days).floor) < float(index.times.unknown) < 1


def test_where_no_article_has_a_date_the_factor_is_one(newsroom):
    index = built(without_dates(newsroom))
    products = dense(index.vectors) @ dense(index.vectors).T
    assert float(index.times.unknown) == 1
    for row, (others, scores) in enumerate(zip(index.neighbours, index.scores, strict=True)):
        np.testing.assert_allclose(scores, products[row][others] * (others >= 0), atol=2e-6)


def test_dates_reorder_equally_similar_articles():
    then = {"title": "Ferry late"}
    articles = [
        Article(id="a", **then, published_at="2026-01-01"),
        Article(id="years before", **then, published_at="2020-01-01"),
        Article(id="days after", **then, published_at="2026-01-05"),
    ]
    assert built(articles).nearest(0, 2)[0].tolist() == [2, 1]
    assert built(articles, TIMELESS).nearest(0, 2)[0].tolist() == [1, 2]
