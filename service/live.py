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

from recommender import ModelStore, Recommender, Rules
from recommender.errors import ModelError, NoModelError, RulesError
from service.ready import Ready
from service.rulesfile import RulesFile

if TYPE_CHECKING:
    from recommender import Catalog

_logger = logging.getLogger(__name__)
_UNTRAINED = "there is no trained model to answer with: run 'alsoread train'"


@dataclass(frozen=True, slots=True)
class Served:
    """A model that answers, with its rules, and its version: read at once, they are never mixed.

    ``turns`` are the times, ascending, at which an article is published or a pin ends, of those
    that were ahead when it was opened.
    """

    model: Recommender
    version: str
    turns: list[datetime]

    def until(self, now: datetime) -> float:
        """Return the next such time, in seconds since 1970; until then its lists stay the same."""
        at = bisect_right(self.turns, now)
        return self.turns[at].timestamp() if at < len(self.turns) else math.inf


class Live:
    """Follows the active model of a folder, and the rules; keeps the last that could be read.

    A request reads ``served`` once and works with that, whatever becomes active meanwhile.
    ``trouble`` says in one line why what answers is not the active model under the rules, if so;
    ``ready`` keeps replies that it made.

    Examples
    --------
    >>> live = Live(Path("nowhere"), RulesFile("sqlite:////nowhere/archive.db"))
    >>> live.refresh()
    >>> live.trouble
    "there is no trained model to answer with: run 'alsoread train'"
    """

    def __init__(self, models: Path, rules: RulesFile, ready: Ready | None = None) -> None:
        self.ready = Ready(0) if ready is None else ready
        self._store = ModelStore(models)
        self._rules = rules
        self._served: Served | None = None
        self.trouble: str | None = None

    @property
    def served(self) -> Served:
        """What answers, or NoModelError, or RulesError where nobody knows what is banned."""
        if self._served is None:
            if self._rules.held is None and self._rules.trouble:
                raise RulesError([self._rules.trouble])
            raise NoModelError(_UNTRAINED)
        return self._served

    async def follow(self, seconds: float = 0.5) -> None:
        """Look for another active model and other rules now and again, until cancelled."""
        while True:
            await anyio.sleep(seconds)
            await to_thread.run_sync(self.refresh)

    def refresh(self) -> None:
        """Open the active model and the rules unless they hold already; it blocks."""
        try:
            self._rules.refresh()
            if self._rules.held is not None:
                self._open_active(self._rules.held)
        except ModelError as error:
            self._note(str(error))
        except Exception as error:
            # Whatever a broken file leads to, the last good model must go on answering.
            self._note("the active model cannot be opened: the service's log says why", error)
        else:
            self._note(self._rules.trouble)

    def _open_active(self, rules: Rules) -> None:
        if self._served is not None and self._served.model.rules != rules:
            self._serve(self._served.model, self._served.version, rules)
        version = self._store.current
        if version is None:
            raise NoModelError(_UNTRAINED)
        if self._served is None or version != self._served.version:
            self._serve(self._store.load(version), version, rules)

    def _serve(self, model: Recommender, version: str, rules: Rules) -> None:
        model = model.with_rules(rules)
        model.warm()
        now = datetime.now(UTC)
        ends = (pin.until for pin in rules.pins if pin.until and pin.until > now)
        turns = sorted([*model.articles.upcoming(now), *ends])
        self._served = Served(model, version, turns)
        self.ready.clear()
        count = len(model.articles)
        _logger.info("model %s answers: %d articles, rules %s", version, count, rules.digest)

    def _note(self, trouble: str | None, error: Exception | None = None) -> None:
        if trouble and trouble != self.trouble:
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
