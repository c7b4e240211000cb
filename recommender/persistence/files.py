"""Files: a model's directory, with .npy arrays and manifest.json, which has their sha256."""

from __future__ import annotations

import hashlib
import json
import os
import tokenize
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from recommender.errors import DamagedModelError, ModelError, NoModelError

FORMAT = 3
MANIFEST = "manifest.json"
# Files written or read at a time: disk access and hashing overlap.
_THREADS = 2


def write_model(
    path: Path, arrays: Mapping[str, NDArray[Any]], manifest: Mapping[str, Any]
) -> None:
    """Write arrays and a manifest into a new directory, durably, the manifest last.

    Raises
    ------
    ModelError
        If the directory exists or cannot be written.
    """
    try:
        path.mkdir(parents=True)
        with ThreadPoolExecutor(_THREADS) as threads:
            files = dict(threads.map(partial(_write, path), arrays, arrays.values()))
        document = {"format": FORMAT, **manifest, "files": files}
        document["sha256"] = _digest(document)
        with (path / MANIFEST).open("w", encoding="utf-8") as out:
            json.dump(document, out, indent=2, sort_keys=True, ensure_ascii=False)
            out.write("\n")
            out.flush()
            os.fsync(out.fileno())
    except OSError as error:
        raise ModelError(f"{path}: cannot write the model: {error.strerror or error}") from None


def _write(path: Path, name: str, array: NDArray[Any]) -> tuple[str, dict[str, Any]]:
    """Write an array durably; return its file's name, size and hash."""
    file = path / f"{name}.npy"
    with file.open("wb") as out:
        np.save(out, array, allow_pickle=False)
        os.fsync(out.fileno())
    return file.name, {"bytes": file.stat().st_size, "sha256": sha256(file)}


def sha256(file: Path) -> str:
    """Return a file's sha256 as hexadecimal digits."""
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


def read_manifest(path: Path) -> dict[str, Any]:
    """Return a model's manifest.

    Raises
    ------
    NoModelError
        If there is no such model.
    DamagedModelError
        If its manifest cannot be read, or has another format than this version's.
    """
    try:
        manifest = json.loads((path / MANIFEST).read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise NoModelError(f"{path}: no trained model here: run 'alsoread train'") from None
    except (OSError, ValueError, RecursionError) as error:
        raise DamagedModelError(f"{path / MANIFEST}: cannot be read: {error}") from None
    if not isinstance(manifest, dict) or manifest.get("format") != FORMAT:
        raise DamagedModelError(
            f"{path / MANIFEST}: not format {FORMAT}, which this version reads: train again"
        )
    if manifest.pop("sha256", None) != _digest(manifest):
        raise DamagedModelError(f"{path / MANIFEST}: damaged: its hash is wrong: train again")
    return manifest


def _digest(manifest: Mapping[str, Any]) -> str:
    text = json.dumps(manifest, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def read_model(path: Path) -> tuple[dict[str, NDArray[Any]], dict[str, Any]]:
    """Return a model's arrays, memory-mapped read-only, and its manifest.

    File sizes are checked; ``damaged_files`` checks the contents.

    Raises
    ------
    NoModelError
        If there is no such model.
    DamagedModelError
        If the manifest or a file cannot be read, or a file has the wrong size.
    """
    manifest = read_manifest(path)
    arrays = {}
    for name, entry in manifest["files"].items():
        file = path / name
        try:
            if file.stat().st_size != entry["bytes"]:
                raise ValueError(f"{file.stat().st_size} bytes, not {entry['bytes']}")
            # A plain view of the mapping: indexing np.memmap itself is many times slower.
            arrays[file.stem] = np.asarray(np.load(file, mmap_mode="r", allow_pickle=False))
        except (OSError, ValueError, EOFError, SyntaxError, tokenize.TokenError) as error:
            raise DamagedModelError(f"{file}: damaged: {error}: train again") from None
    return arrays, manifest


def damaged_files(path: Path) -> list[str]:
    """Return the names of files that are missing or differ from the manifest, in its order."""
    files = read_manifest(path)["files"]

    def is_damaged(name: str) -> bool:
        return not (path / name).is_file() or sha256(path / name) != files[name]["sha256"]

    with ThreadPoolExecutor(_THREADS) as threads:
        return [
            name
            for name, damaged in zip(files, threads.map(is_damaged, files), strict=True)
            if damaged
        ]
