"""RulesFile: the editorial rules as their file says, followed while it changes."""

from __future__ import annotations

from pathlib import Path

from recommender import Rules
from recommender.errors import RulesError


class RulesFile:
    """Follows a file of rules: ``held`` is its last version without a mistake.

    ``path`` None is ``rules.toml`` beside the archive, where no file is no rules. ``held`` is None
    while no version was ever right. ``trouble`` says in one line why the file is not what is held,
    if so.

    Examples
    --------
    >>> file = RulesFile("sqlite:////nowhere/archive.db")
    >>> file.refresh()
    >>> file.held == Rules()
    True
    """

    def __init__(self, archive: str, path: Path | None = None) -> None:
        self._path = path or Rules.beside(archive)
        self._optional = path is None
        self._seen: tuple[int, ...] | None = ()
        self.held: Rules | None = None
        self.trouble: str | None = None

    def refresh(self) -> None:
        """Read the file if it changed."""
        seen = self._stamp()
        if seen == self._seen:
            return
        # Taken before reading, so that what is written meanwhile is read the next time.
        self._seen = seen
        try:
            self.held, self.trouble = Rules.of(self._path, missing_ok=self._optional), None
        except RulesError as error:
            self.trouble = str(error) if self.held is None else f"{error}; those before still hold"

    def _stamp(self) -> tuple[int, ...] | None:
        try:
            found = self._path.stat()
        except OSError:
            return None
        # ctime changes with permissions too, so a file that could not be read is tried again.
        return found.st_mtime_ns, found.st_ctime_ns, found.st_size, found.st_ino
