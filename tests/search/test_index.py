"""The index answers from the graph or from the kernel, and the two agree."""

import math
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from support.references import all_scores, assert_best, best, dense, factors

from recommender.articles.article import Article
from recommender.search.index import Index
from recommender.kernels.types import Times
from recommender.search.nearness import Nearness
from recommender.articles.times import days, microseconds
from recommender.vectors.term_space import TermSpace
from recommender.vectors.settings import VectorSettings

TIMELESS = Nearness(power=0)
FIRST = datetime(2016, 1, 1, tzinfo=UTC)


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


def test_it_keeps_the_rows_and_the_graph_of_all(newsroom):
    index = built(newsroom, k=7)
    assert (len(index.vectors), index.neighbours.shape) == (65, (65, 7))
    dtypes = [index.neighbours.dtype, index.scores.dtype, index.times.days.dtype]
    assert dtypes == [np.int32, np.float32, np.float32]
    assert ((index.scores > 0) == (index.neighbours >= 0)).all()


def test_any_number_of_jobs_gives_the_same_bytes(newsroom):
    one, two = (
        Index.build(
            TermSpace.fit(newsroom, VectorSettings(), jobs)[1],
            np.arange(65, dtype=np.float32),
            Nearness(),
            9,
            jobs,
        )
        for jobs in (1, 2)
    )
    assert one.neighbours.tobytes() == two.neighbours.tobytes()
    assert one.scores.tobytes() == two.scores.tobytes()
    for part in ("frequent", "others"):
        for a, b in zip(getattr(one.postings, part), getattr(two.postings, part), strict=True):
            assert a.tobytes() == b.tobytes()
    assert one.times[1:] == two.times[1:]


def test_a_search_with_factors_equals_the_reference(newsroom):
    index = built(newsroom, k=5)
    scores = all_scores(index.vectors, index.times)
    factor = np.linspace(1, 0, 65).astype(np.float32)
    factor[::4] = 0
    for row in range(65):
        query, day = index.vectors.row(row), index.times.days[row]
        rows, found = index.search(query, day, 8, factors=factor, row=row)
        assert_best(rows, found, scores[row] * factor, 8)


def test_a_search_for_text_that_is_in_no_article_equals_the_reference(newsroom):
    space, vectors = TermSpace.fit(newsroom, VectorSettings())
    index = Index.build(vectors, np.arange(65, dtype=np.float32), Nearness(power=0.3), 5)
    drafts = [Article(id=a.id, title=a.title, body=a.body[:99] + " zeppelin") for a in newsroom]
    asked = space.transform(drafts)
    for row in range(65):
        for day in (20.25, math.nan):
            rows, found = index.search(asked.row(row), day, 8)
            products = dense(vectors) @ dense(asked)[row]
            wanted = products * factors(index.times, np.array([day], np.float32))[0]
            assert_best(rows, found, wanted, 8)


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


def near_and_any(index, power):
    """Days from every dated article to its ten nearest dated others, and between any two dated."""
    when = index.times.days
    scores = all_scores(index.vectors, Times(when, np.float32(power), np.float32(1)))
    (dated,) = np.nonzero(~np.isnan(when))
    near, between = [], []
    for row in dated:
        among = scores[row][dated]
        near += [abs(float(when[row]) - float(when[dated[at]])) for at in best(among, 10)]
        between += [abs(float(when[row]) - float(when[other])) for other in dated if other != row]
    return near, between


def slowly_learned(index):
    """The power an index of at most 500 articles should have learned."""
    near, between = near_and_any(index, 0)
    means = [sum(map(math.log1p, some)) / len(some) for some in (between, near)]
    return min(max((means[0] - means[1]) / 10, 0.0), 0.2)


def mean_factor(index):
    """The mean factor over the ten nearest dated others of every dated article."""
    power = float(index.times.power)
    near, _ = near_and_any(index, power)
    return sum((1 + distance) ** -power for distance in near) / len(near)


@pytest.mark.parametrize("power", [None, 0.3, 2.0])
def test_undated_articles_get_the_mean_factor_of_dated_neighbours(newsroom, power):
    index = built(newsroom, Nearness(power=power))
    assert np.isnan(index.times.days).sum() == 2
    assert float(index.times.unknown) == pytest.approx(mean_factor(index), abs=1e-6)
    assert (float(index.times.unknown) < 1) == (float(index.times.power) > 0)


def test_undated_articles_get_the_mean_factor_of_a_learned_power_too():
    index = built(dated(lambda *at: None if at[1] == 3 else in_time(*at), stories=20))
    assert float(index.times.power) > 0
    assert float(index.times.unknown) == pytest.approx(mean_factor(index), abs=1e-6)
    assert 0 < float(index.times.unknown) < 1


def test_where_no_article_has_a_date_the_factor_is_one(newsroom):
    index = built(without_dates(newsroom))
    assert float(index.times.power) == 0
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
    assert built(articles, Nearness(power=0.1)).nearest(0, 2)[0].tolist() == [2, 1]
    assert built(articles, TIMELESS).nearest(0, 2)[0].tolist() == [1, 2]


def dated(when, stories=60, size=10):
    """Articles of stories, each of words of its own; ``when(story, number)`` is the day or None."""
    return [
        Article(
            id=f"s{story}-{number}",
            title=f"story{story} word{story}",
            body=f"about{story} place{story} common",
            published_at=None if day is None else FIRST + timedelta(days=day),
        )
        for story in range(stories)
        for number in range(size)
        for day in [when(story, number)]
    ]


def in_time(story, number):
    """Stories fifty days apart, each told within ten."""
    return 50 * story + number


def power(articles, nearness=None):
    return float(built(articles, nearness, k=1).times.power)


def test_the_sample_archive_learns_what_the_slow_reference_learns(newsroom):
    index = built(newsroom)
    assert float(index.times.power) == pytest.approx(slowly_learned(index), abs=1e-3)


@pytest.mark.parametrize("spread", [0.1, 0.3, 0.6])
def test_an_archive_of_stories_learns_what_the_slow_reference_learns(spread):
    day = np.random.default_rng(2).uniform(0, 3000, (30, 10))
    articles = dated(
        lambda story, number: 100 * story * (1 - spread) + day[story, number] * spread, stories=30
    )
    index = built(articles)
    assert 0 < float(index.times.power) < 0.2
    assert float(index.times.power) == pytest.approx(slowly_learned(index), abs=1e-3)


def test_where_stories_are_told_in_a_few_days_nearness_counts():
    assert 0.1 < power(dated(in_time)) <= np.float32(0.2)


def test_the_closer_in_time_stories_are_told_the_more_nearness_counts():
    spread = np.random.default_rng(4).integers(0, 3000, (60, 10)).tolist()

    def told_within(share):
        def when(story, number):
            return 50 * story * (1 - share) + spread[story][number] * share

        return power(dated(when))

    powers = [told_within(share) for share in (0, 0.02, 0.2, 1)]
    assert powers == sorted(powers, reverse=True)
    assert powers[0] == pytest.approx(0.2)
    assert powers[-1] < 0.01


def test_dates_that_say_nothing_of_stories_do_not_count():
    day = np.random.default_rng(1).permutation(3000).tolist()
    assert power(dated(lambda story, number: day[10 * story + number])) < 0.01


def test_where_all_articles_have_one_date_nearness_does_not_count():
    index = built(dated(lambda story, number: 7))
    assert (float(index.times.power), float(index.times.unknown)) == (0, 1)


def test_an_archive_without_dates_works_and_nearness_does_not_count():
    index = built(dated(lambda story, number: None))
    assert (float(index.times.power), float(index.times.unknown)) == (0, 1)
    # The first ten are twins.
    assert index.neighbours[0].tolist() == [1, 2, 3, 4, 5]
    length = float((index.vectors.row(0).data.astype(float) ** 2).sum())
    assert index.scores[0].tolist() == pytest.approx([length] * 5, abs=1e-6)


@pytest.mark.parametrize("how_many", [1, 2])
def test_an_archive_of_hardly_any_dates_works(how_many):
    index = built(dated(lambda story, number: story if 10 * story + number < how_many else None))
    assert 0 <= float(index.times.power) <= np.float32(0.2)
    assert 0 < float(index.times.unknown) <= 1


def test_the_undated_do_not_change_what_the_dated_tell():
    some = dated(in_time)
    blank = dated(lambda story, number: None, size=3)
    more = [article.model_copy(update={"id": f"undated-{article.id}"}) for article in blank]
    assert power([*some, *more]) == pytest.approx(power(some), abs=0.01)


def test_which_day_an_archive_begins_on_changes_nothing_that_is_learned():
    later = power(dated(lambda story, number: in_time(story, number) + 1234))
    before = power(dated(lambda story, number: -in_time(story, number)))
    assert later == pytest.approx(power(dated(in_time)), abs=1e-4)
    assert before == pytest.approx(power(dated(in_time)), abs=1e-4)


@pytest.mark.parametrize("given", [0, 0.05, 0.3, 2])
@pytest.mark.parametrize("when", [in_time, lambda story, number: 7], ids=["dated", "one day"])
def test_a_given_power_is_used_as_given(given, when):
    assert power(dated(when), Nearness(power=given)) == np.float32(given)


def test_the_same_archive_learns_the_same_power_to_the_last_bit():
    articles = dated(in_time)
    assert power(articles) == power(articles)
