"""Why: whether an article is in another's list, what each step did to it, and what kept it out."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from recommender.articles.times import rfc3339
from recommender.lists.explanation import Explanation, explain
from recommender.lists.listing import reference
from recommender.metadata.metadata import ArticleMetadata
from recommender.model import Model
from recommender.ranking import pipeline
from recommender.ranking.candidates import DIGITS, Candidates, Context


@dataclass(frozen=True, slots=True)
class Step:
    """What a step did to an article's rank; None is no rank.

    The first, ``candidates``, is the search, with all filters and freshness; it returns the
    nearest.
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

    article: ArticleMetadata
    other: ArticleMetadata
    rank: int | None
    score: float
    explanation: Explanation
    steps: tuple[Step, ...]
    left_out_by: LeftOut | None

    @classmethod
    def of(cls, model: Model, other: int, context: Context) -> Why:
        """Follow the row ``other`` through the steps of a list."""
        query, article = context.query, model.articles[other]
        trace = pipeline.trace(model, context)
        last = trace[-1][1]
        rank = _rank(last.top(context.options.limit).rows, other)
        score, freshness = _score(model, other, context), context.filters.freshness_of(other)
        ranks = [("", None), *((name, _rank(each.rows, other)) for name, each in trace)]
        steps = tuple(Step(name, old, new) for (_, old), (name, new) in pairwise(ranks))
        left_out_by = None
        if rank is None:
            code = _code(last, other, score, steps, context)
            if code == "duplicate":
                detail = _copied(model, other, last)
            else:
                detail = _detail(code, article, score, context)
            left_out_by = LeftOut(code, detail)
        vector = model.index.row(other)
        explanation = explain(model.space, query.vector, vector, score, freshness)
        rounded = round(score, DIGITS) or score
        own = model.articles[query.row]
        return cls(own, article, rank, rounded, explanation, steps, left_out_by)

    def to_record(self) -> dict[str, Any]:
        """Return it as JSON types, for the service and the command line."""
        return {
            "article": reference(self.article),
            "other": reference(self.other),
            "listed": self.rank is not None,
            "rank": self.rank,
            "similarity": self.explanation.similarity,
            "score": self.score,
            "explanation": self.explanation.to_record(),
            "steps": [asdict(step) for step in self.steps],
            "left_out_by": asdict(self.left_out_by) if self.left_out_by else None,
        }


def _rank(rows: NDArray[np.int32], row: int) -> int | None:
    (at,) = np.nonzero(rows == row)
    return int(at[0]) + 1 if len(at) else None


def _score(model: Model, other: int, context: Context) -> float:
    """Return the score of a pair, whatever the filters."""
    factors = np.zeros(len(model.articles), np.float32)
    factors[other] = context.filters.freshness(slice(other, other + 1))[0]
    query = context.query
    _, scores = model.index.search(query.vector, query.day, 1, factors=factors)
    return float(scores[0]) if len(scores) else 0.0


def _code(
    candidates: Candidates, other: int, score: float, steps: tuple[Step, ...], context: Context
) -> str:
    """Return the code of the first thing that kept a row out."""
    if other == context.query.row:
        return "same_article"
    row, articles = np.array([other], np.int32), context.articles
    for one in context.filters.each:
        if not one.passes(articles, row)[0]:
            return one.code
    for cause, rows in candidates.left_out.items():
        if other in rows:
            return cause
    if not score:
        return "unrelated"
    if context.options.min_score and round(score, DIGITS) < context.options.min_score:
        return "below_min_score"
    limit = context.options.limit
    pushed_out = [
        step.step
        for step in steps
        if step.before and step.before <= limit and not (step.after and step.after <= limit)
    ]
    return pushed_out[-1] if pushed_out else "limit"


def _detail(code: str, article: ArticleMetadata, score: float, context: Context) -> str:
    """Say in words what kept an article out."""
    options, query = context.options, context.query.article
    if code.startswith("other_"):
        return _facet_detail(code.removeprefix("other_"), article)
    date, own = (rfc3339(each.published_at) if each else None for each in (article, query))
    wrong_way = f"it was published at {date}, the article at {own}"
    details = {
        "same_article": "an article is never in its own list",
        "embargo": f"it is not published before {date}",
        "excluded": "the option 'exclude' names it",
        "undated": "it has no date",
        "too_early": f"it was published at {date}, before published_after",
        "too_late": f"it was published at {date}, not before published_before",
        "not_past": wrong_way if own else "the article has no date",
        "not_future": wrong_way if own else "the article has no date",
        "unrelated": "the two share no term",
        "below_min_score": f"its score, {score:.6g}, is below {options.min_score:g}",
        "banned": "the editorial rules ban it from all lists",
        "never_listed": "the editorial rules list it only where it is pinned",
        "no_list": "the editorial rules allow no list here except pins",
        "apart": "the editorial rules keep it apart from the article, or from one that is listed",
        "pins": "pinned articles took its place",
        "diversity": "articles less similar to those above it took its place",
        "limit": f"its score, {score:.6g}, is not among the best {options.limit}",
    }
    return details.get(code, code)


def _copied(model: Model, other: int, candidates: Candidates) -> str:
    original = next((row for row, copies in candidates.copies.items() if other in copies), None)
    return f"a copy of {'the article' if original is None else model.articles.ids[original]}"


def _facet_detail(facet: str, article: ArticleMetadata) -> str:
    if facet == "tag":
        return f"its tags are {', '.join(article.tags)}" if article.tags else "it has no tags"
    value = getattr(article, facet)
    return f"its {facet} is {value}" if value else f"it has no {facet}"
