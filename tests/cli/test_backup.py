"""The command ``backup``: a consistent copy of the archive, or no file."""

import threading

import pytest
from support.commands import failed, json_of
from support.serving import archive_of

from recommender import Article, Catalog
from recommender.errors import CatalogError


@pytest.fixture
def catalog(catalog):
    """An archive of 500 articles."""
    catalog.put(Article(id=f"{n:04}", title="Hail", body="hail " * 50) for n in range(500))
    return catalog


def test_the_copy_has_every_article_and_revision(run, catalog, tmp_path):
    catalog.delete(["0007"])
    done = run(tmp_path, "backup", "copy.db", "--json")
    assert json_of(done)["articles"] == 499
    assert done.stderr == "copied 499 articles, revision 501, to copy.db\n"
    with Catalog(f"sqlite:///{tmp_path}/copy.db") as copy:
        assert list(copy.changes(0)) == list(catalog.changes(0))
        assert copy.put([Article(id="new", title="Hail")]).revision == 502
    assert catalog.get("new") is None


def test_a_copy_made_during_writes_is_a_snapshot(catalog, tmp_path):
    done = threading.Event()

    def write():
        with Catalog(archive_of(tmp_path)) as other:
            turn = 0
            while not done.is_set():
                turn += 1
                other.put([Article(id=key, title=f"Turn {turn}") for key in ("0000", "0499")])

    writing = threading.Thread(target=write)
    writing.start()
    try:
        for number in range(5):
            catalog.backup(tmp_path / f"copy-{number}.db")
    finally:
        done.set()
        writing.join()
    for number in range(5):
        with Catalog(f"sqlite:///{tmp_path}/copy-{number}.db") as copy:
            assert copy.get("0000").title == copy.get("0499").title
            assert len({revision for revision, _, _ in copy.changes(0)}) == len(copy) == 500


def test_a_backup_overwrites_no_file_and_not_the_archive(run, catalog, tmp_path):
    (tmp_path / "copy.db").write_text("mine")
    for name in ("copy.db", "archive.db"):
        message = failed(run(tmp_path, "backup", name))
        assert message == f"alsoread: {name}: already exists; name another file"
    assert (tmp_path / "copy.db").read_text() == "mine"
    assert len(catalog) == 500


def test_a_copy_that_cannot_be_written_leaves_no_file(catalog, tmp_path):
    (tmp_path / "file").write_text("")
    for folder in ("missing", "file"):
        with pytest.raises(CatalogError, match=r"copy\.db: cannot write the copy"):
            catalog.backup(tmp_path / folder / "copy.db")
    assert not [path for path in tmp_path.iterdir() if "copy" in path.name]


def test_a_backup_without_an_archive_makes_no_file(run, tmp_path):
    assert "no archive at archive.db" in failed(run(tmp_path, "backup", "copy.db"))
    assert list(tmp_path.iterdir()) == []
