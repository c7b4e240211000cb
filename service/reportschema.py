"""The report, as OpenAPI shows it; see ``Report`` for what each part means."""

from __future__ import annotations

from datetime import datetime

from service.schemas import Model, Reference, _Reply


class Named(Reference):
    """An article that the report names."""

    published_at: datetime | None


class Coverage(_Reply):
    """How lists spread over the archive."""

    covered: float
    orphans: int
    gini: float
    mean_length: float
    full: float


class Thin(_Reply):
    """An article whose list is short."""

    article: Named
    length: int
    terms: int


class ThinLists(_Reply):
    """Lists that are not full; ``fill`` counts all lists by length, from 0 on."""

    count: int
    fill: list[int]
    named: list[Thin]


class Host(_Reply):
    """A list that could take an orphan, its score there, and that of the list's last item."""

    article: Named
    score: float
    cut: float


class Orphan(_Reply):
    """An article in nobody's list."""

    article: Named
    hosts: list[Host]


class Orphans(_Reply):
    """Articles in nobody's list, without those that are listed as a copy of another."""

    count: int
    behind_copies: int
    named: list[Orphan]


class Hub(_Reply):
    """An article, and in how many lists it is."""

    article: Named
    lists: int


class Hubs(_Reply):
    """The articles in most lists, and the share of places that the top hundredth takes."""

    top_share: float
    named: list[Hub]


class Histogram(_Reply):
    """Counts from each edge to the next, and the quartiles."""

    edges: list[float]
    counts: list[int]
    quartiles: list[float]


class Scores(_Reply):
    """The scores of all items, and of each list's first."""

    items: Histogram
    first: Histogram


class Ages(_Reply):
    """Days between articles and their items."""

    days: Histogram
    older: float
    newer: float
    undated: int


class CopyGroup(_Reply):
    """Articles that are copies of one text."""

    size: int
    named: list[Named]


class Copies(_Reply):
    """Groups of copies, and how many articles are in them."""

    groups: int
    articles: int
    named: list[CopyGroup]


class TagCount(_Reply):
    """A tag, and how many articles have it."""

    tag: str
    articles: int


class Tags(_Reply):
    """Tags that are too broad, of one article only, or spelt in several ways."""

    distinct: int
    untagged: int
    bare: list[Named]
    broad: list[TagCount]
    singletons: int
    single: list[str]
    twins: list[list[TagCount]]


class Languages(_Reply):
    """Articles by language, and the share of items in another one than their article's."""

    articles: dict[str, int]
    crossing: float


class Measured(_Reply):
    """A mean, and its 95 % interval."""

    mean: float
    low: float
    high: float


class Quality(_Reply):
    """How good lists are against judgments."""

    queries: int
    measures: dict[str, Measured]


class Reported(_Reply):
    """What the lists of all articles are like; ``quality`` is null without judgments."""

    articles: int
    limit: int
    coverage: Coverage
    thin: ThinLists
    orphans: Orphans
    hubs: Hubs
    in_degree: Histogram
    scores: Scores
    ages: Ages
    copies: Copies
    tags: Tags
    languages: Languages
    quality: Quality | None
    model: Model
