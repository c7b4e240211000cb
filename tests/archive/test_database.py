"""The database is durable, and its errors are one line that says what to do."""

import sqlite3

import pytest
from support.serving import archive_of

from recommender import Article, Catalog
from recommender.errors import CatalogError

HAIL = Article(id="a1", title="Hail in May")
SNOW = Article(id="a2", title="Snow in June")


def test_writes_are_durable_and_readers_do_not_wait(catalog):
    with catalog._engine.connect() as connection:
        pragmas = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar_one()
            for name in ("journal_mode", "synchronous", "busy_timeout")
        }
    assert pragmas == {"journal_mode": "wal", "synchronous": 2, "busy_timeout": 30_000}


@pytest.mark.parametrize(
    ("statements", "message"),
    [
        ("CREATE TABLE articles (x)", "table 'articles' that is not alsoread's"),
        (
            "CREATE TABLE archive (schema_version, revision);INSERT INTO archive VALUES (9, 0)",
            r"another version of alsoread \(schema 9, this one reads 2\); update alsoread",
        ),
    ],
)
def test_database_of_another_program_is_not_changed(tmp_path, statements, message):
    connection = sqlite3.connect(tmp_path / "archive.db")
    connection.executescript(statements)
    connection.close()
    before = (tmp_path / "archive.db").read_bytes()[100:]
    with pytest.raises(CatalogError, match=message):
        Catalog(archive_of(tmp_path))
    assert (tmp_path / "archive.db").read_bytes()[100:] == before


@pytest.mark.parametrize(
    ("bad_url", "message"),
    [
        ("archive.db", "'archive.db' is not a database URL; write sqlite:///archive.db"),
        ("sqlite://", "an archive must be a file"),
        ("mysql://localhost/x", "mysql is not supported"),
        ("sqlite:////nowhere/archive.db", "check that its folder exists"),
    ],
)
def test_unusable_url_is_explained_in_one_line(bad_url, message):
    with pytest.raises(CatalogError, match=message) as caught:
        Catalog(bad_url)
    assert "\n" not in str(caught.value)


def test_missing_archive_is_an_error_without_create(tmp_path):
    with pytest.raises(CatalogError, match=r"no archive at .*archive\.db: import articles first"):
        Catalog(archive_of(tmp_path), create=False)
    assert list(tmp_path.iterdir()) == []


def test_file_that_is_not_a_database_is_named(tmp_path):
    (tmp_path / "archive.db").write_text("An essay on hail. " * 100)
    with pytest.raises(CatalogError, match=r"archive\.db: not an SQLite database"):
        Catalog(archive_of(tmp_path))


def test_write_to_a_locked_archive_fails_after_the_patience(tmp_path):
    with Catalog(archive_of(tmp_path), patience=0.1) as catalog:
        other = sqlite3.connect(tmp_path / "archive.db", isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(CatalogError, match="locked by another program") as caught:
            catalog.put([HAIL])
        assert caught.value.cause == "locked"
        assert len(catalog) == 0  # reading does not wait
        other.rollback()
        other.close()
        assert catalog.put([HAIL]).created == 1


def test_full_disk_changes_nothing(catalog):
    catalog.put([HAIL])
    with catalog._engine.connect() as connection:  # the pool returns this connection again
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
        connection.exec_driver_sql(f"PRAGMA max_page_count = {pages + 1}")
    with pytest.raises(CatalogError, match="disk is full") as caught:
        catalog.put([SNOW, Article(id="long", body="hail " * 100_000)])
    assert caught.value.cause == "full"
    assert (len(catalog), catalog.get("a1"), catalog.revision) == (1, HAIL, 1)
