"""Groups of copies: near-duplicates such as wire copies, updates and reprints."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from recommender.articles.article import Article
from recommender.copies.sketches import Sketch, Sketches
from recommender.metadata.metadata import ArticleMetadata

# Two texts are near-duplicates from this containment on; docs/copies.md says how it was chosen.
MIN_CONTAINMENT = 0.55
_AGENCY = re.compile(
    r"\b(?:(?:AP|AFP|DPA|dpa|EFE|ANSA|TASS|UPI|PTI|AAP|PA Media)\b"
    r"|(?i:associated press|press association|agence france|reuters\b|xinhua|kyodo|interfax"
    r"|anadolu|yonhap|(?:news)?wires?\b|agency\b|agencies\b|news service))"
)


@dataclass(frozen=True)
class CopyGroups:
    """Which articles are copies of one another: a sketch a row, and its group.

    ``groups`` (int32) is -1 for a row without copies, and else the row of the group's longest text.
    ``live`` has the sketches of live rows; such a copy joins the group of its original.
    """

    sketches: Sketches
    groups: NDArray[np.int32]
    live: tuple[Sketch, ...] = ()

    @classmethod
    def of(
        cls, sketches: Sketches, neighbours: NDArray[np.int32], jobs: int | None = None
    ) -> CopyGroups:
        """Compare each row with its ``neighbours`` (n x k, -1 for none) and group the copies.

        All rows of a group are copies of its longest text: being a copy is not transitive, and a
        brief that is part of two stories must not make these copies. A text that could be in
        several groups joins the one whose text it shares most of.
        """
        shares: dict[int, dict[int, float]] = defaultdict(dict)
        pairs, containments = sketches.similar_pairs(neighbours, MIN_CONTAINMENT, jobs)
        for (row, other), share in zip(pairs.tolist(), containments.tolist(), strict=True):
            shares[row][other] = shares[other][row] = share
        groups = np.full(len(neighbours), -1, np.int32)
        length = np.diff(sketches.starts)
        for row in sorted(shares, key=lambda row: (-length[row], row)):
            longer = [(-share, to) for to, share in shares[row].items() if groups[to] == to]
            groups[row] = min(longer)[1] if longer else row
        heads, sizes = np.unique(groups[groups >= 0], return_counts=True)
        groups[np.isin(groups, heads[sizes == 1])] = -1
        return cls(sketches, groups)

    def copies_of(self, sketch: Sketch, rows: NDArray[np.int32]) -> NDArray[np.int32]:
        """Return which of some rows a text outside the archive is a copy of, the nearest first.

        Examples
        --------
        >>> text = "The ferry stays in the yard until May, since no gearbox can be had before."
        >>> draft, news = [Article(id=name, title="Late", body=text) for name in ("new", "a")]
        >>> archive = CopyGroups.of(Sketches.of([news]), np.full((1, 1), -1))
        >>> archive.copies_of(Sketch.of(draft), np.array([0])).tolist()
        [0]
        """
        first = len(self.groups) - len(self.live)
        base, live = rows[rows < first], rows[rows >= first]
        results = [_copies(sketch, self.sketches, base)]
        if len(live):
            sketches = Sketches.concatenated([self.live[row - first] for row in live.tolist()])
            places, shares = _copies(sketch, sketches, np.arange(len(live), dtype=np.int32))
            results.append((live[places], shares))
        rows, shares = (np.concatenate(parts) for parts in zip(*results, strict=True))
        order = np.lexsort((rows, -shares))
        return rows[order]

    def extended(
        self, articles: Sequence[Article], nearest: Sequence[NDArray[np.int32]]
    ) -> CopyGroups:
        """Return the groups with more articles, each compared with the rows ``nearest`` to it."""
        sketches = [Sketch.of(article) for article in articles]
        more = np.full(len(sketches), -1, np.int32)
        new = replace(self, groups=np.append(self.groups, more), live=(*self.live, *sketches))
        for row, (sketch, near) in enumerate(zip(sketches, nearest, strict=True), len(self.groups)):
            copies = new.copies_of(sketch, near).tolist()
            heads = [new.groups[other] if new.groups[other] >= 0 else other for other in copies]
            # It must be a copy of the group's longest text, not of any text of it: see ``of``.
            group = next((head for head in heads if head in copies), row)
            if group != row:
                new.groups[[row, group]] = group
        return new


def _copies(
    sketch: Sketch, sketches: Sketches, rows: NDArray[np.int32]
) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
    """Return the rows that a text is a copy of and their containment, the highest first."""
    shares = sketches.containment(sketch, rows)
    (copies,) = np.nonzero(shares >= MIN_CONTAINMENT)
    copies = copies[np.lexsort((rows[copies], -shares[copies]))]
    return rows[copies], shares[copies]


def is_agency(article: ArticleMetadata) -> bool:
    """Tell whether an article's author or section names a news agency.

    Examples
    --------
    >>> rest = {"url": None, "published_at": None, "tags": (), "language": None}
    >>> is_agency(ArticleMetadata("a", "Hail", section="News", author="Reuters Staff", **rest))
    True
    >>> is_agency(ArticleMetadata("b", "Hail", section="News", author="Ada Reuter", **rest))
    False
    """
    return any(_AGENCY.search(name) for name in (article.author, article.section) if name)


def without_copies(
    groups: NDArray[np.int32], rows: NDArray[np.int32], taken: list[int]
) -> NDArray[np.int32]:
    """Return the rows, in their order, that copy neither a ``taken`` row nor an earlier one.

    Examples
    --------
    >>> without_copies(np.array([-1, 1, 1, -1, 4, 4]), np.array([3, 5, 4, 0, 2]), [1])
    array([3, 5, 0])
    """
    group_of = groups[rows]
    first = np.zeros(len(rows), bool)
    first[np.unique(group_of, return_index=True)[1]] = True
    return rows[(group_of < 0) | (first & ~np.isin(group_of, groups[taken]))]
