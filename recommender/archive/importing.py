"""Importing: read files into the archive, after a first pass has checked every line."""

from __future__ import annotations

import shutil
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import BinaryIO, cast

from recommender.archive.catalog import Catalog
from recommender.archive.changes import Changes
from recommender.archive.readers import ReadLog, read_articles
from recommender.articles.article import Article
from recommender.articles.progress import Progress
from recommender.errors import InputError, SourceError

# Limits of one write: short, because other writers wait for it.
BATCH_ARTICLES = 500
BATCH_CHARACTERS = 4_000_000


@dataclass(frozen=True)
class ImportReport:
    """The result of an import: numbers of articles, bad lines and the archive's new revision.

    ``bad`` has the messages of the first 20 of ``bad_count`` bad lines. ``unknown`` is the number
    of articles that had each unknown field, ``duplicates`` the number of earlier lines with the
    same id that were ignored, by id.
    """

    articles: int
    created: int
    changed: int
    unchanged: int
    deleted: int
    bad_count: int
    bad: tuple[str, ...]
    unknown: dict[str, int]
    duplicates: dict[str, int]
    revision: int


class ImportRefusedError(InputError):
    """The import was refused and nothing was written; ``report`` has what was read.

    The message has a line for each bad line.
    """

    def __init__(self, message: str, report: ImportReport) -> None:
        super().__init__(message)
        self.report = report


def import_sources(
    catalog: Catalog,
    sources: Iterable[str | Path],
    *,
    format: str | None = None,  # noqa: A002
    skip_bad: bool = False,
    replace: bool = False,
    force: bool = False,
    stdin: BinaryIO | None = None,
    progress: Progress | None = None,
) -> ImportReport:
    """Insert or replace the articles of files, folders and "-", which is ``stdin``.

    A first pass reads and checks all sources; a second one writes, in short transactions.
    ``format`` is as in ``read_articles``. ``skip_bad`` skips bad lines instead of refusing them.
    ``replace`` deletes articles that are not in the sources, but more than a fifth of the archive
    only with ``force``. ``progress`` is called with "reading", "writing" or "deleting", the number
    of articles done, and the total or None.

    Raises
    ------
    ImportRefusedError
        If there are bad lines, or too many articles would be deleted; nothing was written.
    InputError
        If "-" is a source without ``stdin``, or a source is a pipe.
    SourceError
        If a source cannot be read, or changed between the passes.
    CatalogError
        If the database fails.

    Examples
    --------
    >>> import io
    >>> folder = tempfile.TemporaryDirectory()
    >>> with folder as path, Catalog(f"sqlite:///{path}/archive.db") as catalog:
    ...     import_sources(catalog, ["-"], stdin=io.BytesIO(b'{"id": 1, "title": "Hail"}')).created
    1
    """
    progress = progress or (lambda phase, done, total: None)
    with _rereadable(sources, stdin) as inputs:
        log, empty = _check(inputs, format, progress)
        ids = catalog.ids() if replace else []
        stale = [key for key in ids if key not in log.ids and key not in log.bad_ids]
        refusal = None if skip_bad else _bad_lines(log)
        if replace and not refusal:
            refusal = _empty_source(empty)
        if replace and not refusal and not force:
            refusal = _too_many(len(stale), len(ids)) or _missing_ids(log.nameless, len(stale))
        if refusal:
            raise ImportRefusedError(refusal, _report(log, [], catalog.revision))
        log.ids.clear()  # free them: the second pass collects the ids again
        writes = _write(catalog, inputs, format, log, progress)
        changes = [*writes, *_delete(catalog, stale, progress)]
    return _report(log, changes, catalog.revision)


@contextmanager
def _rereadable(
    sources: Iterable[str | Path], stdin: BinaryIO | None
) -> Iterator[list[str | Path | BinaryIO]]:
    """Return sources that can be read twice: standard input becomes a temporary file."""
    with tempfile.TemporaryFile() as spool:
        inputs: list[str | Path | BinaryIO] = []
        for source in sources:
            if str(source) == "-":
                if stdin is None:
                    raise InputError("'-' means standard input, but there is none; name a file")
                shutil.copyfileobj(stdin, spool)
                inputs.append(cast(BinaryIO, spool))
            elif Path(source).exists() and not (Path(source).is_file() or Path(source).is_dir()):
                raise InputError(f"{source}: cannot read a pipe twice; pass it as '-'")
            else:
                inputs.append(source)
        yield inputs


def _articles(
    source: str | Path | BinaryIO, format_name: str | None, log: ReadLog
) -> Iterator[Article]:
    if not isinstance(source, (str, Path)):
        source.seek(0)
    return read_articles(source, format_name, log=log)


def _check(
    sources: list[str | Path | BinaryIO], format_name: str | None, progress: Progress
) -> tuple[ReadLog, list[str]]:
    """Read all sources; return the log, and the names of sources without any article."""
    log, empty = ReadLog(), []
    for source in sources:
        before = log.articles
        for _ in _articles(source, format_name, log):
            if log.articles % BATCH_ARTICLES == 0:
                progress("reading", log.articles, None)
        if log.articles == before:
            empty.append(str(source) if isinstance(source, (str, Path)) else "standard input")
    progress("reading", log.articles, None)
    return log, empty


def _bad_lines(log: ReadLog) -> str | None:
    if not log.bad_count:
        return None
    more = log.bad_count - len(log.bad)
    lines = [*log.bad, *([f"and {more} more"] if more else [])]
    return "\n".join([*lines, "nothing was imported; fix these lines or pass --skip-bad"])


def _empty_source(empty: list[str]) -> str | None:
    if not empty:
        return None
    return (
        f"{empty[0]}: no articles in it, so --replace would delete those it should have; "
        "nothing was imported"
    )


def _too_many(stale: int, total: int) -> str | None:
    if stale * 5 <= total:
        return None
    return (
        f"--replace would delete {stale:,} of {total:,} articles, more than a fifth; "
        "nothing was imported; pass --force to do it anyway"
    )


def _missing_ids(bad: int, stale: int) -> str | None:
    if not bad or not stale:
        return None
    return (
        f"{bad:,} bad lines have no id, so --replace could delete their articles; nothing was "
        "imported; fix them, or pass --force"
    )


def _write(
    catalog: Catalog,
    sources: list[str | Path | BinaryIO],
    format_name: str | None,
    first: ReadLog,
    progress: Progress,
) -> Iterator[Changes]:
    """Read all sources again and write them; of several lines with one id only the last."""
    second = ReadLog()
    articles = chain.from_iterable(_articles(source, format_name, second) for source in sources)
    for batch in _batches(_last_of_each_id(articles, first.duplicates)):
        yield catalog.put(batch)
        progress("writing", second.articles, None)
    if (second.articles, second.bad_count) != (first.articles, first.bad_count):
        raise SourceError("the sources changed during the import; import them again")


def _last_of_each_id(articles: Iterable[Article], duplicates: Counter[str]) -> Iterator[Article]:
    to_skip = duplicates.copy()
    for article in articles:
        if to_skip[article.id]:
            to_skip[article.id] -= 1
        else:
            yield article


def _batches(articles: Iterable[Article]) -> Iterator[list[Article]]:
    batch: list[Article] = []
    characters = 0
    for article in articles:
        batch.append(article)
        characters += len(article.title) + len(article.summary or "") + len(article.body)
        if len(batch) == BATCH_ARTICLES or characters >= BATCH_CHARACTERS:
            yield batch
            batch, characters = [], 0
    if batch:
        yield batch


def _delete(catalog: Catalog, ids: list[str], progress: Progress) -> Iterator[Changes]:
    for start in range(0, len(ids), BATCH_ARTICLES):
        yield catalog.delete(ids[start : start + BATCH_ARTICLES])
        progress("deleting", min(start + BATCH_ARTICLES, len(ids)), len(ids))


def _report(log: ReadLog, writes: list[Changes], revision: int) -> ImportReport:
    return ImportReport(
        articles=log.articles,
        created=sum(changes.created for changes in writes),
        changed=sum(changes.changed for changes in writes),
        unchanged=sum(changes.unchanged for changes in writes),
        deleted=sum(changes.deleted for changes in writes),
        bad_count=log.bad_count,
        bad=tuple(log.bad),
        unknown=dict(log.unknown),
        duplicates=dict(log.duplicates),
        revision=revision,
    )
