"""Live: the model that answers now, with the archive's changes, replaced as a whole by another."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from threading import Lock
from typing import TypeVar

import anyio
from anyio import CapacityLimiter, to_thread

from recommender import Catalog, ModelStore, Recommender
from recommender.errors import AlsoReadError, CatalogError, ModelError, NoModelError
from service.problems import archive_problem

_logger = logging.getLogger(__name__)
_OLDER = "the archive is older than the model, as after restoring a backup: run 'alsoread train'"
_UNTRAINED = "there is no trained model to answer with: run 'alsoread train'"
# Seconds a write waits for another program; a client does not wait for much longer.
_PATIENCE = 5
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Served:
    """A model that answers, and its version: read both at once, they are never mixed."""

    model: Recommender
    version: str


class Live:
    """Follows the active model of a folder and the archive, and keeps the last that could be had.

    A request has it ``catch_up``, reads ``served`` once and works with that, whatever becomes
    active meanwhile. ``troubles`` says in one line each why what answers is not the newest, by
    where: the model, the archive, or writes to it.

    Examples
    --------
    >>> live = Live(Path("nowhere"), Archive("sqlite:////nowhere/archive.db"))
    >>> live.refresh()
    >>> live.troubles["model"]
    "there is no trained model to answer with: run 'alsoread train'"
    """

    def __init__(self, models: Path, archive: Archive) -> None:
        self._store, self._archive = ModelStore(models), archive
        self.latest: Served | None = None
        self._version: int | None = None
        self._taking = Lock()
        # Writers wait here for their turn, and not all in threads that others need.
        self._writers = CapacityLimiter(1)
        self.troubles: dict[str, str] = {}

    @property
    def served(self) -> Served:
        """The model that answers, or NoModelError."""
        if self.latest is None:
            raise NoModelError(_UNTRAINED)
        return self.latest

    @property
    def trouble(self) -> str | None:
        """All that is wrong, in one line."""
        return "; ".join(self.troubles.values()) or None

    async def follow(self, seconds: float = 0.5) -> None:
        """Look for another active model and for changes now and again, until cancelled."""
        while True:
            await anyio.sleep(seconds)
            await to_thread.run_sync(self.refresh)

    async def catch_up(self) -> None:
        """Take in what was written since the last call, by whoever: microseconds if nothing was.

        While the archive cannot be read, requests do not wait for it; ``follow`` tries again.
        """
        if self.latest is None or "archive" in self.troubles:
            return
        try:
            written = self._archive.catalog().version() != self._version
        except CatalogError:
            written = True
        if written:
            await to_thread.run_sync(self._guarded, "archive", self._take)

    async def write(self, work: Callable[[Catalog], _T]) -> _T:
        """Write to the archive in a thread, one at a time, and return what ``work`` does."""
        try:
            done = await to_thread.run_sync(
                lambda: work(self._archive.catalog(create=True)), limiter=self._writers
            )
        except CatalogError as error:
            at = f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"
            self.troubles["writes"] = f"a write failed at {at}: {archive_problem(error).detail}"
            raise
        self.troubles.pop("writes", None)
        return done

    def refresh(self) -> None:
        """Open the active model unless it answers already, and take in the archive's changes.

        It blocks, so call it in a thread.
        """
        self._guarded("model", self._open_active)
        self._guarded("archive", self._take)

    def _guarded(self, where: str, work: Callable[[], None]) -> None:
        """Do what may fail, and note why it did: whatever answers must go on answering."""
        try:
            work()
        except CatalogError as error:
            self._note(where, archive_problem(error).detail, error)
        except ModelError as error:
            self._note(where, str(error))
        except Exception as error:
            self._note(where, f"the {where} cannot be opened: the service's log says why", error)
        else:
            self.troubles.pop(where, None)

    def _open_active(self) -> None:
        version = self._store.current
        if version is None:
            raise NoModelError(_UNTRAINED)
        if self.latest is None or version != self.latest.version:
            model = self._store.load(version)
            model.warm()
            self._swap(Served(model, version))
            _logger.info("model %s answers: %d articles", version, len(model.articles))

    def _swap(self, served: Served) -> None:
        """Have a model answer, once it knows all changes since it was trained."""
        try:
            catalog = self._archive.catalog()
            # There may be many changes; requests are answered meanwhile.
            served = _caught_up(served, catalog)
            with self._taking:
                self._adopt(served, catalog)
        except CatalogError:
            # A first model is better than none; another one must not bring back what was deleted.
            if self.latest is not None:
                raise
            self.latest = served

    def _take(self) -> None:
        """Take in the changes of the archive, if there are any."""
        catalog = self._archive.catalog()
        with self._taking:
            if self.latest is None:
                return
            if catalog.version() != self._version:
                self._adopt(self.latest, catalog)
            if catalog.revision < self.latest.model.known:
                raise ModelError(_OLDER)

    def _adopt(self, served: Served, catalog: Catalog) -> None:
        # Looked at before the changes: what is written meanwhile is taken the next time.
        version = catalog.version()
        self.latest, self._version = _caught_up(served, catalog), version

    def _note(self, where: str, trouble: str, error: Exception | None = None) -> None:
        if trouble != self.troubles.get(where):
            known = isinstance(error, AlsoReadError)
            _logger.warning("%s", error if known else trouble, exc_info=None if known else error)
        self.troubles[where] = trouble


def _caught_up(served: Served, catalog: Catalog) -> Served:
    changes = catalog.changes(served.model.known)
    return replace(served, model=served.model.after(changes))


class Archive:
    """The archive's catalog, opened when first asked for: the service starts without it.

    Examples
    --------
    >>> Archive("sqlite:////nowhere/archive.db").catalog()
    Traceback (most recent call last):
        ...
    recommender.errors.CatalogError: no archive at /nowhere/archive.db: import articles first, \
'alsoread import FILE'
    """

    def __init__(self, url: str) -> None:
        self._url = url
        self._catalog: Catalog | None = None
        self._opening = Lock()

    def catalog(self, create: bool = False) -> Catalog:
        """Return the catalog, or raise CatalogError; it blocks, so call it in a thread."""
        if self._catalog is not None:
            return self._catalog
        with self._opening:
            if self._catalog is None:
                self._catalog = Catalog(self._url, create=create, patience=_PATIENCE)
            return self._catalog

    def close(self) -> None:
        """Close the catalog if it was opened."""
        with self._opening:
            if self._catalog is not None:
                self._catalog.close()
