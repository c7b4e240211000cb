"""Counts: how often each word, pair of words and tag stands where in each article."""

from __future__ import annotations

import re
from array import array
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from itertools import islice
from typing import NamedTuple
from unicodedata import normalize

import numpy as np
from numpy.typing import NDArray

from recommender.article import Article
from recommender.cutting import readable
from recommender.languages import Languages
from recommender.words import words

# Where a word of an article can stand; the opening is the beginning of the body.
TITLE, SUMMARY, OPENING, REST = range(4)
PLACES = 4

UNKNOWN, STOP = -2, -1
# A pair of words is one integer; three numbers of an article, a word and a word must fit 63 bits.
WORD_BITS = 26
MAX_WORDS = 1 << WORD_BITS
CHUNK = 512
# Tags are what they are in every language.
NO_LANGUAGE = Languages(language=None, stop_words=False)
# What only joins the parts of a tag, in any script: spaces, hyphens, stops, quotes, brackets.
_JOINERS = (
    r"\s_.,:;!?'\"()/\\\[\]\-\xa1\xab\xad\xb7\xbb\xbf\u05be\u05f3\u05f4\u060c\u061b\u061f\u0640"
    r"\u200b-\u2029\u2039\u203a\u2044\u2060\u3001\u3002\u30fb\ufeff"
)
_JOINTS = re.compile(f"^[#{_JOINERS}]+|[{_JOINERS}]+")


class Counts(NamedTuple):
    """Terms counted in a few articles, ordered by article, then term.

    ``article`` (int32) is local to the chunk, ``term`` int64; ``tf`` (entries x PLACES, uint16)
    says how often the term stands in each place.
    """

    article: NDArray[np.int32]
    term: NDArray[np.int64]
    tf: NDArray[np.uint16]


class Chunk(NamedTuple):
    """The counts of up to ``CHUNK`` articles.

    A pair is two words with at most stop words between them, its term ``first << WORD_BITS |
    second``; ``touching`` (uint16) says how often they stand next to each other.
    """

    articles: int
    words: Counts
    pairs: Counts
    touching: NDArray[np.uint16]
    tags: Counts


class Lexicon:
    """Every written form seen in each language, and the term it is a form of.

    Terms of all languages are numbered together as they come, in ``terms``; so are forms, in
    ``forms``, and ``term_of`` maps a form's number to its term's, or to ``STOP``. A closed lexicon
    learns no new terms: new forms of unknown ones are ``UNKNOWN``.

    Examples
    --------
    >>> lexicon = Lexicon(Languages())
    >>> english, german = lexicon.numbers("en"), lexicon.numbers("de")
    >>> [lexicon.term_of[english[form]] for form in ["The", "Die", "die"]]
    [-1, 0, 0]
    >>> [lexicon.term_of[german[form]] for form in ["The", "Die", "die"]]
    [1, -1, -1]
    """

    def __init__(self, languages: Languages, terms: dict[str, int] | None = None) -> None:
        self.languages = languages
        self.closed = terms is not None
        self.terms: dict[str, int] = terms or {}
        self.forms: list[str] = []
        self.term_of = array("q")
        self._numbers: dict[str | None, FormNumbers] = {}

    def numbers(self, language: str | None) -> FormNumbers:
        """Return the numbers of the forms of a language, which grow as they are asked for."""
        code = self.languages.code(language)
        if code not in self._numbers:
            self._numbers[code] = FormNumbers(self, self.languages.analyzer(code))
        return self._numbers[code]

    def add(self, form: str, term: str | None) -> int:
        """Number a form and, if it is new, its term."""
        if term is None:
            number = STOP
        elif self.closed:
            number = self.terms.get(term, UNKNOWN)
        else:
            number = self.terms.setdefault(term, len(self.terms))
        self.forms.append(form)
        self.term_of.append(number)
        return len(self.forms) - 1


class FormNumbers(dict[str, int]):
    """The numbers of one language's written forms in a lexicon."""

    def __init__(self, lexicon: Lexicon, analyze: Callable[[str], str | None]) -> None:
        super().__init__()
        self._lexicon = lexicon
        self._analyze = analyze

    def __missing__(self, form: str) -> int:
        self[form] = number = self._lexicon.add(form, self._analyze(form))
        return number


def no_articles() -> Chunk:
    """Return the counts of no articles."""
    none = Counts(np.zeros(0, np.int32), np.zeros(0, np.int64), np.zeros((0, PLACES), np.uint16))
    return Chunk(0, none, none, np.zeros(0, np.uint16), none)


@lru_cache(maxsize=1 << 16)
def tag_key(tag: str) -> str:
    """Return what spellings of one tag share: its letters and digits, NFKC, without case.

    Spaces, hyphens and other punctuation only join; what is between two digits stays, and so does
    a symbol that tells. Endings stay too: no rule takes plurals off in every language, and Windows
    is no window.

    Examples
    --------
    >>> tag_key("E-Mail") == tag_key("email"), tag_key("#MeToo") == tag_key("Me Too")
    (True, True)
    >>> tag_key("9/11") == tag_key("911"), tag_key("C++") == tag_key("C#")
    (False, False)
    """
    # Casefolding makes capitals of Cherokee, which a lexicon would then put in lower case.
    folded = normalize("NFKC", normalize("NFKC", tag).casefold()).lower()
    return normalize("NFKC", _JOINTS.sub(_joint, folded.strip())) or tag


def _joint(found: re.Match[str]) -> str:
    start, end = found.span()
    after = found.string[end : end + 1]
    if start == 0:
        # The sign of a hashtag goes, but #1, -5 and .NET are names.
        return "" if after.isalpha() and found[0] != "." else found[0]
    between = found.string[start - 1].isdigit() and after.isdigit()
    return "".join(found[0].split()) or " " if between else ""


class Counter:
    """Counts articles chunk by chunk, learning words, their forms and tags as they come.

    Examples
    --------
    >>> counter = Counter(Lexicon(Languages()), Lexicon(NO_LANGUAGE), lead_words=120)
    >>> [chunk] = counter.chunks([Article(id="a", title="Ferry late", body="The ferry")])
    >>> chunk.words.tf[0].tolist()  # "ferry": once in the title, once in the opening
    [1, 0, 1, 0]
    """

    def __init__(self, words: Lexicon, tags: Lexicon, lead_words: int) -> None:
        self.words = words
        self.tags = tags
        self.lead_words = lead_words
        self.form_counts = np.zeros(0, np.int64)
        self.tag_counts: dict[str, int] = {}

    def chunks(self, articles: Iterable[Article]) -> Iterator[Chunk]:
        """Count a stream of articles, ``CHUNK`` at a time."""
        articles = iter(articles)
        while batch := list(islice(articles, CHUNK)):
            yield self._count(batch)

    def _count(self, batch: list[Article]) -> Chunk:
        term, stream, place = self._read(batch)
        (told,) = np.nonzero(term != STOP)
        first, second = told[:-1], told[1:]
        paired = (stream[first] == stream[second]) & (term[first] >= 0) & (term[second] >= 0)
        first, second = first[paired], second[paired]
        pair = term[first] << WORD_BITS | term[second]
        pairs, entry = _tally(stream[first] // 3, pair, place[first], 2 * WORD_BITS)
        touching = np.bincount(entry[second == first + 1], minlength=len(pairs.term))
        (known,) = np.nonzero(term >= 0)
        counted, _ = _tally(stream[known] // 3, term[known], place[known], WORD_BITS)
        return Chunk(len(batch), counted, pairs, _clip(touching), self._tags(batch))

    def _read(self, batch: list[Article]) -> tuple[NDArray[np.int64], ...]:
        """Return every word of the batch: its term, its stream (one a field), its place."""
        forms: list[int] = []
        lengths: list[int] = []
        for article in batch:
            form_of = self.words.numbers(article.language).__getitem__
            for text in readable(article):
                found = list(map(form_of, words(text)))
                forms += found
                lengths.append(len(found))
        form = np.array(forms, np.int64)
        length = np.array(lengths, np.int64)
        stream = np.repeat(np.arange(len(length)), length)
        position = np.arange(len(form)) - np.repeat(np.cumsum(length) - length, length)
        place = np.where(stream % 3 < 2, stream % 3, OPENING + (position >= self.lead_words))
        self._remember(form)
        return np.frombuffer(self.words.term_of, np.int64)[form], stream, place

    def _remember(self, form: NDArray[np.int64]) -> None:
        counts = np.bincount(form, minlength=len(self.words.forms))
        counts[: len(self.form_counts)] += self.form_counts
        self.form_counts = counts

    def _tags(self, batch: list[Article]) -> Counts:
        pairs = set()
        key_of = self.tags.numbers(None)
        for row, article in enumerate(batch):
            for tag in article.tags:
                number = self.tags.term_of[key_of[tag_key(tag)]]
                if number >= 0:
                    pairs.add((row, number))
                    self.tag_counts[tag] = self.tag_counts.get(tag, 0) + 1
        ordered = np.array(sorted(pairs), np.int64).reshape(-1, 2)
        tf = np.zeros((len(ordered), PLACES), np.uint16)
        tf[:, TITLE] = 1
        return Counts(ordered[:, 0].astype(np.int32), ordered[:, 1], tf)

    def written_forms(self) -> dict[int, str]:
        """Return each word's commonest form; of equally common ones the first in code points."""
        best: dict[int, tuple[int, str]] = {}
        counts = self.form_counts.tolist()
        for term, form, count in zip(self.words.term_of, self.words.forms, counts, strict=True):
            if term >= 0:
                best[term] = min(best.get(term, (0, form)), (-count, form))
        return {term: form for term, (_, form) in best.items()}


def _clip(counts: NDArray[np.int64]) -> NDArray[np.uint16]:
    return np.minimum(counts, np.iinfo(np.uint16).max).astype(np.uint16)


def _tally(
    article: NDArray[np.int64], term: NDArray[np.int64], place: NDArray[np.int64], bits: int
) -> tuple[Counts, NDArray[np.int64]]:
    """Count terms of ``bits`` bits; also return each occurrence's entry in the counts."""
    keys, entry = np.unique(article << bits | term, return_inverse=True)
    tf = np.empty((len(keys), PLACES), np.uint16)
    for number in range(PLACES):
        tf[:, number] = _clip(np.bincount(entry[place == number], minlength=len(keys)))
    return Counts((keys >> bits).astype(np.int32), keys & ((1 << bits) - 1), tf), entry
