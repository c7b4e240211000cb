"""Overlay: what the archive has changed since a model was trained, laid over the model's rows.

An article that is new, or was changed, gets a row after the model's own, with the model's terms and
how rare they were, and the row it had is masked: it is published never. So a write costs one
article's reading, not a training.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from itertools import islice
from operator import itemgetter
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from recommender.article import Article
from recommender.nearness import NEVER, days, microseconds

if TYPE_CHECKING:
    from recommender.recommender import Recommender

# Revision, id, and the article as it is now, None if deleted: as Catalog.changes gives them.
Change = tuple[int, str, Article | None]
# So many are taken in at once; of no more than a few is every one looked for copies.
_AT_ONCE, FEW = 1000, 64
# Past so large a share of newer rows, or of terms that are new in them, it is time to train.
MANY, NEW_TERMS = 0.1, 0.1
# A list is affected by what is, or was, or would be among so many of its nearest.
PLACES = 10
# No more articles are named as affected by a change.
NAMED = 1000


@dataclass(frozen=True)
class Overlay:
    """How far the archive's changes are known, and what they made of the rows.

    ``revision`` is the archive's after the last of them, 0 before any; ``masked`` (int32,
    ascending) are the rows of articles that were deleted or changed since. Of the rows that were
    added ``entries`` counts the terms, and ``unseen`` those that the model does not know.
    ``latest`` has the rows, before and after, that the last few changes were about, by revision;
    it is None if they were many. Of all ``rows`` so many are ``newer`` than the model.
    """

    revision: int = 0
    masked: NDArray[np.int32] = field(default_factory=lambda: np.zeros(0, np.int32))
    entries: int = 0
    unseen: int = 0
    latest: dict[int, tuple[int, ...]] | None = field(default_factory=dict)
    rows: int = 0
    newer: int = 0

    @property
    def advice(self) -> str | None:
        """Why to train again, None while there is no need."""
        if self.newer > max(FEW, MANY * self.rows):
            return f"{self.newer:,} of {self.rows:,} rows are newer than the model: train again"
        unseen = self.unseen / max(1, self.entries)
        if self.newer > FEW and unseen > NEW_TERMS:
            return f"{unseen:.0%} of the terms of newer articles are new to the model: train again"
        return None


class Affected(NamedTuple):
    """The ids of the articles whose list a change altered, the most related first.

    ``first`` are those with the change among their ten nearest, ``all`` those with it among all
    that are stored; ``complete`` says that there are no others than these.
    """

    first: tuple[str, ...] = ()
    all: tuple[str, ...] = ()
    complete: bool = True


def after(model: Recommender, changes: Iterable[Change]) -> Recommender:
    """Return a model as it is after changes since ``known``; the one given stays as it was.

    Examples
    --------
    >>> from recommender import Recommender
    >>> model = Recommender.fit([Article(id=key, title="Hail") for key in "ab"])
    >>> newer = after(model, [(3, "a", None), (4, "c", Article(id="c", title="More hail"))])
    >>> [item.article.id for item in newer.recommend("b")], newer.overlay.masked.tolist()
    (['c'], [0])
    """
    for number, chunk in enumerate(_chunks(changes)):
        model = _after(model, chunk, few=not number and len(chunk) <= FEW)
    return model


def _chunks(changes: Iterable[Change]) -> Iterator[list[Change]]:
    changes = iter(changes)
    while chunk := list(islice(changes, _AT_ONCE)):
        # Of several changes of one article the last one counts.
        last = {change[1]: change for change in chunk}
        yield sorted(last.values(), key=itemgetter(0))


def _after(model: Recommender, changes: list[Change], few: bool) -> Recommender:
    new = [article for _, _, article in changes if article]
    first = len(model.articles)
    rows = [model.articles.ids.find(article_id) for _, article_id, _ in changes]
    published = np.append(
        model.articles.published, np.array([microseconds(each.published_at) for each in new], "i8")
    )
    published[[row for row in rows if row is not None]] = NEVER
    space, vectors = model.space.grown(new)
    index = model.index.added(vectors, days(published[first:]))
    near = [
        index.nearest(row, model.config.neighbours)[0] if few else np.zeros(0, np.int32)
        for row in range(first, len(published))
    ]
    overlay = Overlay(
        changes[-1][0],
        np.flatnonzero(published == NEVER).astype(np.int32),
        model.overlay.entries + len(vectors.indices),
        model.overlay.unseen + int(np.count_nonzero(vectors.indices >= len(space))),
        _latest(changes, rows, first) if few else None,
        len(published),
        len(index.newer),
    )
    return replace(
        model,
        articles=model.articles.added(new, published),
        space=space,
        index=index,
        copies=model.copies.added(new, near),
        overlay=overlay,
    )


def _latest(
    changes: list[Change], rows: list[int | None], first: int
) -> dict[int, tuple[int, ...]]:
    latest = {}
    for (revision, _, article), row in zip(changes, rows, strict=True):
        latest[revision] = (() if row is None else (row,)) + ((first,) if article else ())
        first += article is not None
    return latest


def affected(model: Recommender, rows: Iterable[int], now: int | None = None) -> Affected:
    """Return whose lists have, had or would have one of some rows, were it not for rules.

    What is published after ``now`` (microseconds since 1970) affects none yet.
    """
    published, ids, rows = model.articles.published, model.articles.ids, list(rows)
    placed: dict[int, tuple[float, int]] = {}
    for row in rows:
        if now is not None and now < published[row] < NEVER:
            continue
        found, scores = model.index.touched(row)
        told = (published[found] != NEVER) & ~np.isin(found, rows)
        for other, score in zip(found[told].tolist(), scores[told].tolist(), strict=True):
            known, place = placed.get(other, (0.0, PLACES))
            at = model.index.place(other, score) if place else 0
            placed[other] = max(known, score), min(place, at)
    order = sorted(placed, key=lambda row: (-placed[row][0], row))
    first = [row for row in order if placed[row][1] < PLACES]
    named = tuple(ids[row] for row in first[:NAMED])
    return Affected(named, tuple(ids[row] for row in order), len(first) <= NAMED)
