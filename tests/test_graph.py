"""The neighbour graph is what a full matrix product and a sort give, however the work is cut."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from references import all_scores, assert_best, best, dense

from recommender import graph
from recommender.graph import neighbour_graph, transposed
from recommender.kernel import RUN, Times
from recommender.vectors import Vectors

# Weights whose products and sums float32 holds exactly, so that ties are ties.
EXACT = np.array([0.125, 0.25, 0.5, 1.0])
# All terms through the matrix product, some, none of those of several articles.
COMMON = [0.0, 1 / 8, 1.0]


def graph_of(vectors, times, k, **options):
    return neighbour_graph(vectors, *transposed(vectors), times, k, **options)


def as_vectors(matrix):
    rows, columns = np.nonzero(matrix)
    indptr = np.searchsorted(rows, np.arange(len(matrix) + 1)).astype(np.int64)
    data = matrix[rows, columns].astype(np.float32)
    return Vectors(
        indptr, columns.astype(np.int32), data, np.zeros(len(data), np.uint8), matrix.shape[1]
    )


def exact(seed, n, columns=40, entries=4, twins=0.3, empty=0.1):
    """Rows of a few terms, low columns far commoner; many rows are another's twin, some empty."""
    random = np.random.default_rng(seed)
    matrix = np.zeros((n, columns))
    for row in range(n):
        if row and random.random() < twins:
            matrix[row] = matrix[random.integers(row)]
        elif random.random() >= empty:
            at = (columns * random.random(entries) ** 3).astype(int)
            matrix[row, at] = random.choice(EXACT, entries)
    return matrix


def rough(seed, n, columns=40):
    """Unit rows of any weights: nothing adds up exactly."""
    random = np.random.default_rng(seed)
    matrix = exact(seed, n, columns) * random.uniform(0.1, 1, columns)
    norms = np.linalg.norm(matrix, axis=1, keepdims=True)
    return matrix / np.where(norms, norms, 1)


def timed(days, unknown=1.0, power=0.3):
    return Times(days, np.float32(power), np.float32(unknown))


def timeless(n):
    return timed(np.full(n, np.nan, np.float32), power=0)


def listed(lists):
    return [row[row >= 0].tolist() for row in lists.rows]


def assert_exact(matrix, k, **options):
    vectors = as_vectors(matrix)
    lists = graph_of(vectors, timeless(len(matrix)), k, **options)
    scores = matrix @ matrix.T
    np.fill_diagonal(scores, 0)
    assert listed(lists) == [best(row.tolist(), k) for row in scores]
    for row, found in enumerate(listed(lists)):
        assert lists.scores[row, : len(found)].tolist() == scores[row, found].tolist()
        assert not lists.scores[row, len(found) :].any()


@pytest.fixture(params=COMMON, ids=["all terms common", "some common", "no term common"])
def common(request, monkeypatch):
    monkeypatch.setattr(graph, "COMMON", request.param)


ROWS = st.lists(st.sampled_from([0, 0, *EXACT.tolist()]), min_size=6, max_size=6)
POOLS = st.lists(ROWS, min_size=1, max_size=6)
MATRICES = POOLS.flatmap(lambda pool: st.lists(st.sampled_from(pool), max_size=45)).map(
    lambda rows: np.array(rows).reshape(-1, 6)
)


@given(
    MATRICES,
    st.integers(1, 50),
    st.sampled_from(COMMON),
    st.sampled_from([1, 3, 8]),
    st.sampled_from([1, 4, 7, 16]),
)
def test_it_is_exact_with_twins_ties_empty_rows_and_any_cut(matrix, k, common, tile, block):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(graph, "COMMON", common)
        patch.setattr(graph, "TILE", tile)
        patch.setattr(graph, "BLOCK", block)
        assert_exact(matrix, k)


@pytest.mark.parametrize("n", [0, 1, 2, RUN - 1, RUN, RUN + 1, 2 * RUN + 1, graph.TILE + 1])
@pytest.mark.usefixtures("common")
def test_it_is_exact_for_any_number_of_rows(n):
    assert_exact(exact(n, n), 5)


@pytest.mark.parametrize(("tile", "block"), [(32, 128), (100, 64), (256, 300), (7, 1 << 14)])
@pytest.mark.usefixtures("common")
def test_it_is_exact_where_tiles_blocks_and_runs_meet(monkeypatch, tile, block):
    monkeypatch.setattr(graph, "TILE", tile)
    monkeypatch.setattr(graph, "BLOCK", block)
    assert_exact(exact(1, 700), 10)


@pytest.mark.usefixtures("common")
def test_it_is_exact_with_the_real_tiles_and_blocks():
    vectors = as_vectors(rough(2, 3 * graph.TILE + 5))
    times = timed(np.full(len(vectors), np.nan, np.float32), 0.5)
    lists = graph_of(vectors, times, 20)
    for row, scores in enumerate(all_scores(vectors, times)):
        assert_best(lists.rows[row], lists.scores[row], scores, 20)


@pytest.mark.parametrize("k", [1, 10, 500])
@pytest.mark.usefixtures("common")
def test_it_is_exact_with_dates_some_missing(monkeypatch, k):
    monkeypatch.setattr(graph, "TILE", 16)
    monkeypatch.setattr(graph, "BLOCK", 100)
    random = np.random.default_rng(3)
    vectors = as_vectors(rough(3, 300))
    days = random.uniform(19_000, 21_000, 300).astype(np.float32)
    days[random.random(300) < 0.2] = np.nan
    times = timed(days, 0.6)
    lists = graph_of(vectors, times, k)
    for row, scores in enumerate(all_scores(vectors, times)):
        assert_best(lists.rows[row], lists.scores[row], scores, k)


def test_a_thousand_twins_list_each_other_in_order_and_never_themselves():
    matrix = np.tile([[0.5, 0.25]], (1000, 1))
    lists = graph_of(as_vectors(matrix), timeless(1000), 3)
    expected = [[other for other in range(4) if other != row][:3] for row in range(1000)]
    assert lists.rows.tolist() == expected


@given(st.integers(0, 10_000), st.integers(2, 90))
@settings(max_examples=30)
def test_no_article_ever_lists_itself(seed, n):
    times = timeless(n)
    lists = graph_of(as_vectors(exact(seed, n, twins=0.8)), times, n + 3)
    assert all(row not in found for row, found in enumerate(listed(lists)))


def test_a_list_longer_than_the_archive_holds_everyone_related_once():
    assert_exact(exact(4, 30), 100)


def test_terms_of_no_article_do_no_harm():
    matrix = np.hstack([exact(5, 50), np.zeros((50, 20))])
    assert_exact(matrix, 5)


@pytest.mark.usefixtures("common")
def test_scores_are_symmetric_to_the_last_bit(monkeypatch):
    monkeypatch.setattr(graph, "TILE", 16)
    monkeypatch.setattr(graph, "BLOCK", 64)
    days = np.linspace(0, 500, 150).astype(np.float32)
    days[::9] = np.nan
    lists = graph_of(as_vectors(rough(6, 150)), timed(days, 0.7), 150)
    scores = {
        (row, int(other)): score
        for row in range(150)
        for other, score in zip(lists.rows[row], lists.scores[row], strict=True)
        if other >= 0
    }
    assert len(scores) > 5000
    assert all(scores[other, row] == score for (row, other), score in scores.items())


@pytest.mark.usefixtures("common")
def test_twins_have_the_same_scores_but_for_the_last_bits(monkeypatch):
    monkeypatch.setattr(graph, "TILE", 16)
    matrix = np.tile(rough(7, 60), (2, 1))
    lists = graph_of(as_vectors(matrix), timeless(120), 120)
    compared = 0
    for row in range(120):
        found = dict(zip(lists.rows[row].tolist(), lists.scores[row].tolist(), strict=True))
        for other in range(60):
            if other in found and other + 60 in found:
                assert found[other] == pytest.approx(found[other + 60], rel=3e-7)
                compared += 1
    assert compared > 1000


@pytest.mark.usefixtures("common")
def test_any_number_of_jobs_gives_the_same_bytes(monkeypatch):
    monkeypatch.setattr(graph, "TILE", 8)
    monkeypatch.setattr(graph, "BLOCK", 64)
    vectors = as_vectors(rough(8, 400))
    times = timed(np.linspace(0, 900, 400).astype(np.float32))
    one, *more = (graph_of(vectors, times, 12, jobs=jobs) for jobs in (1, 2, 3, 3, -1))
    for lists in more:
        assert lists.rows.tobytes() == one.rows.tobytes()
        assert lists.scores.tobytes() == one.scores.tobytes()


def test_the_order_of_rows_changes_nothing_but_the_names():
    matrix = rough(9, 200)
    order = np.random.default_rng(9).permutation(200)
    times = timeless(200)
    lists = graph_of(as_vectors(matrix[order]), times, 10)
    scores = matrix @ matrix.T
    np.fill_diagonal(scores, 0)
    for row in range(200):
        wanted = scores[order[row]][order]
        assert_best(lists.rows[row], lists.scores[row], wanted, 10)


def test_vectors_are_read_back_as_they_were_written():
    matrix = rough(10, 20)
    np.testing.assert_allclose(dense(as_vectors(matrix)), matrix, rtol=1e-6)
