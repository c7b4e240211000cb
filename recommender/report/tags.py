"""Tags that need attention: too broad, of one article only, or with several spellings."""

from __future__ import annotations

from collections import Counter, defaultdict

import numpy as np
from numpy.typing import NDArray

from recommender.metadata.metadata import Metadata
from recommender.report.records import Named, TagCount, Tags
from recommender.text.tags import tag_key

# A tag of more than this share of the articles, and of more than so many, is too broad.
BROAD = 0.1
_FEW = 10


def tags_of(articles: Metadata, rows: NDArray[np.int64], most: int) -> Tags:
    """Return the tags of some rows that need attention, with up to ``most`` examples of a kind.

    Examples
    --------
    >>> from recommender.articles.article import Article
    >>> news = [Article(id=str(n), title="Hail", tags=["E-Mail"[n:]]) for n in range(2)]
    >>> articles, _ = Metadata.of([*news, Article(id="2", title="Hail", tags=["email"])])
    >>> tags = tags_of(articles, np.arange(3), 5)
    >>> [[spelling.tag for spelling in twins] for twins in tags.twins], tags.single
    ([['E-Mail', 'email']], ('-Mail',))
    """
    spelt: Counter[str] = Counter()
    by_key: Counter[str] = Counter()
    untagged: list[int] = []
    for row in rows.tolist():
        if tags := articles[row].tags:
            spelt.update(set(tags))
            by_key.update({tag_key(tag) for tag in tags})
        else:
            untagged.append(row)
    spellings: defaultdict[str, list[TagCount]] = defaultdict(list)
    for tag, count in sorted(spelt.items(), key=_commonest):
        spellings[tag_key(tag)].append(TagCount(tag, count))
    counted = sorted(
        ((spellings[key][0].tag, count) for key, count in by_key.items()), key=_commonest
    )
    single = [tag for tag, count in counted if count == 1]
    untagged.sort(key=lambda row: -int(articles.published[row]))
    limit = max(_FEW, BROAD * len(rows))
    return Tags(
        distinct=len(by_key),
        untagged=len(untagged),
        bare=tuple(Named.of(articles[row]) for row in untagged[:most]),
        broad=tuple(TagCount(*each) for each in counted if each[1] > limit),
        singletons=len(single),
        single=tuple(single[:most]),
        twins=tuple(tuple(each) for each in spellings.values() if len(each) > 1),
    )


def _commonest(counted: tuple[str, int]) -> tuple[int, str]:
    return -counted[1], counted[0]
