"""Each change gets the next revision, and followers of the archive see every change."""

import sqlite3
import subprocess
import sys
import threading

import pytest
from support.serving import archive_of

from recommender import Article, Catalog
from recommender.archive.changes import Changes

HAIL = Article(id="a1", title="Hail in May", body="Crops suffered.", url="https://example.org/1")
SNOW = Article(id="a2", title="Snow in June", tags=["weather"])
FERRY = Article(id="a3", title="Ferry refit delayed")
HAIL_AGAIN = HAIL.model_copy(update={"title": "Hail again"})


def test_change_gets_the_next_revision_and_unchanged_gets_none(catalog):
    assert catalog.put([HAIL, SNOW]) == Changes(revision=2, created=2)
    assert catalog.put([HAIL, SNOW]) == Changes(revision=2, unchanged=2)
    assert catalog.put([HAIL_AGAIN, SNOW, FERRY]) == Changes(4, created=1, changed=1, unchanged=1)
    assert (catalog.revision, len(catalog), catalog.get("a1")) == (4, 3, HAIL_AGAIN)


@pytest.mark.parametrize("name", sorted(Article.model_fields.keys() - {"id"}))
def test_another_value_of_any_field_is_a_change(catalog, name):
    catalog.put([HAIL])
    value = {"tags": ["x"], "also_read": ["x"], "published_at": "2026-05-02"}.get(name, "x")
    changed = Article(**{**HAIL.to_record(), name: value})
    assert catalog.put([changed]).changed == 1
    assert catalog.get("a1") == changed


def test_write_returns_the_revision_of_each_article(catalog):
    assert catalog.put([HAIL, SNOW]).written == {"a1": (1, True), "a2": (2, True)}
    changes = catalog.put([SNOW, HAIL_AGAIN, FERRY])
    assert changes.written == {"a2": (2, False), "a1": (3, False), "a3": (4, True)}
    assert catalog.delete(["a2", "nobody"]).written == {"a2": (5, False)}
    assert catalog.put([SNOW]).written == {"a2": (6, True)}


def test_changes_since_a_revision_come_in_order(catalog):
    catalog.put([HAIL, SNOW])
    catalog.put([FERRY])
    catalog.put([HAIL_AGAIN])
    assert list(catalog.changes(2)) == [(3, "a3", FERRY), (4, "a1", HAIL_AGAIN)]
    catalog.delete(["a3"])
    assert list(catalog.changes(0)) == [(2, "a2", SNOW), (4, "a1", HAIL_AGAIN), (5, "a3", None)]
    assert list(catalog.changes(5)) == []


def test_version_changes_with_every_write_and_only_then(catalog, tmp_path):
    versions = [catalog.version()]
    with Catalog(archive_of(tmp_path)) as other:
        for write in (
            lambda: other.put([HAIL]),
            lambda: catalog.put([SNOW]),
            lambda: other.delete(["a1"]),
        ):
            write()
            assert catalog.version() not in versions
            versions.append(catalog.version())
        other.put([SNOW])  # unchanged
        other.get("a2")
        assert catalog.version() == versions[-1]


def test_version_does_not_wait_for_a_writer(catalog, tmp_path):
    before = catalog.version()
    other = sqlite3.connect(tmp_path / "archive.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    other.execute("UPDATE archive SET revision = 7")
    assert catalog.version() == before
    other.execute("COMMIT")
    other.close()
    assert catalog.version() != before


def test_version_is_never_stale_when_threads_read_it_at_once(catalog):
    done = threading.Event()

    def read():
        while not done.is_set():
            catalog.version()

    threads = [threading.Thread(target=read, daemon=True) for _ in range(3)]
    for thread in threads:
        thread.start()
    versions = []
    for n in range(100):
        catalog.put([Article(id="a1", title=f"Hail {n}")])
        versions.append(catalog.version())
    done.set()
    for thread in threads:
        thread.join()
    assert len(set(versions)) == 100


WRITER = """
import sys
from recommender import Article, Catalog

url, name = sys.argv[1:]
with Catalog(url) as catalog:
    for n in range(40):
        catalog.put([Article(id=f"{name}-{n}-{k}", title="Hail") for k in range(3)])
        catalog.put([Article(id="shared", title=f"By {name} for the time {n}")])
"""


def writer(folder, name):
    """A process that puts 120 articles of its own and changes one with the id "shared"."""
    return subprocess.Popen([sys.executable, "-c", WRITER, archive_of(folder), name])


def test_processes_that_create_and_write_at_once_lose_no_change(tmp_path):
    processes = [writer(tmp_path, name) for name in "abcd"]
    assert [process.wait(120) for process in processes] == [0, 0, 0, 0]
    with Catalog(archive_of(tmp_path)) as catalog:
        assert len(catalog) == 4 * 40 * 3 + 1
        assert catalog.revision == 4 * 40 * 4  # one for each change
        revisions = [revision for revision, _, _ in catalog.changes(0)]
        assert revisions == sorted(set(revisions))


def test_threads_that_write_at_once_get_different_revisions(catalog):
    revisions = []

    def write(name):
        for n in range(25):
            revisions.append(catalog.put([Article(id=f"{name}-{n}", title="Hail")]).revision)

    threads = [threading.Thread(target=write, args=(name,)) for name in "abcdef"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(revisions) == list(range(1, 151))
    assert len(catalog) == 150


def test_follower_sees_every_change_of_another_process(catalog, tmp_path):
    copy, revision = {}, 0
    with writer(tmp_path, "a") as process:
        while process.poll() is None:
            for number, key, article in catalog.changes(revision):
                assert number > revision
                revision, copy[key] = number, article
    copy.update({key: article for _, key, article in catalog.changes(revision)})
    with catalog.snapshot() as snapshot:
        assert copy == {article.id: article for article in snapshot.articles()}
    assert process.returncode == 0
    assert len(copy) == 121
