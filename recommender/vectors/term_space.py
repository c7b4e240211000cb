"""Term space: articles to rows, in one space shared by all fields.

An article is ``unit([sqrt(1-t)*[sqrt(1-b)*x, sqrt(b)*y], sqrt(t)*z])`` where ``x`` are its words,
``y`` its bigrams and ``z`` its tags, each of length one;
``x = unit(v_body + title_weight*v_title + lead_weight*v_lead)``, and each field's vector is
``v = unit((1 + ln tf) * idf^p)`` with ``idf = 1 + ln((2 + n) / (1 + df))``, one df for all fields.
Relatedness is the dot product of two rows, so every score is a sum over shared terms.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from recommender.articles.article import Article
from recommender.articles.progress import Progress
from recommender.articles.strings import Strings
from recommender.kernels.tiling import Tiling
from recommender.memory import release_memory
from recommender.text.tags import tag_key
from recommender.text.tokenizer import (
    IncrementalVocabulary,
    TextObserver,
    Tokenizer,
    Tokens,
    renumbered,
)
from recommender.text.words import join_overlapping
from recommender.vectors.counting import (
    BigramIndex,
    Columns,
    Counts,
    chunks,
    count,
    document_frequencies,
)
from recommender.vectors.packed import PackedVectors, Vectors
from recommender.vectors.settings import VectorSettings
from recommender.vectors.unseen import OutOfVocabulary
from recommender.vectors.vocabulary import by_df, common_bigrams, commonest
from recommender.vectors.weighting import IdfStatistics, weigh

# A tokenizer with memory for more forms than this, some 3 MB, is not kept for reuse.
_MOST_FORMS = 1 << 16


@dataclass(frozen=True)
class TermSpace:
    """The words, bigrams and tags of an archive, and the document frequency of each.

    Columns are the words, commonest first, then the bigrams in the order of their words, then the
    tags, commonest first. ``words`` and ``tags`` hold the commonest written form; ``terms`` is what
    the forms of a word share, or ``words`` itself where that is their lower case. ``df`` (int32) is
    one a column and ``articles`` the number they were counted in. Columns past those are of
    ``unseen`` words and tags, which were added later.

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
    bigrams: BigramIndex
    tags: Strings
    df: NDArray[np.int32]
    articles: int
    unseen: OutOfVocabulary = field(default_factory=OutOfVocabulary)

    def __len__(self) -> int:
        return len(self.df)

    @classmethod
    def fit(
        cls,
        articles: Iterable[Article],
        settings: VectorSettings,
        jobs: int | None = None,
        progress: Progress | None = None,
        observer: TextObserver | None = None,
        tiling: Tiling | None = None,
    ) -> tuple[TermSpace, PackedVectors]:
        """Learn the space of a stream of articles and return it with their rows, in order.

        ``observer`` is called with their texts, as by ``Tokenizer.tokenize``.
        """
        tiling = tiling or Tiling()
        space, tokens = cls.learn(articles, settings, jobs, observer, tiling)
        if progress:
            progress("weighing", 0, len(tokens))
        return space, space.pack(tokens, jobs, tiling)

    @classmethod
    def learn(
        cls,
        articles: Iterable[Article],
        settings: VectorSettings,
        jobs: int | None = None,
        observer: TextObserver | None = None,
        tiling: Tiling | None = None,
    ) -> tuple[TermSpace, Tokens]:
        """Learn the space of a stream of articles and return it with their tokens, in order."""
        from joblib import effective_n_jobs

        tiling = tiling or Tiling()
        terms, tags = IncrementalVocabulary(), IncrementalVocabulary()
        tokenizer = Tokenizer(settings.languages(), terms.numbers, tags.numbers, tiling)
        tokens = tokenizer.tokenize(articles, effective_n_jobs(jobs), observer)
        release_memory()
        word_df, tag_df = document_frequencies(tokens, len(terms), len(tags))
        word_of = by_df(word_df, commonest(tokenizer.word_forms(), len(terms)))
        tag_of = by_df(tag_df, commonest(tokenizer.tag_forms(), len(tags)))
        tokens = renumbered(tokens, word_of.new, tag_of.new)
        # Bigrams without weight are not counted.
        min_df = settings.min_pair_df if settings.pair_weight else len(tokens) + 1
        bigrams, bigram_df = common_bigrams(tokens, len(terms), min_df, tiling.bigram_tokens, jobs)
        words = Strings.of(word_of.forms, key=str.lower)
        names = list(terms)
        lower = not settings.stemming and not settings.fold_accents
        space = cls(
            settings,
            words,
            words if lower else Strings.of(names[old] for old in word_of.old.tolist()),
            bigrams,
            Strings.of(tag_of.forms, key=tag_key),
            np.concatenate([word_of.df, bigram_df, tag_of.df]).astype(np.int32),
            len(tokens),
        )
        return space, tokens

    def transform(self, articles: Iterable[Article]) -> Vectors:
        """Return the rows of other articles in this space; terms it does not know are left out."""
        try:
            tokenizer = self._idle_tokenizers.pop()
        except IndexError:
            tokenizer = self._tokenizer(extend=False)
        tokens = tokenizer.tokenize(articles)
        if tokenizer.capacity <= _MOST_FORMS:
            self._idle_tokenizers.append(tokenizer)
        return self._vectors(tokens)

    def extended(self, articles: Iterable[Article]) -> tuple[TermSpace, Vectors]:
        """Return the space with the new terms of newer articles as well, and their rows."""
        tokenizer = self._tokenizer(extend=True)
        tokens = tokenizer.tokenize(articles)
        self.unseen.set_forms(tokenizer, len(self.terms), len(self.tags))
        space = replace(self, unseen=self.unseen.extended())
        return space, space._vectors(tokens)

    def pack(
        self, tokens: Tokens, jobs: int | None = None, tiling: Tiling | None = None
    ) -> PackedVectors:
        """Weigh tokens whose terms are this space's, in ``jobs`` threads (joblib's rule)."""
        from joblib import Parallel, delayed

        size = (tiling or Tiling()).chunk_articles
        # Each part is appended as it comes: together they would take as much memory again.
        parts = Parallel(n_jobs=jobs, backend="threading", return_as="generator")(
            delayed(self._packed)(tokens, low, high) for low, high in chunks(tokens, size)
        )
        return PackedVectors.concatenated(parts, len(self))

    def counts(self, tokens: Tokens) -> Iterator[Counts]:
        """Count tokens whose terms are this space's, a chunk of articles at a time."""
        size = Tiling().chunk_articles
        return (self._counts(tokens, low, high) for low, high in chunks(tokens, size))

    def idf(self) -> NDArray[np.float64]:
        """Return each column's ``1 + ln((2 + n) / (1 + df))`` (float64)."""
        return cast(NDArray[np.float64], 1 + np.log((2 + self.articles) / (1.0 + self.df)))

    def _counts(self, tokens: Tokens, low: int, high: int) -> Counts:
        columns = Columns(len(self.words), self._first_tag())
        return count(tokens, low, high, self.bigrams, self.settings.lead_words, columns)

    def _weigh(
        self, counts: Counts, df: NDArray[np.int32]
    ) -> tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.uint8], NDArray[np.uint8]]:
        settings = self.settings
        return weigh(
            counts,
            IdfStatistics(df, self.articles, settings.idf_power),
            (settings.title_weight, settings.lead_weight),
            settings.pair_weight,
            settings.tag_weight,
        )

    def _tokenizer(self, extend: bool) -> Tokenizer:
        words = self.unseen.numbering(self.terms, False, extend)
        tags = self.unseen.numbering(self.tags, True, extend)
        return Tokenizer(self.settings.languages(), words, tags)

    def _vectors(self, tokens: Tokens) -> Vectors:
        """Weigh tokens whose terms may be unseen, and put each term in its column."""
        known, unseen = len(self.terms), len(self.unseen)
        # While counting, unseen words are numbered before the bigrams, and unseen tags last.
        at = Columns(known + unseen, self._first_tag() + unseen)
        lead = self.settings.lead_words
        counts = count(tokens, 0, len(tokens), self.bigrams, lead, at)
        counted = counts.columns
        columns = np.where(counted < known, counted, counted - unseen)
        new_word = (counted >= known) & (counted < at.bigrams)
        columns[new_word] = counted[new_word] - known + len(self)
        df, old = np.ones(len(columns), np.int32), columns < len(self)
        df[old] = self.df[columns[old]]
        entries = counts._replace(columns=np.arange(len(counted), dtype=np.int32))
        indptr, kept, levels, fields = self._weigh(entries, df)
        # Unseen words were moved to the last columns, so they move to the end of their row.
        rows = np.repeat(np.arange(len(tokens)), np.diff(indptr))
        order = np.lexsort((columns[kept], rows))
        kept, width = columns[kept][order].astype(np.int32), len(self) + unseen
        return Vectors(indptr, kept, levels[order], fields[order], width)

    def _packed(self, tokens: Tokens, low: int, high: int) -> PackedVectors:
        weighed = self._weigh(self._counts(tokens, low, high), self.df)
        return PackedVectors.of(Vectors(*weighed, len(self)))

    @cached_property
    def _idle_tokenizers(self) -> list[Tokenizer]:
        """A cache: tokenizers for one thread at a time, which remember the forms they met."""
        return []

    @cached_property
    def names(self) -> dict[tuple[int, int], str]:
        """A cache of names, filled by ``lists.explanation``."""
        return {}

    def name(self, column: int, adjacent: bool = True) -> str:
        """Return a column's term in whole words, as the articles write it most often.

        The words of a bigram that are not ``adjacent`` have an ellipsis between them.
        """
        if column < len(self.words):
            return self.words[column]
        if bigram := self.words_of(column):
            first, second = (self.words[word] for word in bigram)
            if not adjacent:
                return f"{first} … {second}"
            return join_overlapping(first, second) or f"{first} {second}"
        if column >= len(self):
            return self.unseen.forms[column - len(self)]
        return self.tags[column - self._first_tag()]

    def words_of(self, column: int) -> tuple[int, int] | None:
        """Return the columns of a bigram's words, None for a column that is no bigram."""
        number = column - len(self.words)
        if not 0 <= number < len(self.bigrams.seconds):
            return None
        first = np.searchsorted(self.bigrams.starts, number, side="right") - 1
        return int(first), int(self.bigrams.seconds[number])

    def words_of_all(self, columns: NDArray[np.int32]) -> tuple[NDArray[Any], NDArray[Any]]:
        """Return the columns of the first and of the second words of bigrams."""
        numbers = columns - len(self.words)
        firsts = np.searchsorted(self.bigrams.starts, numbers, side="right") - 1
        return firsts, self.bigrams.seconds[numbers]

    def is_tag(self, column: int) -> bool:
        """Tell whether a column is a tag."""
        return bool(self.tag_mask(np.array([column]))[0])

    def tag_mask(self, columns: NDArray[Any]) -> NDArray[np.bool_]:
        """Return which of some columns are tags (a mask)."""
        tags = (columns >= self._first_tag()) & (columns < len(self))
        return tags | self.unseen.tag_mask(columns, len(self))

    def df_of(self, column: int) -> int:
        """Return the document frequency of a column; an unseen term counts as in one article."""
        return int(self.df[column]) if column < len(self) else 1

    def _first_tag(self) -> int:
        return len(self) - len(self.tags)
