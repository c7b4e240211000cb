"""Tag hygiene: tags that tell nothing, that lead nowhere, and that are spelt in several ways."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from recommender.metadata.metadata import ArticleMetadata, Metadata
from recommender.text.tags import tag_key

# A tag of more than this share of the articles, and of more than so many, tells little of one.
BROAD = 0.1
_FEW = 10


@dataclass(frozen=True, slots=True)
class TagCount:
    """A tag as it is spelt, and how many articles have it."""

    tag: str
    articles: int


@dataclass(frozen=True, slots=True)
class TagHygiene:
    """What is wrong with an archive's tags; spellings of one tag are one, but for ``twins``.

    ``distinct`` is how many tags there are, ``untagged`` how many articles have none, the newest in
    ``bare``. ``broad`` are the tags of more than a tenth of the articles, ``singletons`` those of
    one article only (their number, and some in ``single``); of ``twins`` each is the spellings of
    one tag, the commonest first.
    """

    distinct: int
    untagged: int
    bare: tuple[ArticleMetadata, ...]
    broad: tuple[TagCount, ...]
    singletons: int
    single: tuple[str, ...]
    twins: tuple[tuple[TagCount, ...], ...]


def tag_hygiene(articles: Metadata, rows: NDArray[np.int64], most: int) -> TagHygiene:
    """Look through the tags of some rows; ``most`` is how many of each kind are named.

    Examples
    --------
    >>> from recommender.article import Article
    >>> news = [Article(id=str(n), title="Hail", tags=["E-Mail"[n:]]) for n in range(2)]
    >>> cards, _ = Metadata.of([*news, Article(id="2", title="Hail", tags=["email"])])
    >>> found = tag_hygiene(cards, np.arange(3), 5)
    >>> [[spelt.tag for spelt in twins] for twins in found.twins], found.single
    ([['E-Mail', 'email']], ('-Mail',))
    """
    spelt: Counter[str] = Counter()
    having: Counter[str] = Counter()
    untagged: list[int] = []
    for row in rows.tolist():
        if tags := articles[row].tags:
            spelt.update(set(tags))
            having.update({tag_key(tag) for tag in tags})
        else:
            untagged.append(row)
    spellings: defaultdict[str, list[TagCount]] = defaultdict(list)
    for tag, count in sorted(spelt.items(), key=_commonest):
        spellings[tag_key(tag)].append(TagCount(tag, count))
    counted = sorted(
        ((spellings[key][0].tag, count) for key, count in having.items()), key=_commonest
    )
    broad = [TagCount(*each) for each in counted if each[1] > max(_FEW, BROAD * len(rows))]
    single = [tag for tag, count in counted if count == 1]
    twins = tuple(tuple(each) for each in spellings.values() if len(each) > 1)
    untagged.sort(key=lambda row: -int(articles.published[row]))
    bare = tuple(articles[row] for row in untagged[:most])
    return TagHygiene(
        len(having), len(untagged), bare, tuple(broad), len(single), tuple(single[:most]), twins
    )


def _commonest(counted: tuple[str, int]) -> tuple[int, str]:
    return -counted[1], counted[0]
