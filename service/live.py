"""Live: the model that answers now, replaced as a whole when another becomes the active one."""

from __future__ import annotations

import logging
import math
from bisect import bisect_right
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

import anyio
from anyio import to_thread

from recommender import ModelStore, Recommender
from recommender.errors import ModelError, NoModelError
from service.ready import Ready

if TYPE_CHECKING:
    from recommender import Catalog

_logger = logging.getLogger(__name__)
_UNTRAINED = "there is no trained model to answer with: run 'alsoread train'"


@dataclass(frozen=True, slots=True)
class Served:
    """A model that answers, and its version: read both at once, they are never mixed.

    ``embargoes`` are the times, ascending, at which articles of it are published, of those that
    were ahead when it was opened.
    """

    model: Recommender
    version: str
    embargoes: list[datetime]

    def until(self, now: datetime) -> float:
        """Return when the next embargo ends, in seconds since 1970; its lists stay until then."""
        at = bisect_right(self.embargoes, now)
        return self.embargoes[at].timestamp() if at < len(self.embargoes) else math.inf


class Live:
    """Follows the active model of a folder and keeps the last one that could be opened.

    A request reads ``served`` once and works with that, whatever becomes active meanwhile.
    ``trouble`` says in one line why the active model is not the one that answers, if so; ``ready``
    keeps replies that it made.

    Examples
    --------
    >>> live = Live(Path("nowhere"))
    >>> live.refresh()
    >>> live.trouble
    "there is no trained model to answer with: run 'alsoread train'"
    """

    def __init__(self, models: Path, ready: Ready | None = None) -> None:
        self.ready = Ready(0) if ready is None else ready
        self._store = ModelStore(models)
        self._served: Served | None = None
        self.trouble: str | None = None

    @property
    def served(self) -> Served:
        """The model that answers, or NoModelError."""
        if self._served is None:
            raise NoModelError(_UNTRAINED)
        return self._served

    async def follow(self, seconds: float = 0.5) -> None:
        """Look for another active model now and again, until cancelled."""
        while True:
            await anyio.sleep(seconds)
            await to_thread.run_sync(self.refresh)

    def refresh(self) -> None:
        """Open the active model unless it answers already; it blocks, so call it in a thread."""
        try:
            self._open_active()
        except ModelError as error:
            self._note(str(error))
        except Exception as error:
            # Whatever a broken file leads to, the last good model must go on answering.
            self._note("the active model cannot be opened: the service's log says why", error)
        else:
            self.trouble = None

    def _open_active(self) -> None:
        version = self._store.current
        if version is None:
            raise NoModelError(_UNTRAINED)
        if self._served is None or version != self._served.version:
            model = self._store.load(version)
            model.warm()
            self._served = Served(model, version, model.articles.upcoming(datetime.now(UTC)))
            self.ready.clear()
            _logger.info("model %s answers: %d articles", version, len(model.articles))

    def _note(self, trouble: str, error: Exception | None = None) -> None:
        if trouble != self.trouble:
            _logger.warning("%s", trouble, exc_info=error)
        self.trouble = trouble


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

    def catalog(self) -> Catalog:
        """Return the catalog, or raise CatalogError; it blocks, so call it in a thread."""
        from recommender import Catalog

        with self._opening:
            if self._catalog is None:
                self._catalog = Catalog(self._url, create=False)
            return self._catalog

    def close(self) -> None:
        """Close the catalog if it was opened."""
        with self._opening:
            if self._catalog is not None:
                self._catalog.close()
