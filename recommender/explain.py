"""Why two articles are related: contributions that add up to the score, and a phrase."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from recommender.rows import Vectors
from recommender.vectors import TermSpace
from recommender.weights import FIELDS, LEVELS, TOUCHING
from recommender.words import is_hiragana, is_unsegmented, merged

DIGITS = 6
_TERMS = 10
_PHRASES = 3
# The longest string of characters shown, in steps to either side of a bigram.
_STEPS = 8
# So many of the strongest shared terms may be named in a reason.
_NAMED = 24
# A tag that more articles than this have says too little to be named as a reason.
_BROAD = 0.2
# So many names are kept at hand.
_REMEMBERED = 1 << 14


@dataclass(frozen=True, slots=True)
class Contribution:
    """What one shared term adds to the similarity, and the other article's fields it stands in."""

    term: str
    contribution: float
    fields: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why a pair has its score.

    The contributions of ``terms`` and ``rest`` add up to ``similarity``; ``similarity`` and
    ``effects`` add up to the score. All are rounded to ``DIGITS`` decimals.
    """

    similarity: float
    terms: tuple[Contribution, ...]
    rest: float
    tags: tuple[str, ...]
    effects: dict[str, float]


def shared(query: Vectors, other: Vectors) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the columns two rows share, what each adds to the dot product, strongest first.

    The third array holds the fields' bits in the other article, and ``TOUCHING`` if a pair of
    words stands next to each other in either.
    """
    at = other.indices.searchsorted(query.indices)
    at[at == len(other.indices)] = 0
    same = other.indices[at] == query.indices if len(other.indices) else at != at
    both = same.nonzero()[0]
    at = at[both]
    product = LEVELS[query.levels[both]].astype(np.float64) * LEVELS[other.levels[at]]
    # Columns ascend, and equal products keep their order.
    order = (-product).argsort(kind="stable")
    both, at = both[order], at[order]
    return query.indices[both], product[order], other.fields[at] | (query.fields[both] & TOUCHING)


def explain(
    space: TermSpace, query: Vectors, other: Vectors, score: float, fresh: float | None = None
) -> Explanation:
    """Take the score of two rows apart; ``fresh`` is the factor of freshness, None if not asked.

    Every effect is what the score was after it less what it was before; what is neither similarity
    nor freshness is nearness in time.
    """
    columns, products, bits = shared(query, other)
    similarity = round(float(products.sum()), DIGITS)
    terms = tuple(
        Contribution(_name(space, column, bit), round(float(product), DIGITS), _fields(int(bit)))
        for column, product, bit in zip(
            columns[:_TERMS], products[:_TERMS], bits[:_TERMS], strict=True
        )
    )
    before = round(score if fresh is None else score / fresh, DIGITS)
    nearness = round(before - similarity, DIGITS)
    if abs(nearness) <= 2 * 10**-DIGITS:
        # The sum here and the kernel's differ in the last bits, which are no effect.
        similarity, nearness = before, 0.0
    rest = round(similarity - sum(term.contribution for term in terms), DIGITS)
    tags = tuple(space.name(column) for column in columns[space.tagged(columns)])
    effects = {"nearness": nearness} if nearness else {}
    if fresh is not None:
        effects["freshness"] = round(round(score, DIGITS) - before, DIGITS)
    return Explanation(similarity, terms, rest, tags, effects)


def _fields(bits: int) -> tuple[str, ...]:
    return tuple(field for bit, field in enumerate(FIELDS) if bits >> bit & 1)


def reason(space: TermSpace, query: Vectors, other: Vectors) -> str:
    """Say in one phrase what two articles share, in whole words as the articles write them.

    Shared tags that are not broad come first, then names, then other words, each strongest first.
    In scripts without spaces between words, words are as good as names; character bigrams are shown
    as the string of them that both articles have, hiragana is not shown.
    """
    columns, _, bits = shared(query, other)
    named = space.tagged(columns)
    tags = set(columns[named].tolist())
    named[:_NAMED] = True
    picked = list(zip(columns[named].tolist(), bits[named].tolist(), strict=True))
    full_names = list(_full_names(space, picked))
    chosen: list[str] = []
    for name, column in _ranked(space, picked, tags):
        if _tells(space, name, column) and not _is_said(name, chosen):
            if is_unsegmented(name) and column not in tags:
                touching = columns[(bits & TOUCHING) > 0].tolist()
                chosen.append(_string(space, touching, column))
            else:
                chosen.append(next((full for full in full_names if name in full.split()), name))
        if len(chosen) == _PHRASES:
            break
    return _sentence(chosen)


def _name(space: TermSpace, column: int, bits: int) -> str:
    # The same few are told again and again, and reading one takes as long as all else here.
    key = column, bits & TOUCHING
    name = space.names.get(key)
    if name is None:
        if len(space.names) >= _REMEMBERED:
            space.names.clear()
        name = space.names[key] = space.name(column, touching=bool(bits & TOUCHING))
    return name


def _ranked(
    space: TermSpace, picked: list[tuple[int, int]], tags: set[int]
) -> Iterator[tuple[str, int]]:
    """Yield tags, then names, then other words, with their columns."""
    yield from ((_name(space, *term), term[0]) for term in picked if term[0] in tags)
    others = []
    for column, bits in picked:
        if column not in tags:
            name = _name(space, column, bits)
            if name[:1].isupper() or is_unsegmented(name):
                yield name, column
            else:
                others.append((name, column))
    yield from others


def _tells(space: TermSpace, name: str, column: int) -> bool:
    if space.is_tag(column):
        return bool(space.df_of(column) <= max(2, _BROAD * space.articles))
    if is_unsegmented(name):
        # Hiragana is mostly endings; what does not overlap may have a comma between.
        return len(name) > 1 and " " not in name and not is_hiragana(name)
    return "…" not in name and any(character.isalpha() for character in name)


def _is_said(phrase: str, chosen: list[str]) -> bool:
    if is_unsegmented(phrase):
        return any(phrase in other or other in phrase for other in chosen)
    said = {word for other in chosen for word in other.lower().split()}
    return bool(said & set(phrase.lower().split()))


def _full_names(space: TermSpace, picked: list[tuple[int, int]]) -> Iterator[str]:
    """Yield the shared pairs of capitalised words, and such tags, strongest first."""
    words = len(space.words)
    for column, bits in picked:
        if column >= words:
            name = _name(space, column, bits)
            parts = name.split()
            if len(parts) == 2 and parts[0][0].isupper() and parts[1][0].isupper():
                yield name


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
