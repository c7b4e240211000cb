"""Training: fit a model on the whole archive, store it as a version and activate it."""

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

# Progress is reported once for so many articles.
_EVERY = 200


@dataclass(frozen=True, slots=True)
class Trained:
    """The version that a training activated.

    ``compared`` is its comparison with the version active before, if there was one to compare;
    ``approximate`` is the quality of an approximate graph, None if the graph is exact.
    """

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
    """Train on a snapshot of the whole archive, store the model and activate it.

    The active version stays until the new one is complete and within the limits of
    ``config.gate``. nDCG is compared on ``qrels``, or else on the archive's own ``also_read``;
    without ``gate`` nothing is compared. The same archive and settings give the same files,
    whatever ``jobs`` (threads, joblib's rule) is. ``approximate`` is that of ``Recommender.fit``.

    Raises
    ------
    InputError
        When the archive is empty.
    RegressionError
        When the new model exceeds a limit of the gate; it is stored, but not activated.
    ModelError
        When the model cannot be stored.
    """
    active = _active(store) if gate else None
    with catalog.snapshot() as archive:
        if not archive.count:
            raise InputError("the archive is empty: import articles first, 'alsoread import FILE'")
        articles = _reported(archive, progress)
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
            f"{version} is stored but not activated, because it exceeds the gate's limit of "
            f"{worse}: {compared}; to activate it anyway, run 'alsoread models activate {version}'"
        )
    store.activate(version)
    count, quality = len(model.articles), model.index.quality
    return Trained(version, count, model.revision, compared, quality)


def _active(store: ModelStore) -> tuple[Recommender, str] | None:
    """Return the active model and its version; None if there is none that can be loaded."""
    try:
        version = store.current
        return (store.load(version), version) if version else None
    except ModelError:
        return None


def _judgments(archive: Snapshot) -> Qrels | None:
    """Return the judgments of the archive's own lists; None without lists or ir-measures."""
    can_measure = find_spec("ir_measures") is not None
    return mined_qrels(archive.articles) if can_measure and archive.has_lists() else None


def _reported(archive: Snapshot, progress: Progress | None) -> Iterator[Article]:
    """Yield the articles of an archive, reporting progress."""
    for number, article in enumerate(archive.articles(), 1):
        yield article
        if progress and (number % _EVERY == 0 or number == archive.count):
            progress("reading", number, archive.count)
