"""Readers: articles out of files, one module per format; read ``jsonl`` first.

To add a format, add a module with a function ``records(file, stem)``, and its suffix to
``SUFFIXES``.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Generator, Iterator
from contextlib import AbstractContextManager, closing, nullcontext
from importlib import import_module
from pathlib import Path
from typing import Any, BinaryIO

from recommender.archive.readers import compression
from recommender.archive.readers.log import ReadLog
from recommender.articles.article import Article
from recommender.errors import InputError, SourceError

__all__ = ["ReadLog", "read_articles"]

# The module that reads each suffix.
SUFFIXES = {
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".json": "jsonl",
    ".csv": "csv",
    ".tsv": "csv",
    ".parquet": "parquet",
    ".txt": "page",
}

# A line's number, and its record, or the reason why it is a bad line.
Line = tuple[int, dict[str, Any] | InputError]
Lines = Generator[Line, None, None]
# Called with an open file and its name without suffixes.
Records = Callable[[BinaryIO, str], Iterator[Line]]


def read_articles(
    source: str | Path | BinaryIO,
    format: str | None = None,  # noqa: A002
    *,
    log: ReadLog | None = None,
) -> Iterator[Article]:
    """Read the articles of a file, of a folder's files by name, or of an open binary file.

    ``format`` is jsonl, csv, tsv, parquet or page (a news page as plain text). If it is None, the
    suffix decides, and an open file is jsonl. Files may be compressed (.gz, .xz, .zst). With a
    ``log``, bad lines and duplicate ids are added to it and reading goes on. Without one, the first
    bad line is an error, and unknown fields are counted in one warning at the end.

    Raises
    ------
    SourceError
        If a source cannot be read, or has a bad line and there is no ``log``.
    MissingExtraError
        If a Parquet or .zst file needs a library that is not installed.

    Examples
    --------
    >>> import io
    >>> [article.title for article in read_articles(io.BytesIO(b'{"id": 1, "title": "Hail"}'))]
    ['Hail']
    """
    if not isinstance(source, (str, Path)):
        lines = _lines("standard input", _records(format or "jsonl"), "", nullcontext(source))
        return _articles([("standard input", lines)], log)
    files = []
    for path in _paths(Path(source), format):
        name = _uncompressed_name(path)
        records = _records(format or name.suffix.lower()[1:])
        file = compression.open_file(path)
        files.append((str(path), _lines(str(path), records, name.stem, file)))
    return _articles(files, log)


def _paths(source: Path, format_name: str | None) -> list[Path]:
    records = _records(format_name) if format_name else None
    known = ", ".join(SUFFIXES)
    if not source.is_dir():
        if records is None and _suffix(source) not in SUFFIXES:
            raise SourceError(f"{source}: unknown suffix; name the format, or use one of: {known}")
        return [source]
    paths = [
        path
        for path in sorted(source.iterdir())
        if path.is_file() and not path.name.startswith(".") and _suffix(path) in SUFFIXES
    ]
    if records:
        paths = [path for path in paths if _records(_suffix(path)[1:]) is records]
    if not paths:
        raise SourceError(f"{source}: no file to read in this folder; known suffixes are: {known}")
    return paths


def _uncompressed_name(path: Path) -> Path:
    """Return a path without the suffix of its compression."""
    return path.with_suffix("") if path.suffix.lower() in compression.SUFFIXES else path


def _suffix(path: Path) -> str:
    return _uncompressed_name(path).suffix.lower()


def _records(format_name: str) -> Records:
    """Return the function that reads a format, named by a suffix or a module."""
    module = SUFFIXES.get(f".{format_name}", format_name)
    if module not in SUFFIXES.values():
        known = ", ".join([suffix[1:] for suffix in SUFFIXES] + ["page"])
        raise SourceError(f"unknown format {format_name!r}; known are: {known}")
    records: Records = import_module(f"{__name__}.{module}").records
    return records


def _lines(
    name: str, records: Records, stem: str, source: AbstractContextManager[BinaryIO]
) -> Lines:
    try:
        with source as file:
            yield from records(file, stem)
    except compression.READ_ERRORS as error:
        reason = getattr(error, "strerror", None) or f"cannot decompress ({error}); copy it again"
        raise SourceError(f"{name}: {reason[:1].lower()}{reason[1:]}") from None
    except SourceError as error:
        raise SourceError(f"{name}: {error}") from None


def _articles(files: list[tuple[str, Lines]], log: ReadLog | None) -> Iterator[Article]:
    strict = log is None
    log = log or ReadLog()
    for name, lines in files:
        with closing(lines):
            yield from _good_lines(name, lines, log, strict)
    if strict and log.unknown:
        counts = ", ".join(f"{key!r} ({count:,})" for key, count in log.unknown.most_common(10))
        warnings.warn(f"ignored unknown fields (number of articles): {counts}", stacklevel=2)


def _good_lines(name: str, lines: Lines, log: ReadLog, strict: bool) -> Iterator[Article]:
    for number, record in lines:
        try:
            if isinstance(record, InputError):
                raise record
            article = Article.from_record(record)
        except InputError as error:
            message = f"{name}:{number}: {error}"
            if strict:
                raise SourceError(message) from None
            log.bad_line(message, record)
            continue
        log.good_line(article, record)
        yield article
