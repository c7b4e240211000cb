"""The index answers from the stored graph or by a search, and both are exact."""

import math
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from support.references import all_scores, assert_best, best, dense, factors

from recommender.articles.article import Article
from recommender.articles.times import days, microseconds
from recommender.kernels.types import Times
from recommender.search.index import Index
from recommender.search.nearness import Nearness
from recommender.vectors.settings import VectorSettings
from recommender.vectors.term_space import TermSpace

FIRST = datetime(2016, 1, 1, tzinfo=UTC)


def index_of(articles, nearness=None, k=5, jobs=None):
    _, vectors = TermSpace.fit(articles, VectorSettings(), jobs)
    published = np.array([microseconds(article.published_at) for article in articles], np.int64)
    return Index.build(vectors, days(published), nearness or Nearness(), k, jobs)


def test_lists_within_the_graph_and_beyond_it_equal_the_reference(newsroom):
    index = index_of(newsroom, k=5)
    scores = all_scores(index.vectors, index.times)
    for row in range(len(newsroom)):
        for k in (1, 5, 6, 40, 1000):
            assert_best(*index.nearest(row, k), scores[row], k)
        # A stored list and a search have equal scores in one order.
        assert index.nearest(row, 20)[0][:5].tolist() == index.nearest(row, 5)[0].tolist()


def test_graph_has_a_list_of_each_row_and_0_where_it_ends(newsroom):
    index = index_of(newsroom, k=7)
    assert (len(index.vectors), index.neighbours.shape) == (65, (65, 7))
    dtypes = [index.neighbours.dtype, index.scores.dtype, index.times.days.dtype]
    assert dtypes == [np.int32, np.float32, np.float32]
    assert ((index.scores > 0) == (index.neighbours >= 0)).all()
    assert index.thresholds.tolist() == index.scores[:, -1].tolist()


def test_index_has_the_same_bytes_with_any_number_of_jobs(newsroom):
    one, two = (index_of(newsroom, k=9, jobs=jobs) for jobs in (1, 2))
    pairs = [(one.neighbours, two.neighbours), (one.scores, two.scores)]
    pairs += [*zip(one.postings.dense, two.postings.dense, strict=True)]
    pairs += [*zip(one.postings.sparse, two.postings.sparse, strict=True)]
    assert all(a.tobytes() == b.tobytes() for a, b in pairs)
    assert one.times[1:] == two.times[1:]


def test_search_with_factors_equals_the_reference(newsroom):
    index = index_of(newsroom, k=5)
    scores = all_scores(index.vectors, index.times)
    factor = np.linspace(1, 0, 65).astype(np.float32)
    factor[::4] = 0
    for row in range(65):
        query, day = index.vectors.row(row), index.times.days[row]
        assert_best(*index.search(query, day, 8, factors=factor, row=row), scores[row] * factor, 8)


def test_search_for_text_outside_the_archive_equals_the_reference(newsroom):
    space, vectors = TermSpace.fit(newsroom, VectorSettings())
    index = Index.build(vectors, np.arange(65, dtype=np.float32), Nearness(power=0.3), 5)
    drafts = [Article(id=a.id, title=a.title, body=a.body[:99] + " zeppelin") for a in newsroom]
    queries = space.transform(drafts)
    products = dense(queries) @ dense(vectors).T
    for row in range(65):
        for day in (20.25, math.nan):
            near = factors(index.times, np.array([day], np.float32))[0]
            assert_best(*index.search(queries.row(row), day, 8), products[row] * near, 8)


def test_live_rows_are_nearest_and_searched_like_any_other(newsroom):
    space, vectors = TermSpace.fit(newsroom, VectorSettings())
    first = days(np.array([microseconds(article.published_at) for article in newsroom]))
    index = Index.build(vectors, first, Nearness(power=0.3), 5)
    changed = [Article(id=a.id, title=a.body[:80], published_at=a.published_at) for a in newsroom]
    _, live = space.extended(changed)
    index = index.extended(live, first)
    known = np.pad(dense(vectors), ((0, 0), (0, live.columns - vectors.columns)))
    rows = np.vstack([known, dense(live)])
    scores = rows @ rows.T * factors(index.times)
    np.fill_diagonal(scores, 0)
    for row in (0, 31, 64, 65, 99, 129):
        for k in (1, 5, 40):
            assert_best(*index.nearest(row, k), scores[row], k)


def test_archive_of_no_articles_has_an_index():
    assert index_of([]).neighbours.shape == (0, 5)


def test_article_alone_has_no_neighbours():
    rows, scores = index_of([Article(id="a", title="Ferry")]).nearest(0, 10)
    assert (len(rows), len(scores)) == (0, 0)


def test_two_related_articles_have_each_other():
    articles = [Article(id="a", title="Ferry late"), Article(id="b", title="Ferry early")]
    index = index_of(articles, k=50)
    assert [index.nearest(row, 3)[0].tolist() for row in (0, 1)] == [[1], [0]]


def test_dates_reorder_equally_similar_articles():
    dates = {"a": "2026-01-01", "years before": "2020-01-01", "days after": "2026-01-05"}
    articles = [Article(id=key, title="Ferry", published_at=date) for key, date in dates.items()]
    assert index_of(articles, Nearness(power=0.1)).nearest(0, 2)[0].tolist() == [2, 1]
    assert index_of(articles, Nearness(power=0)).nearest(0, 2)[0].tolist() == [1, 2]


def near_and_random(index, power):
    """Days from every dated article to its ten nearest dated others, and between any two dated."""
    day = index.times.days
    scores = all_scores(index.vectors, Times(day, np.float32(power), np.float32(1)))
    (dated,) = np.nonzero(~np.isnan(day))
    near, between = [], []
    for row in dated:
        among = scores[row][dated]
        near += [abs(float(day[row]) - float(day[dated[at]])) for at in best(among, 10)]
        between += [abs(float(day[row]) - float(day[other])) for other in dated if other != row]
    return near, between


def slow_power(index):
    """The power that an index of at most 500 articles should have learned."""
    near, between = near_and_random(index, 0)
    means = [sum(map(math.log1p, distances)) / len(distances) for distances in (between, near)]
    return min(max((means[0] - means[1]) / 10, 0.0), 0.2)


def mean_factor(index):
    """The mean factor over the ten nearest dated others of every dated article."""
    power = float(index.times.power)
    near, _ = near_and_random(index, power)
    return sum((1 + distance) ** -power for distance in near) / len(near)


def stories_on(day_of, stories=60, size=10):
    """Articles of stories, each of words of its own; ``day_of(story, number)`` may be None."""
    return [
        Article(
            id=f"s{story}-{number}",
            title=f"story{story} word{story}",
            body=f"about{story} place{story} common",
            published_at=None if day is None else FIRST + timedelta(days=day),
        )
        for story in range(stories)
        for number in range(size)
        for day in [day_of(story, number)]
    ]


def within_days(story, number):
    """Stories fifty days apart, each within ten days."""
    return 50 * story + number


def learned(articles, nearness=None):
    return float(index_of(articles, nearness, k=1).times.power)


@pytest.mark.parametrize("power", [None, 0.3, 2.0])
def test_undated_articles_get_the_mean_factor_of_dated_ones(newsroom, power):
    index = index_of(newsroom, Nearness(power=power))
    assert np.isnan(index.times.days).sum() == 2
    assert float(index.times.unknown) == pytest.approx(mean_factor(index), abs=1e-6)
    assert (float(index.times.unknown) < 1) == (float(index.times.power) > 0)


def test_undated_articles_get_the_mean_factor_of_a_learned_power():
    def day_of(story, number):
        return None if number == 3 else within_days(story, number)

    index = index_of(stories_on(day_of, stories=20))
    assert float(index.times.power) > 0
    assert float(index.times.unknown) == pytest.approx(mean_factor(index), abs=1e-6)
    assert 0 < float(index.times.unknown) < 1


def test_sample_archive_learns_the_power_of_the_slow_formula(newsroom):
    index = index_of(newsroom)
    assert float(index.times.power) == pytest.approx(slow_power(index), abs=1e-3)


@pytest.mark.parametrize("spread", [0.1, 0.6])
def test_archive_of_stories_learns_the_power_of_the_slow_formula(spread):
    random = np.random.default_rng(2).uniform(0, 3000, (30, 10))

    def day_of(story, number):
        return 100 * story * (1 - spread) + random[story, number] * spread

    index = index_of(stories_on(day_of, stories=30))
    assert 0 < float(index.times.power) < 0.2
    assert float(index.times.power) == pytest.approx(slow_power(index), abs=1e-3)


def test_power_grows_as_stories_are_told_in_fewer_days():
    random = np.random.default_rng(4).integers(0, 3000, (60, 10)).tolist()

    def power(spread):
        return learned(
            stories_on(lambda *at: 50 * at[0] * (1 - spread) + random[at[0]][at[1]] * spread)
        )

    powers = [power(spread) for spread in (0, 0.02, 0.2, 1)]
    assert powers == sorted(powers, reverse=True)
    assert powers[0] == pytest.approx(0.2)
    assert powers[-1] < 0.01


@pytest.mark.parametrize("day", [7, None], ids=["one day", "undated"])
def test_power_is_0_where_all_dates_are_equal_or_missing(day):
    index = index_of(stories_on(lambda story, number: day))
    assert (float(index.times.power), float(index.times.unknown)) == (0, 1)
    # The first ten are twins.
    assert index.neighbours[0].tolist() == [1, 2, 3, 4, 5]
    length = float((index.vectors.row(0).data.astype(float) ** 2).sum())
    assert index.scores[0].tolist() == pytest.approx([length] * 5, abs=1e-6)


@pytest.mark.parametrize("dated", [1, 2])
def test_archive_with_hardly_any_dates_has_an_index(dated):
    index = index_of(
        stories_on(lambda story, number: story if 10 * story + number < dated else None)
    )
    assert 0 <= float(index.times.power) <= np.float32(0.2)
    assert 0 < float(index.times.unknown) <= 1


def test_undated_articles_do_not_change_the_learned_power():
    articles = stories_on(within_days)
    undated = stories_on(lambda story, number: None, size=3)
    undated = [each.model_copy(update={"id": f"undated-{each.id}"}) for each in undated]
    assert learned([*articles, *undated]) == pytest.approx(learned(articles), abs=0.01)


def test_learned_power_depends_on_distances_only_and_not_on_the_first_day():
    power = learned(stories_on(within_days))
    later = learned(stories_on(lambda *at: within_days(*at) + 1234))
    before = learned(stories_on(lambda *at: -within_days(*at)))
    assert [later, before] == pytest.approx([power, power], abs=1e-4)


@pytest.mark.parametrize("power", [0, 0.05, 2])
@pytest.mark.parametrize("day_of", [within_days, lambda *at: 7], ids=["stories", "one day"])
def test_power_that_is_set_is_used_as_it_is(power, day_of):
    assert learned(stories_on(day_of), Nearness(power=power)) == np.float32(power)
