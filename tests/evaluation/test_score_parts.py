"""The parts of scores give the nDCG of the model that has the same settings."""

import pytest

from recommender import Recommender
from recommender.evaluation.measures import evaluate
from recommender.evaluation.score_parts import POWERS, SEARCHED, ScoreParts


@pytest.fixture(scope="module")
def parts(newsroom, model, judgments):
    return ScoreParts.of(newsroom, model, judgments, sorted(judgments))


def ndcg_of(model, judgments):
    lists = evaluate(lambda query: model.ranked(query, 10), judgments, model.articles.ids)
    return lists["nDCG@10"].mean


def point_of(config, power):
    """The point of the search for a config, whose power of nearness may be learned."""
    vectors = config.vectors.model_dump()
    values = vectors | {"nearness": power, "idf_power": POWERS.index(vectors["idf_power"])}
    return [values[name] for name, *_ in SEARCHED]


def test_the_default_settings_give_the_ndcg_of_their_model(parts, model, judgments):
    point = point_of(model.config, float(model.index.times.power))
    assert parts.ndcg(point) == pytest.approx(ndcg_of(model, judgments), abs=1e-3)


def test_other_settings_give_the_ndcg_of_a_model_trained_with_them(
    parts, model, newsroom, judgments
):
    vectors = {"title_weight": 1.2, "lead_weight": 0.1, "pair_weight": 0.5, "tag_weight": 0.3}
    changed = model.config.vectors.model_copy(update=vectors | {"idf_power": 1.5})
    nearness = model.config.nearness.model_copy(update={"power": 0.4})
    config = model.config.model_copy(update={"vectors": changed, "nearness": nearness})
    trained = Recommender.fit(newsroom, config)
    assert parts.ndcg(point_of(config, 0.4)) == pytest.approx(ndcg_of(trained, judgments), abs=2e-3)
