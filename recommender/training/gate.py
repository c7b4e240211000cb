"""The gate: how a new model's lists compare with the active one's, and whether they are worse."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

import numpy as np

from recommender.config import Gate
from recommender.evaluation.measures import Measured, Qrels, evaluate
from recommender.recommender import Recommender

_LISTED = 5
_SAMPLE = 2000


@dataclass(frozen=True, slots=True)
class Comparison:
    """A new model beside the active one, ``version``.

    Only the ``articles`` that both hold count. ``changed`` is the share of the places in lists of
    five that another one has taken, ``orphans`` the number of those in nobody's list of five, and
    ``ndcg`` the difference in nDCG@10, None without judgments.
    """

    version: str
    articles: int
    changed: float
    orphans: int
    orphans_before: int
    ndcg: Measured | None

    def __str__(self) -> str:
        gain = f", nDCG@10 {self.ndcg.mean:+.4f}" if self.ndcg else ""
        return (
            f"beside {self.version}: {self.changed:.1%} of the places in lists changed, "
            f"{self.orphans:,} of {self.articles:,} articles are in nobody's list "
            f"(before: {self.orphans_before:,}){gain}"
        )

    def worse(self, gate: Gate) -> Iterator[str]:
        """Yield the name of each limit of a gate that is passed.

        Of nDCG the difference must be sure as well: its 95 % interval below 0.
        """
        if self.changed > gate.changed:
            yield "changed"
        if self.orphans - self.orphans_before > gate.coverage * self.articles:
            yield "coverage"
        if self.ndcg and self.ndcg.high < 0 and self.ndcg.mean < -gate.ndcg:
            yield "ndcg"


def compare(
    new: Recommender, active: Recommender, version: str, qrels: Qrels | None = None
) -> Comparison | None:
    """Compare the lists of two models, the second of them ``version``; None if none is of both.

    Examples
    --------
    >>> from recommender.articles.article import Article
    >>> model = Recommender.fit([Article(id=key, title="Ferry refit") for key in "ab"])
    >>> print(compare(model, model, "20261122T120000Z-3f9a"))
    beside 20261122T120000Z-3f9a: 0.0% of the places in lists changed, 0 of 2 articles are in \
nobody's list (before: 0)
    """
    both = {*new.articles.ids}.intersection(active.articles.ids)
    if not both:
        return None
    found, before = (partial(_listed, model, both) for model in (new, active))
    known = sorted(both)
    places = np.linspace(0, len(known) - 1, min(_SAMPLE, len(known))).astype(int)
    changed = np.mean([_replaced(found(known[at]), before(known[at])) for at in places])
    ndcg = None
    if judged := _among(qrels or {}, both):
        measured, other = (evaluate(lister, judged, both) for lister in (found, before))
        ndcg = measured.minus(other, "nDCG@10")
    orphans, earlier = _orphans(new, both), _orphans(active, both)
    return Comparison(version, len(both), float(changed), orphans, earlier, ndcg)


def _orphans(model: Recommender, both: set[str]) -> int:
    """Count the articles of both models that are in nobody's list."""
    listed = np.unique(model.index.neighbours[:, :_LISTED])
    return len(both - {model.articles.ids[row] for row in listed.tolist() if row >= 0})


def _listed(model: Recommender, both: set[str], article_id: str) -> list[str]:
    """Return an article's list of ten, without articles that only one of the models holds."""
    nearest = model.ranked(article_id, model.config.neighbours)
    return [key for key in nearest if key in both][:10]


def _replaced(found: list[str], before: list[str]) -> float:
    """Return the share of places in a list that another article has taken."""
    now, then = set(found[:_LISTED]), set(before[:_LISTED])
    places = max(len(now), len(then))
    return 1 - len(now & then) / places if places else 0.0


def _among(qrels: Qrels, both: set[str]) -> Qrels:
    """Return the judgments of those articles that both models hold."""
    kept = {
        query: {doc: grade for doc, grade in grades.items() if doc in both}
        for query, grades in qrels.items()
        if query in both
    }
    return {query: grades for query, grades in kept.items() if any(grades.values())}
