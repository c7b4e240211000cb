"""Editorial: the rules of editors for the rows of a model, as filters and stages."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from recommender.cards import Cards
from recommender.explain import shared
from recommender.filters import Only
from recommender.kernel import Times
from recommender.nearness import factor, microseconds
from recommender.queries import Query
from recommender.ranking import Candidates, Context
from recommender.rules import Apart, Rules, Scope, names

# What keeps the machine out, and not a pin.
_AUTOMATIC = ("never_listed", "no_list")
NOTHING = Candidates(np.zeros(0, np.int32), np.zeros(0, np.float32))


@dataclass(frozen=True)
class Editorial:
    """Rules whose names were looked up once; what the archive does not hold is passed over.

    ``pins`` has for a name the rows to show and when that ends (microseconds since 1970, None for
    never); ``no_list`` are names; ``barred`` lets pass what may be in lists; ``apart`` has for a
    row those that are not shown with it, itself among them.
    """

    pins: dict[str, list[tuple[list[int], int | None]]]
    no_list: frozenset[str]
    barred: tuple[Only, ...]
    apart: dict[int, set[int]]
    n: int

    @classmethod
    def of(cls, rules: Rules, cards: Cards) -> Editorial:
        """Look up what the rules name."""
        pins: dict[str, list[tuple[list[int], int | None]]] = defaultdict(list)
        for pin in rules.pins:
            end = microseconds(pin.until) if pin.until else None
            for name in names(pin.articles, pin.tags, pin.sections):
                pins[name].append(([_row(cards, shown) for shown in pin.show], end))
        apart: dict[int, set[int]] = defaultdict(set)
        for group in rules.apart:
            rows = _rows(cards, group.articles)
            for row in rows:
                apart[row].update(rows)
        barred = tuple(
            Only(code, ~_in_scope(scope, cards))
            for code, scope in (("banned", rules.banned), ("never_listed", rules.never_listed))
            if scope != Scope()
        )
        no_list = names(rules.no_list.articles, rules.no_list.tags, rules.no_list.sections)
        return cls(dict(pins), frozenset(no_list), barred, dict(apart), len(cards))

    def filters(self, query: Query) -> tuple[Only, ...]:
        """Return what may not be in the list of a query."""
        added = []
        if apart := set().union(*(self.apart.get(row, ()) for row in query.rows)):
            mask = np.ones(self.n, bool)
            mask[list(apart)] = False
            added.append(Only("apart", mask))
        if self.no_list and not self.no_list.isdisjoint(_names_of(query)):
            added.append(Only("no_list", np.zeros(self.n, bool)))
        return (*self.barred, *added)

    def pinned(self, query: Query, now: int | None) -> tuple[int, ...]:
        """Return the rows pinned to the list of a query, in order, -1 for what is not held."""
        found = [
            row
            for name in (_names_of(query) if self.pins else ())
            for rows, end in self.pins.get(name, ())
            if end is None or now is None or now < end
            for row in rows
            if row not in query.rows
        ]
        return tuple(dict.fromkeys(found))


@dataclass(frozen=True)
class Pinned:
    """Puts the list's pins first, those that pass the filters, all with their own scores."""

    name: ClassVar[str] = "pins"
    times: Times

    def __call__(self, found: Candidates, context: Context) -> Candidates:
        """Return the candidates with the pins before them."""
        rows = np.array([row for row in context.pins if row >= 0], np.int32)
        each = tuple(one for one in context.filters.each if one.code not in _AUTOMATIC)
        rows = rows[replace(context.filters, each=each).passes(rows)]
        own = dict(zip(found.rows.tolist(), found.scores.tolist(), strict=True))
        first = [own[row] if row in own else self._score(row, context) for row in rows.tolist()]
        rest = ~np.isin(found.rows, rows)
        return replace(
            found,
            rows=np.concatenate([rows, found.rows[rest]]),
            scores=np.concatenate([np.array(first, np.float32), found.scores[rest]]),
            sources=found.sources | dict.fromkeys(rows.tolist(), "pinned"),
            # It changes when what is pinned comes into the archive.
            from_graph=False,
        )

    def _score(self, row: int, context: Context) -> float:
        """Return the score of a row that is no candidate, 0 if it is not related."""
        distance = abs(context.query.day - float(self.times.days[row]))
        near = float(self.times.unknown)
        if not np.isnan(distance):
            near = factor(distance, float(self.times.power))
        fresh = context.filters.freshness_of(row)
        _, products, _ = shared(context.query.vector, context.vectors.row(row))
        return float(products.sum() * near * (1 if fresh is None else fresh))


@dataclass(frozen=True)
class KeptApart:
    """Leaves out what is not shown with what stands before it, so it needs the final order."""

    name: ClassVar[str] = "apart"
    apart: dict[int, set[int]]

    def __call__(self, found: Candidates, context: Context) -> Candidates:
        """Return the candidates that may stand together."""
        barred: set[int] = set()
        dropped = np.zeros(len(found.rows), bool)
        for at, row in enumerate(found.rows.tolist()):
            dropped[at] = row in barred
            if row not in barred:
                barred |= self.apart.get(row, set())
        return found.without(dropped, "apart")


def matches(rules: Rules, cards: Cards) -> list[dict[str, Any]]:
    """Return what each rule says, how many articles it is for, and its names that are nobody's."""
    tables: list[tuple[str, Scope | Apart]] = [
        *(("pins", pin) for pin in rules.pins),
        *(("apart", group) for group in rules.apart),
        *((rule, getattr(rules, rule)) for rule in ("banned", "never_listed", "no_list")),
    ]
    found = []
    for rule, table in tables:
        says = table.model_dump(mode="json", exclude_defaults=True)
        given = [(kind, name) for kind in says if kind != "until" for name in says[kind]]
        scopes = [{"articles" if kind == "show" else kind: [name]} for kind, name in given]
        held = [_in_scope(Scope.model_validate(scope), cards).any() for scope in scopes]
        unknown = [name for (_, name), is_held in zip(given, held, strict=True) if not is_held]
        about = {kind: says[kind] for kind in Scope.model_fields if kind in says}
        count = int(_in_scope(Scope.model_validate(about), cards).sum())
        found.append({"rule": rule, "says": says, "articles": count, "unknown": unknown})
    return [each for each in found if each["says"]]


def _in_scope(scope: Scope, cards: Cards) -> NDArray[np.bool_]:
    n = len(cards)
    mask = cards.facets.having("tag", scope.tags, n)
    mask |= cards.facets.having("section", scope.sections, n)
    mask[_rows(cards, scope.articles)] = True
    return mask


def _rows(cards: Cards, ids: Iterable[str]) -> list[int]:
    return [row for article_id in ids if (row := _row(cards, article_id)) >= 0]


def _row(cards: Cards, article_id: str) -> int:
    row = cards.ids.find(article_id)
    return -1 if row is None else row


def _names_of(query: Query) -> list[str]:
    card = query.card
    return names([card.id], card.tags, query.sections) if card else []
