"""The approximate graph has exact scores, all that can be found, and says how much it misses."""

import numpy as np
import pytest
from make_archive import write
from support.references import all_scores, assert_best, best, packed, products, weighed
from support.graphs import EXACT, listed, rough, scores_of, table, timed, timeless

from recommender import Article, Config, Recommender, read_articles
from recommender.search import approximate, graph, postings
from recommender.search.approximate import CANDIDATES, KEPT, TILE, GraphQuality, approximate_graph
from recommender.search.graph import neighbour_graph
from recommender.kernels.simd import ROWS
from recommender.kernels.types import TopK
from recommender.search.postings import SearchIndex

# Exact and approximate scores add the same float32 products in another order.
CLOSE = 2e-6


def graph_of(rows, times, k, **options):
    return approximate_graph(rows, SearchIndex.of(rows), times, k, **options)


def dated(n, seed=0):
    random = np.random.default_rng(seed)
    days = random.uniform(19_000, 21_000, n).astype(np.float32)
    days[random.random(n) < 0.2] = np.nan
    return timed(days, 0.6)


@pytest.fixture
def hurried(monkeypatch):
    """So few terms and candidates that a small archive is large."""
    for name, value in {"KEPT": 4, "CANDIDATES": 8, "NEAR": 4, "TILE": 16, "BLOCK": 64}.items():
        monkeypatch.setattr(approximate, name, value)


def assert_exact(levels, k, jobs=1):
    """The graph of exact weights equals the product's in every row and every bit."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(approximate, "LEVELS", EXACT)
        patch.setattr(graph, "LEVELS", EXACT)
        patch.setattr(postings, "LEVELS", EXACT)
        lists = graph_of(packed(levels), timeless(len(levels)), k, jobs=jobs)
    scores = products(weighed(levels, EXACT))
    assert listed(lists) == [best(row.tolist(), k) for row in scores]
    for row, found in enumerate(listed(lists)):
        assert lists.scores[row, : len(found)].tolist() == scores[row, found].tolist()
        assert not lists.scores[row, len(found) :].any()
    assert lists.rows.shape == lists.scores.shape == (len(levels), k)
    assert (lists.rows.dtype, lists.scores.dtype) == (np.int32, np.float32)


@pytest.mark.parametrize("n", [0, 1, 2, 3, 17, CANDIDATES - 1, CANDIDATES])
@pytest.mark.parametrize("k", [1, 5, 200])
@pytest.mark.parametrize("seed", range(4))
def test_it_is_exact_with_twins_ties_and_empty_rows_while_all_others_are_candidates(n, k, seed):
    assert_exact(table(seed, n, columns=30 if seed else 2 * KEPT, entries=9), k)


@pytest.mark.parametrize("k", [1, 10, CANDIDATES])
def test_rows_of_few_terms_are_exact_in_an_archive_of_any_size(k):
    """Nothing is left out of what proposes candidates, and of equal ones the first is taken."""
    assert_exact(table(5, 3 * TILE + 5, columns=400, twins=0.1), k, jobs=2)


def test_terms_past_those_kept_count_in_the_scores_of_a_small_archive():
    levels = np.zeros((CANDIDATES, 3 * KEPT), int)
    levels[::2, : 2 * KEPT] = -1
    levels[1::2, KEPT:] = -1
    assert_exact(levels, 60)


@pytest.mark.parametrize("k", [1, 10, 500])
def test_dates_count_as_in_the_exact_graph_some_missing(k):
    rows, times = packed(rough(3, CANDIDATES)), dated(CANDIDATES)
    lists = graph_of(rows, times, k)
    for row, scores in enumerate(all_scores(rows, times)):
        assert_best(lists.rows[row], lists.scores[row], scores, k, CLOSE)


@pytest.mark.usefixtures("hurried")
@pytest.mark.parametrize("k", [3, 40, 400])
def test_whatever_it_finds_it_scores_exactly_and_lists_once_in_order(k):
    rows, times = packed(rough(4, 300)), dated(300)
    lists = graph_of(rows, times, k)
    wanted = all_scores(rows, times)
    for row, found in enumerate(listed(lists)):
        scores = lists.scores[row, : len(found)]
        np.testing.assert_allclose(scores, wanted[row, found], rtol=CLOSE, atol=CLOSE)
        ranked = [(-score, other) for score, other in zip(scores.tolist(), found, strict=True)]
        assert ranked == sorted(ranked)
        assert len(set(found) - {row}) == len(found)
        assert len(found) == min(k, int((wanted[row] > 0).sum())), "short lists are searched for"


@pytest.mark.usefixtures("hurried")
def test_what_one_finds_the_other_is_offered():
    lists = graph_of(packed(rough(5, 300)), timeless(300), 6)
    scores = scores_of(lists)
    lowest = lists.scores.min(axis=1)
    assert len(scores) > 1500
    missing = [
        (row, other)
        for (row, other), score in scores.items()
        if score > lowest[other] and (other, row) not in scores
    ]
    assert missing == []
    both = [(scores[pair], scores[pair[::-1]]) for pair in scores if pair[::-1] in scores]
    assert all(one == other for one, other in both)


@pytest.mark.usefixtures("hurried")
def test_neighbours_of_neighbours_find_what_heavy_terms_do_not(monkeypatch):
    rows = packed(rough(6, 400, columns=60))
    times = timeless(400)
    exact = neighbour_graph(rows, times, 5)
    found = []
    for passes in (0, 1, 2):
        monkeypatch.setattr(approximate, "PASSES", passes)
        lists = graph_of(rows, times, 5)
        found.append(
            sum(len(np.intersect1d(*both)) for both in zip(lists[0], exact[0], strict=True))
        )
    assert found[0] < found[1] <= found[2] <= 5 * 400


def test_only_empty_rows_have_no_neighbours():
    n = CANDIDATES + 70
    assert listed(graph_of(packed(np.full((n, 4), -1)), timeless(n), 3)) == [[]] * n


@pytest.mark.usefixtures("hurried")
def test_a_thousand_twins_list_others_of_them_and_never_themselves():
    lists = graph_of(packed(np.tile([[30, 77, 201]], (1000, 1))), timeless(1000), 3, jobs=2)
    assert all(row not in found and len(found) == 3 for row, found in enumerate(listed(lists)))
    assert len(np.unique(lists.scores)) == 1


@pytest.mark.usefixtures("hurried")
def test_any_number_of_jobs_gives_the_same_bytes():
    rows, times = packed(rough(8, 400)), dated(400)
    one, *more = (graph_of(rows, times, 12, jobs=jobs) for jobs in (1, 2, 3, 3, -1))
    for lists in more:
        assert lists.rows.tobytes() == one.rows.tobytes()
        assert lists.scores.tobytes() == one.scores.tobytes()


@pytest.mark.parametrize("jobs", [1, 3])
@pytest.mark.parametrize("kept", [4, 1000])
@pytest.mark.usefixtures("hurried")
def test_progress_never_goes_back_and_ends_with_all(monkeypatch, jobs, kept):
    monkeypatch.setattr(approximate, "KEPT", kept)
    told = []
    rows = packed(rough(9, 500))
    graph_of(rows, timeless(500), 30, jobs=jobs, progress=lambda *step: told.append(step))
    assert len(told) > 9
    assert {(phase, n) for phase, _, n in told} == {("neighbours", 500)}
    done = [done for _, done, _ in told]
    assert done == sorted(done)
    assert (done[0], done[-1]) == (0, 500)


def test_closeness_of_the_exact_graph_is_one_and_half_a_graph_is_half_as_close():
    rows, times = packed(rough(10, 300)), timeless(300)
    exact = neighbour_graph(rows, times, 10)
    found = SearchIndex.of(rows)
    closeness = GraphQuality.of(exact, rows, found, times)
    assert closeness.sampled == 300
    assert closeness.score_ratio == pytest.approx(1, abs=1e-6)
    assert closeness.recall > 0.999
    half = TopK(exact.rows.copy(), exact.scores.copy())
    half.rows[::2], half.scores[::2] = -1, 0
    closeness = GraphQuality.of(half, rows, found, times)
    share = exact.scores[1::2].sum() / exact.scores.sum()
    assert closeness.score_ratio == pytest.approx(share, abs=1e-4)
    assert closeness.recall == pytest.approx(0.5, abs=0.03)


def test_closeness_of_an_archive_where_nothing_is_related_is_one():
    rows = packed(np.where(np.eye(20) > 0, 0, -1))
    lists = graph_of(rows, timeless(20), 3)
    assert GraphQuality.of(lists, rows, SearchIndex.of(rows), timeless(20)) == GraphQuality(20, 1.0, 1.0)


@pytest.fixture(scope="module")
def news(tmp_path_factory):
    path = tmp_path_factory.mktemp("approximate") / "news.jsonl"
    write(path, 3000)
    return list(read_articles(str(path)))


@pytest.fixture(scope="module")
def model(news):
    return Recommender.fit(news, approximate=True)


def test_of_three_thousand_articles_nearly_all_of_the_best_ten_are_found(model):
    closeness = model.index.quality
    assert closeness.sampled == 500
    assert 0.999 < closeness.score_ratio <= 1.000001
    assert 0.97 < closeness.recall <= 1


def test_a_list_by_the_graph_has_the_scores_of_the_exact_model_and_explains_them(model, news):
    exact = Recommender.fit(news)
    assert exact.index.quality is None
    same = 0
    for article in news[:200:10]:
        mine = {item.article.id: item for item in model.recommend(article.id, explain=True)}
        theirs = {item.article.id: item.score for item in exact.recommend(article.id)}
        same += mine.keys() == theirs.keys()
        for other in mine.keys() & theirs.keys():
            assert mine[other].score == pytest.approx(theirs[other], abs=CLOSE)
            assert model.why(article.id, other).score == pytest.approx(theirs[other], abs=CLOSE)
            parts = mine[other].explanation
            total = sum(t.contribution for t in parts.terms) + parts.rest
            assert total + sum(parts.effects.values()) == pytest.approx(theirs[other], abs=1e-5)
    assert same >= 18


def test_it_is_never_chosen_silently_and_a_saved_model_says_that_it_was(model, tmp_path):
    model.save(tmp_path / "model")
    assert Recommender.load(tmp_path / "model").index.quality == model.index.quality
    plain = Recommender.fit([Article(id="a", title="Ferry"), Article(id="b", title="Ferry")])
    plain.save(tmp_path / "plain")
    assert Recommender.load(tmp_path / "plain").index.quality is None
    assert "approximate" not in Config().model_dump()


def test_one_article_and_none_are_no_trouble():
    for articles in ([], [Article(id="a", title="Ferry")]):
        model = Recommender.fit(articles, approximate=True)
        assert model.index.quality == GraphQuality(len(articles), 1.0, 1.0)


def test_the_settings_are_those_that_the_tests_above_suppose():
    assert CANDIDATES < ROWS
