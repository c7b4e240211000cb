"""Catalog: the archive of articles in a database, with a revision for every change."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from threading import Lock
from typing import Any, Self

from sqlalchemy import Connection, Row, Select, Text, cast, func, select, update

from recommender.archive.changes import Changes, WrittenArticle
from recommender.archive.database import (
    catalog_errors,
    copy_database,
    detached_connection,
    open_database,
    upsert,
)
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

# Ids in one query.
IDS_PER_QUERY = 500
# Rows fetched at a time: few, because a row may hold a long body.
ROWS_PER_FETCH = 64

ENTRY = select(*CONTENT, articles.c.revision)

# Called during a write with each id and its stored revision (None if it is not in the archive).
# If it raises, nothing is written.
Check = Callable[[str, int | None], None]


@dataclass(frozen=True)
class Snapshot:
    """The archive at one moment: its revision, and the number of articles, ``count``."""

    revision: int
    count: int
    _connection: Connection = field(repr=False)

    def articles(self) -> Iterator[Article]:
        """Yield every article in code point order of the ids, a few in memory at a time."""
        query = select(*CONTENT).where(LIVE).order_by(articles.c.id)
        with catalog_errors(self._connection.engine):
            for row in _stream(self._connection, query):
                yield to_article(row)

    def has_lists(self) -> bool:
        """Return whether any article has an ``also_read`` list."""
        query = select(articles.c.id).where(LIVE, cast(articles.c.also_read, Text) != "[]")
        with catalog_errors(self._connection.engine):
            return self._connection.execute(query.limit(1)).first() is not None


class Catalog:
    """An archive of articles in a database.

    Each change of an article gets the next revision, a number; ``changes(since)`` yields what
    changed after a revision. A write is durable when it returns. Threads may share one catalog,
    and processes one database. In SQLite a write waits for another writer for up to ``patience``
    seconds (None: 30). Without ``create`` a missing archive is an error.

    Raises
    ------
    CatalogError
        From every method, if the database fails; the message is one line.

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
        if self._engine.dialect.name == "postgresql":  # SQLite always isolates readers
            self._reader = self._engine.execution_options(isolation_level="REPEATABLE READ")
        self._writer = self._engine.execution_options(writing=True)
        self._upsert = upsert(self._engine)
        self._version_connection: sqlite3.Connection | None = None
        self._version_lock = Lock()

    def put(self, batch: Iterable[Article], check: Check | None = None) -> Changes:
        """Insert or replace articles, all or none; of two with one id the last one wins.

        An article equal to the stored one is unchanged and gets no revision. The whole batch is in
        memory, and other writers wait until it is written.
        """
        rows = {article.id: to_row(article) for article in batch}
        with self._write_transaction() as (connection, revision):
            stored = _stored(connection, list(rows), check)
            new = [
                row for key, row in rows.items() if stored.get(key, (0, b""))[1] != row["digest"]
            ]
            revision = self._write(connection, new, revision)
        created = sum(row["id"] not in stored for row in new)
        written = {
            key: WrittenArticle(row.get("revision") or stored[key][0], key not in stored)
            for key, row in rows.items()
        }
        unchanged = len(rows) - len(new)
        return Changes(revision, created, len(new) - created, unchanged, written=written)

    def delete(self, ids: Iterable[str], check: Check | None = None) -> Changes:
        """Delete articles, all or none; ids that are not in the archive are counted as unknown."""
        unique = list(dict.fromkeys(ids))
        with self._write_transaction() as (connection, revision):
            stored = _stored(connection, [key for key in unique if is_unicode(key)], check)
            rows = [{**TOMBSTONE, "id": key} for key in unique if key in stored]
            revision = self._write(connection, rows, revision)
        written = {row["id"]: WrittenArticle(row["revision"], False) for row in rows}
        unknown = len(unique) - len(rows)
        return Changes(revision, deleted=len(rows), unknown=unknown, written=written)

    def get(self, article_id: str) -> Article | None:
        """Return the article with an id, or None."""
        entry = self.entry(article_id)
        return entry[1] if entry else None

    def entry(self, article_id: str) -> tuple[int, Article] | None:
        """Return the revision and the article of an id, or None."""
        return self._first_entry(article_id, ENTRY.where(LIVE, articles.c.id == article_id))

    def find_url(self, url: str) -> Article | None:
        """Return the article with a url, or None; of several, the one that changed last."""
        query = ENTRY.where(LIVE, articles.c.url == url)
        entry = self._first_entry(url, query.order_by(articles.c.revision.desc()).limit(1))
        return entry[1] if entry else None

    def find(self, options: FindOptions, now: datetime | None = None) -> Found:
        """Return a page of matching articles, published by ``now`` (None: at any time)."""
        with self._read_transaction() as connection:
            return find(connection, options, None if now is None else microseconds(now))

    def __len__(self) -> int:
        with self._read_transaction() as connection:
            return _count(connection)

    @property
    def revision(self) -> int:
        """The revision of the last change, 0 in a new archive."""
        with self._read_transaction() as connection:
            return _revision(connection)

    def version(self) -> int:
        """Return a number that changes with every write, by this process or any other.

        Compare it only for equality. In SQLite this takes microseconds and waits for no writer.
        """
        if self._engine.dialect.name != "sqlite":
            return self.revision
        # An unfinished statement pins the connection's snapshot, so threads take turns.
        with catalog_errors(self._engine), self._version_lock:
            if self._version_connection is None:
                self._version_connection = detached_connection(self._engine)
            return int(self._version_connection.execute("PRAGMA data_version").fetchone()[0])

    def ids(self) -> list[str]:
        """Return the id of every article, in code point order."""
        with self._read_transaction() as connection:
            query = select(articles.c.id).where(LIVE).order_by(articles.c.id)
            return list(connection.scalars(query))

    @contextmanager
    def snapshot(self) -> Iterator[Snapshot]:
        """Open a snapshot of the archive, which later writes do not change."""
        with self._read_transaction() as connection:
            yield Snapshot(_revision(connection), _count(connection), connection)

    def changes(self, since: int) -> Iterator[tuple[int, str, Article | None]]:
        """Yield (revision, id, article) for each article that changed after a revision.

        The article is None if it was deleted. Each id comes once, in its current state, in
        ascending order of revision.
        """
        query = ENTRY.add_columns(articles.c.deleted)
        query = query.where(articles.c.revision > since).order_by(articles.c.revision)
        with self._read_transaction() as connection:
            for row in _stream(connection, query):
                yield row.revision, row.id, None if row.deleted else to_article(row)

    def backup(self, path: str | Path) -> None:
        """Write a copy of an SQLite archive into a new file; others may write meanwhile."""
        copy_database(self._engine, Path(path))

    def close(self) -> None:
        """Close the connections to the database."""
        if self._version_connection is not None:
            self._version_connection.close()
        self._engine.dispose()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @contextmanager
    def _read_transaction(self) -> Iterator[Connection]:
        with catalog_errors(self._engine), self._reader.connect() as connection:
            yield connection

    @contextmanager
    def _write_transaction(self) -> Iterator[tuple[Connection, int]]:
        with catalog_errors(self._engine), self._writer.begin() as connection:
            # In PostgreSQL this row lock orders writers; in SQLite BEGIN IMMEDIATE does.
            query = select(archive.c.revision).with_for_update()
            yield connection, connection.execute(query).scalar_one()

    def _write(self, connection: Connection, rows: list[dict[str, Any]], revision: int) -> int:
        """Write rows under the next revisions; return the last one."""
        if rows:
            for row in rows:
                revision += 1
                row["revision"] = revision
            remove_entries(connection, [row["id"] for row in rows])
            connection.execute(self._upsert, rows)
            add_entries(connection, [row for row in rows if not row["deleted"]])
            connection.execute(update(archive).values(revision=revision))
        return revision

    def _first_entry(self, key: str, query: Select[Any]) -> tuple[int, Article] | None:
        if not is_unicode(key):  # no database can encode it
            return None
        with self._read_transaction() as connection:
            row = connection.execute(query).first()
        return (row.revision, to_article(row)) if row else None


def _stream(connection: Connection, query: Select[Any]) -> Iterator[Row[Any]]:
    yield from connection.execute(query, execution_options={"yield_per": ROWS_PER_FETCH})


def _stored(
    connection: Connection, ids: list[str], check: Check | None
) -> dict[str, tuple[int, bytes]]:
    """Return the revision and digest of each stored article, by id; run ``check`` on all ids."""
    stored = {}
    query = select(articles.c.id, articles.c.revision, articles.c.digest)
    for start in range(0, len(ids), IDS_PER_QUERY):
        matches = articles.c.id.in_(ids[start : start + IDS_PER_QUERY])
        for row in connection.execute(query.where(LIVE, matches)):
            stored[row.id] = row.revision, row.digest
    if check:
        for key in ids:
            check(key, stored[key][0] if key in stored else None)
    return stored


def _revision(connection: Connection) -> int:
    return int(connection.execute(select(archive.c.revision)).scalar_one())


def _count(connection: Connection) -> int:
    return connection.execute(select(func.count()).select_from(articles).where(LIVE)).scalar_one()
