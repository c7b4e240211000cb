"""Report: what an archive's lists are like, and which articles are in too few or too many."""

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
from recommender.evaluation.measures import MEASURES, Qrels, evaluate
from recommender.metadata.metadata import Metadata
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
from recommender.report.orphans import candidate_hosts, orphans_of
from recommender.report.records import (
    Copies,
    CopyGroup,
    Host,
    Hub,
    Hubs,
    Named,
    Orphan,
    Orphans,
    Quality,
    Tags,
    Thin,
    ThinLists,
)
from recommender.report.tags import tags_of
from recommender.search.graph import appearances

# The length of a full list, the number of examples of each kind, and of hosts of an orphan.
LISTED = 5
NAMED = 10
_HOSTS = 3
# The longest list that a measure looks at.
_DEPTH = 50
_TOP_SHARE = 0.01
# Digits of the numbers in JSON.
_DIGITS = 4


@dataclass(frozen=True, slots=True)
class Report:
    """What all articles' lists of ``limit`` items are like, with examples of each kind.

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
    copies: Copies
    tags: Tags
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
        """Measure the lists of a model; articles published after ``now`` are ignored.

        ``qrels`` are judgments for ``quality``; ``named`` is the number of examples of each kind.

        Raises
        ------
        InputError
            When there is no article, or none that ``qrels`` judge.
        MissingExtraError
            When there are ``qrels`` and ir-measures is not installed.

        Examples
        --------
        >>> from recommender.articles.article import Article
        >>> news = [Article(id=key, title="Ferry refit") for key in "ab"]
        >>> report = Report.of(Recommender.fit([*news, Article(id="c", title="Owl")]))
        >>> report.orphans.count, report.thin.fill, report.orphans.named[0].article.id
        (1, (1, 2, 0, 0, 0, 0), 'c')
        """
        until = NEVER - 1 if now is None else microseconds(now)
        lists = AllLists.of(model.index, model.articles, model.copies.groups, until)
        if not len(lists):
            raise InputError("the model holds no article to report on: import some, and train")
        limit = min(LISTED, lists.rows.shape[1])
        articles, listed = model.articles, lists.rows[:, :limit]
        counts = appearances(listed)
        return cls(
            len(lists),
            limit,
            coverage(listed),
            _thin(model, lists, limit, named),
            _orphans(articles, lists, limit, named),
            _hubs(articles, lists, counts, named),
            in_degree_of(counts),
            scores_of(lists, limit),
            ages_of(lists, articles, limit),
            _copies(articles, lists, named),
            tags_of(articles, lists.visible, named),
            languages_of(lists, articles, limit),
            _quality(model, qrels) if qrels else None,
        )

    def to_record(self) -> dict[str, Any]:
        """Return the report as JSON types, for the service and the command line."""
        return {field.name: _to_json(getattr(self, field.name)) for field in fields(self)}


def _to_json(value: Any) -> Any:
    if isinstance(value, datetime):
        return rfc3339(value)
    if is_dataclass(value):
        return {field.name: _to_json(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, dict):
        return {key: _to_json(inner) for key, inner in value.items()}
    if isinstance(value, tuple):
        return [_to_json(inner) for inner in value]
    return round(value, _DIGITS) if isinstance(value, float) else value


def _thin(model: Recommender, lists: AllLists, limit: int, named: int) -> ThinLists:
    lengths = np.count_nonzero(lists.rows[:, :limit] >= 0, axis=1)
    fill = np.bincount(lengths, minlength=limit + 1).tolist()
    (short,) = np.nonzero(lengths < limit)
    examples = []
    for at in short[np.argsort(lengths[short], kind="stable")][:named].tolist():
        row = int(lists.visible[at])
        terms = len(model.index.vectors.row(row).indices)
        examples.append(Thin(Named.of(model.articles[row]), int(lengths[at]), terms))
    return ThinLists(len(short), tuple(fill), tuple(examples))


def _orphans(articles: Metadata, lists: AllLists, limit: int, named: int) -> Orphans:
    orphans, behind = orphans_of(lists, limit)
    # The newest first: readers may still look for them.
    newest = np.argsort(-articles.published[lists.visible[orphans]].astype(float), kind="stable")
    chosen, examples = orphans[newest[:named]], []
    hosts_of = candidate_hosts(lists, chosen, limit, _HOSTS)
    for at, candidates in zip(chosen.tolist(), hosts_of, strict=True):
        hosts = (Host(_named(articles, lists, host), score, cut) for host, score, cut in candidates)
        examples.append(Orphan(_named(articles, lists, at), tuple(hosts)))
    return Orphans(len(orphans), len(behind), tuple(examples))


def _hubs(articles: Metadata, lists: AllLists, counts: NDArray[np.int64], named: int) -> Hubs:
    order = np.argsort(-counts, kind="stable")
    top = counts[order[: max(1, round(_TOP_SHARE * len(lists)))]].sum()
    most = order[:named].tolist()
    hubs = (Hub(_named(articles, lists, at), int(counts[at])) for at in most if counts[at])
    return Hubs(float(top / max(1, counts.sum())), tuple(hubs))


def _copies(articles: Metadata, lists: AllLists, named: int) -> Copies:
    groups, sizes = np.unique(lists.groups[lists.groups >= 0], return_counts=True)
    groups, sizes = groups[sizes > 1], sizes[sizes > 1]
    examples = []
    for at in np.argsort(-sizes, kind="stable")[:named].tolist():
        (members,) = np.nonzero(lists.groups == groups[at])
        some = (_named(articles, lists, member) for member in members[:named].tolist())
        examples.append(CopyGroup(int(sizes[at]), tuple(some)))
    return Copies(len(groups), int(sizes.sum()), tuple(examples))


def _quality(model: Recommender, qrels: Qrels) -> Quality:
    evaluation = evaluate(partial(model.ranked, limit=_DEPTH), qrels, model.articles.ids)
    measures = {measure: evaluation[measure] for measure in MEASURES}
    return Quality(len(evaluation.queries), measures)


def _named(articles: Metadata, lists: AllLists, at: int) -> Named:
    return Named.of(articles[int(lists.visible[at])])
