"""Reasons: what two articles share, in one phrase, in words as the articles write them."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from recommender.kernels.layout import ADJACENT
from recommender.lists.explanation import name_of
from recommender.text.words import is_hiragana, is_unsegmented, join_overlapping
from recommender.vectors.overlap import overlap
from recommender.vectors.packed import Vectors
from recommender.vectors.term_space import TermSpace

_PHRASES = 3
# The longest string of characters, in steps to either side of a bigram.
_STEPS = 8
# So many of the strongest shared terms are considered for a reason.
_CONSIDERED = 24
# A tag or a plain word in more than this share of the articles is too broad for a reason; a plain
# word in at most so few articles never is.
BROAD_SHARE, FEW_ARTICLES = 0.2, 8
# A bigram is one name if so large a share of the articles with its rarer word have both; the
# higher share counts where one of the words is mostly lower case, as in "Supreme court".
NAME_SHARE, MIXED_NAME_SHARE = 0.25, 0.6
# Two words are one if they have this many letters in common and one only has an ending more.
STEM_LETTERS = 4
# Words that look like names but say nothing, in English and German.
_CALENDAR = (
    "january february march april june july august september october november december "
    "jan feb mar apr jun jul aug sep sept oct nov dec monday tuesday wednesday thursday friday "
    "saturday sunday mon tue tues wed thu thurs fri januar februar märz mai juni juli oktober "
    "dezember montag dienstag mittwoch donnerstag freitag samstag sonnabend sonntag"
)
_ADDRESS = "mr mrs ms dr gov sen rep sir herr frau"
EMPTY_WORDS = frozenset(f"{_CALENDAR} {_ADDRESS}".split())


def reason(space: TermSpace, query: Vectors, other: Vectors) -> str:
    """Return in one phrase what two articles share, in whole words as the articles write them.

    Shared tags that are not broad come first, then names, then other words, each strongest first;
    a name is given in full, "Tea Party". Months, days of the week, forms of address and broad
    plain words are left out. In scripts without spaces words count as names; character bigrams are
    joined to the longest string that both articles have, and hiragana is left out.
    """
    columns, _, bits = overlap(query, other)
    considered = space.tag_mask(columns)
    tags = set(columns[considered].tolist())
    considered[:_CONSIDERED] = True
    terms = list(zip(columns[considered].tolist(), bits[considered].tolist(), strict=True))
    adjacent = columns[(bits & ADJACENT) > 0]
    bigrams = _bigrams(space, adjacent)
    chosen: list[str] = []
    for name, column in _ranked(space, terms, tags):
        if _is_telling(space, name, column, column in tags) and not _is_covered(name, chosen):
            if column not in tags and is_unsegmented(name):
                name = _longest_string(space, adjacent.tolist(), column)
            elif column < len(space.words) and name[:1].isupper():
                name = _full_name(space, bigrams, column)
            if not _is_covered(name, chosen):
                chosen.append(name)
        if len(chosen) == _PHRASES:
            break
    return _sentence(chosen)


def _ranked(
    space: TermSpace, terms: list[tuple[int, int]], tags: set[int]
) -> Iterator[tuple[str, int]]:
    """Yield tags, then names, then other words, with their columns."""
    yield from ((name_of(space, *term), term[0]) for term in terms if term[0] in tags)
    others = []
    for column, bits in terms:
        if column not in tags:
            name = name_of(space, column, bits)
            if name[:1].isupper() or is_unsegmented(name):
                yield name, column
            else:
                others.append((name, column))
    yield from others


def _is_telling(space: TermSpace, name: str, column: int, is_tag: bool) -> bool:
    if is_tag:
        return bool(space.df_of(column) <= max(2, BROAD_SHARE * space.articles))
    if is_unsegmented(name):
        # Hiragana is mostly endings; bigrams that do not overlap may have a comma between them.
        return len(name) > 1 and " " not in name and not is_hiragana(name)
    if name[:1].islower() and _is_broad(space, column):
        return False
    has_letters = "…" not in name and any(character.isalpha() for character in name)
    return has_letters and not EMPTY_WORDS.intersection(name.lower().split())


def _is_broad(space: TermSpace, column: int) -> bool:
    return space.df_of(column) > max(FEW_ARTICLES, BROAD_SHARE * space.articles)


def _is_covered(phrase: str, chosen: list[str]) -> bool:
    """Tell whether a word of the phrase is in one of the chosen phrases already."""
    if is_unsegmented(phrase):
        return any(phrase in other or other in phrase for other in chosen)
    words = [word for other in chosen for word in other.lower().split()]
    return any(_is_same(word, other) for word in phrase.lower().split() for other in words)


def _is_same(one: str, other: str) -> bool:
    """Tell whether two words are one, or one with an ending: Yazidi and Yazidis, Iraq and Iraqi."""
    short, long = sorted((one, other), key=len)
    return one == other or (len(short) >= STEM_LETTERS and long.startswith(short))


def _bigrams(space: TermSpace, columns: NDArray[np.int32]) -> list[tuple[int, int, int]]:
    """Return which of some columns are bigrams, each with the columns of both words."""
    numbers = columns[(columns >= len(space.words)) & (columns < len(space) - len(space.tags))]
    firsts, seconds = space.words_of_all(numbers)
    return list(zip(numbers.tolist(), firsts.tolist(), seconds.tolist(), strict=True))


def _full_name(space: TermSpace, bigrams: list[tuple[int, int, int]], word: int) -> str:
    """Return the two-word name that a word is most firmly a part of, else the word alone.

    A bigram is the firmer, the larger a share of the articles with the rarer of its words have
    both in a row.
    """
    best, name = NAME_SHARE, space.name(word)
    for column, *pair in bigrams:
        if word not in pair:
            continue
        share = space.df_of(column) / min(map(space.df_of, pair))
        if share <= best:
            continue
        parts = [space.words[each] for each in pair]
        capitalised = all(part[:1].isupper() for part in parts)
        broad = any(_is_broad(space, each) for each in pair)
        if not capitalised and (share <= MIXED_NAME_SHARE or broad):
            continue
        if _can_be_name(*parts):
            best, name = share, " ".join(parts)
    return name


def _can_be_name(first: str, second: str) -> bool:
    return not EMPTY_WORDS & {first.lower(), second.lower()} and not (
        is_unsegmented(first) or is_unsegmented(second)
    )


def _longest_string(space: TermSpace, adjacent: list[int], column: int) -> str:
    """Return the string of shared character bigrams around one.

    Two are joined where the articles share the pair of them, so that 東京 and 京都 alone do not
    make 東京都; of several the strongest.
    """
    after: dict[int, int] = {}
    before: dict[int, int] = {}
    for other in adjacent:
        pair = space.words_of(other)
        if pair and join_overlapping(space.words[pair[0]], space.words[pair[1]]):
            after.setdefault(pair[0], pair[1])
            before.setdefault(pair[1], pair[0])
    first, last = space.words_of(column) or (column, column)
    text = space.name(column)
    for _ in range(_STEPS):
        # Popped, so that a circle ends.
        if last in after:
            last = after.pop(last)
            text = join_overlapping(text, space.words[last]) or text
        if first in before:
            first = before.pop(first)
            text = join_overlapping(space.words[first], text) or text
    return text


def _sentence(phrases: list[str]) -> str:
    if not phrases:
        return "Similar wording"
    if len(phrases) == 1:
        return f"Both about {phrases[0]}"
    return f"Both about {', '.join(phrases[:-1])} and {phrases[-1]}"
