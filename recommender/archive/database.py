"""The archive's database: open it, copy it, and turn its errors into CatalogError."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from secrets import token_hex

from sqlalchemy import (
    Connection,
    Engine,
    Executable,
    Table,
    create_engine,
    event,
    inspect,
    make_url,
    select,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import ArgumentError, SQLAlchemyError

from recommender.archive.tables import (
    FULL_TEXT_INDEX,
    SCHEMA,
    archive,
    articles,
    metadata,
    title_index,
)
from recommender.errors import CatalogError

# How long a write to SQLite waits for other writers by default.
BUSY_SECONDS = 30

INSERTS: dict[str, Callable[[Table], sqlite.Insert | postgresql.Insert]] = {
    "sqlite": sqlite.insert,
    "postgresql": postgresql.insert,
}

# A part of SQLite's error message, the cause of the CatalogError, and the advice in its message.
ADVICE = (
    ("locked", "locked", "locked by another program for too long; try again later"),
    ("readonly", "readonly", "read-only; make the file and its folder writable"),
    ("read-only", "readonly", "read-only; make the file and its folder writable"),
    (
        "disk is full",
        "full",
        "the disk is full; free some space and try again, no write is left half done",
    ),
    ("not a database", "unavailable", "not an SQLite database; name another file"),
    ("malformed", "unavailable", "damaged; restore a backup, or import into a new archive"),
    (
        "unable to open",
        "unavailable",
        "cannot be opened; check that its folder exists and is writable",
    ),
)


def upsert(engine: Engine) -> Executable:
    """Return the statement that inserts or replaces rows of the articles table."""
    insert = INSERTS[engine.dialect.name](articles)
    new_values = {column.name: column for column in insert.excluded if not column.primary_key}
    return insert.on_conflict_do_update(index_elements=[articles.c.id], set_=new_values)


def open_database(url: str, create: bool = True, patience: float | None = None) -> Engine:
    """Open the database at an SQLAlchemy URL, and create the tables if there are none.

    Without ``create`` a missing archive is an error. In SQLite a write waits for other writers for
    up to ``patience`` seconds (None: BUSY_SECONDS), and a connection with the execution option
    ``writing`` locks out other writers from its start.

    Raises
    ------
    CatalogError
        If the database cannot be opened, or is not an archive of this version.

    Examples
    --------
    >>> open_database("archive.db")
    Traceback (most recent call last):
        ...
    recommender.errors.CatalogError: 'archive.db' is not a database URL; write sqlite:///archive.db
    """
    engine = _engine(url, BUSY_SECONDS if patience is None else patience)
    path = engine.url.database if engine.dialect.name == "sqlite" else None
    if not create and path and not Path(path).exists():
        raise CatalogError(f"no archive at {path}: import articles first, 'alsoread import FILE'")
    with catalog_errors(engine):
        with engine.connect() as connection:
            exists = inspect(connection).has_table("archive")
        if not exists:
            with engine.execution_options(writing=True).begin() as connection:
                _create_tables(connection)
        with engine.connect() as connection:
            version = connection.execute(select(archive.c.schema_version)).scalar_one()
    if version != SCHEMA:
        raise CatalogError(
            f"{_location(engine)}: written by another version of alsoread (schema {version}, this "
            f"one reads {SCHEMA}); update alsoread, or import into a new archive"
        )
    return engine


@contextmanager
def catalog_errors(engine: Engine) -> Iterator[None]:
    """Raise an error of the database as a CatalogError with a message of one line.

    Examples
    --------
    >>> engine = create_engine("sqlite:////nowhere/archive.db")
    >>> with catalog_errors(engine):
    ...     engine.connect()
    Traceback (most recent call last):
        ...
    recommender.errors.CatalogError: /nowhere/archive.db: cannot be opened; check that its folder \
exists and is writable
    """
    try:
        yield
    except (SQLAlchemyError, sqlite3.Error) as error:
        reason = str(getattr(error, "orig", None) or error).splitlines()[0]
        matches = ((cause, advice) for pattern, cause, advice in ADVICE if pattern in reason)
        cause, advice = next(matches, ("unavailable", reason))
        raise CatalogError(f"{_location(engine)}: {advice}", cause) from error


def _engine(url: str, patience: float) -> Engine:
    try:
        parsed = make_url(url)
        backend = parsed.get_backend_name()
        if backend not in INSERTS:
            raise CatalogError(f"{backend} is not supported; write sqlite:///archive.db")
        if backend != "sqlite":
            return create_engine(parsed, max_overflow=-1)
        if parsed.database in (None, "", ":memory:"):
            raise CatalogError(f"{url}: an archive must be a file; write sqlite:///archive.db")
        # No limit of connections: a thread reading a snapshot may need another one to write.
        engine = create_engine(parsed, max_overflow=-1, connect_args={"timeout": patience})
    except ArgumentError:
        raise CatalogError(f"{url!r} is not a database URL; write sqlite:///archive.db") from None
    except ImportError as error:
        raise CatalogError(f"{error}: install the database's driver") from None
    event.listen(engine, "connect", _configure)
    event.listen(engine, "begin", _begin)
    return engine


def _configure(connection: sqlite3.Connection, _: object) -> None:
    # Autocommit: sqlite3's own transactions begin only before writes, and never IMMEDIATE.
    connection.isolation_level = None
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    # On macOS fsync alone leaves the data in the disk's cache; elsewhere this does nothing.
    connection.execute("PRAGMA fullfsync = ON")


def detached_connection(engine: Engine) -> sqlite3.Connection:
    """Return a new SQLite connection outside the pool that never waits for a lock."""
    pooled = engine.raw_connection()
    connection = pooled.driver_connection
    pooled.detach()
    assert isinstance(connection, sqlite3.Connection)
    connection.execute("PRAGMA busy_timeout = 0")
    return connection


def copy_database(engine: Engine, path: Path) -> None:
    """Write a consistent copy of an SQLite database into a new file.

    Others may write meanwhile. The file appears complete and durable, or not at all.

    Raises
    ------
    CatalogError
        If the file exists or cannot be written.
    """
    if path.exists():
        raise CatalogError(f"{path}: already exists; name another file")
    draft = path.with_name(f".{path.name}-{token_hex(4)}")
    try:
        with closing(detached_connection(engine)) as connection:
            connection.execute("VACUUM INTO ?", (str(draft),))
        with draft.open("rb") as copy:
            os.fsync(copy.fileno())
        draft.rename(path)
    except (OSError, sqlite3.Error, SQLAlchemyError) as error:
        raise CatalogError(f"{path}: cannot write the copy: {error}") from error
    finally:
        with suppress(OSError):
            draft.unlink()


def _begin(connection: Connection) -> None:
    is_write = connection.get_execution_options().get("writing")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if is_write else "BEGIN")


def _create_tables(connection: Connection) -> None:
    tables = inspect(connection).get_table_names()
    if "archive" in tables:
        return  # another process created them in the meantime
    if "articles" in tables:
        raise CatalogError(
            f"{_location(connection.engine)}: it has a table 'articles' that is not alsoread's; "
            "name another database"
        )
    metadata.create_all(connection)
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql(FULL_TEXT_INDEX)
    else:
        title_index.create(connection)
    connection.execute(archive.insert(), {"schema_version": SCHEMA, "revision": 0})


def _location(engine: Engine) -> str:
    if engine.dialect.name == "sqlite":
        return engine.url.database or ""
    return engine.url.render_as_string(hide_password=True)
