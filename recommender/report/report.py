"""Report: what an archive's lists are like, and which articles they do little for."""

from __future__ import annotations

from dataclasses import dataclass, fields, is_dataclass
from datetime import datetime
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from recommender.articles.times import NEVER, microseconds, rfc3339
from recommender.errors import InputError
from recommender.evaluation.coverage import Coverage, coverage
from recommender.evaluation.measures import MEASURES, Measured, Qrels, evaluate
from recommender.metadata.metadata import ArticleMetadata, Metadata
from recommender.recommender import Recommender
from recommender.report.distributions import (
    Ages,
    Histogram,
    Languages,
    Scores,
    ages_of,
    in_degree_of,
    languages_of,
    scores_of,
)
from recommender.report.lists import AllLists
from recommender.report.orphans import chances, orphans_of
from recommender.report.tags import TagHygiene, tag_hygiene

# How long a list is at most; how many articles of a kind are named, and lists for each orphan.
LISTED = 5
NAMED = 10
_HOSTS = 3
_DEPTH = 50
_TOP = 0.01
_DIGITS = 4


@dataclass(frozen=True, slots=True)
class Host:
    """A list that could take an orphan: whose it is, the orphan's score there, and the last one's.

    The last item of the list has the score ``cut``, and would have to go.
    """

    article: ArticleMetadata
    score: float
    cut: float


@dataclass(frozen=True, slots=True)
class Orphan:
    """An article in nobody's list, and the lists in which it comes nearest below the cut."""

    article: ArticleMetadata
    hosts: tuple[Host, ...]


@dataclass(frozen=True, slots=True)
class Orphans:
    """Articles in nobody's list.

    ``behind_copies`` are not among them: they are listed as copies of the article shown.
    """

    count: int
    behind_copies: int
    named: tuple[Orphan, ...]


@dataclass(frozen=True, slots=True)
class Hub:
    """An article, and in how many lists it is."""

    article: ArticleMetadata
    lists: int


@dataclass(frozen=True, slots=True)
class Hubs:
    """The articles in most lists; ``top_share`` of all places is taken by the top hundredth."""

    top_share: float
    named: tuple[Hub, ...]


@dataclass(frozen=True, slots=True)
class Thin:
    """An article whose list is short: its length, and how many terms the article has."""

    article: ArticleMetadata
    length: int
    terms: int


@dataclass(frozen=True, slots=True)
class ThinLists:
    """Lists that are not full, the shortest first; ``fill`` counts all lists by their length."""

    count: int
    fill: tuple[int, ...]
    named: tuple[Thin, ...]


@dataclass(frozen=True, slots=True)
class CopyGroup:
    """Articles that are copies of one text; some of them are named."""

    size: int
    named: tuple[ArticleMetadata, ...]


@dataclass(frozen=True, slots=True)
class CopyReport:
    """How many groups of copies there are, of how many articles, and the largest."""

    groups: int
    articles: int
    named: tuple[CopyGroup, ...]


@dataclass(frozen=True, slots=True)
class Quality:
    """How good the lists of judged articles are; see ``evaluation``."""

    queries: int
    measures: dict[str, Measured]


@dataclass(frozen=True, slots=True)
class Report:
    """Every article's list of ``limit`` items, measured; of each kind some articles are named.

    Lists are those of the stored graph: copies in one slot, without editorial rules, and without
    articles newer than the model.
    """

    articles: int
    limit: int
    coverage: Coverage
    thin: ThinLists
    orphans: Orphans
    hubs: Hubs
    in_degree: Histogram
    scores: Scores
    ages: Ages
    copies: CopyReport
    tags: TagHygiene
    languages: Languages
    quality: Quality | None

    @classmethod
    def of(
        cls,
        model: Recommender,
        *,
        now: datetime | None = None,
        qrels: Qrels | None = None,
        named: int = NAMED,
    ) -> Report:
        """Measure the lists of a model; what is published after ``now`` counts nowhere.

        Raises
        ------
        InputError
            When there is no article, or none that ``qrels`` judge.
        MissingExtraError
            When there are ``qrels`` and ir-measures is not installed.

        Examples
        --------
        >>> from recommender.article import Article
        >>> news = [Article(id=key, title="Ferry refit") for key in "ab"]
        >>> found = Report.of(Recommender.fit([*news, Article(id="c", title="Owl")]))
        >>> found.orphans.count, found.thin.fill, found.orphans.named[0].article.id
        (1, (1, 2, 0, 0, 0, 0), 'c')
        """
        moment = NEVER - 1 if now is None else microseconds(now)
        lists = AllLists.of(model.index, model.articles, model.copies.groups, moment)
        if not len(lists):
            raise InputError("the model holds no article to report on: import some, and train")
        limit = min(LISTED, lists.rows.shape[1])
        cards, near = model.articles, lists.rows[:, :limit]
        appearances = np.bincount(near[near >= 0], minlength=len(lists))
        return cls(
            len(lists),
            limit,
            coverage(near),
            _thin(model, lists, limit, named),
            _orphans(cards, lists, limit, named),
            _hubs(cards, lists, appearances, named),
            in_degree_of(appearances),
            scores_of(lists, limit),
            ages_of(lists, cards, limit),
            _copies(cards, lists, named),
            tag_hygiene(cards, lists.shown, named),
            languages_of(lists, cards, limit),
            _quality(model, qrels) if qrels else None,
        )

    def to_record(self) -> dict[str, Any]:
        """Return the report as JSON types, as the service and the command line give it."""
        return {field.name: _plain(getattr(self, field.name)) for field in fields(self)}


def _plain(value: Any) -> Any:
    if isinstance(value, ArticleMetadata):
        published = rfc3339(value.published_at)
        return {"id": value.id, "title": value.title, "url": value.url, "published_at": published}
    if is_dataclass(value):
        return {field.name: _plain(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, dict):
        # JSON has no null as a name.
        return {key or "unknown": _plain(inner) for key, inner in value.items()}
    if isinstance(value, tuple):
        return [_plain(inner) for inner in value]
    return round(value, _DIGITS) if isinstance(value, float) else value


def _thin(model: Recommender, lists: AllLists, limit: int, named: int) -> ThinLists:
    lengths = np.count_nonzero(lists.rows[:, :limit] >= 0, axis=1)
    fill = np.bincount(lengths, minlength=limit + 1).tolist()
    (short,) = np.nonzero(lengths < limit)
    told = []
    for at in short[np.argsort(lengths[short], kind="stable")][:named].tolist():
        row = int(lists.shown[at])
        terms = len(model.index.vectors.row(row).indices)
        told.append(Thin(model.articles[row], int(lengths[at]), terms))
    return ThinLists(len(short), tuple(fill), tuple(told))


def _orphans(cards: Metadata, lists: AllLists, limit: int, named: int) -> Orphans:
    orphans, behind = orphans_of(lists, limit)
    # The newest are those that somebody may still look for.
    newest = np.argsort(-cards.published[lists.shown[orphans]].astype(float), kind="stable")
    chosen, told = orphans[newest[:named]], []
    for at, found in zip(chosen.tolist(), chances(lists, chosen, limit, _HOSTS), strict=True):
        hosts = (Host(_card(cards, lists, host), score, cut) for host, score, cut in found)
        told.append(Orphan(_card(cards, lists, at), tuple(hosts)))
    return Orphans(len(orphans), len(behind), tuple(told))


def _hubs(cards: Metadata, lists: AllLists, appearances: NDArray[np.int64], named: int) -> Hubs:
    order = np.argsort(-appearances, kind="stable")
    top = appearances[order[: max(1, round(_TOP * len(lists)))]].sum()
    told = (Hub(_card(cards, lists, at), int(appearances[at])) for at in order[:named].tolist())
    hubs = tuple(hub for hub in told if hub.lists)
    return Hubs(float(top / max(1, appearances.sum())), hubs)


def _copies(cards: Metadata, lists: AllLists, named: int) -> CopyReport:
    groups, sizes = np.unique(lists.groups[lists.groups >= 0], return_counts=True)
    groups, sizes = groups[sizes > 1], sizes[sizes > 1]
    told = []
    for at in np.argsort(-sizes, kind="stable")[:named].tolist():
        (members,) = np.nonzero(lists.groups == groups[at])
        some = (_card(cards, lists, member) for member in members[:named].tolist())
        told.append(CopyGroup(int(sizes[at]), tuple(some)))
    return CopyReport(len(groups), int(sizes.sum()), tuple(told))


def _quality(model: Recommender, qrels: Qrels) -> Quality:
    found = evaluate(partial(model.ranked, limit=_DEPTH), qrels, model.articles.ids)
    return Quality(len(found.queries), {measure: found[measure] for measure in MEASURES})


def _card(cards: Metadata, lists: AllLists, at: int) -> ArticleMetadata:
    return cards[int(lists.shown[at])]
