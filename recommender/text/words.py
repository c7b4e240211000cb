"""Words: text in any script cut into its words, in order and as written."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from functools import cache
from itertools import chain, pairwise
from typing import NamedTuple

# Letters, not digits, of scripts without spaces between words. Japanese changes script mostly
# between words, so each run of one script is cut separately.
_UNSEGMENTED = (
    # Han, with the small katakana of 霞ヶ関; hiragana; katakana. Both kana have the mark ー.
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
    """Regular expressions that find words; ``plain_word`` does it fastest, in ``plain`` texts.

    In other texts ``run`` matches a run of one script without spaces, ``character`` one letter of
    it with its marks, and ``word`` a word of any other script.
    """

    plain: re.Pattern[str]
    plain_word: re.Pattern[str]
    word: re.Pattern[str]
    run: re.Pattern[str]
    character: re.Pattern[str]


def words(text: str) -> list[str]:
    """Return the words of plain text in order, as written, in Unicode normal form NFC.

    A word is a run of two or more word characters, as in scikit-learn's default analyzer, with the
    combining marks on them. In scripts without spaces between words, each overlapping character
    bigram of a run is a word; a run of one character is one word.

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
    result: list[str] = []
    # The split alternates: text between runs, a run, text between runs, and so on.
    for at, part in enumerate(patterns.run.split(unicodedata.normalize("NFC", text))):
        result += _bigrams(part) if at % 2 else patterns.word.findall(part)
    return result


def is_unsegmented(word: str) -> bool:
    """Tell whether a word is in a script without spaces between words.

    Examples
    --------
    >>> is_unsegmented("東京"), is_unsegmented("Tokyo")
    (True, False)
    """
    return bool(_ANY_UNSEGMENTED.match(word))


def is_hiragana(word: str) -> bool:
    """Tell whether a word is all hiragana, as Japanese particles and verb endings are.

    Examples
    --------
    >>> is_hiragana("から"), is_hiragana("東京")
    (True, False)
    """
    return bool(_HIRAGANA.fullmatch(word))


def join_overlapping(first: str, second: str) -> str | None:
    """Join two strings that overlap by one character; return None if they do not.

    Only strings in a script without spaces between words are joined.

    Examples
    --------
    >>> pairs = ("東京", "京電"), ("東京", "電力"), ("anna", "apple")
    >>> [join_overlapping(first, second) for first, second in pairs]
    ['東京電', None, None]
    """
    if not is_unsegmented(first):
        return None
    character = _patterns().character
    left, right = character.findall(first), character.findall(second)
    if min(len(left), len(right)) < 2 or left[-1] != right[0]:
        return None
    return first + second[len(right[0]) :]


def _bigrams(run: str) -> list[str]:
    characters = _patterns().character.findall(run)
    return [first + second for first, second in pairwise(characters)] or characters


@cache
def _patterns() -> _Patterns:
    # The planes in between are Han and have no marks.
    assigned = chain(range(0x20000), range(0xE0000, 0xE0200))
    marks = _ranges(filter(_is_mark, map(chr, assigned)))
    # Up to U+20D0, where more marks begin; Korean syllables, which may compose, come later.
    plain = [c for c in map(chr, range(0x20D0)) if is_plain(c)]
    letter = _ranges(c for c in plain if c.isalnum() or c == "_")
    runs = "|".join(f"[{script}][{script}{marks}]*" for script in _UNSEGMENTED)
    return _Patterns(
        re.compile(f"[{_ranges(plain)}]*"),
        re.compile(f"[{letter}][{letter}]+"),
        re.compile(rf"\w[\w{marks}]+"),
        re.compile(f"({runs})"),
        re.compile(f"[^{marks}][{marks}]*"),
    )


def _is_mark(character: str) -> bool:
    # Variation selectors, and enclosing marks such as keycaps (Me), are no part of a word.
    return unicodedata.category(character) in ("Mn", "Mc") and not "\ufe00" <= character <= "\ufe0f"


def is_plain(character: str) -> bool:
    """Tell whether a character can be read on its own: no mark, no part of a composition.

    Letters of scripts without spaces between words are not plain either.

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


def _ranges(characters: Iterable[str]) -> str:
    """Return ascending characters as the ranges of a regular expression's character set."""
    ranges: list[list[str]] = []
    for character in characters:
        if ranges and ord(character) == ord(ranges[-1][1]) + 1:
            ranges[-1][1] = character
        else:
            ranges.append([character, character])
    return "".join(f"{re.escape(low)}-{re.escape(high)}" for low, high in ranges)
