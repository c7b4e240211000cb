"""Facets: which articles have a section, tag, author or language, as compact columns."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from recommender.article import Article
from recommender.strings import Strings
from recommender.tags import tag_key


@dataclass(frozen=True)
class Facets:
    """For each value of a facet the rows that have it, ascending.

    ``keys`` are the values as ``facet_key`` makes them, ``starts`` (int64, one more than there are
    keys) says where each one's rows begin in ``rows`` (int32); ``newer`` has
    those that were added.

    Examples
    --------
    >>> facets = Facets.of({"tag ferries": array("i", [0, 2])})
    >>> facets.having("tag", ["Ferries", "Owls"], 3)
    array([ True, False,  True])
    """

    keys: Strings
    starts: NDArray[np.int64]
    rows: NDArray[np.int32]
    newer: dict[str, tuple[int, ...]] = field(default_factory=dict)

    @classmethod
    def of(cls, rows: Mapping[str, array[int]]) -> Facets:
        """Make the columns of each key's rows."""
        starts = np.zeros(len(rows) + 1, np.int64)
        np.cumsum([len(part) for part in rows.values()], out=starts[1:])
        parts = [np.frombuffer(part, np.int32) for part in rows.values()]
        return cls(Strings.of(rows), starts, np.concatenate([np.zeros(0, np.int32), *parts]))

    def having(self, facet: str, values: Iterable[str], n: int) -> NDArray[np.bool_]:
        """Return which of ``n`` rows (a mask) have any of some values; nobody has an unknown one.

        ``facet`` is section, tag, author or language.
        """
        mask = np.zeros(n, bool)
        for value in values:
            key = facet_key(facet, value)
            found = self.keys.find(key)
            if found is not None:
                mask[self.rows[self.starts[found] : self.starts[found + 1]]] = True
            mask[list(self.newer.get(key, ()))] = True
        return mask

    def added(self, articles: Sequence[Article], first: int) -> Facets:
        """Return the facets with those of more articles, whose rows begin at ``first``."""
        newer = dict(self.newer)
        for row, article in enumerate(articles, first):
            for key in facet_keys(article):
                newer[key] = (*newer.get(key, ()), row)
        return replace(self, newer=newer)


@lru_cache(maxsize=1 << 16)
def facet_key(facet: str, value: str) -> str:
    """Return what the spellings of one value of a facet share.

    What makes no difference between two spellings of a tag makes none here, nor does it how a
    language tag is put together.

    Examples
    --------
    >>> facet_key("section", "Home  News"), facet_key("language", "pt_BR")
    ('section homenews', 'language pt-br')
    """
    key = value.strip().lower().replace("_", "-") if facet == "language" else tag_key(value)
    return f"{facet} {key}"


def facet_keys(article: Article) -> Iterator[str]:
    """Yield the keys an article is found by.

    A language is found by each of its beginnings, as RFC 4647 has it: ``pt-BR`` by ``pt`` too.

    Examples
    --------
    >>> list(facet_keys(Article(id="a", title="Hail", tags=["Hail"], language="pt-BR")))
    ['tag hail', 'language pt', 'language pt-br']
    """
    if article.section:
        yield facet_key("section", article.section)
    # Two spellings of one tag are one key.
    yield from dict.fromkeys(facet_key("tag", tag) for tag in article.tags)
    if article.author:
        yield facet_key("author", article.author)
    if article.language:
        yield from _language_keys(article.language)


@lru_cache(maxsize=1 << 10)
def _language_keys(language: str) -> tuple[str, ...]:
    subtags = facet_key("language", language).split("-")
    return tuple("-".join(subtags[:end]) for end in range(1, len(subtags) + 1))
