"""Editorial: the rules of editors looked up in an archive, as pins, filters and rows."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from recommender.articles.times import microseconds
from recommender.metadata.metadata import Metadata
from recommender.ranking.filters import RowMask
from recommender.ranking.query import Query
from recommender.rules import Apart, Rules, Scope, names


@dataclass(frozen=True)
class Editorial:
    """Rules whose names were looked up once; names that the archive does not hold are ignored.

    ``pins`` has by name the rows to show and when that ends (microseconds since 1970, None for
    never); ``no_list`` are names; ``bans`` pass what may be in lists; ``apart`` has by row the rows
    that must not be listed with it, itself among them; ``n`` is the number of rows.
    """

    pins: dict[str, list[tuple[list[int], int | None]]]
    no_list: frozenset[str]
    bans: tuple[RowMask, ...]
    apart: dict[int, set[int]]
    n: int

    @classmethod
    def of(cls, rules: Rules, articles: Metadata) -> Editorial:
        """Look up the names of the rules."""
        pins: dict[str, list[tuple[list[int], int | None]]] = defaultdict(list)
        for pin in rules.pins:
            end = microseconds(pin.until) if pin.until else None
            for name in names(pin.articles, pin.tags, pin.sections):
                pins[name].append(([_row(articles, article_id) for article_id in pin.show], end))
        apart: dict[int, set[int]] = defaultdict(set)
        for group in rules.apart:
            rows = _rows(articles, group.articles)
            for row in rows:
                apart[row].update(rows)
        bans = tuple(
            RowMask(code, ~_scope_mask(scope, articles))
            for code, scope in (("banned", rules.banned), ("never_listed", rules.never_listed))
            if scope != Scope()
        )
        no_list = names(rules.no_list.articles, rules.no_list.tags, rules.no_list.sections)
        return cls(dict(pins), frozenset(no_list), bans, dict(apart), len(articles))

    def filters(self, query: Query) -> tuple[RowMask, ...]:
        """Return the filters that the rules add to the list of a query."""
        added = []
        if apart := set().union(*(self.apart.get(row, ()) for row in query.rows)):
            mask = np.ones(self.n, bool)
            mask[list(apart)] = False
            added.append(RowMask("apart", mask))
        if self.no_list and not self.no_list.isdisjoint(_names_of(query)):
            added.append(RowMask("no_list", np.zeros(self.n, bool)))
        return (*self.bans, *added)

    def pinned(self, query: Query, now: int | None) -> tuple[int, ...]:
        """Return the rows pinned to the list of a query, in order, -1 for unknown articles."""
        pinned = [
            row
            for name in (_names_of(query) if self.pins else ())
            for rows, end in self.pins.get(name, ())
            if end is None or now is None or now < end
            for row in rows
            if row not in query.rows
        ]
        return tuple(dict.fromkeys(pinned))


def matches(rules: Rules, articles: Metadata) -> list[dict[str, Any]]:
    """Return for each rule what it says, how many articles it covers, and its unknown names."""
    tables: list[tuple[str, Scope | Apart]] = [
        *(("pins", pin) for pin in rules.pins),
        *(("apart", group) for group in rules.apart),
        *((rule, getattr(rules, rule)) for rule in ("banned", "never_listed", "no_list")),
    ]
    records = []
    for rule, table in tables:
        says = table.model_dump(mode="json", exclude_defaults=True)
        terms = [(kind, name) for kind in says if kind != "until" for name in says[kind]]
        scopes = [{"articles" if kind == "show" else kind: [name]} for kind, name in terms]
        known = [_scope_mask(Scope.model_validate(scope), articles).any() for scope in scopes]
        unknown = [name for (_, name), is_known in zip(terms, known, strict=True) if not is_known]
        about = {kind: says[kind] for kind in Scope.model_fields if kind in says}
        count = int(_scope_mask(Scope.model_validate(about), articles).sum())
        records.append({"rule": rule, "says": says, "articles": count, "unknown": unknown})
    return [record for record in records if record["says"]]


def _scope_mask(scope: Scope, articles: Metadata) -> NDArray[np.bool_]:
    n = len(articles)
    mask = articles.facets.mask("tag", scope.tags, n)
    mask |= articles.facets.mask("section", scope.sections, n)
    mask[_rows(articles, scope.articles)] = True
    return mask


def _rows(articles: Metadata, ids: Iterable[str]) -> list[int]:
    return [row for article_id in ids if (row := _row(articles, article_id)) >= 0]


def _row(articles: Metadata, article_id: str) -> int:
    row = articles.ids.find(article_id)
    return -1 if row is None else row


def _names_of(query: Query) -> list[str]:
    article = query.article
    return names([article.id], article.tags, query.sections) if article else []
