"""Why: whether an article is in another's list, what each step did to it, and what kept it out."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from recommender.cards import Card
from recommender.explain import DIGITS, Explanation, explain
from recommender.listing import explanation_record, reference, rfc3339
from recommender.ranking import Candidates, Context

if TYPE_CHECKING:
    from recommender.recommender import Recommender


@dataclass(frozen=True, slots=True)
class Step:
    """What a step did to an article's rank; None is none.

    The first, ``candidates``, is the search, with all filters and freshness; it gives the nearest.
    """

    step: str
    before: int | None
    after: int | None


@dataclass(frozen=True, slots=True)
class LeftOut:
    """The first thing that kept an article out of a list."""

    code: str
    detail: str


@dataclass(frozen=True, slots=True)
class Why:
    """Why an article is in another's list, or why not."""

    article: Card
    other: Card
    rank: int | None
    score: float
    explanation: Explanation
    steps: tuple[Step, ...]
    left_out_by: LeftOut | None

    @classmethod
    def of(cls, model: Recommender, other: int, context: Context) -> Why:
        """Follow the row ``other`` through the steps of a list."""
        query, card = context.query, model.articles[other]
        trail = model.steps(context)
        found = trail[-1][1]
        rank = _place(found.top(context.options.limit).rows, other)
        score, fresh = _score(model, other, context), context.filters.freshness_of(other)
        places = [("", None), *((name, _place(each.rows, other)) for name, each in trail)]
        steps = tuple(Step(name, old, new) for (_, old), (name, new) in pairwise(places))
        out = None
        if rank is None:
            code = _code(found, other, score, steps, context)
            copied = _copied(model, other, found)
            out = LeftOut(
                code, copied if code == "duplicate" else _detail(code, card, score, context)
            )
        vector = model.index.row(other)
        why = explain(model.space, query.vector, vector, score, fresh)
        told = round(score, DIGITS) or score
        return cls(model.articles[query.row], card, rank, told, why, steps, out)

    def to_record(self) -> dict[str, Any]:
        """Return it as JSON types, as the service and the command line give it."""
        return {
            "article": reference(self.article),
            "other": reference(self.other),
            "listed": self.rank is not None,
            "rank": self.rank,
            "similarity": self.explanation.similarity,
            "score": self.score,
            "explanation": explanation_record(self.explanation),
            "steps": [asdict(step) for step in self.steps],
            "left_out_by": asdict(self.left_out_by) if self.left_out_by else None,
        }


def _place(rows: NDArray[np.int32], row: int) -> int | None:
    (at,) = np.nonzero(rows == row)
    return int(at[0]) + 1 if len(at) else None


def _score(model: Recommender, other: int, context: Context) -> float:
    """Return the score of a pair, whatever the filters say."""
    factors = np.zeros(len(model.articles), np.float32)
    factors[other] = context.filters.fresh(slice(other, other + 1))[0]
    query = context.query
    _, scores = model.index.search(query.vector, query.day, 1, factors=factors)
    return float(scores[0]) if len(scores) else 0.0


def _code(
    found: Candidates, other: int, score: float, steps: tuple[Step, ...], context: Context
) -> str:
    """Return the code of what first kept a row out."""
    if other == context.query.row:
        return "same_article"
    row, articles = np.array([other], np.int32), context.articles
    for one in context.filters.each:
        if not one.passes(articles, row)[0]:
            return one.code
    for cause, rows in found.left_out.items():
        if other in rows:
            return cause
    if not score:
        return "unrelated"
    if context.options.min_score and round(score, DIGITS) < context.options.min_score:
        return "below_min_score"
    limit = context.options.limit
    pushed = [
        step.step
        for step in steps
        if step.before and step.before <= limit and not (step.after and step.after <= limit)
    ]
    return pushed[-1] if pushed else "limit"


def _detail(code: str, card: Card, score: float, context: Context) -> str:
    """Say in words what kept an article out."""
    options, query = context.options, context.query.card
    if code.startswith("other_"):
        return _facet(code.removeprefix("other_"), card)
    date, asked = (rfc3339(each.published_at) if each else None for each in (card, query))
    turned = f"it was published at {date}, the article at {asked}"
    details = {
        "same_article": "an article is never in its own list",
        "embargo": f"it is not published before {date}",
        "excluded": "it was to be excluded",
        "undated": "it has no date",
        "too_early": f"it was published at {date}, before published_after",
        "too_late": f"it was published at {date}, not before published_before",
        "not_past": turned if asked else "the article has no date",
        "not_future": turned if asked else "the article has no date",
        "unrelated": "the two share no term",
        "below_min_score": f"its score, {score:.6g}, is below {options.min_score:g}",
        "banned": "the editorial rules ban it from all lists",
        "never_listed": "the editorial rules list it only where it is pinned",
        "no_list": "the editorial rules want no list here but pins",
        "apart": "the editorial rules keep it apart from the article, or from one that is listed",
        "pins": "pinned articles took its place",
        "diversity": "articles less like those above it took its place",
        "limit": f"its score, {score:.6g}, is not among the best {options.limit}",
    }
    return details.get(code, code)


def _copied(model: Recommender, other: int, found: Candidates) -> str:
    stands = next((row for row, copies in found.copies.items() if other in copies), None)
    return f"a copy of {'the article' if stands is None else model.articles.ids[stands]}"


def _facet(facet: str, card: Card) -> str:
    if facet == "tag":
        return f"its tags are {', '.join(card.tags)}" if card.tags else "it has no tags"
    value = getattr(card, facet)
    return f"its {facet} is {value}" if value else f"it has no {facet}"
