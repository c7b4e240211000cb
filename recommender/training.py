"""Training: from the archive to an active model."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from recommender.article import Article
from recommender.catalog import Catalog, Snapshot
from recommender.config import Config
from recommender.errors import InputError
from recommender.recommender import Recommender
from recommender.store import ModelStore
from recommender.tokens import Progress

_EVERY = 200


@dataclass(frozen=True, slots=True)
class Trained:
    """A version that training made and activated."""

    version: str
    articles: int
    revision: int


def train(
    catalog: Catalog,
    store: ModelStore,
    config: Config,
    *,
    now: datetime,
    jobs: int | None = None,
    progress: Progress | None = None,
) -> Trained:
    """Train on the whole archive as it is at one moment, store the model and activate it.

    The active model stays as it is until the new one is whole. The same archive and settings give
    the same files, whatever ``jobs`` (threads, joblib's rule) is.

    Raises
    ------
    InputError
        When the archive is empty.
    """
    with catalog.snapshot() as archive:
        if not archive.count:
            raise InputError("the archive is empty: import articles first, 'alsoread import FILE'")
        model = Recommender.fit(_told(archive, progress), config, jobs=jobs, progress=progress)
        model = replace(model, revision=archive.revision)
    if progress:
        progress("writing", 0, len(model.articles))
    version = store.save(model, now)
    store.activate(version)
    return Trained(version, len(model.articles), model.revision)


def _told(archive: Snapshot, progress: Progress | None) -> Iterator[Article]:
    for number, article in enumerate(archive.articles(), 1):
        yield article
        if progress and (number % _EVERY == 0 or number == archive.count):
            progress("reading", number, archive.count)
