"""The rules file: editorial rules, read again whenever the file changes."""

from __future__ import annotations

from pathlib import Path

from recommender import Rules
from recommender.errors import RulesError


class RulesFile:
    """Follows a file of rules; ``rules`` is its last valid version.

    ``path`` None is ``rules.toml`` beside the archive, where a missing file means no rules.
    ``rules`` is None until a version was valid. ``failure`` is one line that says why the newest
    version is not in force, or None.

    Examples
    --------
    >>> file = RulesFile("sqlite:////nowhere/archive.db")
    >>> file.refresh()
    >>> file.rules == Rules()
    True
    """

    def __init__(self, archive: str, path: Path | None = None) -> None:
        self._path = path or Rules.beside(archive)
        self._optional = path is None
        self._last_stamp: tuple[int, ...] | None = ()
        self.rules: Rules | None = None
        self.failure: str | None = None

    def refresh(self) -> None:
        """Read the file if it has changed."""
        stamp = self._stamp()
        if stamp == self._last_stamp:
            return
        # Stored before reading, so that a change during reading is read the next time.
        self._last_stamp = stamp
        try:
            self.rules, self.failure = Rules.of(self._path, missing_ok=self._optional), None
        except RulesError as error:
            fallback = "" if self.rules is None else "; the previous rules still apply"
            self.failure = f"{error}{fallback}"

    def _stamp(self) -> tuple[int, ...] | None:
        try:
            stat = self._path.stat()
        except OSError:
            return None
        # ctime changes with permissions too, so a file that could not be read is tried again.
        return stat.st_mtime_ns, stat.st_ctime_ns, stat.st_size, stat.st_ino
