"""ModelStore: trained versions in a folder, one of them active."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from secrets import token_hex

from recommender.errors import DamagedModelError, ModelError, NoModelError
from recommender.persistence.files import MANIFEST, damaged_files, read_manifest, sha256
from recommender.recommender import Recommender
from recommender.search.approximate import GraphQuality

CURRENT = "CURRENT"
_BUILDING = ".building-"
_NAME = re.compile(r"[0-9A-Za-z][0-9A-Za-z_.-]{0,99}")


@dataclass(frozen=True, slots=True)
class ModelInfo:
    """What is known of a stored version without opening it; ``bytes`` is its size on disk.

    ``approximate`` tells how near its graph is to the exact one, None if it is that.
    """

    version: str
    active: bool
    articles: int
    revision: int
    bytes: int
    approximate: GraphQuality | None


@dataclass(frozen=True)
class ModelStore:
    """A folder of trained versions and the name of the active one.

    A version is built beside the others and renamed into place; the active one changes by
    replacing one small file. So whoever reads sees a whole model, the old or the new one.
    """

    path: Path

    @property
    def current(self) -> str | None:
        """The active version's name, or None."""
        try:
            return (self.path / CURRENT).read_text(encoding="utf-8").strip() or None
        except FileNotFoundError:
            return None
        except (OSError, ValueError) as error:
            raise ModelError(f"{self.path / CURRENT}: cannot be read: {error}") from None

    def versions(self) -> list[ModelInfo]:
        """Return all versions, oldest first; one without a readable manifest is left out."""
        active = self.current
        found = []
        for path in sorted(self.path.glob(f"*/{MANIFEST}")):
            try:
                manifest = read_manifest(path.parent)
            except ModelError:
                continue
            name = path.parent.name
            if not name.startswith("."):
                size = sum(fact["bytes"] for fact in manifest["files"].values())
                articles = manifest["metrics"]["articles"]
                facts = articles, manifest["revision"], size
                quality = GraphQuality.from_manifest(manifest.get("approximate"))
                found.append(ModelInfo(name, name == active, *facts, quality))
        return found

    def names(self) -> list[str]:
        """Return the names of all versions, oldest first, and the active one, readable or not."""
        found = {path.name for path in self.path.glob("*/") if not path.name.startswith(".")}
        return sorted(found | ({self.current} if self.current else set()))

    def save(self, model: Recommender, now: datetime) -> str:
        """Store a model as a new version and return its name; it is not active yet.

        The name is the time and four digits of the content's hash.
        """
        self._sweep()
        with self._building() as building:
            model.save(building)
            version = f"{now.astimezone(UTC):%Y%m%dT%H%M%SZ}-{sha256(building / MANIFEST)[:4]}"
            if not (self.path / version).exists():
                building.rename(self.path / version)
                _sync_folder(self.path)
        return version

    @contextmanager
    def _building(self) -> Iterator[Path]:
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            building = self.path / f"{_BUILDING}{os.getpid()}-{token_hex(4)}"
            try:
                yield building
            finally:
                shutil.rmtree(building, ignore_errors=True)
        except OSError as error:
            raise ModelError(f"{self.path}: cannot store a model: {error.strerror}") from None

    def _sweep(self) -> None:
        """Remove what trainings left that were killed."""
        for path in [*self.path.glob(f"{_BUILDING}*"), *self.path.glob(f".{CURRENT}-*")]:
            if not _runs(path.name.split("-")[1]):
                path.unlink() if path.is_file() else shutil.rmtree(path, ignore_errors=True)

    def activate(self, version: str) -> None:
        """Make a version the active one, in one step.

        Raises
        ------
        NoModelError, DamagedModelError
            When there is no such version, or its files are not all there; nothing changes then.
        """
        self.verify(version)
        Recommender.load(self._path_of(version))
        draft = self.path / f".{CURRENT}-{os.getpid()}-{token_hex(4)}"
        try:
            with draft.open("w", encoding="utf-8") as out:
                out.write(version + "\n")
                out.flush()
                os.fsync(out.fileno())
            draft.replace(self.path / CURRENT)
            _sync_folder(self.path)
        except OSError as error:
            draft.unlink(missing_ok=True)
            raise ModelError(f"{self.path}: cannot activate: {error.strerror}") from None

    def load(self, version: str | None = None) -> Recommender:
        """Open a version, the active one by default.

        Raises
        ------
        NoModelError, DamagedModelError
        """
        version = version or self.current
        if version is None:
            raise NoModelError(f"{self.path}: no trained model yet: run 'alsoread train'")
        return Recommender.load(self._path_of(version))

    def verify(self, version: str) -> None:
        """Read every byte of a version and compare it with the manifest.

        Raises
        ------
        NoModelError
            When there is no such version.
        DamagedModelError
            Naming the files that are missing or changed.
        """
        path = self._path_of(version)
        if damaged := damaged_files(path):
            raise DamagedModelError(f"{path}: damaged: {', '.join(damaged)}: train again")

    def prune(self, keep: int = 3) -> list[str]:
        """Delete all but the newest ``keep`` versions and the active one; return their names."""
        self._sweep()
        found = self.versions()
        old = [info.version for info in found[: max(0, len(found) - keep)] if not info.active]
        for name in old:
            # Renamed first, so that a half deleted version is never taken for one.
            doomed = self.path / f"{_BUILDING}0-{token_hex(4)}"
            (self.path / name).rename(doomed)
            shutil.rmtree(doomed, ignore_errors=True)
        return old

    def _path_of(self, version: str) -> Path:
        path = self.path / version
        if not _NAME.fullmatch(version) or not (path / MANIFEST).is_file():
            known = ", ".join(info.version for info in self.versions()) or "none"
            raise NoModelError(f"{self.path}: no version {version!r}; there are: {known}")
        return path


def _runs(process: str) -> bool:
    if not process.isdigit() or int(process) == 0:
        return False
    try:
        os.kill(int(process), 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _sync_folder(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
