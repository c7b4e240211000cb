"""Training: from the archive to an active model."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from importlib.util import find_spec

from recommender.archive.catalog import Catalog, Snapshot
from recommender.articles.article import Article
from recommender.articles.progress import Progress
from recommender.config import Config
from recommender.errors import InputError, ModelError, RegressionError
from recommender.evaluation.measures import Qrels
from recommender.evaluation.mining import mined_qrels
from recommender.recommender import Recommender
from recommender.search.approximate import GraphQuality
from recommender.training.gate import Comparison, compare
from recommender.training.store import ModelStore

_EVERY = 200


@dataclass(frozen=True, slots=True)
class Trained:
    """A version that training made and activated, and how it compares with the one before."""

    version: str
    articles: int
    revision: int
    compared: Comparison | None = None
    approximate: GraphQuality | None = None


def train(
    catalog: Catalog,
    store: ModelStore,
    config: Config,
    *,
    now: datetime,
    approximate: bool = False,
    jobs: int | None = None,
    progress: Progress | None = None,
    qrels: Qrels | None = None,
    gate: bool = True,
) -> Trained:
    """Train on the whole archive as it is at one moment, store the model and activate it.

    The active model stays as it is until the new one is whole, and found no worse by
    ``config.gate``, on judgments that are given or that ``also_read`` makes. Without ``gate``
    nothing is compared. The same archive and settings give the same files, whatever ``jobs``
    (threads, joblib's rule) is. ``approximate`` is that of ``Recommender.fit``.

    Raises
    ------
    InputError
        When the archive is empty.
    RegressionError
        When the new model is worse; it is stored, and the active one stays.
    """
    active = _active(store) if gate else None
    with catalog.snapshot() as archive:
        if not archive.count:
            raise InputError("the archive is empty: import articles first, 'alsoread import FILE'")
        articles = _told(archive, progress)
        model = Recommender.fit(
            articles, config, approximate=approximate, jobs=jobs, progress=progress
        )
        model = replace(model, revision=archive.revision)
        if active and qrels is None:
            qrels = _judgments(archive)
    if progress:
        progress("writing", 0, len(model.articles))
    version = store.save(model, now)
    compared = compare(model, *active, qrels) if active else None
    if compared and (worse := ", ".join(compared.worse(config.gate))):
        raise RegressionError(
            f"{version} is stored and not activated, past the gate's limit of {worse}: {compared}; "
            f"if it is meant to be so, run 'alsoread models activate {version}'"
        )
    store.activate(version)
    count, quality = len(model.articles), model.index.quality
    return Trained(version, count, model.revision, compared, quality)


def _active(store: ModelStore) -> tuple[Recommender, str] | None:
    """Return the active model and its version; one that cannot be opened is no measure."""
    try:
        version = store.current
        return (store.load(version), version) if version else None
    except ModelError:
        return None


def _judgments(archive: Snapshot) -> Qrels | None:
    """Return what the archive's own lists judge, None where there are none to be measured by."""
    measured = find_spec("ir_measures") is not None
    return mined_qrels(archive.articles) if measured and archive.has_lists() else None


def _told(archive: Snapshot, progress: Progress | None) -> Iterator[Article]:
    for number, article in enumerate(archive.articles(), 1):
        yield article
        if progress and (number % _EVERY == 0 or number == archive.count):
            progress("reading", number, archive.count)
