"""The neighbour graph is what a full product and a sort give, however the work is cut."""

from functools import partial

import numpy as np
import pytest
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
from support.references import all_scores, assert_best, packed, products, weighed

from recommender.kernels.exact import RUN
from recommender.kernels.simd import ROWS, WIDE
from recommender.kernels.tiling import Tiling
from recommender.search.graph import appearances, neighbour_graph

# Every column in one tier, or some in each; then more dense columns than there are slots for.
TIERS = {
    "dense": Tiling(dense_share=0, sparse_df=0),
    "medium": Tiling(dense_share=1, sparse_df=0),
    "sparse": Tiling(dense_share=1, sparse_df=1 << 20),
    "all three": Tiling(dense_share=1 / 8, sparse_df=4),
    "few dense slots": Tiling(dense_share=0, sparse_df=4, dense_slots=5),
}
# Blocks that begin within a tile and within a run, and more than one part.
CUT = {"block_rows": 100, "parts": 3, "part_products": 50}
ALL_CUT = TIERS["all three"]._replace(**CUT)
in_each_tier = pytest.mark.parametrize(
    "tiling", [tiling._replace(**CUT) for tiling in TIERS.values()], ids=TIERS
)

TILINGS = st.builds(
    Tiling,
    block_rows=st.sampled_from([1, 7, ROWS, 100, 1 << 13]),
    dense_share=st.sampled_from([0, 1 / 8, 1]),
    dense_slots=st.sampled_from([5, 1 << 12]),
    sparse_df=st.sampled_from([0, 4, 6, 1 << 20]),
    parts=st.sampled_from([1, 2, 3, 12]),
    part_products=st.sampled_from([1, 50, 1 << 24]),
)
# Rows of few columns, of which a table repeats a few: twins, ties and empty rows are common.
ROW = st.lists(st.sampled_from([-1, -1, 0, 1, 2, 3]), min_size=9, max_size=9)
TABLES = (
    st.lists(ROW, min_size=1, max_size=8)
    .flatmap(
        lambda pool: (
            st.lists(st.sampled_from(pool), max_size=45)
            | st.lists(st.sampled_from(pool), min_size=ROWS - 1, max_size=3 * ROWS)
        )
    )
    .map(lambda rows: np.array(rows, np.int64).reshape(-1, 9))
)


@given(TABLES, st.sampled_from([1, 2, 5, 200]), TILINGS, st.sampled_from([1, 2]))
@settings(max_examples=200)
def test_graph_is_exact_for_any_rows_and_any_tiling(levels, k, tiling, jobs):
    assert_exact(partial(neighbour_graph, tiling=tiling, jobs=jobs), levels, k)


@in_each_tier
def test_graph_is_exact_in_each_tier_across_tiles_blocks_and_parts(tiling):
    levels = random_levels(1, 9 * ROWS + 6)
    assert_exact(partial(neighbour_graph, tiling=tiling, jobs=2), levels, 10)


@pytest.mark.parametrize("n", [0, 1, 2, WIDE + 1, ROWS - 1, ROWS, ROWS + 1, 2 * ROWS, 2 * ROWS + 1])
def test_graph_is_exact_for_numbers_of_rows_around_a_tile(n):
    tiling = TIERS["all three"]
    assert_exact(partial(neighbour_graph, tiling=tiling), random_levels(n, n), 5)


def test_list_longer_than_the_archive_holds_every_related_row_once():
    assert_exact(neighbour_graph, random_levels(4, 30), 100)


@pytest.mark.parametrize("k", [1, 10, 700])
def test_graph_is_exact_with_dates_of_which_some_are_missing(k):
    rows, times = packed(random_levels(3, 700, levels=200)), partly_dated(700)
    graph = neighbour_graph(rows, times, k, tiling=ALL_CUT)
    for row, scores in enumerate(all_scores(rows, times)):
        assert_best(graph.rows[row], graph.scores[row], scores, k)


@pytest.mark.parametrize("levels", [np.where(np.eye(130) > 0, 0, -1), np.full((130, 4), -1)])
def test_unrelated_rows_and_empty_rows_have_no_neighbours(levels):
    assert lists_of(neighbour_graph(packed(levels), undated(130), 3)) == [[]] * 130


@in_each_tier
def test_many_twins_list_each_other_in_order_and_never_themselves(tiling):
    levels = np.tile([[30, 77, 201]], (1000, 1))
    graph = neighbour_graph(packed(levels), undated(1000), 3, jobs=2, tiling=tiling)
    expected = [[other for other in range(4) if other != row][:3] for row in range(1000)]
    assert graph.rows.tolist() == expected
    assert len(np.unique(graph.scores)) == 1


@in_each_tier
def test_twins_have_equal_scores_to_the_last_bit_wherever_they_are(tiling):
    # A row's twins come before it and after it, in other tiles and blocks.
    random = np.random.default_rng(7)
    once = random_levels(7, 50, 100, entries=25, twins=0, empty=0, levels=200)
    levels = np.vstack([once, once[random.permutation(50)], once])
    graph = neighbour_graph(packed(levels), undated(150), 149, tiling=tiling)
    scores = pair_scores(graph)
    for row in range(150):
        for other in range(50):
            if row not in (other, other + 100):
                assert scores.get((row, other)) == scores.get((row, other + 100))
        ranked = list(zip(-graph.scores[row], graph.rows[row], strict=True))
        assert ranked == sorted(ranked)


def test_scores_are_the_same_both_ways_to_the_last_bit():
    rows = packed(random_levels(6, 150, levels=200))
    scores = pair_scores(neighbour_graph(rows, partly_dated(150), 150, tiling=ALL_CUT))
    assert len(scores) > 5000
    assert all(scores[other, row] == score for (row, other), score in scores.items())


def test_graph_has_the_same_bytes_with_any_number_of_jobs():
    rows, times = packed(random_levels(8, 400, levels=200)), partly_dated(400)
    one, *others = (
        neighbour_graph(rows, times, 12, jobs=jobs, tiling=ALL_CUT) for jobs in (1, 2, 3, -1)
    )
    for graph in others:
        assert graph.rows.tobytes() == one.rows.tobytes()
        assert graph.scores.tobytes() == one.scores.tobytes()


def test_rows_in_another_order_have_the_same_neighbours():
    levels = random_levels(9, 200, levels=200)
    order = np.random.default_rng(9).permutation(200)
    graph = neighbour_graph(packed(levels[order]), undated(200), 10)
    scores = products(weighed(levels))
    for row in range(200):
        assert_best(graph.rows[row], graph.scores[row], scores[order[row]][order], 10)


def test_row_whose_best_are_one_in_each_run_lists_all_of_them():
    """The threshold that the runs of a first block raise is no higher than the last score."""
    levels = np.full((6 * RUN + 1, 6), -1)
    levels[:-1:RUN][np.eye(6, dtype=bool)] = [50, 10, 20, 0, 30, 40]
    levels[-1] = 0
    graph = neighbour_graph(packed(levels), undated(len(levels)), 4)
    assert graph.rows[-1].tolist() == [3 * RUN, RUN, 2 * RUN, 4 * RUN]


@pytest.mark.parametrize("jobs", [1, 3])
def test_progress_never_goes_back_and_ends_with_all_rows(jobs):
    steps = []
    rows, tiling = packed(random_levels(10, 500)), Tiling(block_rows=64, parts=5)
    neighbour_graph(rows, undated(500), 3, jobs, lambda *step: steps.append(step), tiling)
    assert len(steps) > 3
    assert steps[-1] == ("neighbours", 500, 500)
    assert {(phase, n) for phase, _, n in steps} == {("neighbours", 500)}
    done = [done for _, done, _ in steps]
    assert done == sorted(done)


@pytest.mark.parametrize("jobs", [1, 2])
def test_error_in_the_progress_callback_ends_the_work(jobs):
    def fail(*step):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        neighbour_graph(packed(random_levels(10, 500)), undated(500), 3, jobs, fail)


def test_appearances_count_the_lists_that_hold_each_row():
    graph = neighbour_graph(packed(random_levels(11, 60)), undated(60), 5)
    expected = [sum(row in others for others in lists_of(graph)) for row in range(60)]
    assert appearances(graph.rows).tolist() == expected
