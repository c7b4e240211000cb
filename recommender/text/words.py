"""Words of every script, in order and as written."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from functools import cache
from itertools import chain, pairwise
from typing import NamedTuple

# The letters of scripts that put no spaces between words. Japanese changes script between words
# more often than within them, so a run of one script is cut by itself. Digits are no letters.
_UNSEGMENTED = (
    # Han, and the small katakana of 霞ヶ関; hiragana; katakana: both have the prolonged sound mark.
    "\u3005-\u3007\u3021-\u3029\u3038-\u303b\u30f5\u30f6\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
    "\U00020000-\U000323af",
    "\u3041-\u3096\u309d-\u309f\u30fc",
    "\u30a1-\u30fa\u30fc-\u30ff\u31f0-\u31ff\uff66-\uff9f",
    # Thai and Lao; Khmer; Myanmar.
    "\u0e01-\u0e30\u0e32\u0e33\u0e40-\u0e46\u0e81-\u0eb0\u0eb2\u0eb3\u0ebd-\u0ec6\u0edc-\u0edf",
    "\u1780-\u17b3\u17d7\u17dc",
    "\u1000-\u102a\u103f\u1050-\u1055\u105a-\u1081\u108e\ua9e0-\ua9ef\ua9fa-\ua9fe\uaa60-\uaa7f",
)
_ANY_UNSEGMENTED = re.compile(f"[{''.join(_UNSEGMENTED)}]")
_HIRAGANA = re.compile(f"[{_UNSEGMENTED[1]}]*")


class _Patterns(NamedTuple):
    # What matches ``plain`` needs no care, and ``plain_word`` finds its words fastest.

    plain: re.Pattern[str]
    plain_word: re.Pattern[str]
    word: re.Pattern[str]
    run: re.Pattern[str]
    character: re.Pattern[str]


def words(text: str) -> list[str]:
    """Return the words of plain text in order, as written, in Unicode's form NFC.

    A word is a run of two or more word characters and the marks on them, as scikit-learn's default
    analyzer finds them but for the marks. A run of a script without spaces between words is its
    overlapping character bigrams, or its one character.

    Examples
    --------
    >>> words("The Łódź ferry's 2nd refit, a “first”")
    ['The', 'Łódź', 'ferry', '2nd', 'refit', 'first']
    >>> words("東京電力のサーバー"), words("हिन्दी")
    (['東京', '京電', '電力', 'の', 'サー', 'ーバ', 'バー'], ['हिन्दी'])
    """
    patterns = _patterns()
    if patterns.plain.fullmatch(text):
        return patterns.plain_word.findall(text)
    found: list[str] = []
    for at, part in enumerate(patterns.run.split(unicodedata.normalize("NFC", text))):
        found += _bigrams(part) if at % 2 else patterns.word.findall(part)
    return found


def is_unsegmented(word: str) -> bool:
    """Tell whether a word is of a script without spaces between words.

    Examples
    --------
    >>> is_unsegmented("東京"), is_unsegmented("Tokyo")
    (True, False)
    """
    return bool(_ANY_UNSEGMENTED.match(word))


def is_hiragana(word: str) -> bool:
    """Tell whether a word is all hiragana, as Japanese endings and particles are.

    Examples
    --------
    >>> is_hiragana("から"), is_hiragana("東京")
    (True, False)
    """
    return bool(_HIRAGANA.fullmatch(word))


def merged(first: str, second: str) -> str | None:
    """Return two strings of characters that overlap by one as a longer one, or None.

    Examples
    --------
    >>> merged("東京", "京電"), merged("東京", "電力"), merged("anna", "apple")
    ('東京電', None, None)
    """
    if not is_unsegmented(first):
        return None
    character = _patterns().character
    ends, begins = character.findall(first), character.findall(second)
    if min(len(ends), len(begins)) < 2 or ends[-1] != begins[0]:
        return None
    return first + second[len(begins[0]) :]


def _bigrams(run: str) -> list[str]:
    characters = _patterns().character.findall(run)
    return [first + second for first, second in pairwise(characters)] or characters


@cache
def _patterns() -> _Patterns:
    # No mark is in the planes between, which are Han.
    assigned = chain(range(0x20000), range(0xE0000, 0xE0200))
    marks = _class(filter(_is_mark, map(chr, assigned)))
    # Marks begin above; so do syllables of Korean, written in parts, that NFC puts together.
    plain = [c for c in map(chr, range(0x20D0)) if is_plain(c)]
    letter = _class(c for c in plain if c.isalnum() or c == "_")
    runs = "|".join(f"[{script}][{script}{marks}]*" for script in _UNSEGMENTED)
    return _Patterns(
        re.compile(f"[{_class(plain)}]*"),
        re.compile(f"[{letter}][{letter}]+"),
        re.compile(rf"\w[\w{marks}]+"),
        re.compile(f"({runs})"),
        re.compile(f"[^{marks}][{marks}]*"),
    )


def _is_mark(character: str) -> bool:
    # Those that only choose between two looks of a character, and keycaps, are of no word.
    return unicodedata.category(character) in ("Mn", "Mc") and not "\ufe00" <= character <= "\ufe0f"


def is_plain(character: str) -> bool:
    """Tell whether a character is read by itself: no mark, and nothing composes with it before it.

    Examples
    --------
    >>> is_plain("é"), is_plain("…"), is_plain("\u0301"), is_plain("東")
    (True, True, False, False)
    """
    return not (
        _is_mark(character)
        or _ANY_UNSEGMENTED.match(character)
        or "\u1100" <= character <= "\u11ff"
        or not unicodedata.is_normalized("NFC", character)
    )


def _class(characters: Iterable[str]) -> str:
    """Return the inside of a regular expression's set: ranges of ascending characters."""
    ranges: list[list[str]] = []
    for character in characters:
        if ranges and ord(character) == ord(ranges[-1][1]) + 1:
            ranges[-1][1] = character
        else:
            ranges.append([character, character])
    return "".join(f"{re.escape(low)}-{re.escape(high)}" for low, high in ranges)
