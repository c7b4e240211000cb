"""Articles out of files: one module a format, named for it."""

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

# Suffix and module. A new format is a file with a function `records(file, stem)`, a line here.
SUFFIXES = {
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".json": "jsonl",
    ".csv": "csv",
    ".tsv": "csv",
    ".parquet": "parquet",
    ".txt": "page",
}

Line = tuple[int, dict[str, Any] | InputError]
Lines = Generator[Line, None, None]
Records = Callable[[BinaryIO, str], Iterator[Line]]


def read_articles(
    source: str | Path | BinaryIO,
    format: str | None = None,  # noqa: A002
    *,
    log: ReadLog | None = None,
) -> Iterator[Article]:
    """Read the articles of a file, of a folder's files by name, or of an open binary file.

    The format is jsonl, csv, tsv, parquet or page (a news page as plain text), guessed from the
    suffix; text may be compressed (.gz, .xz, .zst). An open file is jsonl unless said otherwise.
    With a ``log``, bad lines and duplicate ids are noted there and reading goes on. Without one
    the first bad line ends it, and keys that no article has are counted in one warning.

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
        plain = _unpacked(path)
        records = _records(format or plain.suffix.lower()[1:])
        files.append((str(path), _lines(str(path), records, plain.stem, compression.opened(path))))
    return _articles(files, log)


def _paths(source: Path, format_name: str | None) -> list[Path]:
    wanted = _records(format_name) if format_name else None
    known = ", ".join(SUFFIXES)
    if not source.is_dir():
        if wanted is None and _suffix(source) not in SUFFIXES:
            raise SourceError(f"{source}: its format is not known by its suffix ({known}); name it")
        return [source]
    found = [
        path
        for path in sorted(source.iterdir())
        if path.is_file() and not path.name.startswith(".") and _suffix(path) in SUFFIXES
    ]
    if wanted:
        found = [path for path in found if _records(_suffix(path)[1:]) is wanted]
    if not found:
        raise SourceError(f"{source}: no file to read in this folder; known suffixes are {known}")
    return found


def _unpacked(path: Path) -> Path:
    """Return the name a file would have without its compression."""
    return path.with_suffix("") if path.suffix.lower() in compression.SUFFIXES else path


def _suffix(path: Path) -> str:
    return _unpacked(path).suffix.lower()


def _records(format_name: str) -> Records:
    """Return the function that reads a format; a format is called by its suffix or its module."""
    module = SUFFIXES.get(f".{format_name}", format_name)
    if module not in SUFFIXES.values():
        known = ", ".join([suffix[1:] for suffix in SUFFIXES] + ["page"])
        raise SourceError(f"no format is called {format_name!r}; there are {known}")
    records: Records = import_module(f"{__name__}.{module}").records
    return records


def _lines(
    name: str, records: Records, stem: str, opening: AbstractContextManager[BinaryIO]
) -> Lines:
    try:
        with opening as file:
            yield from records(file, stem)
    except compression.DAMAGE as error:
        reason = getattr(error, "strerror", None) or f"cannot be unpacked ({error}): copy it again"
        raise SourceError(f"{name}: {reason[:1].lower()}{reason[1:]}") from None
    except SourceError as error:
        raise SourceError(f"{name}: {error}") from None


def _articles(files: list[tuple[str, Lines]], log: ReadLog | None) -> Iterator[Article]:
    found = ReadLog() if log is None else log
    for name, lines in files:
        with closing(lines):
            yield from _good(name, lines, found, strict=log is None)
    if log is None and found.unknown:
        counts = ", ".join(f"{key!r} ({count})" for key, count in found.unknown.most_common(10))
        warnings.warn(f"left out, for no article has these keys: {counts}", stacklevel=2)


def _good(name: str, lines: Lines, found: ReadLog, strict: bool) -> Iterator[Article]:
    for number, record in lines:
        try:
            if isinstance(record, InputError):
                raise record
            article = Article.from_record(record)
        except InputError as error:
            message = f"{name}:{number}: {error}"
            if strict:
                raise SourceError(message) from None
            found.bad_line(message, record)
            continue
        found.good_line(article, record)
        yield article
