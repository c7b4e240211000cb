"""Tokenizer: articles to the numbers of their terms, in order."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from recommender.articles.article import Article
from recommender.kernels.compiling import compiled
from recommender.kernels.layout import STOP, TEXTS
from recommender.kernels.tiling import Tiling
from recommender.text.boilerplate import Texts, extract_texts
from recommender.text.languages import Languages
from recommender.text.scanner import WordForms
from recommender.text.tags import tag_key

# Maps terms to their numbers; a term that has none yet gets UNKNOWN or a new number.
Numbering = Callable[[Sequence[str]], Sequence[int]]
# Called with the texts of a batch of articles, in order.
TextObserver = Callable[[list[Texts]], None]
_Batch = list[tuple[Article, Texts]]
# The numbers of the words of some texts, and how many words each text has.
_Scan = tuple[NDArray[np.int32], NDArray[np.int64]]


class TokenArrays(NamedTuple):
    """The arrays of ``Tokens``, as kernels take them."""

    words: NDArray[np.int32]
    ends: NDArray[np.int64]
    tags: NDArray[np.int32]
    tag_ends: NDArray[np.int64]


@dataclass(frozen=True)
class Tokens:
    """The words of some articles in order, and their tags.

    ``words`` (int32) are term numbers, or ``STOP`` for a stop word and ``UNKNOWN`` for a term
    without a number. ``ends`` (int64) is where in ``words`` each title, summary and body ends:
    three per article, after a first 0. ``tags`` (int32) are the numbers of each article's tags,
    distinct and ascending; ``tag_ends`` (int64) is where they end, one per article, after a
    first 0.
    """

    words: NDArray[np.int32]
    ends: NDArray[np.int64]
    tags: NDArray[np.int32]
    tag_ends: NDArray[np.int64]

    def __len__(self) -> int:
        """Return the number of articles."""
        return len(self.tag_ends) - 1

    @property
    def arrays(self) -> TokenArrays:
        """The four arrays."""
        return TokenArrays(self.words, self.ends, self.tags, self.tag_ends)


class IncrementalVocabulary(dict[str, int]):
    """Terms numbered in the order of their first appearance."""

    def numbers(self, terms: Sequence[str]) -> list[int]:
        """Return the numbers of terms; new terms are added."""
        return [self.setdefault(term, len(self)) for term in terms]


class Tokenizer:
    """Turns articles into tokens, and counts the written forms of their words and tags.

    Examples
    --------
    >>> terms, tags = IncrementalVocabulary(), IncrementalVocabulary()
    >>> tokenizer = Tokenizer(Languages(), terms.numbers, tags.numbers)
    >>> tokens = tokenizer.tokenize([Article(id="a", title="The Ferry", body="A ferry, late")])
    >>> list(terms), tokens.words.tolist(), tokens.ends.tolist()
    (['ferry', 'late'], [-2, 0, 0, 1], [0, 2, 2, 4])
    """

    def __init__(
        self, languages: Languages, words: Numbering, tags: Numbering, tiling: Tiling | None = None
    ) -> None:
        self._languages = languages
        self._words, self._tags = words, tags
        self._batch = (tiling or Tiling()).batch_characters
        self._lexicons: dict[str | None, _Lexicon] = {}
        self._tag_forms: dict[str, dict[str, int]] = {}

    @property
    def capacity(self) -> int:
        """The number of written forms, of words and tags, that memory is allocated for."""
        forms = sum(lexicon.forms.capacity for lexicon in self._lexicons.values())
        return forms + len(self._tag_forms)

    def tokenize(
        self,
        articles: Iterable[Article],
        threads: int = 1,
        observer: TextObserver | None = None,
    ) -> Tokens:
        """Tokenize a stream of articles; apart from the tokens, memory is bounded.

        With ``threads`` above 1, other threads scan and call ``observer`` while this one takes
        articles from the stream. ``observer`` gets the texts of each batch, in order.
        """
        words, lengths, tags, tag_counts = [], [], [], []

        def observe(batch: _Batch) -> _Batch:
            if observer:
                observer([texts for _, texts in batch])
            return batch

        batches = _batches(articles, self._batch)
        scans = (
            _scan_ahead(self._scan, observe, batches)
            if threads > 1
            else ((observe(batch), self._scan(batch)) for batch in batches)
        )
        for batch, (numbers, sizes) in scans:
            words.append(numbers)
            lengths.append(sizes)
            for article, _ in batch:
                article_tags = self._tags_of(article)
                tags += article_tags
                tag_counts.append(len(article_tags))
        empty = np.zeros(0, np.int32)
        return Tokens(
            np.concatenate([empty, *words]),
            _ends(np.concatenate([empty, *lengths])),
            np.array(tags, np.int32),
            _ends(np.array(tag_counts, np.int64)),
        )

    def word_forms(self) -> Iterator[tuple[int, str, int]]:
        """Yield for each written form its term number, the form, and how often it occurs."""
        for lexicon in self._lexicons.values():
            forms, counts = lexicon.forms.since(0), lexicon.forms.counts().tolist()
            yield from zip(lexicon.term_of.tolist(), forms, counts, strict=True)

    def tag_forms(self) -> Iterator[tuple[int, str, int]]:
        """Yield for each spelling of a tag its number, the spelling, and its article count."""
        for key, forms in self._tag_forms.items():
            [number] = self._tags([key])
            yield from ((number, form, count) for form, count in forms.items())

    def _scan(self, batch: _Batch) -> _Scan:
        """Return the term numbers of a batch in order, and the number of words of each text."""
        codes = [self._languages.code(article.language) for article, _ in batch]
        if len(distinct := sorted(set(codes), key=str)) == 1:
            return self._lexicon(codes[0]).scan([text for _, texts in batch for text in texts])
        lengths = np.zeros((len(batch), TEXTS), np.int64)
        parts = []
        for code in distinct:
            (members,) = np.nonzero([code == other for other in codes])
            texts = [text for at in members for text in batch[at][1]]
            numbers, sizes = self._lexicon(code).scan(texts)
            lengths[members] = sizes.reshape(-1, TEXTS)
            parts.append((members, numbers))
        owner = np.repeat(np.arange(len(batch)), lengths.sum(axis=1))
        merged = np.empty(len(owner), np.int32)
        for members, numbers in parts:
            merged[np.isin(owner, members)] = numbers
        return merged, lengths.ravel()

    def _lexicon(self, code: str | None) -> _Lexicon:
        if code not in self._lexicons:
            self._lexicons[code] = _Lexicon(self._languages.analyzer(code), self._words)
        return self._lexicons[code]

    def _tags_of(self, article: Article) -> list[int]:
        keys = [tag_key(tag) for tag in article.tags]
        for key, form in zip(keys, article.tags, strict=True):
            forms = self._tag_forms.setdefault(key, {})
            forms[form] = forms.get(form, 0) + 1
        return sorted({number for number in self._tags(keys) if number >= 0})


class _Lexicon:
    """The written forms met in one language, and the term number of each."""

    def __init__(self, analyze: Callable[[str], str | None], numbering: Numbering) -> None:
        self.forms = WordForms()
        self.term_of: NDArray[np.int32] = np.zeros(0, np.int32)
        self._analyze, self._numbering = analyze, numbering

    def scan(self, texts: list[str]) -> _Scan:
        forms, lengths = self.forms.scan(texts)
        terms = [self._analyze(form) for form in self.forms.since(len(self.term_of))]
        numbers = iter(self._numbering([term for term in terms if term is not None]))
        new = [STOP if term is None else next(numbers) for term in terms]
        self.term_of = np.concatenate([self.term_of, np.array(new, np.int32)])
        return self.term_of[forms], lengths


def _scan_ahead(
    scan: Callable[[_Batch], _Scan], observe: Callable[[_Batch], _Batch], batches: Iterable[_Batch]
) -> Iterator[tuple[_Batch, _Scan]]:
    """Yield each batch and its scan; meanwhile the next batch is taken from the stream."""
    with ThreadPoolExecutor(1) as observing, ThreadPoolExecutor(1) as scanning:
        pending: tuple[Future[_Batch], Future[_Scan]] | None = None
        for batch in batches:
            submitted = observing.submit(observe, batch), scanning.submit(scan, batch)
            if pending:
                yield pending[0].result(), pending[1].result()
            pending = submitted
        if pending:
            yield pending[0].result(), pending[1].result()


def _batches(articles: Iterable[Article], characters: int) -> Iterator[_Batch]:
    """Yield batches of articles with their texts, of about ``characters`` characters each."""
    batch: _Batch = []
    size = 0
    for article in articles:
        texts = extract_texts(article)
        batch.append((article, texts))
        size += sum(map(len, texts))
        if size >= characters:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def _ends(lengths: NDArray[np.int64]) -> NDArray[np.int64]:
    ends = np.zeros(len(lengths) + 1, np.int64)
    np.cumsum(lengths, out=ends[1:])
    return ends


def renumbered(tokens: Tokens, word: NDArray[np.int64], tag: NDArray[np.int64]) -> Tokens:
    """Return tokens with new numbers; ``word`` and ``tag`` (int64) map old numbers to new."""
    words = _renumbered(tokens.words, word)
    tags = tag.astype(np.int32)[tokens.tags]
    owner = np.repeat(np.arange(len(tokens)), np.diff(tokens.tag_ends))
    return replace(tokens, words=words, tags=tags[np.lexsort((tags, owner))])


@compiled
def _renumbered(words, new):  # type: ignore[no-untyped-def]
    # Indexing with an int32 array would first copy it to int64.
    numbers = np.empty_like(words)
    for at in range(len(words)):
        numbers[at] = new[words[at]] if words[at] >= 0 else words[at]
    return numbers
