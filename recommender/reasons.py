"""Reasons: what two articles share in one phrase, in words as the articles write them."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from recommender.explain import name_of, shared
from recommender.rows import Vectors
from recommender.vectors import TermSpace
from recommender.weights import TOUCHING
from recommender.words import is_hiragana, is_unsegmented, merged

_PHRASES = 3
# The longest string of characters shown, in steps to either side of a bigram.
_STEPS = 8
# So many of the strongest shared terms may be named in a reason.
_NAMED = 24
# A tag or a plain word that more articles than this have says too little to be named as a reason,
# but for a word of no more than so few articles.
_BROAD, _FEW = 0.2, 8
# A pair of words is one name if so large a share of the articles with the rarer one have both; or
# if one of them is mostly written small, as in "Supreme court".
FIRM, FIRMER = 0.25, 0.6
# Two words are told as one if they share this many letters and one has an ending more.
_STEM = 4
# In English and German, where they look like names.
_CALENDAR = (
    "january february march april june july august september october november december "
    "jan feb mar apr jun jul aug sep sept oct nov dec monday tuesday wednesday thursday friday "
    "saturday sunday mon tue tues wed thu thurs fri januar februar märz mai juni juli oktober "
    "dezember montag dienstag mittwoch donnerstag freitag samstag sonnabend sonntag"
)
_ADDRESS = "mr mrs ms dr gov sen rep sir herr frau"
_EMPTY = frozenset(f"{_CALENDAR} {_ADDRESS}".split())


def reason(space: TermSpace, query: Vectors, other: Vectors) -> str:
    """Say in one phrase what two articles share, in whole words as the articles write them.

    Shared tags that are not broad come first, then names, then other words, each strongest first;
    a name is told in full, "Tea Party". Months, days of the week and forms of address tell nothing,
    nor do plain words that are everywhere.
    In scripts without spaces between words, words are as good as names; character bigrams are shown
    as the string of them that both articles have, hiragana is not shown.
    """
    columns, _, bits = shared(query, other)
    named = space.tagged(columns)
    tags = set(columns[named].tolist())
    named[:_NAMED] = True
    picked = list(zip(columns[named].tolist(), bits[named].tolist(), strict=True))
    touching = columns[(bits & TOUCHING) > 0]
    pairs = _pairs(space, touching)
    chosen: list[str] = []
    for name, column in _ranked(space, picked, tags):
        if _tells(space, name, column, column in tags) and not _is_said(name, chosen):
            if column not in tags and is_unsegmented(name):
                name = _string(space, touching.tolist(), column)
            elif column < len(space.words) and name[:1].isupper():
                name = _full_name(space, pairs, column)
            if not _is_said(name, chosen):
                chosen.append(name)
        if len(chosen) == _PHRASES:
            break
    return _sentence(chosen)


def _ranked(
    space: TermSpace, picked: list[tuple[int, int]], tags: set[int]
) -> Iterator[tuple[str, int]]:
    """Yield tags, then names, then other words, with their columns."""
    yield from ((name_of(space, *term), term[0]) for term in picked if term[0] in tags)
    others = []
    for column, bits in picked:
        if column not in tags:
            name = name_of(space, column, bits)
            if name[:1].isupper() or is_unsegmented(name):
                yield name, column
            else:
                others.append((name, column))
    yield from others


def _tells(space: TermSpace, name: str, column: int, is_tag: bool) -> bool:
    if is_tag:
        return bool(space.df_of(column) <= max(2, _BROAD * space.articles))
    if is_unsegmented(name):
        # Hiragana is mostly endings; what does not overlap may have a comma between.
        return len(name) > 1 and " " not in name and not is_hiragana(name)
    if name[:1].islower() and _is_broad(space, column):
        return False
    told = "…" not in name and any(character.isalpha() for character in name)
    return told and not _EMPTY.intersection(name.lower().split())


def _is_broad(space: TermSpace, column: int) -> bool:
    return space.df_of(column) > max(_FEW, _BROAD * space.articles)


def _is_said(phrase: str, chosen: list[str]) -> bool:
    if is_unsegmented(phrase):
        return any(phrase in other or other in phrase for other in chosen)
    said = [word for other in chosen for word in other.lower().split()]
    return any(_same(word, other) for word in phrase.lower().split() for other in said)


def _same(one: str, other: str) -> bool:
    """Tell whether two words are one, or one with an ending: Yazidi and Yazidis, Iraq and Iraqi."""
    short, long = sorted((one, other), key=len)
    return one == other or (len(short) >= _STEM and long.startswith(short))


def _pairs(space: TermSpace, columns: NDArray[np.int32]) -> list[tuple[int, int, int]]:
    """Return those of some columns that are pairs of words, and the columns of both words."""
    numbers = columns[(columns >= len(space.words)) & (columns < len(space) - len(space.tags))]
    firsts, seconds = space.words_of_all(numbers)
    return list(zip(numbers.tolist(), firsts.tolist(), seconds.tolist(), strict=True))


def _full_name(space: TermSpace, pairs: list[tuple[int, int, int]], word: int) -> str:
    """Return the name of two words that a word is most firmly a part of, else the word alone.

    A pair of words is the firmer, the larger a share of the articles that have the rarer of the
    two have both in a row.
    """
    best, name = FIRM, space.name(word)
    for column, *pair in pairs:
        if word not in pair:
            continue
        firm = space.df_of(column) / min(map(space.df_of, pair))
        if firm <= best:
            continue
        parts = [space.words[each] for each in pair]
        capital = all(part[:1].isupper() for part in parts)
        if not capital and (firm <= FIRMER or any(_is_broad(space, each) for each in pair)):
            continue
        if _is_name(*parts):
            best, name = firm, " ".join(parts)
    return name


def _is_name(first: str, second: str) -> bool:
    return not _EMPTY & {first.lower(), second.lower()} and not (
        is_unsegmented(first) or is_unsegmented(second)
    )


def _string(space: TermSpace, touching: list[int], column: int) -> str:
    """Return the string of shared character bigrams around one.

    Two are strung together where the articles share their pair, so that 東京 and 京都 do not make
    東京都 of themselves; of several the strongest.
    """
    after: dict[int, int] = {}
    before: dict[int, int] = {}
    for other in touching:
        pair = space.words_of(other)
        if pair and merged(space.words[pair[0]], space.words[pair[1]]):
            after.setdefault(pair[0], pair[1])
            before.setdefault(pair[1], pair[0])
    first, last = space.words_of(column) or (column, column)
    text = space.name(column)
    for _ in range(_STEPS):
        # Popped, so that a circle ends.
        if last in after:
            last = after.pop(last)
            text = merged(text, space.words[last]) or text
        if first in before:
            first = before.pop(first)
            text = merged(space.words[first], text) or text
    return text


def _sentence(phrases: list[str]) -> str:
    if not phrases:
        return "Similar wording"
    if len(phrases) == 1:
        return f"Both about {phrases[0]}"
    return f"Both about {', '.join(phrases[:-1])} and {phrases[-1]}"
