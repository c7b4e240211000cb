"""import_sources(): files into the catalog, all that is good or nothing."""

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

from recommender.archive.catalog import Catalog, Changes
from recommender.archive.readers import ReadLog, read_articles
from recommender.articles.article import Article
from recommender.articles.progress import Progress
from recommender.errors import InputError, SourceError

# A write keeps other writers waiting, so each is short.
BATCH_ARTICLES = 500
BATCH_CHARACTERS = 4_000_000


@dataclass(frozen=True)
class ImportReport:
    """What an import read and did; the counts are of articles, ``bad`` the first bad lines.

    ``unknown`` counts articles by key that no article has, ``duplicates`` counts for an id the
    lines that a later one replaced, ``revision`` is the archive's afterwards.
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
    """An import was refused before anything was written; ``report`` says what was read."""

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

    Everything is read once before anything is written, in short transactions. ``skip_bad``
    passes over bad lines; ``replace`` deletes what the sources do not hold, more than a fifth of
    the archive only with ``force``. ``progress`` is called with "reading", "writing" or
    "deleting" and the number of articles done.

    Raises
    ------
    ImportRefusedError
        If there are bad lines, or too much would be deleted; nothing was written.
    SourceError
        If a source cannot be read.

    Examples
    --------
    >>> import io
    >>> folder = tempfile.TemporaryDirectory()
    >>> with folder as path, Catalog(f"sqlite:///{path}/archive.db") as catalog:
    ...     import_sources(catalog, ["-"], stdin=io.BytesIO(b'{"id": 1, "title": "Hail"}')).created
    1
    """
    report = progress or (lambda phase, done, total: None)
    with _readable(sources, stdin) as kept:
        log, empty = _surveyed(kept, format, report)
        ids = catalog.ids() if replace else []
        stale = [key for key in ids if key not in log.ids and key not in log.bad_ids]
        refusal = None if skip_bad else _bad_lines(log)
        if replace and not refusal:
            refusal = _too_empty(empty)
        if replace and not refusal and not force:
            refusal = _too_much(len(stale), len(ids)) or _nameless(log.nameless, len(stale))
        if refusal:
            raise ImportRefusedError(refusal, _report(log, [], catalog.revision))
        log.ids.clear()  # the second reading keeps ids of its own
        done = [*_written(catalog, kept, format, log, report), *_deleted(catalog, stale, report)]
    return _report(log, done, catalog.revision)


@contextmanager
def _readable(
    sources: Iterable[str | Path], stdin: BinaryIO | None
) -> Iterator[list[str | Path | BinaryIO]]:
    """Give sources that can be read twice: standard input becomes a file without a name."""
    with tempfile.TemporaryFile() as spool:
        kept: list[str | Path | BinaryIO] = []
        for source in sources:
            if str(source) == "-":
                if stdin is None:
                    raise InputError("'-' is standard input, and there is none; name a file")
                shutil.copyfileobj(stdin, spool)
                kept.append(cast(BinaryIO, spool))
            elif Path(source).exists() and not (Path(source).is_file() or Path(source).is_dir()):
                raise InputError(f"{source}: a pipe cannot be read twice; give it as '-'")
            else:
                kept.append(source)
        yield kept


def _articles(
    source: str | Path | BinaryIO, format_name: str | None, log: ReadLog
) -> Iterator[Article]:
    if not isinstance(source, (str, Path)):
        source.seek(0)
    return read_articles(source, format_name, log=log)


def _surveyed(
    sources: list[str | Path | BinaryIO], format_name: str | None, report: Progress
) -> tuple[ReadLog, list[str]]:
    """Read everything once; return what was found, and the sources that held no article."""
    log, empty = ReadLog(), []
    for source in sources:
        before = log.articles
        for _ in _articles(source, format_name, log):
            if log.articles % BATCH_ARTICLES == 0:
                report("reading", log.articles, None)
        if log.articles == before:
            empty.append(str(source) if isinstance(source, (str, Path)) else "standard input")
    report("reading", log.articles, None)
    return log, empty


def _bad_lines(log: ReadLog) -> str | None:
    if not log.bad_count:
        return None
    more = log.bad_count - len(log.bad)
    lines = [*log.bad, *([f"and {more} more"] if more else [])]
    return "\n".join([*lines, "nothing was imported; mend them or pass --skip-bad"])


def _too_empty(empty: list[str]) -> str | None:
    if not empty:
        return None
    return (
        f"{empty[0]}: no article in it, so --replace would delete what it should hold; "
        "nothing was imported"
    )


def _too_much(stale: int, held: int) -> str | None:
    if stale * 5 <= held:
        return None
    return (
        f"--replace would delete {stale:,} of {held:,} articles, more than a fifth; "
        "nothing was imported; pass --force if that is meant"
    )


def _nameless(bad: int, stale: int) -> str | None:
    if not bad or not stale:
        return None
    return (
        f"{bad:,} bad lines name no id, so --replace could delete their articles; nothing was "
        "imported; mend them, or pass --force"
    )


def _written(
    catalog: Catalog,
    sources: list[str | Path | BinaryIO],
    format_name: str | None,
    log: ReadLog,
    report: Progress,
) -> Iterator[Changes]:
    """Read everything again, and write it; of several lines with one id only the last."""
    again = ReadLog()
    found = chain.from_iterable(_articles(source, format_name, again) for source in sources)
    for batch in _batches(_last(found, log.duplicates)):
        yield catalog.put(batch)
        report("writing", again.articles, None)
    if (again.articles, again.bad_count) != (log.articles, log.bad_count):
        raise SourceError("the sources changed while they were imported; import them again")


def _last(articles: Iterable[Article], duplicates: Counter[str]) -> Iterator[Article]:
    replaced = duplicates.copy()
    for article in articles:
        if replaced[article.id]:
            replaced[article.id] -= 1
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


def _deleted(catalog: Catalog, ids: list[str], report: Progress) -> Iterator[Changes]:
    for start in range(0, len(ids), BATCH_ARTICLES):
        yield catalog.delete(ids[start : start + BATCH_ARTICLES])
        report("deleting", min(start + BATCH_ARTICLES, len(ids)), len(ids))


def _report(log: ReadLog, done: list[Changes], revision: int) -> ImportReport:
    return ImportReport(
        articles=log.articles,
        created=sum(changes.created for changes in done),
        changed=sum(changes.changed for changes in done),
        unchanged=sum(changes.unchanged for changes in done),
        deleted=sum(changes.deleted for changes in done),
        bad_count=log.bad_count,
        bad=tuple(log.bad),
        unknown=dict(log.unknown),
        duplicates=dict(log.duplicates),
        revision=revision,
    )
