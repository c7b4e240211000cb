"""Languages: turning written words into terms: lower case, stop words, stems, accents."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files

from recommender.text.words import words

_SUBTAG = re.compile(r"[a-z]{2,8}(?![a-z])", re.IGNORECASE)
# Older codes, and the two written forms of Norwegian: the libraries know only the newer or common.
_ALIASES = {"iw": "he", "in": "id", "ji": "yi", "nb": "no", "nn": "no"}
# The languages that Snowball stems, by code, with its names for them.
_STEMMERS = dict(
    re.findall(
        r"(\w+):(\w+)",
        "ar:arabic ca:catalan cs:czech da:danish de:german el:greek en:english eo:esperanto "
        "es:spanish et:estonian eu:basque fa:persian fi:finnish fr:french ga:irish hi:hindi "
        "hu:hungarian hy:armenian id:indonesian it:italian lt:lithuanian ne:nepali nl:dutch "
        "no:norwegian pl:polish pt:portuguese ro:romanian ru:russian sr:serbian st:sesotho "
        "sv:swedish ta:tamil tr:turkish yi:yiddish",
    )
)
# Diacritics of Latin, Greek and Cyrillic, points of Hebrew, vowel signs of Arabic. The marks of
# other scripts count as letters.
_ACCENTS = re.compile("[\u0300-\u036f\u0591-\u05c7\u064b-\u065f\u0670]")
# Letters that Unicode does not decompose, and what people without the key type instead.
_PLAIN_LETTERS = str.maketrans(
    {"ł": "l", "ø": "o", "đ": "d", "ħ": "h", "ŧ": "t", "\u0131": "i"}
    | {"æ": "ae", "œ": "oe", "ß": "ss", "ð": "d", "þ": "th"}
)


@dataclass(frozen=True)
class Languages:
    """How words become terms in each language; the fields are those of ``VectorSettings``.

    ``language`` is assumed for articles without one.

    Examples
    --------
    >>> term = Languages(stemming=True).analyzer("en")
    >>> term("The"), term("Ferries")
    (None, 'ferri')
    """

    language: str | None = "en"
    stop_words: bool = True
    stemming: bool = False
    fold_accents: bool = False

    def code(self, language: str | None) -> str | None:
        """Return the code to analyze an article's language with; None if language has no effect.

        The code is the primary subtag of ``language``, or that of the assumed language if
        ``language`` is missing or unknown.

        Examples
        --------
        >>> [Languages().code(language) for language in ("de-AT", "nb", "tlh", None)]
        ['de', 'no', 'en', 'en']
        """
        if not self.stop_words and not self.stemming:
            return None
        assumed, own = primary(self.language), primary(language)
        return own if own != assumed and is_known(own) else assumed

    def analyzer(self, code: str | None) -> Callable[[str], str | None]:
        """Return a function from a written word to its lower-case term, or None for a stop word.

        Use it from one thread only: Snowball's stemmers keep state while they work.
        """
        fold = fold_accents if self.fold_accents else _unchanged
        stem = _stemmer(code) if self.stemming else _unchanged
        excluded = frozenset(map(fold, stop_words(code) if self.stop_words else ()))

        def term(form: str) -> str | None:
            lower = form.lower()
            return None if fold(lower) in excluded else fold(stem(lower))

        return term


@lru_cache(1024)
def primary(language: str | None) -> str | None:
    """Return the primary subtag of a language tag (BCP 47) in lower case, or None.

    Older codes and the two Norwegian ones are mapped to the common code.

    Examples
    --------
    >>> primary("en-US"), primary("PT_br"), primary("nb"), primary("")
    ('en', 'pt', 'no', None)
    """
    subtag = _SUBTAG.match(language or "")
    return _ALIASES.get(subtag[0].lower(), subtag[0].lower()) if subtag else None


def is_known(code: str | None) -> bool:
    """Tell whether a language code has stop words or a stemmer.

    Examples
    --------
    >>> is_known("pl"), is_known("english")
    (True, False)
    """
    return code == "en" or code in _STEMMERS or bool(stop_words(code))


@cache
def stop_words(code: str | None) -> frozenset[str]:
    """Return the stop words of a language, in lower case.

    The English list is scikit-learn's, all others are from Stopwords ISO. The set is empty for
    None and for a language without a list.

    Examples
    --------
    >>> "the" in stop_words("en"), "się" in stop_words("pl"), len(stop_words(None))
    (True, True, 0)
    """
    if code is None:
        return frozenset()
    if code == "en":
        path = files("recommender.text") / "stop_words" / "en.txt"
        return frozenset(path.read_text(encoding="utf-8").split())
    import stopwordsiso

    entries = [word.lower() for word in stopwordsiso.stopwords(code)]
    # Entries that ``words`` splits in articles are split here too, or they would never match.
    return frozenset(entries).union(*map(words, entries))


def fold_accents(term: str) -> str:
    """Remove the accents of a lower-case term; letters such as ł and ß become l and ss.

    Examples
    --------
    >>> fold_accents("łódź"), fold_accents("straße"), fold_accents("हिन्दी")
    ('lodz', 'strasse', 'हिन्दी')
    """
    bare = _ACCENTS.sub("", unicodedata.normalize("NFD", term)).translate(_PLAIN_LETTERS)
    return unicodedata.normalize("NFC", bare)


def _unchanged(term: str) -> str:
    return term


def _stemmer(code: str | None) -> Callable[[str], str]:
    if code not in _STEMMERS:
        return _unchanged
    import snowballstemmer

    stem: Callable[[str], str] = snowballstemmer.stemmer(_STEMMERS[code]).stemWord
    return stem
