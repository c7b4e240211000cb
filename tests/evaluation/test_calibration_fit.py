"""Probabilities are monotone in the score, and only there when judgments support them."""

import pytest

from recommender import Article, Config, Recommender
from recommender.calibration import Calibration
from recommender.evaluation.calibration_fit import fit_calibration


def test_a_higher_score_is_more_probable(model, judgments):
    curve = fit_calibration(model, judgments)
    told = [curve.probability(score) for score in (0.01, 0.05, 0.2, 0.9)]
    assert told == sorted(told)
    assert 0 < told[0] < told[-1] < 1


def test_probabilities_come_near_to_the_shares_seen(model, judgments):
    assert fit_calibration(model, judgments).error(model, judgments) < 0.1


def test_without_a_related_article_in_any_list_there_is_no_probability(model, judgments):
    assert fit_calibration(model, {query: {} for query in judgments}) is None


def test_items_carry_the_probability_of_a_calibrated_model_and_else_none():
    news = [Article(id=i, title="Ferry late") for i in "ab"]
    curve = Calibration(intercept=0.0, slope=1.0)
    calibrated = Recommender.fit(news, Config(calibration=curve))
    [item] = calibrated.recommend("a")
    assert item.probability == pytest.approx(curve.probability(item.score), abs=1e-6)
    assert Recommender.fit(news).recommend("a")[0].probability is None


def test_a_steep_curve_tells_a_low_score_nothing_instead_of_failing():
    assert Calibration(intercept=60, slope=60).probability(1e-6) == 0
