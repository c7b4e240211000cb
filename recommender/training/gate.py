"""Gate: compare a new model's lists with the active model's, and say where they are worse."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

import numpy as np

from recommender.config import Gate
from recommender.evaluation.measures import Measured, Qrels, evaluate
from recommender.recommender import Recommender

# Lists of five count; those of so many articles, evenly spaced by id, are compared.
_LISTED = 5
_SAMPLE = 2000


@dataclass(frozen=True, slots=True)
class Comparison:
    """A new model compared with the active one, ``version``, on the ``articles`` of both.

    ``changed`` is the share of places in lists of five that another article has taken, ``orphans``
    and ``orphans_before`` are the numbers of articles in no list of five of the new and the active
    model, and ``ndcg`` is the difference in nDCG@10, None without judgments.
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
            f"compared with {self.version}: {self.changed:.1%} of the places in lists changed, "
            f"{self.orphans:,} of {self.articles:,} articles are in no list "
            f"(before: {self.orphans_before:,}){gain}"
        )

    def worse(self, gate: Gate) -> Iterator[str]:
        """Yield the name of each limit of a gate that is exceeded.

        A loss of nDCG counts only if it is certain: its 95 % interval is below 0.
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
    """Compare the lists of two models; None if they have no article in common.

    ``version`` is the name of the ``active`` one.

    Examples
    --------
    >>> from recommender.articles.article import Article
    >>> model = Recommender.fit([Article(id=key, title="Ferry refit") for key in "ab"])
    >>> print(compare(model, model, "20261122T120000Z-3f9a"))
    compared with 20261122T120000Z-3f9a: 0.0% of the places in lists changed, 0 of 2 articles are \
in no list (before: 0)
    """
    both = {*new.articles.ids}.intersection(active.articles.ids)
    if not both:
        return None
    new_list, old_list = (partial(_listed, model, both) for model in (new, active))
    ids = sorted(both)
    places = np.linspace(0, len(ids) - 1, min(_SAMPLE, len(ids))).astype(int)
    sample = [ids[place] for place in places]
    changed = np.mean([_replaced(new_list(each), old_list(each)) for each in sample])
    ndcg = None
    if judgments := _common_judgments(qrels or {}, both):
        after, before = (evaluate(lister, judgments, both) for lister in (new_list, old_list))
        ndcg = after.minus(before, "nDCG@10")
    orphans = _orphans(new, both), _orphans(active, both)
    return Comparison(version, len(both), float(changed), *orphans, ndcg)


def _orphans(model: Recommender, both: set[str]) -> int:
    """Count the articles of both models that are in no list of this one."""
    listed = np.unique(model.index.neighbours[:, :_LISTED])
    return len(both - {model.articles.ids[row] for row in listed.tolist() if row >= 0})


def _listed(model: Recommender, both: set[str], article_id: str) -> list[str]:
    """Return the ids of an article's list of ten, of articles that both models hold."""
    nearest = model.ranked(article_id, model.config.neighbours)
    return [key for key in nearest if key in both][:10]


def _replaced(new_list: list[str], old_list: list[str]) -> float:
    """Return the share of places in a list that another article has taken."""
    new, old = set(new_list[:_LISTED]), set(old_list[:_LISTED])
    places = max(len(new), len(old))
    return 1 - len(new & old) / places if places else 0.0


def _common_judgments(qrels: Qrels, both: set[str]) -> Qrels:
    """Return the judgments of articles that both models hold."""
    judgments = {
        query: {doc: grade for doc, grade in grades.items() if doc in both}
        for query, grades in qrels.items()
        if query in both
    }
    return {query: grades for query, grades in judgments.items() if any(grades.values())}
