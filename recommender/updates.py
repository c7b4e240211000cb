"""Updates: changes of the archive applied to a trained model, and the lists they affect.

A new or changed article gets a live row after the model's own, with the model's terms and idf, and
its old row is masked: it is published NEVER. So a write costs one article's reading, not training.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import islice
from operator import itemgetter
from typing import NamedTuple, TypeVar

import numpy as np

from recommender.articles.article import Article
from recommender.articles.times import NEVER, days, microseconds
from recommender.model import FEW_ROWS, LiveChanges, Model

# Revision, id, and the article as it is now, None if deleted: as Catalog.changes yields them.
Change = tuple[int, str, Article | None]
# Changes are applied in chunks of so many; up to FEW_ROWS of them are also compared for copies.
_AT_ONCE = 1000
# ``Affected.first`` are the articles with a change among so many of their nearest.
AFFECTED_PLACES = 10
# At most so many articles are named as affected by a change.
MOST_AFFECTED = 1000
_Model = TypeVar("_Model", bound=Model)


class Affected(NamedTuple):
    """The ids of the articles whose list a change altered, the most related first.

    ``first`` are those with the change among their ten nearest, ``complete`` tells whether these
    are all; ``all`` are those with it anywhere in their stored list, None if not all are known.
    """

    first: tuple[str, ...] = ()
    all: tuple[str, ...] | None = ()
    complete: bool = True


def apply_changes(model: _Model, changes: Iterable[Change]) -> _Model:
    """Return a model with changes since its ``applied_revision``; the given model stays as it is.

    Examples
    --------
    >>> from recommender.recommender import Recommender
    >>> model = Recommender.fit([Article(id=key, title="Hail") for key in "ab"])
    >>> changes = [(3, "a", None), (4, "c", Article(id="c", title="More hail"))]
    >>> newer = apply_changes(model, changes)
    >>> [item.article.id for item in newer.recommend("b")], newer.live.masked.tolist()
    (['c'], [0])
    """
    for number, chunk in enumerate(_chunks(changes)):
        model = _apply(model, chunk, few=not number and len(chunk) <= FEW_ROWS)
    return model


def _chunks(changes: Iterable[Change]) -> Iterator[list[Change]]:
    changes = iter(changes)
    while chunk := list(islice(changes, _AT_ONCE)):
        # Of several changes of one article the last counts.
        last = {change[1]: change for change in chunk}
        yield sorted(last.values(), key=itemgetter(0))


def _apply(model: _Model, changes: list[Change], few: bool) -> _Model:
    new = [article for _, _, article in changes if article]
    first = len(model.articles)
    rows = [model.articles.ids.find(article_id) for _, article_id, _ in changes]
    published = np.append(
        model.articles.published, np.array([microseconds(each.published_at) for each in new], "i8")
    )
    published[[row for row in rows if row is not None]] = NEVER
    space, vectors = model.space.extended(new)
    index = model.index.extended(vectors, days(published[first:]))
    nearest = [
        index.nearest(row, model.config.neighbours)[0] if few else np.zeros(0, np.int32)
        for row in range(first, len(published))
    ]
    live = LiveChanges(
        changes[-1][0],
        np.flatnonzero(published == NEVER).astype(np.int32),
        model.live.entries + len(vectors.indices),
        model.live.unseen + int(np.count_nonzero(vectors.indices >= len(space))),
        _rows_by_revision(changes, rows, first) if few else None,
    )
    return replace(
        model,
        articles=model.articles.extended(new, published),
        space=space,
        index=index,
        copies=model.copies.extended(new, nearest),
        live=live,
    )


def _rows_by_revision(
    changes: list[Change], rows: list[int | None], first: int
) -> dict[int, tuple[int, ...]]:
    """Return the old row and the new row of each change, as far as there are any."""
    by_revision = {}
    for (revision, _, article), row in zip(changes, rows, strict=True):
        by_revision[revision] = (() if row is None else (row,)) + ((first,) if article else ())
        first += article is not None
    return by_revision


def recent_changes(
    model: Model, now: int | None = None
) -> dict[int, tuple[set[str], Affected]] | None:
    """Return by revision the ids that the last few changes were about, and whose lists they affect.

    None if the last changes were too many to look at each.
    """
    if model.live.latest is None:
        return None
    ids = model.articles.ids
    return {
        revision: ({ids[row] for row in rows}, affected(model, rows, now))
        for revision, rows in model.live.latest.items()
    }


def affected(model: Model, rows: Iterable[int], now: int | None = None) -> Affected:
    """Return whose lists have, had or would have one of some rows, without editorial rules.

    A row published after ``now`` (microseconds since 1970) affects no list yet.
    """
    published, ids, rows = model.articles.published, model.articles.ids, list(rows)
    # For each row the best score and the best rank that one of the changed rows has there.
    places: dict[int, tuple[float, int]] = {}
    all_known, exists = True, published != NEVER
    for row in rows:
        if now is not None and now < published[row] < NEVER:
            continue
        (lists, scores), known = model.index.lists_with(row)
        all_known &= known
        counted = exists[lists] & ~np.isin(lists, rows)
        for other, score in zip(lists[counted].tolist(), scores[counted].tolist(), strict=True):
            best, place = places.get(other, (0.0, AFFECTED_PLACES))
            rank = model.index.rank_in(other, score, exists) if place else 0
            places[other] = max(best, score), min(place, rank)
    order = sorted(places, key=lambda row: (-places[row][0], row))
    first = [row for row in order if places[row][1] < AFFECTED_PLACES]
    named = tuple(ids[row] for row in first[:MOST_AFFECTED])
    every = tuple(ids[row] for row in order) if all_known else None
    return Affected(named, every, all_known and len(first) <= MOST_AFFECTED)
