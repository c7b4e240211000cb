"""The defaults stay as good as they were: a gate on real judgments.

``FLOORS`` are nDCG@10 as measured when they were last raised, on purpose, in a commit of its own.
"""

from pathlib import Path

import pytest

from recommender import Recommender, read_articles
from recommender.evaluation.measures import evaluate, read_qrels

ROOT = Path(__file__).parents[1]
PLACES = (ROOT / "tests" / "data", ROOT.parent / "shared" / "data")
FLOORS = {"newsroom": 0.9122, "18f": 0.5298, "digitalgov": 0.4173}
SLACK = 0.005


@pytest.mark.parametrize("name", FLOORS)
def test_the_defaults_are_not_worse_than_recorded(name):
    folder = next((place / name for place in PLACES if (place / name).is_dir()), None)
    if folder is None:
        pytest.skip(f"no judged archive {name} in {PLACES[1]}")
    [source] = folder.glob("articles.jsonl*")
    model = Recommender.fit(read_articles(source))
    qrels = read_qrels(folder / "qrels.txt")
    found = evaluate(lambda query: model.ranked(query, 10), qrels, model.articles.ids)
    assert found["nDCG@10"].mean >= FLOORS[name] - SLACK
