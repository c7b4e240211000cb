"""Tokens: an archive's texts as numbers of words, in order; everything is counted from them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from recommender.article import Article
from recommender.cutting import Texts, readable
from recommender.kernel import compiled
from recommender.languages import Languages
from recommender.scan import Forms
from recommender.tags import tag_key

UNKNOWN, STOP = -1, -2
# Characters of text that are read together.
_BATCH = 1 << 20
# Called with the phase, how many articles are done, and of how many.
Progress = Callable[[str, int, int], None]
# Numbers given to terms: those of one space, UNKNOWN to others, or new ones as they come.
Numbers = Callable[[Sequence[str]], Sequence[int]]
# What else is done with articles' texts, some at a time.
Also = Callable[[list[Texts]], None]
# Articles, each with its texts; and their words as numbers, and how many each text has.
_Batch = list[tuple[Article, Texts]]
_Scanned = tuple[NDArray[np.int32], NDArray[np.int64]]


@dataclass(frozen=True)
class Tokens:
    """The words of some articles in order, and their tags.

    ``words`` (int32) are terms' numbers, ``STOP`` for stop words and ``UNKNOWN``; ``ends`` (int64,
    three an article and a first 0) says where title, summary and body end. ``tags`` (int32) are
    each article's, distinct and ascending, up to ``tag_ends`` (int64, one an article and a
    first 0).
    """

    words: NDArray[np.int32]
    ends: NDArray[np.int64]
    tags: NDArray[np.int32]
    tag_ends: NDArray[np.int64]

    def __len__(self) -> int:
        """Return the number of articles."""
        return len(self.tag_ends) - 1


class Growing(dict[str, int]):
    """Terms numbered as they come."""

    def numbers(self, terms: Sequence[str]) -> list[int]:
        """Return the terms' numbers, giving new ones to the new."""
        return [self.setdefault(term, len(self)) for term in terms]


class Reader:
    """Reads articles into tokens, and remembers how words and tags were written.

    Examples
    --------
    >>> terms, tags = Growing(), Growing()
    >>> reader = Reader(Languages(), terms.numbers, tags.numbers)
    >>> read = reader.read([Article(id="a", title="The Ferry", body="A ferry, late")])
    >>> list(terms), read.words.tolist(), read.ends.tolist()
    (['ferry', 'late'], [-2, 0, 0, 1], [0, 2, 2, 4])
    """

    def __init__(self, languages: Languages, words: Numbers, tags: Numbers) -> None:
        self._languages = languages
        self._words, self._tags = words, tags
        self._lexicons: dict[str | None, _Lexicon] = {}
        self._tag_forms: dict[str, dict[str, int]] = {}

    @property
    def room(self) -> int:
        """How many written forms of words and tags it has memory for by now."""
        forms = sum(lexicon.forms.room for lexicon in self._lexicons.values())
        return forms + len(self._tag_forms)

    def read(
        self,
        articles: Iterable[Article],
        threads: int = 1,
        also: Also | None = None,
    ) -> Tokens:
        """Read a stream of articles, in bounded memory but for the tokens.

        With more than one of ``threads``, others scan while this one takes the articles in. One has
        ``also`` do what it does with their texts, a batch at a time, in order.
        """
        words, lengths, tags, tag_counts = [], [], [], []

        def show(batch: _Batch) -> _Batch:
            if also:
                also([texts for _, texts in batch])
            return batch

        batches = _batches(articles)
        scanned = (
            _one_ahead(self._scanned, show, batches)
            if threads > 1
            else ((show(batch), self._scanned(batch)) for batch in batches)
        )
        for batch, (found, sizes) in scanned:
            words.append(found)
            lengths.append(sizes)
            for article, _ in batch:
                own = self._tags_of(article)
                tags += own
                tag_counts.append(len(own))
        none = np.zeros(0, np.int32)
        return Tokens(
            np.concatenate([none, *words]),
            _ends(np.concatenate([none, *lengths])),
            np.array(tags, np.int32),
            _ends(np.array(tag_counts, np.int64)),
        )

    def written(self) -> Iterator[tuple[int, str, int]]:
        """Yield each written form's term, the form, and how often it was met."""
        for lexicon in self._lexicons.values():
            forms, counts = lexicon.forms.since(0), lexicon.forms.counts().tolist()
            yield from zip(lexicon.term_of.tolist(), forms, counts, strict=True)

    def written_tags(self) -> Iterator[tuple[int, str, int]]:
        """Yield each written tag's number, the tag, and how many articles write it so."""
        for key, forms in self._tag_forms.items():
            [number] = self._tags([key])
            yield from ((number, form, count) for form, count in forms.items())

    def _scanned(self, batch: _Batch) -> _Scanned:
        """Return the tokens of a batch, and the length of each of its texts."""
        codes = [self._languages.code(article.language) for article, _ in batch]
        if len(distinct := sorted(set(codes), key=str)) == 1:
            return self._lexicon(codes[0]).read([text for _, texts in batch for text in texts])
        lengths = np.zeros(3 * len(batch), np.int64)
        parts = []
        for code in distinct:
            (mine,) = np.nonzero([code == other for other in codes])
            texts = [text for article in mine for text in batch[article][1]]
            found, lengths.reshape(-1, 3)[mine] = _by_three(self._lexicon(code).read(texts))
            parts.append((mine, found))
        owner = np.repeat(np.arange(len(batch)), lengths.reshape(-1, 3).sum(axis=1))
        merged = np.empty(len(owner), np.int32)
        for mine, found in parts:
            merged[np.isin(owner, mine)] = found
        return merged, lengths

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
    """The written forms of one language and the term of each."""

    def __init__(self, analyze: Callable[[str], str | None], numbers: Numbers) -> None:
        self.forms = Forms()
        self.term_of: NDArray[np.int32] = np.zeros(0, np.int32)
        self._analyze, self._numbers = analyze, numbers

    def read(self, texts: list[str]) -> _Scanned:
        found, lengths = self.forms.scan(texts)
        terms = [self._analyze(form) for form in self.forms.since(len(self.term_of))]
        known = iter(self._numbers([term for term in terms if term is not None]))
        new = [STOP if term is None else next(known) for term in terms]
        self.term_of = np.concatenate([self.term_of, np.array(new, np.int32)])
        return self.term_of[found], lengths


def _one_ahead(
    work: Callable[[_Batch], _Scanned], show: Callable[[_Batch], _Batch], batches: Iterable[_Batch]
) -> Iterator[tuple[_Batch, _Scanned]]:
    """Yield each batch that was shown, and ``work`` of it; meanwhile the next is taken in."""
    with ThreadPoolExecutor(1) as showing, ThreadPoolExecutor(1) as working:
        before: tuple[Future[_Batch], Future[_Scanned]] | None = None
        for batch in batches:
            now = showing.submit(show, batch), working.submit(work, batch)
            if before:
                yield before[0].result(), before[1].result()
            before = now
        if before:
            yield before[0].result(), before[1].result()


def _batches(articles: Iterable[Article]) -> Iterator[_Batch]:
    """Yield articles with their three texts, about ``_BATCH`` characters together."""
    batch: _Batch = []
    size = 0
    for article in articles:
        texts = readable(article)
        batch.append((article, texts))
        size += sum(map(len, texts))
        if size >= _BATCH:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def _by_three(read: _Scanned) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
    return read[0], read[1].reshape(-1, 3)


def _ends(lengths: NDArray[np.int64]) -> NDArray[np.int64]:
    ends = np.zeros(len(lengths) + 1, np.int64)
    np.cumsum(lengths, out=ends[1:])
    return ends


def renumbered(tokens: Tokens, word: NDArray[np.int64], tag: NDArray[np.int64]) -> Tokens:
    """Return tokens with new numbers: ``word`` and ``tag`` hold each old number's new one."""
    words = _renumbered(tokens.words, word)
    tags = tag.astype(np.int32)[tokens.tags]
    owner = np.repeat(np.arange(len(tokens)), np.diff(tokens.tag_ends))
    return replace(tokens, words=words, tags=tags[np.lexsort((tags, owner))])


@compiled
def _renumbered(words, new):  # type: ignore[no-untyped-def]
    # As an index an array would be copied to numbers of twice the size.
    found = np.empty_like(words)
    for at in range(len(words)):
        found[at] = new[words[at]] if words[at] >= 0 else words[at]
    return found
