"""Articles to rows: one term space shared by all fields, and the weights in it.

An article is ``unit([sqrt(1-t)*[sqrt(1-b)*x, sqrt(b)*y], sqrt(t)*z])`` where ``x`` are its words,
``y`` its pairs of neighbouring words and ``z`` its tags, each of length one;
``x = unit(v_body + title_weight*v_title + lead_weight*v_lead)``, and each field's vector is
``v = unit((1 + ln tf) * idf^p)`` with ``idf = 1 + ln((2 + n) / (1 + df))``, one df for all fields.
Relatedness is a dot product of rows, so every score is a sum over shared terms.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, field_validator

from recommender.article import Article
from recommender.counts import Counts, PairIndex, count, cuts, document_frequencies
from recommender.languages import Languages, is_known, primary
from recommender.memory import give_back
from recommender.rows import Rows, Vectors
from recommender.strings import Strings
from recommender.tags import tag_key
from recommender.tokens import Also, Growing, Progress, Reader, Tokens, renumbered
from recommender.unseen import Unseen
from recommender.vocabulary import by_df, common_pairs, commonest
from recommender.weights import Rarity, weigh
from recommender.words import merged

# A reader with memory for more forms than these, some 3 MB, is not kept.
_REMEMBERED = 1 << 16


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
class TermSpace:
    """The words, pairs of words and tags of an archive, and how many articles have each.

    Columns are the words, commonest first, then the pairs in the order of their words, then the
    tags, commonest first. ``words`` and ``tags`` hold the commonest written form; ``terms`` is what
    the forms of a word share, or ``words`` itself where that is their lower case. ``df`` (int32) is
    one per column and ``articles`` the number they were counted in. Columns past those are of
    ``unseen`` words and tags, which came later.

    Examples
    --------
    >>> news = [Article(id="a", title="Ferry late"), Article(id="b", title="Ferry on time")]
    >>> space, rows = TermSpace.fit(news, VectorSettings())
    >>> space.name(0), space.df[0], len(rows)
    ('Ferry', np.int32(2), 2)
    """

    settings: VectorSettings
    words: Strings
    terms: Strings
    pairs: PairIndex
    tags: Strings
    df: NDArray[np.int32]
    articles: int
    unseen: Unseen = field(default_factory=Unseen)

    def __len__(self) -> int:
        return len(self.df)

    @classmethod
    def fit(
        cls,
        articles: Iterable[Article],
        settings: VectorSettings,
        jobs: int | None = None,
        progress: Progress | None = None,
        also: Also | None = None,
    ) -> tuple[TermSpace, Rows]:
        """Learn the space of a stream of articles and return it with their rows, in order.

        ``also`` is given their texts as they come, as by ``Reader.read``.
        """
        space, tokens = cls.read(articles, settings, jobs, also)
        if progress:
            progress("weighing", 0, len(tokens))
        return space, space.rows(tokens, jobs)

    @classmethod
    def read(
        cls,
        articles: Iterable[Article],
        settings: VectorSettings,
        jobs: int | None = None,
        also: Also | None = None,
    ) -> tuple[TermSpace, Tokens]:
        """Learn the space of a stream of articles and return it with their tokens, in order."""
        from joblib import effective_n_jobs

        terms, tags = Growing(), Growing()
        reader = Reader(settings.languages(), terms.numbers, tags.numbers)
        tokens = reader.read(articles, effective_n_jobs(jobs), also)
        give_back()
        word_df, tag_df = document_frequencies(tokens, len(terms), len(tags))
        word_of = by_df(word_df, commonest(reader.written(), len(terms)))
        tag_of = by_df(tag_df, commonest(reader.written_tags(), len(tags)))
        tokens = renumbered(tokens, word_of.new, tag_of.new)
        # Pairs that weigh nothing are not looked for.
        least = settings.min_pair_df if settings.pair_weight else len(tokens) + 1
        pairs, pair_df = common_pairs(tokens, len(terms), least, jobs)
        words = Strings.of(word_of.forms, key=str.lower)
        names = list(terms)
        lower = not settings.stemming and not settings.fold_accents
        space = cls(
            settings,
            words,
            words if lower else Strings.of(names[old] for old in word_of.old.tolist()),
            pairs,
            Strings.of(tag_of.forms, key=tag_key),
            np.concatenate([word_of.df, pair_df, tag_of.df]).astype(np.int32),
            len(tokens),
        )
        return space, tokens

    def transform(self, articles: Iterable[Article]) -> Vectors:
        """Return the rows of other articles in this space; what it does not know is left out."""
        try:
            reader = self._idle.pop()
        except IndexError:
            reader = self._reader(grow=False)
        tokens = reader.read(articles)
        if reader.room <= _REMEMBERED:
            self._idle.append(reader)
        return self._placed(tokens)

    def grown(self, articles: Iterable[Article]) -> tuple[TermSpace, Vectors]:
        """Return the space with what is unseen in newer articles as well, and their rows."""
        reader = self._reader(grow=True)
        tokens = reader.read(articles)
        self.unseen.name(reader, len(self.terms), len(self.tags))
        space = replace(self, unseen=self.unseen.grown())
        return space, space._placed(tokens)

    def rows(self, tokens: Tokens, jobs: int | None = None) -> Rows:
        """Weigh tokens whose terms are this space's, in ``jobs`` threads."""
        from joblib import Parallel, delayed

        # Each part is joined as it comes: all of them would be as much again.
        parts = Parallel(n_jobs=jobs, backend="threading", return_as="generator")(
            delayed(self._packed)(tokens, low, high) for low, high in cuts(tokens)
        )
        return Rows.joined(parts, len(self))

    def counts(self, tokens: Tokens) -> Iterator[Counts]:
        """Count tokens whose terms are this space's, a chunk of articles at a time."""
        return (self._counted(tokens, low, high) for low, high in cuts(tokens))

    def idf(self) -> NDArray[np.float64]:
        """Return each column's ``1 + ln((2 + n) / (1 + df))``."""
        return cast(NDArray[np.float64], 1 + np.log((2 + self.articles) / (1.0 + self.df)))

    def _counted(self, tokens: Tokens, low: int, high: int) -> Counts:
        lead = self.settings.lead_words
        return count(tokens, low, high, self.pairs, lead, self._tags_from())

    def _weigh(
        self, counted: Counts, df: NDArray[np.int32]
    ) -> tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.uint8], NDArray[np.uint8]]:
        settings = self.settings
        return weigh(
            counted,
            Rarity(df, self.articles, settings.idf_power),
            (settings.title_weight, settings.lead_weight),
            settings.pair_weight,
            settings.tag_weight,
        )

    def _reader(self, grow: bool) -> Reader:
        unseen = self.unseen
        words = unseen.numbers(self.terms, False, grow)
        return Reader(self.settings.languages(), words, unseen.numbers(self.tags, True, grow))

    def _placed(self, tokens: Tokens) -> Vectors:
        """Weigh tokens whose terms may be unseen, and put each term in its column."""
        known, unseen, settings = len(self.terms), len(self.unseen), self.settings
        # For counting, the unseen words stand before the pairs, and the unseen tags at the end.
        first, tags = known + unseen, self._tags_from() + unseen
        lead = settings.lead_words
        counted = count(tokens, 0, len(tokens), self.pairs, lead, tags, first)
        at = counted.columns
        columns = np.where(at < known, at, at - unseen)
        new_word = (at >= known) & (at < first)
        columns[new_word] = at[new_word] - known + len(self)
        df, old = np.ones(len(columns), np.int32), columns < len(self)
        df[old] = self.df[columns[old]]
        entries = counted._replace(columns=np.arange(len(at), dtype=np.int32))
        indptr, kept, levels, fields = self._weigh(entries, df)
        # Those that were moved to the end of the columns go to the end of their row.
        rows = np.repeat(np.arange(len(tokens)), np.diff(indptr))
        order = np.lexsort((columns[kept], rows))
        kept, width = columns[kept][order].astype(np.int32), len(self) + unseen
        return Vectors(indptr, kept, levels[order], fields[order], width)

    def _packed(self, tokens: Tokens, low: int, high: int) -> Rows:
        weighed = self._weigh(self._counted(tokens, low, high), self.df)
        return Rows.of(Vectors(*weighed, len(self)))

    @cached_property
    def _idle(self) -> list[Reader]:
        """Readers for one thread at a time; a form that one met is not looked up again."""
        return []

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
        if column >= len(self):
            return self.unseen.forms[column - len(self)]
        return self.tags[column - self._tags_from()]

    def words_of(self, column: int) -> tuple[int, int] | None:
        """Return the columns of a pair's words, None for what is no pair."""
        number = column - len(self.words)
        if not 0 <= number < len(self.pairs.seconds):
            return None
        first = np.searchsorted(self.pairs.starts, number, side="right") - 1
        return int(first), int(self.pairs.seconds[number])

    def words_of_all(self, columns: NDArray[np.int32]) -> tuple[NDArray[Any], NDArray[Any]]:
        """Return the columns of the first and of the second words of pairs."""
        numbers = columns - len(self.words)
        firsts = np.searchsorted(self.pairs.starts, numbers, side="right") - 1
        return firsts, self.pairs.seconds[numbers]

    def is_tag(self, column: int) -> bool:
        """Tell whether a column is a tag."""
        return bool(self.tagged(np.array([column]))[0])

    def tagged(self, columns: NDArray[Any]) -> NDArray[np.bool_]:
        """Return which of some columns are tags (a mask)."""
        tags = (columns >= self._tags_from()) & (columns < len(self))
        return tags | self.unseen.tagged(columns, len(self))

    def df_of(self, column: int) -> int:
        """Return in how many articles a column's term is; one that is unseen counts as in one."""
        return int(self.df[column]) if column < len(self) else 1

    def _tags_from(self) -> int:
        return len(self) - len(self.tags)
