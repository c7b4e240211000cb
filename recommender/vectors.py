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
from typing import NamedTuple, cast

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, field_validator

from recommender.article import Article
from recommender.counts import (
    MAX_WORDS,
    OPENING,
    PLACES,
    REST,
    SUMMARY,
    TITLE,
    WORD_BITS,
    Chunk,
    Counter,
    Counts,
    Lexicon,
    tag_key,
)
from recommender.errors import InputError
from recommender.strings import Strings
from recommender.text import stop_words

Floats = NDArray[np.float64]
# The fields an entry's bits stand for, lowest first.
FIELDS = ("title", "summary", "body", "tags")
TOUCHING = 1 << len(FIELDS)


class VectorSettings(BaseModel):
    """What decides the vectors; see the module's formula.

    Examples
    --------
    >>> VectorSettings(pair_weight=0.2).idf_power
    1.0
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    title_weight: float = Field(0.5, ge=0)
    lead_weight: float = Field(0.4, ge=0)
    lead_words: int = Field(120, ge=0)
    pair_weight: float = Field(0.3, ge=0, lt=1)
    tag_weight: float = Field(0.05, ge=0, lt=1)
    idf_power: float = Field(1.0, ge=0)
    min_pair_df: int = Field(2, ge=1)
    stop_words: str | None = "english"

    @field_validator("stop_words")
    @classmethod
    def _has_a_list(cls, name: str | None) -> str | None:
        try:
            stop_words(name)
        except KeyError:
            raise ValueError(f"there is no list of stop words named {name!r}") from None
        return name


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
    ``tags`` hold the commonest written form; a pair is ``first_word << WORD_BITS | second_word``
    (int64); ``df`` (int32) is one per column and ``articles`` the number they were counted in.

    Examples
    --------
    >>> news = [Article(id="a", title="Ferry late"), Article(id="b", title="Ferry on time")]
    >>> space, vectors = TermSpace.fit(news, VectorSettings())
    >>> space.name(0), space.df[0], len(vectors)
    ('Ferry', np.int32(2), 2)
    """

    settings: VectorSettings
    words: Strings
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
        counter = _counter(settings)
        chunks = list(counter.chunks(articles))
        n = sum(chunk.articles for chunk in chunks)
        words, word_of = _by_df([chunk.words for chunk in chunks], _written(counter))
        tags, tag_of = _by_df([chunk.tags for chunk in chunks], _tag_forms(counter))
        chunks = [_renumber(chunk, word_of.new, tag_of.new) for chunk in chunks]
        pairs, pair_df = _common_pairs(chunks, settings.min_pair_df)
        space = cls(
            settings,
            Strings.of(words, key=str.lower),
            pairs,
            Strings.of(tags, key=tag_key),
            np.concatenate([word_of.df, pair_df, tag_of.df]).astype(np.int32),
            n,
        )
        return space, chunks

    def transform(self, articles: Iterable[Article]) -> Vectors:
        """Return the rows of other articles in this space; what it does not know is left out."""
        return self.weigh(self._closed().chunks(articles))

    def _closed(self) -> Counter:
        known = {form.lower(): number for number, form in enumerate(self.words)}
        tags = {tag_key(form): number for number, form in enumerate(self.tags)}
        settings = self.settings
        return Counter(
            Lexicon(stop_words(settings.stop_words), known),
            Lexicon(frozenset(), tags),
            settings.lead_words,
        )

    def idf(self) -> Floats:
        """Return each column's ``1 + ln((2 + n) / (1 + df))``."""
        return cast(Floats, 1 + np.log((2 + self.articles) / (1.0 + self.df)))

    def weigh(self, chunks: Iterable[Chunk]) -> Vectors:
        """Weigh counts whose terms are this space's."""
        weights = self.idf() ** self.settings.idf_power
        order = np.argsort(self.pairs, kind="stable")
        parts = [self._rows(chunk, weights, self.pairs[order], order) for chunk in chunks]
        if not parts:
            parts = [self._rows(_nothing(), weights, self.pairs[order], order)]
        sizes, columns, values, fields = (np.concatenate(part) for part in zip(*parts, strict=True))
        indptr = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)
        return Vectors(indptr, columns, values, fields, len(self))

    def _rows(
        self, chunk: Chunk, weights: Floats, pairs: NDArray[np.int64], order: NDArray[np.int64]
    ) -> tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.float32], NDArray[np.uint8]]:
        settings = self.settings
        at = np.minimum(np.searchsorted(pairs, chunk.pairs.term), len(pairs) - 1)
        known = pairs[at] == chunk.pairs.term if len(pairs) else np.zeros(len(at), bool)
        pair_column = order[at[known]] + len(self.words) if len(pairs) else at[known]
        tag_column = chunk.tags.term + len(self.words) + len(self.pairs)
        pairs_here = _only(chunk.pairs, known, pair_column)
        tags = chunk.tags._replace(term=tag_column)
        text = 1 - settings.tag_weight
        n = chunk.articles
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
        field = (counts.tf[:, [TITLE, SUMMARY]] > 0) @ np.array([1, 2], np.uint8)
        field += (counts.tf[:, OPENING:] > 0).any(axis=1) * np.uint8(4)
        return counts.article, counts.term, np.sqrt(share) * _unit(value, counts.article, n), field

    def name(self, column: int, touching: bool = True) -> str:
        """Return a column's term in whole words, as the articles write it most often.

        A pair of words that are not ``touching`` is told with an ellipsis between them.
        """
        if column < len(self.words):
            return self.words[column]
        column -= len(self.words)
        if column < len(self.pairs):
            pair = int(self.pairs[column])
            between = " " if touching else " … "
            return self.words[pair >> WORD_BITS] + between + self.words[pair & (MAX_WORDS - 1)]
        return self.tags[column - len(self.pairs)]

    def is_tag(self, column: int) -> bool:
        """Tell whether a column is a tag."""
        return column >= len(self.words) + len(self.pairs)


def _counter(settings: VectorSettings) -> Counter:
    return Counter(
        Lexicon(stop_words(settings.stop_words)), Lexicon(frozenset()), settings.lead_words
    )


def field_vectors(counts: Counts, weights: Floats, n: int) -> Floats:
    """Return each entry's weight in the unit vectors of body, title and lead (entries x 3)."""
    tf = counts.tf.astype(np.float64)
    fields = (tf[:, OPENING] + tf[:, REST], tf[:, TITLE], tf[:, SUMMARY] + tf[:, OPENING])
    columns = []
    for count in fields:
        dampened = np.where(count > 0, 1 + np.log(np.maximum(count, 1)), 0.0)
        columns.append(_unit(dampened * weights[counts.term], counts.article, n))
    return np.stack(columns, axis=1)


def _nothing() -> Chunk:
    none = Counts(np.zeros(0, np.int32), np.zeros(0, np.int64), np.zeros((0, PLACES), np.uint16))
    return Chunk(0, none, none, np.zeros(0, np.uint16), none)


def _unit(value: Floats, article: NDArray[np.int32], n: int) -> Floats:
    norm = np.sqrt(np.bincount(article, value * value, n))[article]
    return cast(Floats, np.divide(value, norm, out=np.zeros(len(value)), where=norm > 0))


def _tag_block(
    counts: Counts, share: float, weights: Floats, n: int
) -> tuple[NDArray[np.int32], NDArray[np.int64], Floats, NDArray[np.uint8]]:
    value = np.sqrt(share) * _unit(weights[counts.term], counts.article, n)
    return counts.article, counts.term, value, np.full(len(value), 8, np.uint8)


def _only(counts: Counts, kept: NDArray[np.bool_], term: NDArray[np.int64]) -> Counts:
    return Counts(counts.article[kept], term, counts.tf[kept])


class _Numbering(NamedTuple):
    new: NDArray[np.int64]
    df: NDArray[np.int64]


def _by_df(counts: list[Counts], forms: list[str]) -> tuple[list[str], _Numbering]:
    """Number terms by descending df, then by their form; return the forms in that order."""
    df = np.zeros(len(forms), np.int64)
    for counted in counts:
        df += np.bincount(counted.term, minlength=len(forms))
    order = sorted(range(len(forms)), key=lambda term: (-df[term], forms[term].lower()))
    new = np.empty(len(forms), np.int64)
    new[order] = np.arange(len(forms))
    return [forms[term] for term in order], _Numbering(new, df[order])


def _written(counter: Counter) -> list[str]:
    if len(counter.words.terms) > MAX_WORDS:
        raise InputError(f"the archive has more than {MAX_WORDS:,} different words")
    forms = counter.written_forms()
    return [forms[term] for term in range(len(counter.words.terms))]


def _tag_forms(counter: Counter) -> list[str]:
    best: dict[str, tuple[int, str]] = {}
    for tag, count in counter.tag_counts.items():
        key = tag_key(tag)
        best[key] = min(best.get(key, (0, tag)), (-count, tag))
    return [best[key][1] for key in counter.tags.terms]


def _renumber(chunk: Chunk, word: NDArray[np.int64], tag: NDArray[np.int64]) -> Chunk:
    pair = chunk.pairs.term
    pair = word[pair >> WORD_BITS] << WORD_BITS | word[pair & (MAX_WORDS - 1)]
    return chunk._replace(
        words=chunk.words._replace(term=word[chunk.words.term]),
        pairs=chunk.pairs._replace(term=pair),
        tags=chunk.tags._replace(term=tag[chunk.tags.term]),
    )


def _common_pairs(chunks: list[Chunk], min_df: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the pairs that stand in at least ``min_df`` articles, commonest first, and df."""
    none = np.zeros(0, np.int64)
    found = np.concatenate([chunk.pairs.term for chunk in chunks] or [none])
    pairs, df = np.unique(found, return_counts=True)
    pairs, df = pairs[df >= min_df], df[df >= min_df]
    order = np.argsort(-df, kind="stable")
    return pairs[order], df[order]
