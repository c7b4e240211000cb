"""Why two articles are related: contributions that add up to the score, and a phrase."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from recommender.vectors import FIELDS, TOUCHING, TermSpace, Vectors

DIGITS = 6
_TERMS = 10
_PHRASES = 3
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


def explain(space: TermSpace, query: Vectors, other: Vectors, score: float) -> Explanation:
    """Take the score of two rows apart; what is not similarity is nearness in time."""
    columns, products, bits = shared(query, other)
    similarity = round(float(products.sum()), DIGITS)
    terms = tuple(
        Contribution(_name(space, column, bit), round(float(product), DIGITS), _fields(int(bit)))
        for column, product, bit in zip(
            columns[:_TERMS], products[:_TERMS], bits[:_TERMS], strict=True
        )
    )
    effect = round(round(score, DIGITS) - similarity, DIGITS)
    if abs(effect) <= 2 * 10**-DIGITS:
        # The sum here and the kernel's differ in the last bits, which are no effect.
        similarity, effect = round(score, DIGITS), 0.0
    rest = round(similarity - sum(term.contribution for term in terms), DIGITS)
    tags = tuple(space.name(column) for column in columns if space.is_tag(column))
    effects = {"nearness": effect} if effect else {}
    return Explanation(similarity, terms, rest, tags, effects)


def _fields(bits: int) -> tuple[str, ...]:
    return tuple(field for bit, field in enumerate(FIELDS) if bits >> bit & 1)


def reason(space: TermSpace, query: Vectors, other: Vectors) -> str:
    """Say in one phrase what two articles share, in whole words as the articles write them.

    Shared tags that are not broad come first, then names, then other words, each strongest first.
    """
    columns, _, bits = shared(query, other)
    found = list(zip(columns.tolist(), bits.tolist(), strict=True))
    named = [*found[:_NAMED], *(one for one in found[_NAMED:] if space.is_tag(one[0]))]
    names = [(_name(space, column, bit), column) for column, bit in named]
    chosen: list[str] = []
    for name, column in sorted(names, key=lambda named: _rank(space, *named)):
        said = {word for phrase in chosen for word in phrase.lower().split()}
        if _tells(space, name, column) and not said & set(name.lower().split()):
            chosen.append(_longer(name, names))
        if len(chosen) == _PHRASES:
            break
    return _sentence(chosen)


def _name(space: TermSpace, column: int, bits: int) -> str:
    return space.name(column, touching=bool(bits & TOUCHING))


def _rank(space: TermSpace, name: str, column: int) -> int:
    if space.is_tag(column):
        return 0
    return 1 if name[:1].isupper() else 2


def _tells(space: TermSpace, name: str, column: int) -> bool:
    if space.is_tag(column):
        return bool(space.df[column] <= max(2, _BROAD * space.articles))
    return "…" not in name and any(character.isalpha() for character in name)


def _longer(word: str, names: list[tuple[str, int]]) -> str:
    """Return a shared pair of names that has the word in it, or else the word."""
    for name, _ in names:
        parts = name.split()
        if len(parts) == 2 and word in parts and all(part[:1].isupper() for part in parts):
            return name
    return word


def _sentence(phrases: list[str]) -> str:
    if not phrases:
        return "Similar wording"
    if len(phrases) == 1:
        return f"Both about {phrases[0]}"
    return f"Both about {', '.join(phrases[:-1])} and {phrases[-1]}"
