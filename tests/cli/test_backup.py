"""A backup is the archive as it was at one moment, made while others write, whole or not there."""

import subprocess
import sys
import threading

import pytest

from recommender import Article, Catalog
from recommender.errors import CatalogError


@pytest.fixture
def catalog(tmp_path):
    with Catalog(f"sqlite:///{tmp_path}/archive.db") as catalog:
        catalog.put(Article(id=f"{n:04}", title="Hail", body="hail " * 50) for n in range(500))
        yield catalog


def backup(folder, *arguments):
    command = [sys.executable, "-W", "error", "-c", "from recommender.cli import main; main()"]
    return subprocess.run(
        [*command, "backup", *arguments], cwd=folder, capture_output=True, text=True, timeout=120
    )


def test_the_copy_holds_every_article_and_revision(catalog, tmp_path):
    catalog.delete(["0007"])
    done = backup(tmp_path, "copy.db", "--json")
    assert done.returncode == 0
    assert '"articles": 499' in done.stdout
    assert done.stderr == "copied 499 articles, revision 501, to copy.db\n"
    with Catalog(f"sqlite:///{tmp_path}/copy.db") as copy:
        assert list(copy.changes(0)) == list(catalog.changes(0))
        assert copy.put([Article(id="new", title="Hail")]).revision == 502
    assert catalog.get("new") is None


def test_a_copy_made_while_others_write_is_of_one_moment(catalog, tmp_path):
    done = threading.Event()

    def write():
        with Catalog(f"sqlite:///{tmp_path}/archive.db") as other:
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


def test_no_file_is_written_over_the_archive_itself_least_of_all(catalog, tmp_path):
    (tmp_path / "copy.db").write_text("mine")
    for name in ("copy.db", "archive.db"):
        done = backup(tmp_path, name)
        assert (done.returncode, done.stdout) == (1, "")
        assert done.stderr == f"alsoread: {name}: it exists already; name another file\n"
    assert (tmp_path / "copy.db").read_text() == "mine"
    assert len(catalog) == 500


def test_a_copy_that_cannot_be_written_leaves_nothing(catalog, tmp_path):
    with pytest.raises(CatalogError, match=r"copy\.db: the copy cannot be written"):
        catalog.backup(tmp_path / "missing" / "copy.db")
    (tmp_path / "file").write_text("")
    with pytest.raises(CatalogError, match=r"copy\.db: the copy cannot be written"):
        catalog.backup(tmp_path / "file" / "copy.db")
    assert not [path for path in tmp_path.iterdir() if "copy" in path.name]


def test_without_an_archive_there_is_nothing_to_copy(tmp_path):
    done = backup(tmp_path, "copy.db")
    assert done.returncode == 1
    assert "no archive at archive.db" in done.stderr
    assert list(tmp_path.iterdir()) == []
