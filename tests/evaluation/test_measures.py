"""Measures are what their names say; every expected number here was worked out by hand."""

import sys
from math import log2

import numpy as np
import pytest

from recommender.errors import InputError, MissingExtraError
from recommender.evaluation.measures import MEASURES, evaluate, interval, read_qrels


def measured(grades, ranked):
    """The measures of one list against the judgments of its article."""
    evaluation = evaluate(lambda article_id: ranked, {"q": grades}, {"q", *grades, *ranked})
    return {measure: evaluation[measure].mean for measure in MEASURES}


def test_a_list_in_the_wrong_order():
    # Gains 1 and 3 at ranks 1 and 3: 1/log2(2) + 3/log2(4) = 2.5; ideal 3 + 1/log2(3).
    values = measured({"a": 2, "b": 1, "c": 0}, ["b", "x", "a"])
    assert values["nDCG@5"] == values["nDCG@10"] == pytest.approx(2.5 / (3 + 1 / log2(3)))
    assert values["nDCG@10"] == pytest.approx(0.68853, abs=1e-5)
    assert (values["R@10"], values["RR"]) == (1, 1)


def test_a_grade_of_three_gains_seven():
    # 1 + 7/log2(3) = 5.41650 of 7 + 1/log2(3) = 7.63093.
    assert measured({"a": 3, "b": 1}, ["b", "a"])["nDCG@10"] == pytest.approx(0.70981, abs=1e-5)


@pytest.mark.parametrize("ranked", [["c", "a"], ["a", "b"], ["b", "c"]])
def test_articles_of_equal_grade_count_the_same_in_any_order(ranked):
    # 1 + 1/log2(3) = 1.63093 of 1 + 1/log2(3) + 1/2 = 2.13093.
    values = measured({"a": 1, "b": 1, "c": 1}, ranked)
    assert values["nDCG@10"] == pytest.approx(0.76536, abs=1e-5)
    assert values["R@10"] == pytest.approx(2 / 3)


@pytest.mark.parametrize(
    ("rank", "ndcg5", "ndcg10", "recall", "reciprocal"),
    [(1, 1, 1, 1, 1), (3, 0.5, 0.5, 1, 1 / 3), (7, 0, 1 / 3, 1, 1 / 7), (15, 0, 0, 0, 1 / 15)],
)
def test_each_measure_is_cut_at_the_rank_in_its_name(rank, ndcg5, ndcg10, recall, reciprocal):
    ranked = [f"x{number}" for number in range(1, rank)] + ["a"]
    assert list(measured({"a": 1}, ranked).values()) == pytest.approx(
        [ndcg5, ndcg10, recall, reciprocal]
    )


def test_an_empty_list_counts_as_0():
    lists = {"p": ["a"], "q": []}
    evaluation = evaluate(lists.__getitem__, {"p": {"a": 1}, "q": {"a": 1}}, ["p", "q", "a"])
    assert [evaluation.by_query[measure].tolist() for measure in MEASURES] == [[1, 0]] * 4
    assert evaluation["nDCG@10"].mean == 0.5


def test_a_related_article_that_is_not_known_counts_as_missed():
    # 1 of 1 + 1/log2(3).
    evaluation = evaluate(lambda article_id: ["a"], {"q": {"a": 1, "gone": 1}}, ["q", "a"])
    assert evaluation["nDCG@10"].mean == pytest.approx(0.61315, abs=1e-5)
    assert evaluation["R@10"].mean == 0.5


def test_queries_unknown_or_without_a_related_article_are_left_out():
    requested = []
    qrels = {"q": {"a": 1}, "none": {"a": 0}, "unknown": {"a": 1}}
    evaluation = evaluate(lambda query: requested.append(query) or ["a"], qrels, ["q", "none"])
    assert evaluation.queries == ("q",)
    assert requested == ["q"]
    with pytest.raises(InputError, match="no judged article is in the archive"):
        evaluate(lambda article_id: [], qrels, ["other"])


def test_an_interval_contains_the_mean_and_is_reproducible():
    values = np.linspace(0, 1, 50)
    estimate = interval(values)
    assert estimate == interval(values.copy())
    assert estimate.low < estimate.mean == 0.5 < estimate.high
    # Normal theory: 1.96 standard errors of 0.2945/sqrt(50) on either side.
    assert (estimate.low, estimate.high) == pytest.approx((0.418, 0.582), abs=0.01)


def test_two_evaluations_are_compared_query_by_query():
    qrels = {"p": {"a": 1}, "q": {"a": 1}}
    best = evaluate(lambda article_id: ["a"], qrels, "pqa")
    worse = evaluate(lambda article_id: ["x", "a"], qrels, "pqa")
    # Every query loses 1 - 1/log2(3), so the interval has no width.
    gain = best.minus(worse, "nDCG@10")
    assert (gain.low, gain.mean, gain.high) == pytest.approx((0.36907,) * 3, abs=1e-5)
    with pytest.raises(InputError, match="same judged articles"):
        best.minus(evaluate(lambda article_id: ["a"], qrels, "pa"), "RR")


def test_without_ir_measures_the_error_names_the_extra(monkeypatch):
    monkeypatch.setitem(sys.modules, "ir_measures", None)
    with pytest.raises(MissingExtraError, match=r"ir-measures.*alsoread\[evaluate\]"):
        evaluate(lambda article_id: [], {"q": {"a": 1}}, "qa")


def test_judgments_are_read_from_trec_files(tmp_path):
    path = tmp_path / "qrels.txt"
    path.write_text("q 0 a 2\n\nq 0 b -1\np\t0\ta\t1\n", encoding="utf-8")
    assert read_qrels(path) == {"q": {"a": 2, "b": 0}, "p": {"a": 1}}


@pytest.mark.parametrize("line", ["q 0 a", "q 0 a 1 run", "q 0 a high", "q 0 a ²", "q 0 a --1"])
def test_a_line_that_is_no_judgment_is_an_error_with_its_number(tmp_path, line):
    path = tmp_path / "qrels.txt"
    path.write_text(f"q 0 a 2\n{line}\n", encoding="utf-8")
    with pytest.raises(InputError, match=r"qrels\.txt:2: expected 'query 0 document grade'"):
        read_qrels(path)


def test_a_grade_that_the_measures_cannot_hold_is_an_error(tmp_path):
    path = tmp_path / "qrels.txt"
    path.write_text("q 0 a 30\nq 0 b 31\n", encoding="utf-8")
    with pytest.raises(InputError, match=r"qrels\.txt:2: grade 31 is above 30"):
        read_qrels(path)


def test_a_file_that_cannot_be_read_is_an_error_that_names_it(tmp_path):
    with pytest.raises(InputError, match=r"none\.txt: cannot be read: No such file"):
        read_qrels(tmp_path / "none.txt")
    (tmp_path / "latin.txt").write_bytes(b"q 0 caf\xe9 1\n")
    with pytest.raises(InputError, match=r"latin\.txt: cannot be read: not UTF-8"):
        read_qrels(tmp_path / "latin.txt")
