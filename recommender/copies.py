"""Copies: wire copies, updates and reprints are found in the graph; a list gives them one slot."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar

import numpy as np
from numpy.typing import NDArray

from recommender.article import Article
from recommender.cards import Card
from recommender.nearness import UNDATED
from recommender.sketches import Sketch, Sketches

if TYPE_CHECKING:
    from recommender.queries import Query
    from recommender.ranking import Candidates, Context

# So much of one text, in the other, makes the two copies; docs/copies.md says how it was chosen.
LEAST = 0.55
_AGENCY = re.compile(
    r"\b(?:(?:AP|AFP|DPA|dpa|EFE|ANSA|TASS|UPI|PTI|AAP|PA Media)\b"
    r"|(?i:associated press|press association|agence france|reuters\b|xinhua|kyodo|interfax"
    r"|anadolu|yonhap|(?:news)?wires?\b|agency\b|agencies\b|news service))"
)


@dataclass(frozen=True)
class CopyGroups:
    """Which articles are copies of which: a sketch a row, and its group.

    ``groups`` (int32) is -1 for a row without copies, and else the row of the group's longest text.
    The sketches of articles newer than the model are in ``newer``; such a copy joins the group of
    what it is a copy of.
    """

    sketches: Sketches
    groups: NDArray[np.int32]
    newer: tuple[Sketch, ...] = ()

    @classmethod
    def of(
        cls, sketches: Sketches, neighbours: NDArray[np.int32], jobs: int | None = None
    ) -> CopyGroups:
        """Compare each row with its ``neighbours`` (n x k, -1 for none) and group the copies.

        All of a group are copies of its longest text: being a copy is not transitive, and a brief
        that stands in two stories must not make copies of these. A text that could be in several
        groups is in that of which it shares most.
        """
        found: dict[int, dict[int, float]] = defaultdict(dict)
        pairs, shares = sketches.alike(neighbours, LEAST, jobs)
        for (row, other), share in zip(pairs.tolist(), shares.tolist(), strict=True):
            found[row][other] = found[other][row] = share
        groups = np.full(len(neighbours), -1, np.int32)
        length = np.diff(sketches.starts)
        for row in sorted(found, key=lambda row: (-length[row], row)):
            longer = [(-share, to) for to, share in found[row].items() if groups[to] == to]
            groups[row] = min(longer)[1] if longer else row
        named, sizes = np.unique(groups[groups >= 0], return_counts=True)
        groups[np.isin(groups, named[sizes == 1])] = -1
        return cls(sketches, groups)

    def copies_of(self, sketch: Sketch, rows: NDArray[np.int32]) -> NDArray[np.int32]:
        """Return which of some rows a text that is not there is a copy of, the nearest first.

        Examples
        --------
        >>> from recommender.article import Article
        >>> text = "The ferry stays in the yard until May, since no gearbox can be had before."
        >>> draft, news = [Article(id=name, title="Late", body=text) for name in ("new", "a")]
        >>> archive = CopyGroups.of(Sketches.of([news]), np.full((1, 1), -1))
        >>> archive.copies_of(Sketch.of(draft), np.array([0])).tolist()
        [0]
        """
        first = len(self.groups) - len(self.newer)
        old, later = rows[rows < first], rows[rows >= first]
        found = [_copies(sketch, self.sketches, old)]
        if len(later):
            sketches = Sketches.joined([self.newer[row - first] for row in later.tolist()])
            places, shares = _copies(sketch, sketches, np.arange(len(later), dtype=np.int32))
            found.append((later[places], shares))
        rows, shares = (np.concatenate(parts) for parts in zip(*found, strict=True))
        order = np.lexsort((rows, -shares))
        return rows[order]

    def added(
        self, articles: Sequence[Article], nearest: Sequence[NDArray[np.int32]]
    ) -> CopyGroups:
        """Return the groups with more articles, each looked for among the rows nearest to it."""
        sketches = [Sketch.of(article) for article in articles]
        more = np.full(len(sketches), -1, np.int32)
        new = replace(self, groups=np.append(self.groups, more), newer=(*self.newer, *sketches))
        for row, (sketch, near) in enumerate(zip(sketches, nearest, strict=True), len(self.groups)):
            copies = new.copies_of(sketch, near).tolist()
            heads = [new.groups[other] if new.groups[other] >= 0 else other for other in copies]
            # A copy of the group's longest text, not of any of it: see ``of``.
            group = next((head for head in heads if head in copies), row)
            if group != row:
                new.groups[[row, group]] = group
        return new


def _copies(
    sketch: Sketch, sketches: Sketches, rows: NDArray[np.int32]
) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
    """Return those of some rows that a text is a copy of, and how much they share, most first."""
    shares = sketches.contained(sketch, rows)
    (found,) = np.nonzero(shares >= LEAST)
    found = found[np.lexsort((rows[found], -shares[found]))]
    return rows[found], shares[found]


def is_agency(card: Card) -> bool:
    """Tell whether an article's author or section names a news agency.

    Examples
    --------
    >>> shown = {"url": None, "published_at": None, "tags": (), "language": None}
    >>> is_agency(Card("a", "Hail", section="News", author="Reuters Staff", **shown))
    True
    >>> is_agency(Card("b", "Hail", section="News", author="Ada Reuter", **shown))
    False
    """
    return any(_AGENCY.search(name) for name in (card.author, card.section) if name)


def apart(
    groups: NDArray[np.int32], rows: NDArray[np.int32], taken: list[int]
) -> NDArray[np.int32]:
    """Return the rows, in their order, that are no copy of a row taken or of one before them.

    Examples
    --------
    >>> apart(np.array([-1, 1, 1, -1, 4, 4]), np.array([3, 5, 4, 0, 2]), [1])
    array([3, 5, 0])
    """
    group_of = groups[rows]
    first = np.zeros(len(rows), bool)
    first[np.unique(group_of, return_index=True)[1]] = True
    return rows[(group_of < 0) | (first & ~np.isin(group_of, groups[taken]))]


@dataclass(frozen=True)
class Copies:
    """Gives each group of copies one slot, its best one's place, and the article's own group none.

    In the slot stands a pinned one, else one with an own byline, else the earliest, else the lowest
    row, of the candidates there are; pins always stay. Without ``hide`` all stay, and are only told
    of each other.
    """

    name: ClassVar[str] = "near_duplicates"
    archive: CopyGroups
    hide: bool = True

    def __call__(self, found: Candidates, context: Context) -> Candidates:
        """Return the candidates without all but one of each group."""
        if self.hide:
            own = self._own(found.rows, context.query) & ~np.isin(found.rows, context.pins)
            found = found.without(own, "duplicate")
        group_of = self.archive.groups[found.rows]
        if (group_of < 0).all():
            return found
        order, dropped = np.arange(len(group_of)), np.zeros(len(group_of), bool)
        copies: dict[int, tuple[int, ...]] = {}
        for group in np.unique(group_of[group_of >= 0]):
            (places,) = np.nonzero(group_of == group)
            rows = found.rows[places].tolist()
            best = min(rows, key=lambda row: _preference(row, context))
            for row in [best] if self.hide else rows:
                copies[row] = tuple(other for other in rows if other != row)
            if self.hide:
                at = places[rows.index(best)]
                order[[places[0], at]] = order[[at, places[0]]]
                dropped[places[1:]] = True
        moved = replace(found, rows=found.rows[order], scores=found.scores[order], copies=copies)
        return moved.without(dropped & ~np.isin(moved.rows, context.pins), "duplicate")

    def _own(self, rows: NDArray[np.int32], query: Query) -> NDArray[np.bool_]:
        """Return which rows are copies of what is asked about (a mask)."""
        groups = self.archive.groups
        own = groups[list(query.rows)]
        mask = np.isin(groups[rows], own[own >= 0])
        for sketch in query.sketches:
            mask |= np.isin(rows, self.archive.copies_of(sketch, rows))
        return mask


def _preference(row: int, context: Context) -> tuple[int, bool, bool, int, int]:
    pins, published = context.pins, int(context.articles.published[row])
    place = pins.index(row) if row in pins else len(pins)
    return place, is_agency(context.articles[row]), published == UNDATED, published, row
