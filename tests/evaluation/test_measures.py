"""Measures are what they say they are: every number here was worked out by hand."""

import sys
from math import log2

import numpy as np
import pytest

from recommender.evaluation.coverage import Coverage, coverage
from recommender.errors import InputError, MissingExtraError
from recommender.evaluation.measures import MEASURES, evaluate, interval, read_qrels


def measured(grades, ranked):
    """The measures of one list against one article's judgments."""
    known = {"q", *grades, *ranked}
    found = evaluate(lambda article_id: ranked, {"q": grades}, known)
    return {measure: found[measure].mean for measure in MEASURES}


def test_a_list_in_the_wrong_order():
    # Gains 1 and 3 at ranks 1 and 3: 1/log2(2) + 3/log2(4) = 2.5; ideal 3 + 1/log2(3).
    found = measured({"a": 2, "b": 1, "c": 0}, ["b", "x", "a"])
    assert found["nDCG@5"] == found["nDCG@10"] == pytest.approx(2.5 / (3 + 1 / log2(3)))
    assert found["nDCG@10"] == pytest.approx(0.68853, abs=1e-5)
    assert (found["R@10"], found["RR"]) == (1, 1)


def test_a_grade_of_three_gains_seven():
    # 1 + 7/log2(3) = 5.41650 of 7 + 1/log2(3) = 7.63093.
    assert measured({"a": 3, "b": 1}, ["b", "a"])["nDCG@10"] == pytest.approx(0.70981, abs=1e-5)


@pytest.mark.parametrize("ranked", [["c", "a"], ["a", "b"], ["b", "c"]])
def test_equal_judgments_are_worth_the_same_in_any_order(ranked):
    # 1 + 1/log2(3) = 1.63093 of 1 + 1/log2(3) + 1/2 = 2.13093.
    found = measured({"a": 1, "b": 1, "c": 1}, ranked)
    assert found["nDCG@10"] == pytest.approx(0.76536, abs=1e-5)
    assert found["R@10"] == pytest.approx(2 / 3)


@pytest.mark.parametrize(
    ("rank", "ndcg5", "ndcg10", "recall", "reciprocal"),
    [(1, 1, 1, 1, 1), (3, 0.5, 0.5, 1, 1 / 3), (7, 0, 1 / 3, 1, 1 / 7), (15, 0, 0, 0, 1 / 15)],
)
def test_each_measure_looks_as_far_as_its_name_says(rank, ndcg5, ndcg10, recall, reciprocal):
    ranked = [f"x{number}" for number in range(1, rank)] + ["a"]
    assert list(measured({"a": 1}, ranked).values()) == pytest.approx(
        [ndcg5, ndcg10, recall, reciprocal]
    )


def test_an_article_without_a_list_counts_as_0():
    lists = {"p": ["a"], "q": []}
    found = evaluate(lists.__getitem__, {"p": {"a": 1}, "q": {"a": 1}}, ["p", "q", "a"])
    assert [found.by_query[measure].tolist() for measure in MEASURES] == [[1, 0]] * 4
    assert found["nDCG@10"].mean == 0.5


def test_a_related_article_that_is_not_known_is_missed():
    # 1 of 1 + 1/log2(3).
    found = evaluate(lambda article_id: ["a"], {"q": {"a": 1, "gone": 1}}, ["q", "a"])
    assert found["nDCG@10"].mean == pytest.approx(0.61315, abs=1e-5)
    assert found["R@10"].mean == 0.5


def test_articles_without_a_related_one_and_unknown_ones_are_not_asked():
    asked = []
    qrels = {"q": {"a": 1}, "none": {"a": 0}, "unknown": {"a": 1}}
    found = evaluate(lambda article_id: asked.append(article_id) or ["a"], qrels, ["q", "none"])
    assert found.queries == ("q",)
    assert asked == ["q"]
    with pytest.raises(InputError, match="no judged article is in the archive"):
        evaluate(lambda article_id: [], qrels, ["other"])


def test_intervals_hold_the_mean_and_are_the_same_every_time():
    values = np.linspace(0, 1, 50)
    found = interval(values)
    assert found == interval(values.copy())
    assert found.low < found.mean == 0.5 < found.high
    # Normal theory: 1.96 standard errors of 0.2945/sqrt(50) on either side.
    assert (found.low, found.high) == pytest.approx((0.418, 0.582), abs=0.01)


def test_two_systems_are_compared_article_by_article():
    qrels = {"p": {"a": 1}, "q": {"a": 1}}
    best = evaluate(lambda article_id: ["a"], qrels, "pqa")
    worse = evaluate(lambda article_id: ["x", "a"], qrels, "pqa")
    # Every article loses 1 - 1/log2(3), so the interval has no width.
    gain = best.minus(worse, "nDCG@10")
    assert (gain.low, gain.mean, gain.high) == pytest.approx((0.36907,) * 3, abs=1e-5)
    with pytest.raises(InputError, match="same judged articles"):
        best.minus(evaluate(lambda article_id: ["a"], qrels, "pa"), "RR")


def test_without_ir_measures_the_extra_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "ir_measures", None)
    with pytest.raises(MissingExtraError, match=r"ir-measures.*alsoread\[evaluate\]"):
        evaluate(lambda article_id: [], {"q": {"a": 1}}, "qa")


def test_judgments_are_read_from_trec_files(tmp_path):
    path = tmp_path / "qrels.txt"
    path.write_text("q 0 a 2\n\nq 0 b -1\np\t0\ta\t1\n", encoding="utf-8")
    assert read_qrels(path) == {"q": {"a": 2, "b": 0}, "p": {"a": 1}}


@pytest.mark.parametrize("line", ["q 0 a", "q 0 a 1 run", "q 0 a high", "q 0 a ²", "q 0 a --1"])
def test_a_line_that_is_no_judgment_is_named(tmp_path, line):
    path = tmp_path / "qrels.txt"
    path.write_text(f"q 0 a 2\n{line}\n", encoding="utf-8")
    with pytest.raises(InputError, match=r"qrels\.txt:2: not 'query 0 document grade'"):
        read_qrels(path)


def test_judgments_that_cannot_be_read_are_named(tmp_path):
    with pytest.raises(InputError, match=r"none\.txt: No such file"):
        read_qrels(tmp_path / "none.txt")


@pytest.mark.parametrize(
    ("lists", "expected"),
    [
        # Everyone once.
        ([[1], [2], [0]], Coverage(1, 0, 0, 1, 1)),
        # Appearances 2, 2, 0, 0: (-3*0 - 1*0 + 1*2 + 3*2) / (4*4).
        ([[1], [0], [0], [1]], Coverage(0.5, 2, 0.5, 1, 1)),
        # Appearances 3, 1, 0, 0: (1*1 + 3*3) / (4*4).
        ([[1, -1], [0, -1], [0, -1], [0, -1]], Coverage(0.5, 2, 0.625, 1, 0)),
        ([[1, 2], [0, -1], [-1, -1]], Coverage(1, 0, 0, 1, pytest.approx(1 / 3))),
        ([[-1, -1], [-1, -1]], Coverage(0, 2, 0, 0, 0)),
    ],
)
def test_how_lists_spread(lists, expected):
    assert coverage(np.array(lists, np.int32)) == expected


def test_one_article_in_every_list_is_nearly_the_worst_spread():
    found = coverage(np.array([[1]] + [[0]] * 99, np.int32))
    # Appearances 99, 1 and 98 times 0: (97*1 + 99*99) / (100*100).
    assert found == Coverage(0.02, 98, pytest.approx(0.9898), 1, 1)
