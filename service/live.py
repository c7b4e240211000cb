"""The model manager: the active model with the archive's changes and the editorial rules."""

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
from service.archive import Archive
from service.http.problems import archive_problem
from service.http.reply_cache import ReplyCache
from service.rules_file import RulesFile

if TYPE_CHECKING:
    from recommender import Catalog

_logger = logging.getLogger(__name__)
_OLDER = "the archive is older than the model, as after restoring a backup: run 'alsoread train'"
_UNTRAINED = "there is no trained model: run 'alsoread train'"
# Number of writes whose affected lists are remembered.
_MOST_REMEMBERED = 1000
Clock = Callable[[], datetime]
_Result = TypeVar("_Result")


def utc_now() -> datetime:
    """Return the current time, aware and in UTC."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class ServingSnapshot:
    """A model with its rules and its version, read together, so that they never mix.

    ``boundaries`` are the future times, ascending, at which an article is published or a pin ends.
    """

    model: Recommender
    version: str
    boundaries: list[datetime]

    @classmethod
    def of(cls, model: Recommender, version: str, now: datetime) -> Self:
        """Return the snapshot that serves from ``now`` on."""
        ends = (pin.until for pin in model.rules.pins if pin.until and pin.until > now)
        return cls(model, version, sorted([*model.articles.upcoming(now), *ends]))

    def valid_until(self, now: datetime) -> float:
        """Return the next boundary in seconds since 1970; lists stay the same until then."""
        at = bisect_right(self.boundaries, now)
        return self.boundaries[at].timestamp() if at < len(self.boundaries) else math.inf

    def identity(self) -> dict[str, str | int]:
        """Return the version and revision that a reply names."""
        return {"version": self.version, "revision": self.model.revision}


class ModelManager:
    """Follows the active model, the archive and the rules; keeps the last valid state.

    A request waits for ``catch_up``, reads ``snapshot`` once and works only with that, even if
    another model becomes active meanwhile. ``failures`` has one line for each part (model, archive,
    rules or writes) whose newest state is not served. ``cache`` holds replies.

    Examples
    --------
    >>> nowhere = "sqlite:////nowhere/archive.db"
    >>> manager = ModelManager(Path("nowhere"), Archive(nowhere), RulesFile(nowhere))
    >>> manager.refresh()
    >>> manager.failures["model"]
    "there is no trained model: run 'alsoread train'"
    """

    def __init__(
        self,
        models: Path,
        archive: Archive,
        rules: RulesFile,
        cache: ReplyCache | None = None,
        clock: Clock = utc_now,
    ) -> None:
        self.cache = ReplyCache(0) if cache is None else cache
        self._store, self._archive, self._rules = ModelStore(models), archive, rules
        self._clock = clock
        self.latest: ServingSnapshot | None = None
        self._archive_version: int | None = None
        self._updating = Lock()
        # Waiting writers queue here, so that they take no threads from other requests.
        self._writers = CapacityLimiter(1)
        self.failures: dict[str, str] = {}
        self._checked_by: asyncio.Task[Any] | None = None
        self._affected: dict[int, Affected] = {}

    @property
    def snapshot(self) -> ServingSnapshot:
        """The serving snapshot.

        Raises NoModelError, or RulesError if the rules could never be read.
        """
        if self.latest is None:
            if self._rules.rules is None and self._rules.failure:
                raise RulesError([self._rules.failure])
            raise NoModelError(_UNTRAINED)
        return self.latest

    @property
    def failure(self) -> str | None:
        """All failures in one line, or None."""
        return "; ".join(self.failures.values()) or None

    async def follow(self, seconds: float = 0.5) -> None:
        """Refresh every ``seconds``, until cancelled."""
        while True:
            await anyio.sleep(seconds)
            await to_thread.run_sync(self.refresh)

    async def catch_up(self) -> None:
        """Apply what any process has written since the last call.

        It takes microseconds if nothing was written. While the archive cannot be read, requests do
        not wait for it; ``follow`` tries again.
        """
        if self.latest is None or "archive" in self.failures:
            return
        if self._checked_by not in (None, asyncio.current_task()):
            return
        try:
            written = self._archive.catalog().version() != self._archive_version
        except CatalogError:
            written = True
        if written:
            await to_thread.run_sync(self._guarded, "archive", self._update)
            return
        # One check serves all requests that have arrived so far. Later ones, which may know of a
        # later write, run after this callback and check again.
        self._checked_by = asyncio.current_task()
        asyncio.get_running_loop().call_soon(self._forget_check)

    def _forget_check(self) -> None:
        self._checked_by = None

    async def write(self, work: Callable[[Catalog], _Result]) -> _Result:
        """Write to the archive in a thread, one at a time, and return the result of ``work``."""
        try:
            result = await to_thread.run_sync(
                lambda: work(self._archive.catalog(create=True)), limiter=self._writers
            )
        except CatalogError as error:
            at = f"{self._clock():%Y-%m-%dT%H:%M:%SZ}"
            self.failures["writes"] = f"a write failed at {at}: {archive_problem(error).detail}"
            raise
        self.failures.pop("writes", None)
        return result

    async def affected(self, revision: int) -> Affected:
        """Apply a write, and return the articles whose lists it changed, as far as known."""
        await self.catch_up()
        # Without a model there are no lists.
        unknown = Affected(complete=self.latest is None)
        return self._affected.get(revision, unknown)

    def refresh(self) -> None:
        """Open the active model and the rules if they have changed, and apply changes.

        It blocks; call it in a thread.
        """
        self._guarded("rules", self._read_rules)
        if self._rules.rules is not None:
            self._guarded("model", self._open_active)
        self._guarded("archive", self._update)

    def _guarded(self, part: str, work: Callable[[], None]) -> None:
        """Run a step and record its failure; the service keeps its latest snapshot."""
        try:
            work()
        except CatalogError as error:
            self._fail(part, archive_problem(error).detail, error)
        except (ModelError, RulesError) as error:
            self._fail(part, str(error))
        except Exception as error:
            self._fail(part, f"the {part} cannot be opened; see the log", error)
        else:
            self.failures.pop(part, None)

    def _read_rules(self) -> None:
        self._rules.refresh()
        rules, latest = self._rules.rules, self.latest
        if rules is not None and latest is not None and latest.model.rules != rules:
            self._swap(latest.model.with_rules(rules), latest.version)
        if self._rules.failure:
            raise RulesError([self._rules.failure])

    def _open_active(self) -> None:
        rules, version = self._rules.rules, self._store.current
        if version is None:
            raise NoModelError(_UNTRAINED)
        if rules is not None and (self.latest is None or version != self.latest.version):
            self._swap(self._store.load(version).with_rules(rules), version)

    def _swap(self, model: Recommender, version: str) -> None:
        """Serve a model after applying all changes since its training."""
        model.warm()
        try:
            catalog = self._archive.catalog()
            # There may be many changes: requests are answered while they are applied.
            model = model.apply_changes(catalog.changes(model.applied_revision))
            with self._updating:
                self._apply_changes(model, version, catalog)
        except CatalogError:
            # Serve a first model as it is, but no other one: it might list deleted articles.
            if self.latest is not None and version != self.latest.version:
                raise
            with self._updating:
                current = self.latest.model.with_rules(model.rules) if self.latest else model
                self._serve(current, version)
        count, rules = len(model.articles), model.rules.digest
        _logger.info("serving model %s: %d articles, rules %s", version, count, rules)

    def _update(self) -> None:
        """Apply the changes of the archive, if there are any."""
        catalog = self._archive.catalog()
        with self._updating:
            if self.latest is None:
                return
            if catalog.version() != self._archive_version:
                self._apply_changes(self.latest.model, self.latest.version, catalog)
            if catalog.revision < self.latest.model.applied_revision:
                raise ModelError(_OLDER)

    def _apply_changes(self, model: Recommender, version: str, catalog: Catalog) -> None:
        # Read before the changes, so that concurrent writes are applied the next time.
        archive_version = catalog.version()
        changes = catalog.changes(model.applied_revision)
        self._serve(model.apply_changes(changes), version)
        self._archive_version = archive_version

    def _serve(self, model: Recommender, version: str) -> None:
        """Make a model the serving snapshot, and drop the cached replies that it changes."""
        before, now = self.latest, self._clock()
        if before and model is before.model:
            return
        self.latest = ServingSnapshot.of(model, version, now)
        same = before and before.version == version and before.model.rules == model.rules
        recent = model.recent_changes(now) if same else None
        if recent is None:
            self.cache.clear()
            return
        changed: set[str] = set()
        complete = True
        for revision, (ids, affected) in recent.items():
            self._affected[revision] = affected
            complete &= affected.all is not None
            changed.update(ids, affected.all or ())
        for revision in list(self._affected)[:-_MOST_REMEMBERED]:
            del self._affected[revision]
        if complete:
            self.cache.invalidate(changed)
        else:
            self.cache.clear()

    def _fail(self, part: str, failure: str, error: Exception | None = None) -> None:
        if failure != self.failures.get(part):
            known = isinstance(error, AlsoReadError)
            _logger.warning("%s", error if known else failure, exc_info=None if known else error)
        self.failures[part] = failure
