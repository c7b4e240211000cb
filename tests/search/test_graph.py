"""The neighbour graph is what a full matrix product and a sort give, however the work is cut."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.references import all_scores, assert_best, best, packed, products, weighed

from recommender.search import graph
from recommender.search.graph import neighbour_graph
from recommender.kernels.simd import ROWS, WIDE
from recommender.kernels.exact import RUN
from recommender.kernels.types import Times

# Weights whose products and sums float32 holds exactly, so that ties are ties.
EXACT = np.array([1.0, 0.5, 0.25, 0.125], np.float32)
# What is common and what is rare: every term on one path, or some on each.
PATHS = {
    "common": {"COMMON": 0.0, "RARE": 0},
    "medium": {"COMMON": 1.0, "RARE": 0},
    "rare": {"COMMON": 1.0, "RARE": 1 << 20},
    "common and medium": {"COMMON": 1 / 8, "RARE": 0},
    "common and rare": {"COMMON": 0.0, "RARE": 6},
    "medium and rare": {"COMMON": 1.0, "RARE": 6},
    "all three": {"COMMON": 1 / 8, "RARE": 4},
    # No more than there is room for are multiplied through.
    "few common": {"COMMON": 0.0, "RARE": 4},
}
# Rows before a tile that are worked on at once, parts, and what rare terms may add to one.
CUTS = [(1 << 13, 12, 1 << 24), (1, 3, 1 << 24), (7, 1, 1 << 24), (64, 12, 1), (100, 2, 50)]


def set_up(patch, path=None, cut=CUTS[0]):
    patch.setattr(graph, "WIDTH", 5 if path == "few common" else 1 << 12)
    names = dict(zip(("BLOCK", "PARTS", "ADDED"), cut, strict=True))
    for name, value in (names | PATHS.get(path, {})).items():
        patch.setattr(graph, name, value)


@pytest.fixture(params=[None, *PATHS])
def path(request, monkeypatch):
    """The real settings, then every term on one path, then some on each."""
    set_up(monkeypatch, request.param)
    return request.param


@pytest.fixture(params=CUTS, ids=str)
def cut(request, path, monkeypatch):
    set_up(monkeypatch, path, request.param)


def table(seed, n, columns=40, entries=6, twins=0.3, empty=0.1, levels=4):
    """Rows of a few terms, low columns far commoner; many rows are another's twin, some empty."""
    random = np.random.default_rng(seed)
    found = np.full((n, columns), -1)
    for row in range(n):
        if row and random.random() < twins:
            found[row] = found[random.integers(row)]
        elif random.random() >= empty:
            size = random.integers(1, 2 * entries)
            at = (columns * random.random(size) ** 3).astype(int)
            found[row, at] = random.integers(0, levels, size)
    return found


def rough(seed, n, columns=40):
    """Rows of any levels: nothing adds up exactly."""
    return table(seed, n, columns, levels=200)


def timed(days, unknown=1.0, power=0.3):
    return Times(days, np.float32(power), np.float32(unknown))


def timeless(n):
    return timed(np.full(n, np.nan, np.float32), power=0)


def listed(lists):
    return [row[row >= 0].tolist() for row in lists.rows]


def assert_exact(levels, k, **options):
    """The graph of exact weights equals the product's in every row and every bit."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(graph, "LEVELS", EXACT)
        lists = neighbour_graph(packed(levels), timeless(len(levels)), k, **options)
    scores = products(weighed(levels, EXACT))
    assert listed(lists) == [best(row.tolist(), k) for row in scores]
    for row, found in enumerate(listed(lists)):
        assert lists.scores[row, : len(found)].tolist() == scores[row, found].tolist()
        assert not lists.scores[row, len(found) :].any()
    assert lists.rows.shape == lists.scores.shape == (len(levels), k)
    assert (lists.rows.dtype, lists.scores.dtype) == (np.int32, np.float32)


ROW = st.lists(st.sampled_from([-1, -1, 0, 1, 2, 3]), min_size=9, max_size=9)
POOLS = st.lists(ROW, min_size=1, max_size=8)
TABLES = POOLS.flatmap(
    lambda pool: st.lists(st.sampled_from(pool), max_size=45) | st.lists(
        st.sampled_from(pool), min_size=ROWS - 1, max_size=3 * ROWS
    )
).map(lambda rows: np.array(rows, np.int64).reshape(-1, 9))  # fmt: skip


@given(
    TABLES,
    st.sampled_from([1, 2, 5, 200]),
    st.sampled_from([None, *PATHS]),
    st.sampled_from(CUTS),
    st.sampled_from([1, 2]),
)
@settings(max_examples=300)
def test_it_is_exact_with_twins_ties_empty_rows_and_any_cut(levels, k, path, cut, jobs):
    with pytest.MonkeyPatch.context() as patch:
        set_up(patch, path, cut)
        assert_exact(levels, k, jobs=jobs)


@pytest.mark.parametrize(
    "n", [0, 1, 2, ROWS - 1, ROWS, ROWS + 1, 2 * ROWS, 2 * ROWS + 1, RUN + 1, WIDE + 1]
)
@pytest.mark.usefixtures("path")
def test_it_is_exact_for_any_number_of_rows(n):
    assert_exact(table(n, n), 5)


@pytest.mark.usefixtures("cut")
def test_it_is_exact_where_parts_tiles_blocks_vectors_and_runs_meet():
    assert_exact(table(1, 9 * ROWS + 6), 10, jobs=2)


@pytest.mark.parametrize("terms", range(11))
def test_it_is_exact_for_any_number_of_common_terms(monkeypatch, terms):
    set_up(monkeypatch, "common")
    random = np.random.default_rng(terms)
    levels = np.where(np.arange(11) < terms, random.integers(0, 4, (2 * ROWS + 3, 11)), -1)
    levels[::5] = -1
    levels[3::7, ::2] = -1
    assert_exact(levels, 4)


@pytest.mark.usefixtures("path")
def test_a_term_in_all_rows_and_nothing_else_joins_them_all():
    assert_exact(np.zeros((150, 1), int), 3)


@pytest.mark.usefixtures("path")
def test_rows_that_share_nothing_have_no_neighbours():
    lists = neighbour_graph(packed(np.where(np.eye(130) > 0, 0, -1)), timeless(130), 3)
    assert listed(lists) == [[]] * 130


@pytest.mark.usefixtures("cut")
def test_only_empty_rows_have_no_neighbours():
    lists = neighbour_graph(packed(np.full((130, 4), -1)), timeless(130), 3)
    assert listed(lists) == [[]] * 130


@pytest.mark.parametrize("k", [1, 10, 500])
@pytest.mark.usefixtures("path")
def test_it_is_exact_with_dates_some_missing(k):
    random = np.random.default_rng(3)
    rows = packed(rough(3, 700))
    days = random.uniform(19_000, 21_000, 700).astype(np.float32)
    days[random.random(700) < 0.2] = np.nan
    times = timed(days, 0.6)
    lists = neighbour_graph(rows, times, k)
    for row, scores in enumerate(all_scores(rows, times)):
        assert_best(lists.rows[row], lists.scores[row], scores, k)


@pytest.mark.usefixtures("path")
def test_a_thousand_twins_list_each_other_in_order_and_never_themselves():
    levels = np.tile([[30, 77, 201]], (1000, 1))
    lists = neighbour_graph(packed(levels), timeless(1000), 3, jobs=2)
    expected = [[other for other in range(4) if other != row][:3] for row in range(1000)]
    assert lists.rows.tolist() == expected
    assert len(np.unique(lists.scores)) == 1


@given(st.integers(0, 10_000), st.integers(2, 90))
@settings(max_examples=30)
def test_no_article_ever_lists_itself(seed, n):
    lists = neighbour_graph(packed(table(seed, n, twins=0.8)), timeless(n), n + 3)
    assert all(row not in found for row, found in enumerate(listed(lists)))


def test_a_list_longer_than_the_archive_holds_everyone_related_once():
    assert_exact(table(4, 30), 100)


def test_terms_of_no_article_do_no_harm():
    assert_exact(np.hstack([table(5, 50), np.full((50, 20), -1)]), 5)


def scores_of(lists):
    return {
        (row, int(other)): score
        for row in range(len(lists.rows))
        for other, score in zip(lists.rows[row], lists.scores[row], strict=True)
        if other >= 0
    }


@pytest.mark.usefixtures("cut")
def test_scores_are_symmetric_to_the_last_bit():
    days = np.linspace(0, 500, 150).astype(np.float32)
    days[::9] = np.nan
    scores = scores_of(neighbour_graph(packed(rough(6, 150)), timed(days, 0.7), 150))
    assert len(scores) > 5000
    assert all(scores[other, row] == score for (row, other), score in scores.items())


@pytest.mark.parametrize("columns", [30, 400])
@pytest.mark.usefixtures("cut")
def test_twins_have_equal_scores_to_the_last_bit_wherever_they_stand(columns):
    """Of a pair, either may come first: also of one twin before a row and one after it."""
    random = np.random.default_rng(7)
    once = table(7, 50, columns, entries=columns // 4, twins=0, empty=0, levels=200)
    levels = np.vstack([once, once[random.permutation(50)], once])
    lists = neighbour_graph(packed(levels), timeless(150), 149)
    scores = scores_of(lists)
    for row in range(150):
        for other in range(50):
            if row not in (other, other + 100):
                assert scores.get((row, other)) == scores.get((row, other + 100))
        ranked = [(-score, other) for other, score in zip(lists.rows[row], lists.scores[row])]  # noqa: B905
        assert ranked == sorted(ranked)


@pytest.mark.usefixtures("cut")
def test_any_number_of_jobs_gives_the_same_bytes():
    rows = packed(rough(8, 400))
    times = timed(np.linspace(0, 900, 400).astype(np.float32))
    one, *more = (neighbour_graph(rows, times, 12, jobs=jobs) for jobs in (1, 2, 3, 3, -1))
    for lists in more:
        assert lists.rows.tobytes() == one.rows.tobytes()
        assert lists.scores.tobytes() == one.scores.tobytes()


def test_the_order_of_rows_changes_nothing_but_the_names():
    levels = rough(9, 200)
    order = np.random.default_rng(9).permutation(200)
    lists = neighbour_graph(packed(levels[order]), timeless(200), 10)
    scores = products(weighed(levels))
    for row in range(200):
        wanted = scores[order[row]][order]
        assert_best(lists.rows[row], lists.scores[row], wanted, 10)


@pytest.mark.parametrize("jobs", [1, 2, 3])
def test_progress_tells_every_part_and_ends_with_all(monkeypatch, jobs):
    set_up(monkeypatch, None, (64, 5, 1 << 24))
    told = []
    neighbour_graph(packed(table(10, 500)), timeless(500), 3, jobs, lambda *step: told.append(step))
    assert len(told) > 3
    assert told[-1] == ("neighbours", 500, 500)
    assert {(phase, n) for phase, _, n in told} == {("neighbours", 500)}
    done = [done for _, done, _ in told]
    assert done == sorted(done)


@pytest.mark.parametrize("jobs", [1, 2])
def test_an_error_while_telling_progress_ends_it(monkeypatch, jobs):
    set_up(monkeypatch, None, (64, 5, 1 << 24))

    def fail(*step):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        neighbour_graph(packed(table(10, 500)), timeless(500), 3, jobs, fail)


def test_a_row_whose_best_are_one_in_each_run_lists_all_of_them():
    """The bar that the runs of a first block raise is that of the last in the list, and no more."""
    terms = np.full((6 * RUN + 1, 6), -1)
    terms[:-1:RUN][np.eye(6, dtype=bool)] = [50, 10, 20, 0, 30, 40]
    terms[-1] = 0
    lists = neighbour_graph(packed(terms), timeless(len(terms)), 4)
    assert lists.rows[-1].tolist() == [3 * RUN, RUN, 2 * RUN, 4 * RUN]
