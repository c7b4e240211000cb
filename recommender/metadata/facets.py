"""Facets: for each section, tag, author and language, the rows that have it."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from recommender.articles.article import Article
from recommender.articles.strings import Strings
from recommender.text.tags import tag_key


@dataclass(frozen=True)
class Facets:
    """The rows of every value of every facet, ascending.

    ``keys`` are the values in the form of ``facet_key``. The rows of key ``i`` are
    ``rows[starts[i]:starts[i + 1]]``; ``rows`` is int32, ``starts`` int64 and one longer than
    ``keys``. ``live`` holds the rows of articles that were added since training, by key.

    Examples
    --------
    >>> facets = Facets.of({"tag ferries": array("i", [0, 2])})
    >>> facets.mask("tag", ["Ferries", "Owls"], 3)
    array([ True, False,  True])
    """

    keys: Strings
    starts: NDArray[np.int64]
    rows: NDArray[np.int32]
    live: dict[str, tuple[int, ...]] = field(default_factory=dict)

    @classmethod
    def of(cls, rows: Mapping[str, array[int]]) -> Facets:
        """Build the facets from the rows of each key."""
        starts = np.zeros(len(rows) + 1, np.int64)
        np.cumsum([len(part) for part in rows.values()], out=starts[1:])
        parts = [np.frombuffer(part, np.int32) for part in rows.values()]
        return cls(Strings.of(rows), starts, np.concatenate([np.zeros(0, np.int32), *parts]))

    def mask(self, facet: str, values: Iterable[str], n: int) -> NDArray[np.bool_]:
        """Return a mask of the rows (bool, length ``n``) that have any of the values.

        ``facet`` is section, tag, author or language. An unknown value matches no row.
        """
        mask = np.zeros(n, bool)
        for value in values:
            key = facet_key(facet, value)
            number = self.keys.find(key)
            if number is not None:
                mask[self.rows[self.starts[number] : self.starts[number + 1]]] = True
            mask[list(self.live.get(key, ()))] = True
        return mask

    def extended(self, articles: Sequence[Article], first: int) -> Facets:
        """Return the facets with more articles, whose rows begin at ``first``."""
        live = dict(self.live)
        for row, article in enumerate(articles, first):
            for key in facet_keys(article):
                live[key] = (*live.get(key, ()), row)
        return replace(self, live=live)


@lru_cache(maxsize=1 << 16)
def facet_key(facet: str, value: str) -> str:
    """Return the key of a facet's value: the same for all its spellings.

    Values are compared as tags are (``tag_key``), languages in lower case and with hyphens.

    Examples
    --------
    >>> facet_key("section", "Home  News"), facet_key("language", "pt_BR")
    ('section homenews', 'language pt-br')
    """
    key = value.strip().lower().replace("_", "-") if facet == "language" else tag_key(value)
    return f"{facet} {key}"


def facet_keys(article: Article) -> Iterator[str]:
    """Yield the keys of an article's facets.

    A language has a key for each of its prefixes (RFC 4647, basic filtering), so that a filter
    for ``pt`` finds ``pt-BR`` too.

    Examples
    --------
    >>> list(facet_keys(Article(id="a", title="Hail", tags=["Hail"], language="pt-BR")))
    ['tag hail', 'language pt', 'language pt-br']
    """
    if article.section:
        yield facet_key("section", article.section)
    # Two spellings of one tag have one key.
    yield from dict.fromkeys(facet_key("tag", tag) for tag in article.tags)
    if article.author:
        yield facet_key("author", article.author)
    if article.language:
        yield from _language_keys(article.language)


@lru_cache(maxsize=1 << 10)
def _language_keys(language: str) -> tuple[str, ...]:
    subtags = facet_key("language", language).split("-")
    return tuple("-".join(subtags[:end]) for end in range(1, len(subtags) + 1))
