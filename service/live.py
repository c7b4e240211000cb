"""Live: the model that answers now, with the archive's changes and the editors' rules."""

from __future__ import annotations

import asyncio
import logging
import math
from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any, Self, TypeVar

import anyio
from anyio import CapacityLimiter, to_thread

from recommender import Affected, ModelStore, Recommender
from recommender.errors import AlsoReadError, CatalogError, ModelError, NoModelError, RulesError
from service.problems import archive_problem
from service.ready import Ready
from service.rulesfile import RulesFile

if TYPE_CHECKING:
    from recommender import Catalog

_logger = logging.getLogger(__name__)
_OLDER = "the archive is older than the model, as after restoring a backup: run 'alsoread train'"
_UNTRAINED = "there is no trained model to answer with: run 'alsoread train'"
# Seconds a write waits for another program; a client does not wait for much longer.
_PATIENCE = 5
# Of so many writes it is remembered whose lists they altered.
_REMEMBERED = 1000
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Served:
    """A model that answers, with its rules, and its version: read at once, they are never mixed.

    ``turns`` are the times, ascending, at which an article is published or a pin ends, of those
    that were ahead when it was made.
    """

    model: Recommender
    version: str
    turns: list[datetime]

    @classmethod
    def of(cls, model: Recommender, version: str, now: datetime) -> Self:
        """Return what answers from ``now`` on."""
        ends = (pin.until for pin in model.rules.pins if pin.until and pin.until > now)
        return cls(model, version, sorted([*model.articles.upcoming(now), *ends]))

    def until(self, now: datetime) -> float:
        """Return the next such time, in seconds since 1970; until then its lists stay the same."""
        at = bisect_right(self.turns, now)
        return self.turns[at].timestamp() if at < len(self.turns) else math.inf


class Live:
    """Follows the active model of a folder, the archive and the rules; keeps the last it could get.

    A request has it ``catch_up``, reads ``served`` once and works with that, whatever becomes
    active meanwhile. ``troubles`` says in one line each why what answers is not the newest, by
    where: the model, the archive, the rules, or writes. ``ready`` keeps replies that it made.

    Examples
    --------
    >>> nowhere = "sqlite:////nowhere/archive.db"
    >>> live = Live(Path("nowhere"), Archive(nowhere), RulesFile(nowhere))
    >>> live.refresh()
    >>> live.troubles["model"]
    "there is no trained model to answer with: run 'alsoread train'"
    """

    def __init__(
        self, models: Path, archive: Archive, rules: RulesFile, ready: Ready | None = None
    ) -> None:
        self.ready = Ready(0) if ready is None else ready
        self._store, self._archive, self._rules = ModelStore(models), archive, rules
        self.latest: Served | None = None
        self._version: int | None = None
        self._taking = Lock()
        # Writers wait here for their turn, and not all in threads that others need.
        self._writers = CapacityLimiter(1)
        self.troubles: dict[str, str] = {}
        self._looked: asyncio.Task[Any] | None = None
        self._affected: dict[int, Affected] = {}

    @property
    def served(self) -> Served:
        """What answers, or NoModelError, or RulesError where nobody knows what is banned."""
        if self.latest is None:
            if self._rules.held is None and self._rules.trouble:
                raise RulesError([self._rules.trouble])
            raise NoModelError(_UNTRAINED)
        return self.latest

    @property
    def trouble(self) -> str | None:
        """All that is wrong, in one line."""
        return "; ".join(self.troubles.values()) or None

    async def follow(self, seconds: float = 0.5) -> None:
        """Look for another model, other rules and changes now and again, until cancelled."""
        while True:
            await anyio.sleep(seconds)
            await to_thread.run_sync(self.refresh)

    async def catch_up(self) -> None:
        """Take in what was written since the last call, by whoever: microseconds if nothing was.

        While the archive cannot be read, requests do not wait for it; ``follow`` tries again.
        """
        if self.latest is None or "archive" in self.troubles:
            return
        if self._looked not in (None, asyncio.current_task()):
            return
        try:
            written = self._archive.catalog().version() != self._version
        except CatalogError:
            written = True
        if written:
            await to_thread.run_sync(self._guarded, "archive", self._take)
            return
        # One look does for all requests that had come by then: what comes later, or what learns of
        # a write, waits in the loop behind this.
        self._looked = asyncio.current_task()
        asyncio.get_running_loop().call_soon(self._look_again)

    def _look_again(self) -> None:
        self._looked = None

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

    async def affected(self, revision: int) -> Affected:
        """Take a write in, and return whose lists it altered, as far as that is known."""
        await self.catch_up()
        # Without a model there are no lists.
        unknown = Affected(complete=self.latest is None)
        return self._affected.get(revision, unknown)

    def refresh(self) -> None:
        """Open the active model and the rules unless they hold already, and take in changes.

        It blocks, so call it in a thread.
        """
        self._guarded("rules", self._read_rules)
        if self._rules.held is not None:
            self._guarded("model", self._open_active)
        self._guarded("archive", self._take)

    def _guarded(self, where: str, work: Callable[[], None]) -> None:
        """Do what may fail, and note why it did: whatever answers must go on answering."""
        try:
            work()
        except CatalogError as error:
            self._note(where, archive_problem(error).detail, error)
        except (ModelError, RulesError) as error:
            self._note(where, str(error))
        except Exception as error:
            self._note(where, f"the {where} cannot be opened: the service's log says why", error)
        else:
            self.troubles.pop(where, None)

    def _read_rules(self) -> None:
        self._rules.refresh()
        rules, latest = self._rules.held, self.latest
        if rules is not None and latest is not None and latest.model.rules != rules:
            self._swap(latest.model.with_rules(rules), latest.version)
        if self._rules.trouble:
            raise RulesError([self._rules.trouble])

    def _open_active(self) -> None:
        rules, version = self._rules.held, self._store.current
        if version is None:
            raise NoModelError(_UNTRAINED)
        if rules is not None and (self.latest is None or version != self.latest.version):
            self._swap(self._store.load(version).with_rules(rules), version)

    def _swap(self, model: Recommender, version: str) -> None:
        """Have a model answer, once it knows all changes since it was trained."""
        model.warm()
        try:
            catalog = self._archive.catalog()
            # There may be many changes; requests are answered meanwhile.
            model = model.after(catalog.changes(model.known))
            with self._taking:
                self._adopt(model, version, catalog)
        except CatalogError:
            # A first model is better than none; another one must not bring back what was deleted.
            if self.latest is not None and version != self.latest.version:
                raise
            with self._taking:
                known = self.latest.model.with_rules(model.rules) if self.latest else model
                self._serve(known, version)
        count, rules = len(model.articles), model.rules.digest
        _logger.info("model %s answers: %d articles, rules %s", version, count, rules)

    def _take(self) -> None:
        """Take in the changes of the archive, if there are any."""
        catalog = self._archive.catalog()
        with self._taking:
            if self.latest is None:
                return
            if catalog.version() != self._version:
                self._adopt(self.latest.model, self.latest.version, catalog)
            if catalog.revision < self.latest.model.known:
                raise ModelError(_OLDER)

    def _adopt(self, model: Recommender, version: str, catalog: Catalog) -> None:
        # Looked at before the changes: what is written meanwhile is taken the next time.
        seen = catalog.version()
        self._serve(model.after(catalog.changes(model.known)), version)
        self._version = seen

    def _serve(self, model: Recommender, version: str) -> None:
        """Have a model answer, and forget the replies that it would not make again."""
        before, now = self.latest, datetime.now(UTC)
        if before and model is before.model:
            return
        self.latest = Served.of(model, version, now)
        same = before and before.version == version and before.model.rules == model.rules
        latest = model.overlay.latest if same else None
        if latest is None:
            self.ready.clear()
            return
        changed = {model.articles.ids[row] for rows in latest.values() for row in rows}
        whole = True
        for revision, rows in latest.items():
            told = self._affected[revision] = model.affected(rows, now)
            whole &= told.all is not None
            changed.update(told.all or ())
        for revision in list(self._affected)[:-_REMEMBERED]:
            del self._affected[revision]
        if whole:
            self.ready.forget(changed)
        else:
            self.ready.clear()

    def _note(self, where: str, trouble: str, error: Exception | None = None) -> None:
        if trouble != self.troubles.get(where):
            known = isinstance(error, AlsoReadError)
            _logger.warning("%s", error if known else trouble, exc_info=None if known else error)
        self.troubles[where] = trouble


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
        from recommender import Catalog

        with self._opening:
            if self._catalog is None:
                self._catalog = Catalog(self._url, create=create, patience=_PATIENCE)
            return self._catalog

    def close(self) -> None:
        """Close the catalog if it was opened."""
        with self._opening:
            if self._catalog is not None:
                self._catalog.close()
