"""Copies: wire copies, updates and reprints are found in the graph; a list gives them one slot."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from recommender.cards import Card, Cards
from recommender.nearness import UNDATED
from recommender.ranking import Candidates, Context
from recommender.sketches import Sketch, Sketches

# So much of one text, in the other, makes the two copies; docs/copies.md says how it was chosen.
LEAST = 0.55
_AGENCY = re.compile(
    r"\b(?:(?:AP|AFP|DPA|dpa|EFE|ANSA|TASS|UPI|PTI|AAP|PA Media)\b"
    r"|(?i:associated press|press association|agence france|reuters\b|xinhua|kyodo|interfax"
    r"|anadolu|yonhap|(?:news)?wires?\b|agency\b|agencies\b|news service))"
)


def copies_of(
    sketch: Sketch, sketches: Sketches, rows: NDArray[np.int32]
) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
    """Return which of some rows a text is a copy of, and how much they share, most first.

    Examples
    --------
    >>> from recommender.article import Article
    >>> text = "The ferry stays in the yard until May, since no gearbox can be had before."
    >>> draft, news = [Article(id=name, title="Ferry late", body=text) for name in ("new", "a")]
    >>> copies_of(Sketch.of(draft), Sketches.of([news]), np.array([0]))[0].tolist()
    [0]
    """
    shares = sketches.contained(sketch, rows)
    (found,) = np.nonzero(shares >= LEAST)
    found = found[np.lexsort((rows[found], -shares[found]))]
    return rows[found], shares[found]


def copy_groups(sketches: Sketches, neighbours: NDArray[np.int32]) -> NDArray[np.int32]:
    """Return each row's group of copies (int32), -1 where it has none; neighbours are compared.

    A group is named by its longest text, and every other is a copy of that one: being a copy is
    not transitive, and a brief in two stories must not make copies of these. A text that could be
    in several groups is in that of which it shares most.
    """
    found: dict[int, dict[int, float]] = defaultdict(dict)
    for row, near in enumerate(neighbours):
        others, shares = copies_of(sketches[row], sketches, near[near >= 0])
        for other, share in zip(others.tolist(), shares.tolist(), strict=True):
            found[row][other] = found[other][row] = share
    groups = np.full(len(neighbours), -1, np.int32)
    length = np.diff(sketches.starts)
    for row in sorted(found, key=lambda row: (-length[row], row)):
        longer = [(-share, other) for other, share in found[row].items() if groups[other] == other]
        groups[row] = min(longer)[1] if longer else row
    named, sizes = np.unique(groups[groups >= 0], return_counts=True)
    groups[np.isin(groups, named[sizes == 1])] = -1
    return groups


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


@dataclass(frozen=True)
class Copies:
    """Gives each group of copies one slot, its best one's place, and the article's own group none.

    ``groups`` is from ``copy_groups``, ``own`` the article's, -1 for none. In the slot stands the
    group's pinned article, else one with an own byline, else the earliest, else the lowest row, of
    the candidates there are. With ``show`` all stay, and are only told of each other.
    """

    groups: NDArray[np.int32]
    own: int = -1
    pinned: frozenset[int] = frozenset()
    show: bool = False

    def __call__(self, found: Candidates, context: Context) -> Candidates:
        """Return the candidates without all but one of each group."""
        group_of = self.groups[found.rows]
        if (group_of < 0).all():
            return found
        chosen, dropped = np.arange(len(group_of)), np.zeros(len(group_of), bool)
        copies: dict[int, tuple[int, ...]] = {}
        for group in np.unique(group_of[group_of >= 0]).tolist():
            (places,) = np.nonzero(group_of == group)
            rows = found.rows[places].tolist()
            if self.show:
                copies |= {row: tuple(other for other in rows if other != row) for row in rows}
            elif group == self.own:
                dropped[places] = True
            else:
                best = min(rows, key=lambda row: self._preference(row, context.articles))
                copies[best] = tuple(row for row in rows if row != best)
                chosen[places[0]] = places[rows.index(best)]
                dropped[places[1:]] = True
        moved = replace(found, rows=found.rows[chosen], scores=found.scores[chosen], copies=copies)
        return moved.without(dropped, "duplicate")

    def _preference(self, row: int, articles: Cards) -> tuple[bool, bool, bool, int, int]:
        published = int(articles.published[row])
        pinned = row in self.pinned
        return not pinned, is_agency(articles[row]), published == UNDATED, published, row
