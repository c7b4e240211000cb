"""Lists of the sample archive are what an editor would link, better than plain TF-IDF's."""

import numpy as np
import pytest
from sklearn.feature_extraction.text import TfidfVectorizer
from support.references import ndcg

from recommender.text.html import plain_text

# The wire's and the newsroom's article on one event; they were not judged.
TWINS = [
    ("hp-wire-2026-0219-grey-heron-leak", "hp-2026-0219-gang-claims-hospital"),
    ("hp-wire-2026-0306-denholt-brine", "hp-2026-0305-lithium-find"),
    ("hp-wire-2026-0319-predators-back", "hp-2026-0319-wolves-released"),
]


def plain_tfidf_lists(articles):
    """The full list of each article by cosine similarity with scikit-learn's defaults."""
    texts = [f"{a.title} {a.summary or ''} {plain_text(a.body)}" for a in articles]
    rows = TfidfVectorizer().fit_transform(texts)
    lists = {}
    for row, scores in enumerate((rows @ rows.T).toarray()):
        order = sorted(range(len(articles)), key=lambda other: (-scores[other], other))
        lists[articles[row].id] = [articles[other].id for other in order if other != row]
    return lists


def mean_ndcg(lists, judgments):
    """Mean nDCG@10 over the judged articles, without the twins."""
    twins = {frozenset(pair) for pair in TWINS}
    return np.mean(
        [
            ndcg([other for other in lists[key] if frozenset((key, other)) not in twins], grades)
            for key, grades in judgments.items()
        ]
    )


def test_lists_are_what_an_editor_would_link(newsroom, model, judgments):
    lists = {
        article.id: [item.article.id for item in model.recommend(article.id, limit=50)]
        for article in newsroom
    }
    assert len(judgments) > 50
    quality = mean_ndcg(lists, judgments)
    assert quality > 0.9
    assert quality > mean_ndcg(plain_tfidf_lists(newsroom), judgments) + 0.05


@pytest.mark.parametrize(("wire", "own"), TWINS)
def test_twins_are_first_in_each_others_list(model, wire, own):
    assert model.recommend(wire, duplicates="show")[0].article.id == own
    assert model.recommend(own, duplicates="show")[0].article.id == wire
