"""Settings are learned from judgments, and believed only where they hold."""

import numpy as np
import pytest

from recommender import Article, Config, Recommender
from recommender.evaluation.score_parts import Parts
from recommender.errors import InputError
from recommender.evaluation.measures import evaluate
from recommender.evaluation.tuning import LEAST_QUERIES, _point, judged, learned, tune

# Stories told by their titles alone: bodies are noise that related articles do not share.
NAMES = "harbour wolf theatre lithium orchestra drought ferry hospital castle railway".split()
NOISE = "grey tall early long slow bright narrow quiet heavy plain sharp round".split()


def archive(stories=30, size=4, seed=3, told=False):
    generator = np.random.default_rng(seed)
    articles, qrels = [], {}
    for story in range(stories):
        ids = [f"s{story:02}-{number}" for number in range(size)]
        title = f"{NAMES[story % 10]} {NAMES[story // 10]}x{story}"
        for article_id in ids:
            body = title if told else " ".join(generator.choice(NOISE, 30))
            articles.append(Article(id=article_id, title=title, body=body))
            qrels[article_id] = {other: 2 for other in ids if other != article_id}
    return articles, qrels


def test_the_parts_of_scores_give_the_ndcg_of_their_model(newsroom, judgments, model):
    parts = Parts.of(newsroom, model, judgments, sorted(judgments))
    lists = evaluate(lambda query: model.ranked(query, 10), judgments, model.articles.ids)
    assert parts.ndcg(_point(model)) == pytest.approx(lists["nDCG@10"].mean, abs=1e-3)


def test_settings_move_to_where_the_relatedness_is():
    articles, qrels = archive()
    wrong = Config.of({"vectors": {"title_weight": 0.0, "lead_weight": 0.0}})
    done = tune(lambda: articles, qrels, config=wrong)
    assert done.base_lists
    assert done.config.vectors.title_weight > 0.2
    assert done.after.mean > done.before.mean
    assert done.searched + done.validated == len(articles)


def test_settings_stay_when_nothing_is_gained():
    articles, qrels = archive(told=True)
    done = tune(lambda: articles, qrels)
    assert done.before.mean == 1
    assert not done.base_lists
    assert done.config.vectors == Config().vectors
    assert done.gain.low <= 0


def test_the_same_judgments_give_the_same_settings():
    articles, qrels = archive()
    model = Recommender.fit(articles, Config.of({"vectors": {"title_weight": 0.1}}))
    queries = judged(model, qrels)[::2]
    assert learned(articles, model, qrels, queries) == learned(articles, model, qrels, queries)


def test_too_few_judged_articles_are_refused():
    articles, qrels = archive(stories=(LEAST_QUERIES - 1) // 4)
    with pytest.raises(InputError, match=f"{LEAST_QUERIES} are needed"):
        tune(lambda: articles, qrels)


def test_judgments_on_articles_that_are_not_there_do_not_count():
    articles, _ = archive()
    with pytest.raises(InputError, match=r"^0 judged"):
        tune(lambda: articles, {f"gone-{n}": {"s00-0": 2} for n in range(500)})


def test_settings_to_start_from_may_lie_outside_of_what_is_searched():
    articles, qrels = archive(stories=26)
    far = Config.of({"vectors": {"title_weight": 3.0}, "nearness": {"power": 1.5}})
    assert tune(lambda: articles, qrels, config=far).searched == 52
