"""The approximate graph has exact scores and says how much it misses."""

from functools import partial

import numpy as np
import pytest
from bench.make_archive import records
from hypothesis import given, settings
from hypothesis import strategies as st
from support.graphs import (
    assert_exact,
    lists_of,
    pair_scores,
    partly_dated,
    random_levels,
    undated,
)
from support.references import all_scores, assert_best, packed

from recommender import Article, Config, Recommender
from recommender.kernels.types import TopK
from recommender.search.approximate import Approximation, GraphQuality, approximate_graph
from recommender.search.graph import neighbour_graph
from recommender.search.postings import SearchIndex

# Exact and approximate scores add the same float32 products in another order.
CLOSE = 2e-6
USUAL = Approximation()
# So few terms and candidates that a small archive is large.
COARSE = Approximation(heavy_terms=4, candidates=8, depth=4, tile_rows=16, block_rows=64)


def graph_of(rows, times, k, approximation=None, **options):
    index = SearchIndex.of(rows)
    return approximate_graph(rows, index, times, k, approximation=approximation, **options)


@given(
    st.integers(0, 10_000),
    st.sampled_from([0, 1, 2, 17, USUAL.candidates - 1, USUAL.candidates]),
    st.sampled_from([1, 5, 200]),
    st.sampled_from([30, 2 * USUAL.heavy_terms]),
)
@settings(max_examples=80)
def test_graph_is_exact_while_all_other_rows_are_candidates(seed, n, k, columns):
    assert_exact(graph_of, random_levels(seed, n, columns, entries=9), k)


@pytest.mark.parametrize("k", [1, 10, USUAL.candidates])
def test_graph_of_rows_of_few_terms_is_exact_for_any_number_of_rows(k):
    # All terms are heavy ones, and of equal candidates the first in time are taken.
    levels = random_levels(5, 3 * USUAL.tile_rows + 5, 400, twins=0.1)
    assert_exact(partial(graph_of, jobs=2), levels, k, undated(len(levels)))


def test_terms_that_are_not_heavy_count_in_the_scores_of_few_rows():
    levels = np.zeros((USUAL.candidates, 3 * USUAL.heavy_terms), int)
    levels[::2, : 2 * USUAL.heavy_terms] = -1
    levels[1::2, USUAL.heavy_terms :] = -1
    assert_exact(graph_of, levels, 60)


@pytest.mark.parametrize("k", [1, 10, 500])
def test_dates_count_as_in_the_exact_graph(k):
    n = USUAL.candidates
    rows, times = packed(random_levels(3, n, levels=200)), partly_dated(n)
    graph = graph_of(rows, times, k)
    for row, scores in enumerate(all_scores(rows, times)):
        assert_best(graph.rows[row], graph.scores[row], scores, k, CLOSE)


@pytest.mark.parametrize("k", [3, 40, 400])
def test_listed_rows_have_exact_scores_and_short_lists_are_searched(k):
    rows, times = packed(random_levels(4, 300, levels=200)), partly_dated(300)
    graph = graph_of(rows, times, k, COARSE)
    expected = all_scores(rows, times)
    for row, others in enumerate(lists_of(graph)):
        scores = graph.scores[row, : len(others)]
        np.testing.assert_allclose(scores, expected[row, others], rtol=CLOSE, atol=CLOSE)
        ranked = [(-score, other) for score, other in zip(scores.tolist(), others, strict=True)]
        assert ranked == sorted(ranked)
        assert len(set(others) - {row}) == len(others)
        assert len(others) == min(k, int((expected[row] > 0).sum()))


def test_pair_of_one_list_is_in_the_other_list_unless_that_has_better():
    graph = graph_of(packed(random_levels(5, 300, levels=200)), undated(300), 6, COARSE)
    scores, lowest = pair_scores(graph), graph.scores.min(axis=1)
    assert len(scores) > 1500
    missing = [
        (row, other)
        for (row, other), score in scores.items()
        if score > lowest[other] and (other, row) not in scores
    ]
    assert missing == []
    both = [(scores[pair], scores[pair[::-1]]) for pair in scores if pair[::-1] in scores]
    assert all(one == other for one, other in both)


def test_each_pass_over_neighbours_of_neighbours_raises_the_recall():
    rows = packed(random_levels(6, 400, 60, levels=200))
    exact = neighbour_graph(rows, undated(400), 5)
    shared = []
    for passes in (0, 1, 2):
        graph = graph_of(rows, undated(400), 5, COARSE._replace(passes=passes))
        pairs = zip(graph.rows, exact.rows, strict=True)
        shared.append(sum(len(np.intersect1d(*pair)) for pair in pairs))
    assert shared[0] < shared[1] <= shared[2] <= 5 * 400


def test_empty_rows_have_no_neighbours():
    n = USUAL.candidates + 70
    assert lists_of(graph_of(packed(np.full((n, 4), -1)), undated(n), 3)) == [[]] * n


def test_many_twins_list_each_other_and_never_themselves():
    levels = np.tile([[30, 77, 201]], (1000, 1))
    graph = graph_of(packed(levels), undated(1000), 3, COARSE, jobs=2)
    lists = lists_of(graph)
    assert all(row not in others and len(others) == 3 for row, others in enumerate(lists))
    assert len(np.unique(graph.scores)) == 1


def test_graph_has_the_same_bytes_with_any_number_of_jobs():
    rows, times = packed(random_levels(8, 400, levels=200)), partly_dated(400)
    one, *others = (graph_of(rows, times, 12, COARSE, jobs=jobs) for jobs in (1, 2, 3, -1))
    for graph in others:
        assert graph.rows.tobytes() == one.rows.tobytes()
        assert graph.scores.tobytes() == one.scores.tobytes()


@pytest.mark.parametrize("jobs", [1, 3])
@pytest.mark.parametrize("heavy_terms", [4, 1000], ids=["some rows filled", "complete"])
def test_progress_never_goes_back_and_ends_with_all_rows(jobs, heavy_terms):
    steps = []
    rows, settings = packed(random_levels(9, 500)), COARSE._replace(heavy_terms=heavy_terms)
    graph_of(rows, undated(500), 30, settings, jobs=jobs, progress=lambda *step: steps.append(step))
    assert len(steps) > 9
    assert {(phase, n) for phase, _, n in steps} == {("neighbours", 500)}
    done = [done for _, done, _ in steps]
    assert done == sorted(done)
    assert (done[0], done[-1]) == (0, 500)


def test_quality_of_the_exact_graph_is_one_and_of_half_of_it_a_half():
    rows, times = packed(random_levels(10, 300, levels=200)), undated(300)
    exact, index = neighbour_graph(rows, times, 10), SearchIndex.of(rows)
    quality = GraphQuality.of(exact, rows, index, times)
    assert quality.sampled == 300
    assert quality.score_ratio == pytest.approx(1, abs=1e-6)
    assert quality.recall > 0.999
    half = TopK(exact.rows.copy(), exact.scores.copy())
    half.rows[::2], half.scores[::2] = -1, 0
    quality = GraphQuality.of(half, rows, index, times)
    share = exact.scores[1::2].sum() / exact.scores.sum()
    assert quality.score_ratio == pytest.approx(share, abs=1e-4)
    assert quality.recall == pytest.approx(0.5, abs=0.03)


def test_quality_is_one_where_no_rows_are_related():
    rows = packed(np.where(np.eye(20) > 0, 0, -1))
    graph = graph_of(rows, undated(20), 3)
    quality = GraphQuality.of(graph, rows, SearchIndex.of(rows), undated(20))
    assert quality == GraphQuality(20, 1.0, 1.0)


@pytest.fixture(scope="module")
def news():
    """Three thousand invented articles."""
    return [Article.model_validate(record) for record in records(3000)]


@pytest.fixture(scope="module")
def approximate(news):
    """A model of the news with an approximate graph."""
    return Recommender.fit(news, approximate=True)


def test_nearly_all_of_the_best_ten_of_three_thousand_articles_are_found(approximate):
    quality = approximate.index.quality
    assert quality.sampled == 500
    assert 0.999 < quality.score_ratio <= 1.000001
    assert 0.97 < quality.recall <= 1


def test_approximate_lists_have_and_explain_the_exact_scores(approximate, news):
    exact = Recommender.fit(news)
    assert exact.index.quality is None
    same = 0
    for article in news[:200:10]:
        ours = {item.article.id: item for item in approximate.recommend(article.id, explain=True)}
        scores = {item.article.id: item.score for item in exact.recommend(article.id)}
        same += ours.keys() == scores.keys()
        for other in ours.keys() & scores.keys():
            assert ours[other].score == pytest.approx(scores[other], abs=CLOSE)
            why = approximate.why(article.id, other)
            assert why.score == pytest.approx(scores[other], abs=CLOSE)
            explanation = ours[other].explanation
            total = sum(term.contribution for term in explanation.terms) + explanation.rest
            total += sum(explanation.effects.values())
            assert total == pytest.approx(scores[other], abs=1e-5)
    assert same >= 18


def test_saved_model_says_whether_its_graph_is_approximate(approximate, tmp_path):
    approximate.save(tmp_path / "approximate")
    loaded = Recommender.load(tmp_path / "approximate")
    assert loaded.index.quality == approximate.index.quality
    exact = Recommender.fit([Article(id="a", title="Ferry"), Article(id="b", title="Ferry")])
    exact.save(tmp_path / "exact")
    assert Recommender.load(tmp_path / "exact").index.quality is None


def test_graph_is_approximate_only_by_an_argument_and_by_no_setting():
    assert "approximate" not in Config().model_dump()


@pytest.mark.parametrize("articles", [[], [Article(id="a", title="Ferry")]])
def test_approximate_model_of_one_article_or_none_has_quality_one(articles):
    model = Recommender.fit(articles, approximate=True)
    assert model.index.quality == GraphQuality(len(articles), 1.0, 1.0)
