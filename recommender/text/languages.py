"""Languages: how written words become terms; stop words out, stems and accents if asked."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files

from recommender.text.words import words

_SUBTAG = re.compile(r"[a-z]{2,8}(?![a-z])", re.IGNORECASE)
# Older codes, and two written languages of one that the libraries know by the common name.
_COMMON = {"iw": "he", "in": "id", "ji": "yi", "nb": "no", "nn": "no"}
# Snowball's names of the languages it stems.
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
# Diacritics of Latin, Greek and Cyrillic, points of Hebrew, vowel signs of Arabic. Marks of other
# scripts are letters of theirs.
_ACCENTS = re.compile("[\u0300-\u036f\u0591-\u05c7\u064b-\u065f\u0670]")
# Letters that Unicode does not take apart, as people write them who lack the key.
_PLAIN_LETTERS = str.maketrans(
    {"ł": "l", "ø": "o", "đ": "d", "ħ": "h", "ŧ": "t", "\u0131": "i"}
    | {"æ": "ae", "œ": "oe", "ß": "ss", "ð": "d", "þ": "th"}
)


@dataclass(frozen=True)
class Languages:
    """What is done to the words of each language; the fields are those of ``VectorSettings``.

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
        """Return the code an article of a language is read by; None if it makes no difference.

        That is its primary subtag, or the assumed language's if there is none or it is unknown.

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
        """Return what gives a written form's term in lower case, or None for a stop word.

        It is for one thread: Snowball's stemmers remember the word they are at.
        """
        fold = fold_accents if self.fold_accents else _same
        stem = _stemmer(code) if self.stemming else _same
        stopped = frozenset(map(fold, stop_words(code) if self.stop_words else ()))

        def term(form: str) -> str | None:
            lower = form.lower()
            return None if fold(lower) in stopped else fold(stem(lower))

        return term


@lru_cache(1024)
def primary(language: str | None) -> str | None:
    """Return the primary subtag of a language tag (BCP 47) as a two-letter code has it, or None.

    Examples
    --------
    >>> primary("en-US"), primary("PT_br"), primary("nb"), primary("")
    ('en', 'pt', 'no', None)
    """
    found = _SUBTAG.match(language or "")
    return _COMMON.get(found[0].lower(), found[0].lower()) if found else None


def is_known(code: str | None) -> bool:
    """Tell whether there are stop words or a stemmer for a code.

    Examples
    --------
    >>> is_known("pl"), is_known("english")
    (True, False)
    """
    return code == "en" or code in _STEMMERS or bool(stop_words(code))


@cache
def stop_words(code: str | None) -> frozenset[str]:
    """Return the words of a language too common to say anything, in lower case.

    English has scikit-learn's list, others that of Stopwords ISO; none for None or no list.

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

    listed = [word.lower() for word in stopwordsiso.stopwords(code)]
    # An entry that is cut when an article is read must be cut in the same way to be met.
    return frozenset(listed).union(*map(words, listed))


def fold_accents(term: str) -> str:
    """Return a term in lower case without its accents, in plain letters where it has others.

    Examples
    --------
    >>> fold_accents("łódź"), fold_accents("straße"), fold_accents("हिन्दी")
    ('lodz', 'strasse', 'हिन्दी')
    """
    bare = _ACCENTS.sub("", unicodedata.normalize("NFD", term)).translate(_PLAIN_LETTERS)
    return unicodedata.normalize("NFC", bare)


def _same(term: str) -> str:
    return term


def _stemmer(code: str | None) -> Callable[[str], str]:
    if code not in _STEMMERS:
        return _same
    import snowballstemmer

    stem: Callable[[str], str] = snowballstemmer.stemmer(_STEMMERS[code]).stemWord
    return stem
