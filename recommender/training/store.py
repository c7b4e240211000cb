"""ModelStore: the trained versions in a folder, one of them active."""

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
    """A stored version, as its manifest describes it; ``bytes`` is its size on disk.

    ``approximate`` is the quality of an approximate graph, None if the graph is exact.
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

    A version is written to a hidden folder and renamed into place, and activated by replacing one
    small file. So a reader always sees a complete model, the old one or the new one.
    """

    path: Path

    @property
    def current(self) -> str | None:
        """The name of the active version, or None; raises ModelError if it cannot be read."""
        try:
            return (self.path / CURRENT).read_text(encoding="utf-8").strip() or None
        except FileNotFoundError:
            return None
        except (OSError, ValueError) as error:
            raise ModelError(f"{self.path / CURRENT}: cannot be read: {error}") from None

    def versions(self) -> list[ModelInfo]:
        """Return all versions with a readable manifest, oldest first."""
        active = self.current
        infos = []
        for path in sorted(self.path.glob(f"*/{MANIFEST}")):
            try:
                manifest = read_manifest(path.parent)
            except ModelError:
                continue
            name = path.parent.name
            if not name.startswith("."):
                articles, revision = manifest["metrics"]["articles"], manifest["revision"]
                size = sum(file["bytes"] for file in manifest["files"].values())
                quality = GraphQuality.from_manifest(manifest.get("approximate"))
                infos.append(ModelInfo(name, name == active, articles, revision, size, quality))
        return infos

    def names(self) -> list[str]:
        """Return the names of all versions, oldest first, and the active one, readable or not."""
        folders = {path.name for path in self.path.glob("*/") if not path.name.startswith(".")}
        return sorted(folders | ({self.current} if self.current else set()))

    def save(self, model: Recommender, now: datetime) -> str:
        """Store a model as a new version, without activating it, and return its name.

        The name is the time in UTC and four digits of the manifest's hash.

        Raises
        ------
        ModelError
            When the folder cannot be written.
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
        """Yield the path of a folder to build a version in, and remove what is left of it."""
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
        """Remove the unfinished files of processes that no longer run."""
        for path in [*self.path.glob(f"{_BUILDING}*"), *self.path.glob(f".{CURRENT}-*")]:
            if not _is_running(path.name.split("-")[1]):
                path.unlink() if path.is_file() else shutil.rmtree(path, ignore_errors=True)

    def activate(self, version: str) -> None:
        """Make a version the active one, in one step.

        Raises
        ------
        NoModelError, DamagedModelError
            When there is no such version, or its files differ from its manifest.
        ModelError
            When the folder cannot be written.
        """
        self.verify(version)
        Recommender.load(self._path_of(version))
        temporary = self.path / f".{CURRENT}-{os.getpid()}-{token_hex(4)}"
        try:
            with temporary.open("w", encoding="utf-8") as out:
                out.write(version + "\n")
                out.flush()
                os.fsync(out.fileno())
            temporary.replace(self.path / CURRENT)
            _sync_folder(self.path)
        except OSError as error:
            temporary.unlink(missing_ok=True)
            raise ModelError(f"{self.path}: cannot activate: {error.strerror}") from None

    def load(self, version: str | None = None) -> Recommender:
        """Load a version, the active one by default.

        Raises
        ------
        NoModelError
            When there is no such version, or none is active.
        DamagedModelError
            When its files cannot be used.
        """
        version = version or self.current
        if version is None:
            raise NoModelError(f"{self.path}: no trained model yet: run 'alsoread train'")
        return Recommender.load(self._path_of(version))

    def verify(self, version: str) -> None:
        """Compare every byte of a version with its manifest.

        Raises
        ------
        NoModelError
            When there is no such version.
        DamagedModelError
            When files are missing or changed, naming them.
        """
        path = self._path_of(version)
        if damaged := damaged_files(path):
            raise DamagedModelError(f"{path}: damaged: {', '.join(damaged)}: train again")

    def prune(self, keep: int = 3) -> list[str]:
        """Delete all but the newest ``keep`` versions and the active one; return their names."""
        self._sweep()
        versions = self.versions()
        older = versions[: max(0, len(versions) - keep)]
        names = [info.version for info in older if not info.active]
        for name in names:
            # Renamed first, so that a half deleted version is never listed.
            doomed = self.path / f"{_BUILDING}0-{token_hex(4)}"
            (self.path / name).rename(doomed)
            shutil.rmtree(doomed, ignore_errors=True)
        return names

    def _path_of(self, version: str) -> Path:
        path = self.path / version
        if not _NAME.fullmatch(version) or not (path / MANIFEST).is_file():
            known = ", ".join(info.version for info in self.versions()) or "none"
            raise NoModelError(f"{self.path}: no version {version!r}; known versions: {known}")
        return path


def _is_running(process: str) -> bool:
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
