"""Facets: which articles have a section, tag, author or language, as compact columns."""

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
    """For each value of a facet the rows that have it, ascending.

    ``keys`` are the values in the form of ``facet_key``. The rows of key ``i`` are
    ``starts[i]:starts[i + 1]`` (int64) of ``rows`` (int32); ``live`` has the live rows by key.

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
        """Build the columns from each key's rows."""
        starts = np.zeros(len(rows) + 1, np.int64)
        np.cumsum([len(part) for part in rows.values()], out=starts[1:])
        parts = [np.frombuffer(part, np.int32) for part in rows.values()]
        return cls(Strings.of(rows), starts, np.concatenate([np.zeros(0, np.int32), *parts]))

    def mask(self, facet: str, values: Iterable[str], n: int) -> NDArray[np.bool_]:
        """Return which of ``n`` rows (a mask) have any of some values; unknown values match none.

        ``facet`` is section, tag, author or language.
        """
        mask = np.zeros(n, bool)
        for value in values:
            key = facet_key(facet, value)
            found = self.keys.find(key)
            if found is not None:
                mask[self.rows[self.starts[found] : self.starts[found + 1]]] = True
            mask[list(self.live.get(key, ()))] = True
        return mask

    def extended(self, articles: Sequence[Article], first: int) -> Facets:
        """Return the facets with those of more articles, in rows from ``first`` on."""
        live = dict(self.live)
        for row, article in enumerate(articles, first):
            for key in facet_keys(article):
                live[key] = (*live.get(key, ()), row)
        return replace(self, live=live)


@lru_cache(maxsize=1 << 16)
def facet_key(facet: str, value: str) -> str:
    """Return what the spellings of one value of a facet share.

    Spellings are compared as those of tags; language tags are joined by hyphens.

    Examples
    --------
    >>> facet_key("section", "Home  News"), facet_key("language", "pt_BR")
    ('section homenews', 'language pt-br')
    """
    key = value.strip().lower().replace("_", "-") if facet == "language" else tag_key(value)
    return f"{facet} {key}"


def facet_keys(article: Article) -> Iterator[str]:
    """Yield the keys of an article's facets.

    A language has a key for each of its prefixes (RFC 4647, basic filtering): ``pt-BR`` also
    ``pt``.

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
