"""The archive's database: opening it, copying it, and its errors as CatalogError."""

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

BUSY_SECONDS = 30

UPSERTS: dict[str, Callable[[Table], sqlite.Insert | postgresql.Insert]] = {
    "sqlite": sqlite.insert,
    "postgresql": postgresql.insert,
}

# A part of what SQLite says, the error's cause, and what it means.
ADVICE = (
    ("locked", "locked", "another program has kept it locked for too long; try again after it"),
    ("readonly", "readonly", "it is read-only; allow writing to the file and to its folder"),
    ("read-only", "readonly", "it is read-only; allow writing to the file and to its folder"),
    (
        "disk is full",
        "full",
        "the disk is full; make room and do it again, nothing is half written",
    ),
    ("not a database", "unavailable", "it is no SQLite database; name another file"),
    ("malformed", "unavailable", "it is damaged; restore a backup, or import into a new one"),
    (
        "unable to open",
        "unavailable",
        "it cannot be opened; see that its folder exists and may be written to",
    ),
)


def upsert(engine: Engine) -> Executable:
    """Return what inserts or replaces articles, given as rows of their table."""
    insertion = UPSERTS[engine.dialect.name](articles)
    given = {column.name: column for column in insertion.excluded if not column.primary_key}
    return insertion.on_conflict_do_update(index_elements=[articles.c.id], set_=given)


def open_database(url: str, create: bool = True, patience: float | None = None) -> Engine:
    """Open the database at an SQLAlchemy URL, and make the tables where there are none.

    Without ``create`` an archive that is not there yet is an error. ``patience`` is for how many
    seconds to wait for other writers, BUSY_SECONDS if none is given.

    A connection with the execution option ``writing`` locks out other writers from its start.

    Raises
    ------
    CatalogError
        If it cannot be opened, or holds something else than an archive of this version.

    Examples
    --------
    >>> open_database("archive.db")
    Traceback (most recent call last):
        ...
    recommender.errors.CatalogError: 'archive.db' is no database URL; write sqlite:///archive.db
    """
    engine = _engine(url, BUSY_SECONDS if patience is None else patience)
    path = engine.url.database if engine.dialect.name == "sqlite" else None
    if not create and path and not Path(path).exists():
        raise CatalogError(f"no archive at {path}: import articles first, 'alsoread import FILE'")
    with reported(engine):
        with engine.connect() as connection:
            made = inspect(connection).has_table("archive")
        if not made:
            with engine.execution_options(writing=True).begin() as connection:
                _make_tables(connection)
        with engine.connect() as connection:
            version = connection.execute(select(archive.c.schema_version)).scalar_one()
    if version != SCHEMA:
        raise CatalogError(
            f"{_place(engine)}: made by another version of alsoread (schema {version}, this one "
            f"reads {SCHEMA}); update alsoread, or import into a new archive"
        )
    return engine


@contextmanager
def reported(engine: Engine) -> Iterator[None]:
    """Raise what goes wrong in the database as a CatalogError of one line.

    Examples
    --------
    >>> with reported(create_engine("sqlite:////nowhere/archive.db")) as _:
    ...     create_engine("sqlite:////nowhere/archive.db").connect()
    Traceback (most recent call last):
        ...
    recommender.errors.CatalogError: /nowhere/archive.db: it cannot be opened; see that its folder \
exists and may be written to
    """
    try:
        yield
    except (SQLAlchemyError, sqlite3.Error) as error:
        reason = str(getattr(error, "orig", None) or error).splitlines()[0]
        known = ((cause, advice) for sign, cause, advice in ADVICE if sign in reason)
        cause, advice = next(known, ("unavailable", reason))
        raise CatalogError(f"{_place(engine)}: {advice}", cause) from error


def _engine(url: str, patience: float) -> Engine:
    try:
        parsed = make_url(url)
        backend = parsed.get_backend_name()
        if backend not in UPSERTS:
            raise CatalogError(f"{backend} is not supported; write sqlite:///archive.db")
        if backend != "sqlite":
            return create_engine(parsed, max_overflow=-1)
        if parsed.database in (None, "", ":memory:"):
            raise CatalogError(f"{url}: an archive is a file; write sqlite:///archive.db")
        # Overflow without end: a thread that holds a snapshot may need a second one to write.
        engine = create_engine(parsed, max_overflow=-1, connect_args={"timeout": patience})
    except ArgumentError:
        raise CatalogError(f"{url!r} is no database URL; write sqlite:///archive.db") from None
    except ImportError as error:
        raise CatalogError(f"{error}: install the database's driver") from None
    event.listen(engine, "connect", _set_up)
    event.listen(engine, "begin", _begin)
    return engine


def _set_up(connection: sqlite3.Connection, _: object) -> None:
    # sqlite3 would begin transactions by itself, only before writes, and never IMMEDIATE.
    connection.isolation_level = None
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    # Only on macOS: there fsync alone leaves it to the disk's cache.
    connection.execute("PRAGMA fullfsync = ON")


def watching(engine: Engine) -> sqlite3.Connection:
    """Return a connection of its own to SQLite, to look whether others wrote; it never waits."""
    taken = engine.raw_connection()
    connection = taken.driver_connection
    taken.detach()
    assert isinstance(connection, sqlite3.Connection)
    connection.execute("PRAGMA busy_timeout = 0")
    return connection


def copy_database(engine: Engine, path: Path) -> None:
    """Write a consistent copy of an SQLite database into a new file, while others write on.

    It is there whole and durably, or not at all.

    Raises
    ------
    CatalogError
        When the file exists or cannot be written.
    """
    if path.exists():
        raise CatalogError(f"{path}: it exists already; name another file")
    draft = path.with_name(f".{path.name}-{token_hex(4)}")
    try:
        with closing(watching(engine)) as connection:
            connection.execute("VACUUM INTO ?", (str(draft),))
        with draft.open("rb") as written:
            os.fsync(written.fileno())
        draft.rename(path)
    except (OSError, sqlite3.Error, SQLAlchemyError) as error:
        raise CatalogError(f"{path}: the copy cannot be written: {error}") from error
    finally:
        with suppress(OSError):
            draft.unlink()


def _begin(connection: Connection) -> None:
    writing = connection.get_execution_options().get("writing")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")


def _make_tables(connection: Connection) -> None:
    tables = inspect(connection).get_table_names()
    if "archive" in tables:
        return  # another process was first
    if "articles" in tables:
        raise CatalogError(
            f"{_place(connection.engine)}: it holds a table 'articles' that is not alsoread's; "
            "name another database"
        )
    metadata.create_all(connection)
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql(FULL_TEXT_INDEX)
    else:
        title_index.create(connection)
    connection.execute(archive.insert(), {"schema_version": SCHEMA, "revision": 0})


def _place(engine: Engine) -> str:
    if engine.dialect.name == "sqlite":
        return engine.url.database or ""
    return engine.url.render_as_string(hide_password=True)
