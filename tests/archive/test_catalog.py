"""The catalog loses nothing, and gives every change a revision of its own."""

import sqlite3
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor, wait
from datetime import UTC

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recommender.archive import database
from recommender.articles.article import Article
from recommender.archive.catalog import Catalog, Changes
from recommender.errors import CatalogError

HAIL = Article(id="a1", title="Hail in May", body="Crops suffered.", url="https://example.org/1")
SNOW = Article(id="a2", title="Snow in June", tags=["weather"])
FERRY = Article(id="a3", title="Ferry refit delayed")


@pytest.fixture
def url(tmp_path):
    return f"sqlite:///{tmp_path}/archive.db"


@pytest.fixture
def catalog(url):
    with Catalog(url) as catalog:
        yield catalog


def everything(catalog):
    with catalog.snapshot() as snapshot:
        return list(snapshot.articles())


def test_every_field_and_letter_survives(catalog):
    exotic = Article(
        id="a/1 é\u0301 😀\x00",
        title='"naïve" «да» 東京 👩\u200d👧 \u202eabc',
        summary="'; DROP TABLE articles; --",
        body="One\r\ntwo\u2028three\x00four\ufeff \U0001d518",
        tags=["a|b", '["c"]', "d,e"],
        published_at="1969-12-31T23:59:59.999999Z",
        url="https://example.org/é?b=c#d",
        section="Wörld",
        author="agencies",
        language="en",
        also_read=["b7", "A headline, with a comma"],
    )
    catalog.put([exotic])
    assert catalog.get(exotic.id) == exotic
    assert everything(catalog) == [exotic]
    assert catalog.put([exotic]).unchanged == 1


TEXTS = st.text(max_size=30)
ARTICLES = st.builds(
    Article,
    id=st.text(min_size=1, max_size=20),
    title=TEXTS.map("x{}".format),
    summary=st.none() | TEXTS,
    body=TEXTS,
    tags=st.lists(TEXTS, max_size=3),
    published_at=st.none() | st.datetimes(timezones=st.just(UTC)),
    also_read=st.lists(TEXTS, max_size=2),
)


@pytest.fixture(scope="module")
def lasting(tmp_path_factory):
    with Catalog(f"sqlite:///{tmp_path_factory.mktemp('lasting')}/archive.db") as catalog:
        yield catalog


@given(batch=st.lists(ARTICLES, max_size=4))
def test_any_articles_come_back_as_they_went(lasting, batch):
    lasting.put(batch)
    last = {article.id: article for article in batch}
    assert {key: lasting.get(key) for key in last} == last
    assert lasting.ids() == sorted(lasting.ids())  # by code point, as Python sorts
    assert lasting.put(batch) == Changes(lasting.revision, unchanged=len(last))


def test_a_change_gets_a_revision_of_its_own_and_the_same_again_gets_none(catalog):
    assert catalog.put([HAIL, SNOW]) == Changes(revision=2, created=2)
    assert catalog.put([HAIL, SNOW]) == Changes(revision=2, unchanged=2)
    later = HAIL.model_copy(update={"title": "Hail again"})
    assert catalog.put([later, SNOW, FERRY]) == Changes(4, created=1, changed=1, unchanged=1)
    assert (catalog.revision, len(catalog), catalog.get("a1")) == (4, 3, later)


@pytest.mark.parametrize("name", sorted(Article.model_fields.keys() - {"id"}))
def test_a_change_of_any_field_is_a_change(catalog, name):
    catalog.put([HAIL])
    value = {"tags": ["x"], "also_read": ["x"], "published_at": "2026-05-02"}.get(name, "x")
    changed = Article(**{**HAIL.to_record(), name: value})
    assert catalog.put([changed]).changed == 1
    assert catalog.get("a1") == changed


def test_of_two_articles_with_one_id_the_last_is_kept(catalog):
    first = SNOW.model_copy(update={"title": "Not yet"})
    assert catalog.put([first, SNOW]) == Changes(1, created=1)
    assert catalog.get("a2") == SNOW


def test_a_deleted_article_is_gone_and_its_deletion_is_a_change(catalog):
    catalog.put([HAIL, SNOW])
    assert catalog.delete(["a1", "a1", "nobody", "\ud83d"]) == Changes(3, deleted=1, unknown=2)
    assert catalog.get("a1") is catalog.find_url(HAIL.url) is None
    assert (len(catalog), catalog.ids(), everything(catalog)) == (1, ["a2"], [SNOW])
    assert list(catalog.changes(0)) == [(2, "a2", SNOW), (3, "a1", None)]
    assert catalog.delete(["a1"]) == Changes(3, unknown=1)
    assert catalog.put([HAIL]) == Changes(4, created=1)
    assert catalog.get("a1") == HAIL


def test_a_write_tells_each_articles_revision_and_whether_it_is_new(catalog):
    assert catalog.put([HAIL, SNOW]).written == {"a1": (1, True), "a2": (2, True)}
    later = HAIL.model_copy(update={"title": "Hail again"})
    done = catalog.put([SNOW, later, FERRY]).written
    assert done == {"a2": (2, False), "a1": (3, False), "a3": (4, True)}
    assert catalog.delete(["a2", "nobody"]).written == {"a2": (5, False)}
    assert catalog.put([SNOW]).written == {"a2": (6, True)}


def test_an_entry_is_an_article_with_its_revision(catalog):
    catalog.put([HAIL, SNOW])
    assert catalog.entry("a2") == (2, SNOW)
    catalog.delete(["a2"])
    assert catalog.entry("a2") is catalog.entry("nobody") is catalog.entry("\ud83d") is None


class Lost(Exception):
    """Another's change would be lost."""


def test_a_check_sees_what_is_there_and_what_it_raises_undoes_all(catalog):
    catalog.put([HAIL])
    seen = []

    def check(key, revision):
        seen.append((key, revision))
        if len(seen) == 2:
            raise Lost

    for write in (lambda: catalog.put([FERRY, SNOW], check), lambda: catalog.delete(["a1"], check)):
        with pytest.raises(Lost):
            write()
        assert seen.pop() in [("a2", None), ("a1", 1)]
    assert everything(catalog) == [HAIL]
    catalog.put([SNOW])  # no lock is left
    assert seen == [("a3", None)]


def test_a_version_is_another_after_every_write_of_whoever_and_only_then(catalog, url):
    seen = [catalog.version()]
    with Catalog(url) as other:
        for write in (
            lambda: other.put([HAIL]),
            lambda: catalog.put([SNOW]),
            lambda: other.delete(["a1"]),
        ):
            write()
            assert catalog.version() not in seen
            seen.append(catalog.version())
        other.put([SNOW])  # as it is there
        other.get("a2")
        assert catalog.version() == seen[-1]


def test_a_version_is_told_while_another_writes(catalog, tmp_path):
    before = catalog.version()
    other = sqlite3.connect(tmp_path / "archive.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    other.execute("UPDATE archive SET revision = 7")
    assert catalog.version() == before
    other.execute("COMMIT")
    other.close()
    assert catalog.version() != before


def test_a_write_is_seen_by_who_looks_while_another_thread_does(catalog):
    before = catalog.version()
    real, looking, written = catalog._watching, threading.Event(), threading.Event()

    class Slow:
        """A connection whose first answer waits to be fetched."""

        def execute(self, query):
            cursor = real.execute(query)
            if not looking.is_set():
                looking.set()
                written.wait(20)
            return cursor

    catalog._watching = Slow()
    with ThreadPoolExecutor(2) as threads:
        early = threads.submit(catalog.version)
        assert looking.wait(20)
        catalog.put([HAIL])
        late = threads.submit(catalog.version)
        # It is the later look's to wait, not to be told of the earlier one's moment.
        wait([late], timeout=0.2)
        written.set()
        assert (early.result(), late.result() != before) == (before, True)
    catalog._watching = real


def test_a_tombstone_keeps_no_content(catalog, tmp_path):
    catalog.put([HAIL])
    catalog.delete(["a1"])
    with sqlite3.connect(tmp_path / "archive.db") as connection:
        [row] = connection.execute("SELECT * FROM articles").fetchall()
    connection.close()
    assert not any(text in str(row) for text in ("Hail", "Crops", "example"))


def test_changes_are_those_after_a_revision_in_their_order(catalog):
    catalog.put([HAIL, SNOW])
    catalog.put([FERRY])
    later = HAIL.model_copy(update={"title": "Hail again"})
    catalog.put([later])
    assert list(catalog.changes(2)) == [(3, "a3", FERRY), (4, "a1", later)]
    assert list(catalog.changes(4)) == []


def test_a_url_finds_the_article_that_last_took_it(catalog):
    moved = SNOW.model_copy(update={"url": HAIL.url})
    catalog.put([HAIL])
    assert catalog.find_url(HAIL.url) == HAIL
    catalog.put([moved])
    assert catalog.find_url(HAIL.url) == moved
    assert catalog.find_url("https://example.org/none") is None
    assert catalog.find_url("\ud83d") is None


def test_a_batch_is_written_whole_or_not_at_all(catalog):
    # No reader lets such an article pass; the database meets it after it took the first.
    broken = Article.model_construct(**{**dict(SNOW), "id": None})
    with pytest.raises(CatalogError, match="NOT NULL"):
        catalog.put([HAIL, broken])
    assert (len(catalog), catalog.revision) == (0, 0)


def test_a_snapshot_is_not_disturbed_by_a_writer(catalog):
    many = [Article(id=f"{n:04}", title=f"Hail {n}") for n in range(1000)]
    catalog.put(many)
    with catalog.snapshot() as snapshot:
        reading = snapshot.articles()
        seen = [next(reading)]
        catalog.put([HAIL, many[500].model_copy(update={"title": "Changed"})])
        catalog.delete(["0999"])
        assert seen + list(reading) == many
        assert (snapshot.revision, snapshot.count) == (1000, 1000)
    assert (catalog.revision, len(catalog)) == (1003, 1000)


WRITER = """
import sys
from recommender.article import Article
from recommender.catalog import Catalog

url, name = sys.argv[1:]
with Catalog(url) as catalog:
    for n in range(40):
        catalog.put([Article(id=f"{name}-{n}-{k}", title="Hail") for k in range(3)])
        catalog.put([Article(id="shared", title=f"By {name} for the time {n}")])
"""


def test_processes_that_write_at_once_lose_nothing(url):
    running = [subprocess.Popen([sys.executable, "-c", WRITER, url, name]) for name in "abcd"]
    assert [process.wait(120) for process in running] == [0, 0, 0, 0]
    with Catalog(url) as catalog:
        assert len(catalog) == 4 * 40 * 3 + 1
        assert catalog.revision == 4 * 40 * 4  # every change has one, and none is shared
        revisions = [revision for revision, _, _ in catalog.changes(0)]
        assert revisions == sorted(set(revisions))


def test_threads_that_write_at_once_get_revisions_of_their_own(catalog):
    got = []

    def write(name):
        for n in range(25):
            got.append(catalog.put([Article(id=f"{name}-{n}", title="Hail")]).revision)

    threads = [threading.Thread(target=write, args=(name,)) for name in "abcdef"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(got) == list(range(1, 151))
    assert len(catalog) == 150


def test_a_follower_misses_no_change_of_writers_beside_it(catalog, url):
    seen, revision = {}, 0
    with subprocess.Popen([sys.executable, "-c", WRITER, url, "a"]) as writer:
        while writer.poll() is None:
            for number, key, article in catalog.changes(revision):
                assert number > revision
                revision, seen[key] = number, article
    seen.update({key: article for _, key, article in catalog.changes(revision)})
    assert seen == {article.id: article for article in everything(catalog)}
    assert len(seen) == 121


def test_writes_are_durable_and_readers_do_not_wait(catalog, tmp_path):
    with catalog._engine.connect() as connection:
        pragma = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar_one()
            for name in ("journal_mode", "synchronous", "busy_timeout")
        }
    assert pragma == {"journal_mode": "wal", "synchronous": 2, "busy_timeout": 30_000}


def foreign(path, statements):
    connection = sqlite3.connect(path)
    connection.executescript(statements)
    connection.close()


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
def test_a_database_of_something_else_is_left_alone(tmp_path, url, statements, message):
    foreign(tmp_path / "archive.db", statements)
    before = (tmp_path / "archive.db").read_bytes()[100:]
    with pytest.raises(CatalogError, match=message):
        Catalog(url)
    assert (tmp_path / "archive.db").read_bytes()[100:] == before


@pytest.mark.parametrize(
    ("bad_url", "message"),
    [
        ("archive.db", "'archive.db' is no database URL; write sqlite:///archive.db"),
        ("sqlite://", "an archive is a file"),
        ("mysql://localhost/x", "mysql is not supported"),
        ("sqlite:////nowhere/archive.db", "see that its folder exists"),
    ],
)
def test_an_archive_that_cannot_be_opened_is_explained_in_one_line(bad_url, message):
    with pytest.raises(CatalogError, match=message) as caught:
        Catalog(bad_url)
    assert "\n" not in str(caught.value)


def test_a_file_that_is_no_database_is_named(tmp_path, url):
    (tmp_path / "archive.db").write_text("An essay on hail. " * 100)
    with pytest.raises(CatalogError, match=r"archive\.db: it is no SQLite database"):
        Catalog(url)


def test_a_writer_that_waited_too_long_says_so(tmp_path, url, monkeypatch):
    monkeypatch.setattr(database, "BUSY_SECONDS", 0.1)
    with Catalog(url) as catalog:
        other = sqlite3.connect(tmp_path / "archive.db", isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(CatalogError, match="another program has kept it locked") as caught:
            catalog.put([HAIL])
        assert caught.value.cause == "locked"
        assert len(catalog) == 0  # reading goes on
        other.rollback()
        other.close()
        assert catalog.put([HAIL]).created == 1


def test_a_full_disk_changes_nothing(catalog):
    catalog.put([HAIL])
    with catalog._engine.connect() as connection:  # the pool gives this connection out again
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
        connection.exec_driver_sql(f"PRAGMA max_page_count = {pages + 1}")
    with pytest.raises(CatalogError, match="disk is full") as caught:
        catalog.put([SNOW, Article(id="long", body="hail " * 100_000)])
    assert caught.value.cause == "full"
    assert everything(catalog) == [HAIL]
