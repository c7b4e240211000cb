"""A probability grows with the score, comes close to what is observed, and needs judgments."""

import pytest

from recommender import Article, Config, Recommender
from recommender.calibration import Calibration
from recommender.evaluation.calibration_fit import calibration_error, fit_calibration


def test_a_higher_score_has_a_higher_probability(model, judgments):
    curve = fit_calibration(model, judgments)
    probabilities = [curve.probability(score) for score in (0.01, 0.05, 0.2, 0.9)]
    assert probabilities == sorted(probabilities)
    assert 0 < probabilities[0] < probabilities[-1] < 1


def test_probabilities_are_close_to_the_observed_shares(model, judgments):
    assert calibration_error(fit_calibration(model, judgments), model, judgments) < 0.1


def test_the_error_is_the_distance_from_the_observed_share(model, judgments):
    # One probability for every item, near 0, is off by the share of related items.
    never = Calibration(intercept=-99.0, slope=0.001)
    items = [
        judgments[query].get(model.articles.ids[row], 0) > 0
        for query in judgments
        for row in model.index.nearest(model.articles.row(query), 10)[0].tolist()
    ]
    expected = sum(items) / len(items)
    assert calibration_error(never, model, judgments) == pytest.approx(expected)


def test_without_a_related_item_in_any_list_there_is_no_curve(model, judgments):
    assert fit_calibration(model, {query: {} for query in judgments}) is None


def test_without_an_unrelated_item_in_any_list_there_is_no_curve(model, judgments):
    every = dict.fromkeys(model.articles.ids, 1)
    assert fit_calibration(model, dict.fromkeys(judgments, every)) is None


def test_items_of_a_calibrated_model_have_a_probability_others_none():
    news = [Article(id=i, title="Ferry late") for i in "ab"]
    curve = Calibration(intercept=0.0, slope=1.0)
    [item] = Recommender.fit(news, Config(calibration=curve)).recommend("a")
    assert item.probability == pytest.approx(curve.probability(item.score), abs=1e-6)
    assert Recommender.fit(news).recommend("a")[0].probability is None


def test_a_steep_curve_gives_a_low_score_0_and_does_not_overflow():
    assert Calibration(intercept=60, slope=60).probability(1e-6) == 0
