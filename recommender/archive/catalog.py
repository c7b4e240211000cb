"""Catalog: the archive itself, in a database, with a revision for every change."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from threading import Lock
from typing import Any, NamedTuple, Self

from sqlalchemy import Connection, Row, Select, Text, cast, func, select, update

from recommender.archive.database import copy_database, open_database, reported, upsert, watching
from recommender.archive.find import FindOptions, Found
from recommender.archive.tables import (
    CONTENT,
    LIVE,
    TOMBSTONE,
    archive,
    articles,
    to_article,
    to_row,
)
from recommender.archive.title_index import add_entries, find, remove_entries
from recommender.articles.article import Article, is_unicode
from recommender.articles.times import microseconds

# Ids looked up at once, and rows fetched at once: few, for a row may hold a long body.
LOOKED_UP = 500
FETCHED = 64

ENTRY = select(*CONTENT, articles.c.revision)

# Called in a write with each id and the revision it has there, or None: what it raises undoes all.
Check = Callable[[str, int | None], None]


class Written(NamedTuple):
    """What a write made of one article: its revision now, and whether it was not there before."""

    revision: int
    created: bool


@dataclass(frozen=True)
class Changes:
    """What a write did: the archive's revision after it, and counts of articles.

    ``written`` tells of each article by its id.

    Examples
    --------
    >>> Changes(revision=812, created=3)
    Changes(revision=812, created=3, changed=0, unchanged=0, deleted=0, unknown=0)
    """

    revision: int
    created: int = 0
    changed: int = 0
    unchanged: int = 0
    deleted: int = 0
    unknown: int = 0
    written: Mapping[str, Written] = field(default_factory=dict, repr=False, compare=False)


@dataclass(frozen=True)
class Snapshot:
    """The archive as it was at one moment: its revision, how many articles, and these."""

    revision: int
    count: int
    _connection: Connection = field(repr=False)

    def articles(self) -> Iterator[Article]:
        """Yield every article, by id in code point order, a few in memory at a time."""
        query = select(*CONTENT).where(LIVE).order_by(articles.c.id)
        with reported(self._connection.engine):
            for row in _streamed(self._connection, query):
                yield to_article(row)

    def has_lists(self) -> bool:
        """Tell whether any article names others in ``also_read``."""
        query = select(articles.c.id).where(LIVE, cast(articles.c.also_read, Text) != "[]")
        with reported(self._connection.engine):
            return self._connection.execute(query.limit(1)).first() is not None


class Catalog:
    """An archive of articles in a database; SQLite files are what it is tested on.

    Every change of an article gets a revision of its own, one more than the last, so that
    ``changes(since)`` tells what is new. A write is durable when it returns. One catalog may be
    used by several threads, and one database by several processes; writers wait for each other.

    Raises
    ------
    CatalogError
        From every method, in one line, if the database cannot do what was asked.

    Examples
    --------
    >>> import tempfile
    >>> folder = tempfile.TemporaryDirectory()
    >>> with folder as path, Catalog(f"sqlite:///{path}/archive.db") as catalog:
    ...     catalog.put([Article(id="a1", title="Ferry refit delayed")])
    ...     catalog.put([Article(id="a1", title="Ferry refit delayed")]).unchanged
    ...     catalog.get("a1").title, len(catalog), catalog.revision
    Changes(revision=1, created=1, changed=0, unchanged=0, deleted=0, unknown=0)
    1
    ('Ferry refit delayed', 1, 1)
    """

    def __init__(
        self,
        url: str = "sqlite:///archive.db",
        *,
        create: bool = True,
        patience: float | None = None,
    ) -> None:
        self._engine = open_database(url, create, patience)
        self._reader = self._engine
        if self._engine.dialect.name == "postgresql":  # SQLite's transactions always read so
            self._reader = self._engine.execution_options(isolation_level="REPEATABLE READ")
        self._writer = self._engine.execution_options(writing=True)
        self._upsert = upsert(self._engine)
        self._watching: sqlite3.Connection | None = None
        self._looking = Lock()

    def put(self, batch: Iterable[Article], check: Check | None = None) -> Changes:
        """Insert or replace articles, all or none; of two with one id the last is kept.

        What is already there as given is left alone and gets no revision. The batch is held in
        memory, and other writers wait meanwhile.
        """
        rows = {article.id: to_row(article) for article in batch}
        with self._writing() as (connection, revision):
            held = _held(connection, list(rows), check)
            new = [row for key, row in rows.items() if held.get(key, (0, b""))[1] != row["digest"]]
            revision = self._write(connection, new, revision)
        created = sum(row["id"] not in held for row in new)
        written = {
            key: Written(row.get("revision") or held[key][0], key not in held)
            for key, row in rows.items()
        }
        unchanged = len(rows) - len(new)
        return Changes(revision, created, len(new) - created, unchanged, written=written)

    def delete(self, ids: Iterable[str], check: Check | None = None) -> Changes:
        """Delete articles, all or none; ids that are not there are counted as unknown."""
        wanted = list(dict.fromkeys(ids))
        with self._writing() as (connection, revision):
            held = _held(connection, [key for key in wanted if is_unicode(key)], check)
            rows = [{**TOMBSTONE, "id": key} for key in wanted if key in held]
            revision = self._write(connection, rows, revision)
        written = {row["id"]: Written(row["revision"], False) for row in rows}
        unknown = len(wanted) - len(rows)
        return Changes(revision, deleted=len(rows), unknown=unknown, written=written)

    def get(self, article_id: str) -> Article | None:
        """Return the article of an id, or None."""
        found = self.entry(article_id)
        return found[1] if found else None

    def entry(self, article_id: str) -> tuple[int, Article] | None:
        """Return the revision and the article of an id, or None."""
        return self._first(article_id, ENTRY.where(LIVE, articles.c.id == article_id))

    def find_url(self, url: str) -> Article | None:
        """Return the article of a url, the last changed if there are several, or None."""
        query = ENTRY.where(LIVE, articles.c.url == url)
        found = self._first(url, query.order_by(articles.c.revision.desc()).limit(1))
        return found[1] if found else None

    def find(self, options: FindOptions, now: datetime | None = None) -> Found:
        """Return a page of the articles that are looked for, published at ``now`` (None: any)."""
        with self._reading() as connection:
            return find(connection, options, None if now is None else microseconds(now))

    def __len__(self) -> int:
        with self._reading() as connection:
            return _count(connection)

    @property
    def revision(self) -> int:
        """The revision of the last change, 0 in a new archive."""
        with self._reading() as connection:
            return _revision(connection)

    def version(self) -> int:
        """Return a number that is another one after every write, whoever wrote.

        On SQLite it takes microseconds and waits for nobody.
        """
        if self._engine.dialect.name != "sqlite":
            return self.revision
        # While one thread's answer is being fetched, another's would be of the same moment.
        with reported(self._engine), self._looking:
            self._watching = self._watching or watching(self._engine)
            return int(self._watching.execute("PRAGMA data_version").fetchone()[0])

    def ids(self) -> list[str]:
        """Return the id of every article, in code point order."""
        with self._reading() as connection:
            query = select(articles.c.id).where(LIVE).order_by(articles.c.id)
            return list(connection.scalars(query))

    @contextmanager
    def snapshot(self) -> Iterator[Snapshot]:
        """Hold the archive as it is now, for reading, while others go on writing."""
        with self._reading() as connection:
            yield Snapshot(_revision(connection), _count(connection), connection)

    def changes(self, since: int) -> Iterator[tuple[int, str, Article | None]]:
        """Yield revision, id and article, None if deleted, of all that changed after a revision.

        Each id comes once, as it is now, in the order of the revisions.
        """
        query = ENTRY.add_columns(articles.c.deleted)
        query = query.where(articles.c.revision > since).order_by(articles.c.revision)
        with self._reading() as connection:
            for row in _streamed(connection, query):
                yield row.revision, row.id, None if row.deleted else to_article(row)

    def backup(self, path: str | Path) -> None:
        """Write a copy of the archive as it is now into a new file, while others write on."""
        copy_database(self._engine, Path(path))

    def close(self) -> None:
        """Close the connections to the database."""
        if self._watching is not None:
            self._watching.close()
        self._engine.dispose()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @contextmanager
    def _reading(self) -> Iterator[Connection]:
        with reported(self._engine), self._reader.connect() as connection:
            yield connection

    @contextmanager
    def _writing(self) -> Iterator[tuple[Connection, int]]:
        with reported(self._engine), self._writer.begin() as connection:
            # The lock on this row is what orders writers where BEGIN does not.
            query = select(archive.c.revision).with_for_update()
            yield connection, connection.execute(query).scalar_one()

    def _write(self, connection: Connection, rows: list[dict[str, Any]], revision: int) -> int:
        if rows:
            for row in rows:
                revision += 1
                row["revision"] = revision
            remove_entries(connection, [row["id"] for row in rows])
            connection.execute(self._upsert, rows)
            add_entries(connection, [row for row in rows if not row["deleted"]])
            connection.execute(update(archive).values(revision=revision))
        return revision

    def _first(self, asked: str, query: Select[Any]) -> tuple[int, Article] | None:
        if not is_unicode(asked):
            return None
        with self._reading() as connection:
            row = connection.execute(query).first()
        return (row.revision, to_article(row)) if row else None


def _streamed(connection: Connection, query: Select[Any]) -> Iterator[Row[Any]]:
    yield from connection.execute(query, execution_options={"yield_per": FETCHED})


def _held(
    connection: Connection, ids: list[str], check: Check | None
) -> dict[str, tuple[int, bytes]]:
    """Return the revision and digest of those articles that are there, if ``check`` lets pass."""
    held = {}
    for start in range(0, len(ids), LOOKED_UP):
        query = select(articles.c.id, articles.c.revision, articles.c.digest)
        wanted = articles.c.id.in_(ids[start : start + LOOKED_UP])
        for row in connection.execute(query.where(LIVE, wanted)):
            held[row.id] = row.revision, row.digest
    if check:
        for key in ids:
            check(key, held[key][0] if key in held else None)
    return held


def _revision(connection: Connection) -> int:
    return int(connection.execute(select(archive.c.revision)).scalar_one())


def _count(connection: Connection) -> int:
    return connection.execute(select(func.count()).select_from(articles).where(LIVE)).scalar_one()
