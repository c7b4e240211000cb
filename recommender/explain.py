"""Why two articles are related: contributions that add up to the score, and a phrase."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from recommender.vectors import FIELDS, TOUCHING, TermSpace, Vectors
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
    at = np.searchsorted(other.indices, query.indices)
    at = np.minimum(at, max(len(other.indices) - 1, 0))
    (both,) = np.nonzero(other.indices[at] == query.indices) if len(other.indices) else ([],)
    both = np.asarray(both, np.int64)
    product = query.data[both].astype(np.float64) * other.data[at[both]]
    order = np.lexsort((query.indices[both], -product))
    both = both[order]
    bits = other.fields[at[both]] | (query.fields[both] & TOUCHING)
    return query.indices[both], product[order], bits


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
    tags = tuple(space.name(column) for column in columns if space.is_tag(column))
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
    found = list(zip(columns.tolist(), bits.tolist(), strict=True))
    picked = [*found[:_NAMED], *(one for one in found[_NAMED:] if space.is_tag(one[0]))]
    names = [(_name(space, column, bit), column) for column, bit in picked]
    touching = [column for column, bit in found if bit & TOUCHING]
    chosen: list[str] = []
    for name, column in sorted(names, key=lambda named: _rank(space, *named)):
        if _tells(space, name, column) and not _is_said(name, chosen):
            chosen.append(_longer(space, names, touching, name, column))
        if len(chosen) == _PHRASES:
            break
    return _sentence(chosen)


def _name(space: TermSpace, column: int, bits: int) -> str:
    return space.name(column, touching=bool(bits & TOUCHING))


def _rank(space: TermSpace, name: str, column: int) -> int:
    if space.is_tag(column):
        return 0
    return 1 if name[:1].isupper() or is_unsegmented(name) else 2


def _tells(space: TermSpace, name: str, column: int) -> bool:
    if space.is_tag(column):
        return bool(space.df[column] <= max(2, _BROAD * space.articles))
    if is_unsegmented(name):
        # Hiragana is mostly endings; what does not overlap may have a comma between.
        return len(name) > 1 and " " not in name and not is_hiragana(name)
    return "…" not in name and any(character.isalpha() for character in name)


def _is_said(phrase: str, chosen: list[str]) -> bool:
    if is_unsegmented(phrase):
        return any(phrase in other or other in phrase for other in chosen)
    said = {word for other in chosen for word in other.lower().split()}
    return bool(said & set(phrase.lower().split()))


def _longer(
    space: TermSpace, names: list[tuple[str, int]], touching: list[int], word: str, column: int
) -> str:
    """Return a shared pair of names, or a string of characters, that has the word in it."""
    if is_unsegmented(word) and not space.is_tag(column):
        return _string(space, touching, column)
    for name, _ in names:
        parts = name.split()
        if len(parts) == 2 and word in parts and all(part[:1].isupper() for part in parts):
            return name
    return word


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
