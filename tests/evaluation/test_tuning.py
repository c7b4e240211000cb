"""Settings are learned from judgments, and kept only if their gain is certain."""

import numpy as np
import pytest

from recommender import Article, Config, Recommender
from recommender.errors import InputError
from recommender.evaluation.tuning import MIN_QUERIES, judged, learned, tune

NAMES = "harbour wolf theatre lithium orchestra drought ferry hospital castle railway".split()
NOISE = "grey tall early long slow bright narrow quiet heavy plain sharp round".split()


def archive(stories=30, size=4, noise=True):
    """Stories of related articles and their judgments; with ``noise`` only titles say which."""
    generator = np.random.default_rng(3)
    articles, qrels = [], {}
    for story in range(stories):
        ids = [f"s{story:02}-{number}" for number in range(size)]
        title = f"{NAMES[story % 10]} {NAMES[story // 10]}x{story}"
        for article_id in ids:
            body = " ".join(generator.choice(NOISE, 30)) if noise else title
            articles.append(Article(id=article_id, title=title, body=body))
            qrels[article_id] = {other: 2 for other in ids if other != article_id}
    return articles, qrels


def test_settings_move_to_the_field_that_tells_what_is_related():
    articles, qrels = archive()
    wrong = Config.of({"vectors": {"title_weight": 0.0, "lead_weight": 0.0}})
    tuned = tune(lambda: articles, qrels, config=wrong)
    assert tuned.kept
    assert tuned.config.vectors.title_weight > 0.2
    assert tuned.after.mean > tuned.before.mean
    assert tuned.searched + tuned.validated == len(articles)


def test_settings_stay_if_nothing_is_gained():
    articles, qrels = archive(noise=False)
    tuned = tune(lambda: articles, qrels)
    assert tuned.before.mean == 1
    assert not tuned.kept
    assert tuned.config.vectors == Config().vectors
    assert tuned.gain.low <= 0


def test_the_same_judgments_give_the_same_settings():
    articles, qrels = archive()
    model = Recommender.fit(articles, Config.of({"vectors": {"title_weight": 0.1}}))
    queries = judged(model, qrels)[::2]
    assert learned(articles, model, qrels, queries) == learned(articles, model, qrels, queries)


def test_too_few_judged_articles_are_an_error():
    articles, qrels = archive(stories=(MIN_QUERIES - 1) // 4)
    with pytest.raises(InputError, match=f"{MIN_QUERIES} are needed"):
        tune(lambda: articles, qrels)


def test_judgments_of_articles_that_are_not_in_the_archive_do_not_count():
    articles, _ = archive()
    with pytest.raises(InputError, match=r"^0 judged"):
        tune(lambda: articles, {f"gone-{n}": {"s00-0": 2} for n in range(500)})


def test_the_starting_settings_may_be_outside_the_usual_bounds():
    articles, qrels = archive(stories=26)
    far = Config.of({"vectors": {"title_weight": 3.0}, "nearness": {"power": 1.5}})
    assert tune(lambda: articles, qrels, config=far).searched == 52
