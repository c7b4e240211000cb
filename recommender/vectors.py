"""Articles to rows: one term space shared by all fields, and the weights in it.

An article is ``unit([sqrt(1-t)*[sqrt(1-b)*x, sqrt(b)*y], sqrt(t)*z])`` where ``x`` are its words,
``y`` its pairs of neighbouring words and ``z`` its tags, each of length one;
``x = unit(v_body + title_weight*v_title + lead_weight*v_lead)``, and each field's vector is
``v = unit((1 + ln tf) * idf^p)`` with ``idf = 1 + ln((2 + n) / (1 + df))``, one df for all fields.
Relatedness is a dot product of rows, so every score is a sum over shared terms.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import cast

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, field_validator

from recommender.article import Article
from recommender.counts import (
    MAX_WORDS,
    NO_LANGUAGE,
    OPENING,
    REST,
    SUMMARY,
    TITLE,
    Chunk,
    Counter,
    Counts,
    Lexicon,
    no_articles,
    tag_key,
)
from recommender.languages import Languages, is_known, primary
from recommender.strings import Strings
from recommender.vocabulary import by_df, common_pairs, renumbered, tag_forms, word_forms
from recommender.words import merged

Floats = NDArray[np.float64]
# The fields an entry's bits stand for, lowest first.
FIELDS = ("title", "summary", "body", "tags")
TOUCHING = 1 << len(FIELDS)


class VectorSettings(BaseModel):
    """What decides the vectors; see the module's formula.

    ``language`` (a code) is assumed where an article names none that is known; None assumes none,
    and so has no stop words. ``stemming`` is Snowball's, of the languages it has.

    Examples
    --------
    >>> VectorSettings(pair_weight=0.2).idf_power
    1.0
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    title_weight: float = Field(0.5, ge=0, le=100)
    lead_weight: float = Field(0.4, ge=0, le=100)
    lead_words: int = Field(120, ge=0)
    pair_weight: float = Field(0.3, ge=0, lt=1)
    tag_weight: float = Field(0.05, ge=0, lt=1)
    idf_power: float = Field(1.0, ge=0, le=10)
    min_pair_df: int = Field(2, ge=1)
    language: str | None = "en"
    stop_words: bool = True
    stemming: bool = False
    fold_accents: bool = False

    @field_validator("language")
    @classmethod
    def _is_known(cls, language: str | None) -> str | None:
        if language is None or is_known(primary(language)):
            return language
        raise ValueError(
            f"no stop words and no stemmer for {language!r}: give a code such as 'en' or 'pt-BR', "
            "or null for an archive in no language known here"
        )

    def languages(self) -> Languages:
        """Return what is done to the words of each language."""
        return Languages(self.language, self.stop_words, self.stemming, self.fold_accents)


@dataclass(frozen=True)
class Vectors:
    """Sparse rows (CSR), columns ascending within a row.

    ``indptr`` int64, ``indices`` int32, ``data`` float32; ``fields`` uint8 has a bit for each of
    ``FIELDS`` the term stands in, and ``TOUCHING`` for a pair of words that stand next to each
    other somewhere in the article; ``columns`` is the width of the space.
    """

    indptr: NDArray[np.int64]
    indices: NDArray[np.int32]
    data: NDArray[np.float32]
    fields: NDArray[np.uint8]
    columns: int

    def __len__(self) -> int:
        """Return the number of rows."""
        return len(self.indptr) - 1

    def row(self, row: int) -> Vectors:
        """Return one row, as a view."""
        cut = slice(int(self.indptr[row]), int(self.indptr[row + 1]))
        ends = np.array([0, cut.stop - cut.start], np.int64)
        return Vectors(ends, self.indices[cut], self.data[cut], self.fields[cut], self.columns)


@dataclass(frozen=True)
class TermSpace:
    """The words, pairs of words and tags of an archive, and how many articles have each.

    Columns are the words, then the pairs, then the tags, each commonest first. ``words`` and
    ``tags`` hold the commonest written form; ``terms`` is what the forms of a word share, or
    ``words`` itself where that is their lower case. A pair is ``first_word << WORD_BITS |
    second_word`` (int64); ``df`` (int32) is one per column and ``articles`` the number they were
    counted in.

    Examples
    --------
    >>> news = [Article(id="a", title="Ferry late"), Article(id="b", title="Ferry on time")]
    >>> space, vectors = TermSpace.fit(news, VectorSettings())
    >>> space.name(0), space.df[0], len(vectors)
    ('Ferry', np.int32(2), 2)
    """

    settings: VectorSettings
    words: Strings
    terms: Strings
    pairs: NDArray[np.int64]
    tags: Strings
    df: NDArray[np.int32]
    articles: int

    def __len__(self) -> int:
        return len(self.df)

    @classmethod
    def fit(
        cls, articles: Iterable[Article], settings: VectorSettings
    ) -> tuple[TermSpace, Vectors]:
        """Learn the space of a stream of articles and return it with their rows, in order."""
        space, chunks = cls.count(articles, settings)
        return space, space.weigh(chunks)

    @classmethod
    def count(
        cls, articles: Iterable[Article], settings: VectorSettings
    ) -> tuple[TermSpace, list[Chunk]]:
        """Learn the space of a stream of articles and return it with their counts, in order."""
        counter = Counter(Lexicon(settings.languages()), Lexicon(NO_LANGUAGE), settings.lead_words)
        chunks = list(counter.chunks(articles))
        n = sum(chunk.articles for chunk in chunks)
        word_of = by_df([chunk.words for chunk in chunks], word_forms(counter))
        tag_of = by_df([chunk.tags for chunk in chunks], tag_forms(counter))
        chunks = [renumbered(chunk, word_of, tag_of) for chunk in chunks]
        pairs, pair_df = common_pairs(chunks, settings.min_pair_df)
        words = Strings.of(word_of.forms, key=str.lower)
        terms = list(counter.words.terms)
        lower = not settings.stemming and not settings.fold_accents
        space = cls(
            settings,
            words,
            words if lower else Strings.of(terms[old] for old in word_of.old),
            pairs,
            Strings.of(tag_of.forms, key=tag_key),
            np.concatenate([word_of.df, pair_df, tag_of.df]).astype(np.int32),
            n,
        )
        return space, chunks

    def transform(self, articles: Iterable[Article]) -> Vectors:
        """Return the rows of other articles in this space; what it does not know is left out."""
        return self.weigh(self._closed().chunks(articles))

    def _closed(self) -> Counter:
        known = {self.terms.key(term): number for number, term in enumerate(self.terms)}
        tags = {tag_key(form): number for number, form in enumerate(self.tags)}
        settings = self.settings
        return Counter(
            Lexicon(settings.languages(), known), Lexicon(NO_LANGUAGE, tags), settings.lead_words
        )

    def idf(self) -> Floats:
        """Return each column's ``1 + ln((2 + n) / (1 + df))``."""
        return cast(Floats, 1 + np.log((2 + self.articles) / (1.0 + self.df)))

    def weigh(self, chunks: Iterable[Chunk]) -> Vectors:
        """Weigh counts whose terms are this space's."""
        weights = self.idf() ** self.settings.idf_power
        parts = [self._rows(chunk, weights) for chunk in chunks]
        if not parts:
            parts = [self._rows(no_articles(), weights)]
        sizes, columns, values, fields = (np.concatenate(part) for part in zip(*parts, strict=True))
        indptr = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)
        return Vectors(indptr, columns, values, fields, len(self))

    @cached_property
    def _pair_columns(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        order = np.argsort(self.pairs, kind="stable")
        return self.pairs[order], order + len(self.words)

    def known_pairs(self, chunk: Chunk) -> tuple[Counts, NDArray[np.bool_]]:
        """Return the counts of the pairs of words known here, by column, and which these are."""
        pairs, columns = self._pair_columns
        at = np.searchsorted(pairs, chunk.pairs.term)
        known = np.append(pairs, -1)[at] == chunk.pairs.term
        counts = Counts(chunk.pairs.article[known], columns[at[known]], chunk.pairs.tf[known])
        return counts, known

    def _rows(
        self, chunk: Chunk, weights: Floats
    ) -> tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.float32], NDArray[np.uint8]]:
        settings = self.settings
        pairs_here, known = self.known_pairs(chunk)
        tags = chunk.tags._replace(term=chunk.tags.term + len(self.words) + len(self.pairs))
        text, n = 1 - settings.tag_weight, chunk.articles
        blocks = [
            self._block(chunk.words, (1 - settings.pair_weight) * text, weights, n),
            self._block(pairs_here, settings.pair_weight * text, weights, n),
            _tag_block(tags, settings.tag_weight, weights, n),
        ]
        blocks[1][3][chunk.touching[known] > 0] |= TOUCHING
        article, column, value, field = (np.concatenate(part) for part in zip(*blocks, strict=True))
        kept = value > 0
        article, column, value, field = article[kept], column[kept], value[kept], field[kept]
        norm = np.sqrt(np.bincount(article, value * value, chunk.articles))
        ordered = np.argsort(article.astype(np.int64) * (len(self) + 1) + column)
        value = (value / norm[article])[ordered].astype(np.float32)
        sizes = np.bincount(article, minlength=chunk.articles)
        return sizes, column[ordered].astype(np.int32), value, field[ordered]

    def _block(
        self, counts: Counts, share: float, weights: Floats, n: int
    ) -> tuple[NDArray[np.int32], NDArray[np.int64], Floats, NDArray[np.uint8]]:
        """Weigh words or pairs: the sum of the fields' unit vectors, scaled to ``sqrt(share)``."""
        shares = np.array([1.0, self.settings.title_weight, self.settings.lead_weight])
        value = field_vectors(counts, weights, n) @ shares
        body = counts.tf[:, OPENING] + counts.tf[:, REST]
        stands = np.stack([counts.tf[:, TITLE], counts.tf[:, SUMMARY], body], axis=1) > 0
        field = stands.astype(np.uint8) @ np.array([1, 2, 4], np.uint8)
        return counts.article, counts.term, np.sqrt(share) * _unit(value, counts.article, n), field

    @cached_property
    def names(self) -> dict[tuple[int, int], str]:
        """Names that were told lately: see ``explain``."""
        return {}

    def name(self, column: int, touching: bool = True) -> str:
        """Return a column's term in whole words, as the articles write it most often.

        A pair of words that are not ``touching`` is told with an ellipsis between them.
        """
        if column < len(self.words):
            return self.words[column]
        if pair := self.words_of(column):
            first, second = (self.words[word] for word in pair)
            if not touching:
                return f"{first} … {second}"
            return merged(first, second) or f"{first} {second}"
        return self.tags[column - len(self.words) - len(self.pairs)]

    def words_of(self, column: int) -> tuple[int, int] | None:
        """Return the columns of a pair's words, None for what is no pair."""
        number = column - len(self.words)
        if not 0 <= number < len(self.pairs):
            return None
        return divmod(int(self.pairs[number]), MAX_WORDS)

    def is_tag(self, column: int) -> bool:
        """Tell whether a column is a tag."""
        return column >= len(self.words) + len(self.pairs)


def field_vectors(counts: Counts, weights: Floats, n: int) -> Floats:
    """Return each entry's weight in the unit vectors of body, title and lead (entries x 3)."""
    tf = counts.tf.astype(np.float64)
    fields = (tf[:, OPENING] + tf[:, REST], tf[:, TITLE], tf[:, SUMMARY] + tf[:, OPENING])
    columns = []
    for count in fields:
        dampened = np.where(count > 0, 1 + np.log(np.maximum(count, 1)), 0.0)
        columns.append(_unit(dampened * weights[counts.term], counts.article, n))
    return np.stack(columns, axis=1)


def _unit(value: Floats, article: NDArray[np.int32], n: int) -> Floats:
    norm = np.sqrt(np.bincount(article, value * value, n))[article]
    return cast(Floats, np.divide(value, norm, out=np.zeros(len(value)), where=norm > 0))


def _tag_block(
    counts: Counts, share: float, weights: Floats, n: int
) -> tuple[NDArray[np.int32], NDArray[np.int64], Floats, NDArray[np.uint8]]:
    value = np.sqrt(share) * _unit(weights[counts.term], counts.article, n)
    return counts.article, counts.term, value, np.full(len(value), 8, np.uint8)
