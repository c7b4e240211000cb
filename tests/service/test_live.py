"""The model manager: it follows the active model and never loses the last valid one."""

import shutil
import sqlite3
from contextlib import closing

import anyio
import numpy as np
import pytest
from support.serving import (
    NEWS,
    archive_of,
    delete,
    eventually,
    ids_of,
    in_process,
    manager_of,
    put,
    run_script,
    trained,
)

from recommender import Article, Config, ModelStore
from recommender.errors import NoModelError
from recommender.persistence.files import read_model, write_model
from service.archive import Archive

NEW = Article(id="new", title="Ferry sold")


@pytest.fixture
def manager(folder):
    """A manager that serves the model of ``folder``."""
    manager = manager_of(folder)
    manager.refresh()
    return manager


def caught_up(manager):
    anyio.run(manager.catch_up)
    return manager.snapshot


def listed(snapshot):
    return [item.article.id for item in snapshot.model.recommend("ferry-1")]


def test_manager_without_a_model_says_what_to_do(tmp_path):
    manager = manager_of(tmp_path)
    manager.refresh()
    assert "run 'alsoread train'" in manager.failure
    with pytest.raises(NoModelError, match="run 'alsoread train'"):
        _ = manager.snapshot


def test_first_and_next_model_are_served_without_a_restart(tmp_path):
    with in_process(tmp_path) as client:
        assert client.get("/readyz").status_code == 503
        first = trained(tmp_path, NEWS)
        eventually(lambda: client.get("/readyz").status_code == 200)
        assert client.get("/readyz").json()["model"] == {"version": first, "revision": 4}
        second = trained(tmp_path, [NEW])
        eventually(lambda: client.get("/readyz").json()["model"]["version"] == second)
        assert client.get("/readyz").json()["articles"] == 5


def truncate(folder, version):
    path = folder / "models" / version / "rows.npy"
    path.write_bytes(path.read_bytes()[:-4])


def test_damaged_model_does_not_replace_a_valid_one(folder, manager):
    valid = manager.snapshot.version
    damaged = trained(folder, [NEW])
    truncate(folder, damaged)
    manager.refresh()
    assert manager.snapshot.version == valid
    assert damaged in manager.failure
    ModelStore(folder / "models").activate(valid)
    manager.refresh()
    assert manager.failure is None


def test_readiness_is_degraded_while_the_active_model_is_missing(client, folder):
    valid = ModelStore(folder / "models").current
    (folder / "models" / "CURRENT").write_text("20990101T000000Z-dead\n")
    eventually(lambda: client.get("/readyz").json()["status"] == "degraded")
    ready = client.get("/readyz")
    assert ready.status_code == 200
    assert "20990101T000000Z-dead" in ready.json()["detail"]
    assert ready.json()["model"]["version"] == valid
    assert client.get("/v1/recommendations?id=ferry-1").status_code == 200


def test_readiness_names_a_damaged_first_model(folder):
    version = ModelStore(folder / "models").current
    truncate(folder, version)
    with in_process(folder) as client:
        ready = client.get("/readyz")
    assert (ready.status_code, ready.json()["code"]) == (503, "no_model")
    assert version in ready.json()["detail"]


def test_unexpected_error_of_a_model_is_logged_once_and_survived(folder, manager, caplog):
    valid = manager.snapshot.version
    path = folder / "models" / trained(folder, [NEW])
    arrays, manifest = read_model(path)
    manifest = {name: each for name, each in manifest.items() if name not in ("files", "format")}
    arrays = {name: array.copy() for name, array in arrays.items()}
    shutil.rmtree(path)
    write_model(path, arrays | {"other_begins": np.zeros((2, 2))}, manifest)
    manager.refresh()
    manager.refresh()
    assert manager.snapshot.version == valid
    assert manager.failure == "the model cannot be opened; see the log"
    assert [record.levelname for record in caplog.records].count("WARNING") == 1
    assert "TypingError" in caplog.text


def test_last_model_is_served_when_no_version_is_active(folder, manager):
    valid = manager.snapshot.version
    (folder / "models" / "CURRENT").unlink()
    manager.refresh()
    assert manager.snapshot.version == valid
    assert manager.failure


def test_kernels_are_compiled_with_the_model_and_not_in_a_request(folder):
    trained(folder, config=Config(neighbours=1), gate=False)
    run_script(f"""
from pathlib import Path
from recommender.kernels.search import search
from support.serving import manager_of
manager = manager_of(Path({str(folder)!r}))
assert not search.signatures
manager.refresh()
before = search.signatures
assert before
assert len(manager.snapshot.model.recommend("ferry-1", limit=50)) == 2
assert search.signatures == before
""")


def test_snapshot_stays_the_same_while_nothing_is_written(folder, manager):
    snapshot = manager.snapshot
    for _ in range(3):
        manager.refresh()
        assert caught_up(manager) is snapshot
    put(folder, [NEW])
    assert caught_up(manager).model.applied_revision == 5
    assert manager.snapshot is not snapshot
    assert manager.snapshot.model.revision == 4


class CountingArchive(Archive):
    """An archive that counts how often its catalog is used."""

    uses = 0

    def catalog(self, create=False):
        self.uses += 1
        return super().catalog(create)


def test_requests_at_once_share_a_check_and_later_ones_check_again(folder):
    archive = CountingArchive(archive_of(folder))
    manager = manager_of(folder, archive)
    manager.refresh()

    async def requests():
        before = archive.uses
        async with anyio.create_task_group() as tasks:
            for _ in range(16):
                tasks.start_soon(manager.catch_up)
        uses = archive.uses - before
        await manager.catch_up()
        # No other task has had a turn, but this one knows of its own write.
        put(folder, [NEW])
        await manager.catch_up()
        return uses

    assert anyio.run(requests) == 1
    assert manager.snapshot.model.articles.row("new") == len(NEWS)


def test_deletion_is_applied_to_every_model_that_is_activated(folder, manager):
    versions = [manager.snapshot.version, trained(folder, [Article(id="new", title="Hail")])]
    delete(folder, "ferry-2")
    for version in versions:
        ModelStore(folder / "models").activate(version)
        manager.refresh()
        assert manager.snapshot.version == version
        assert listed(manager.snapshot) == ["a/b"]
    assert manager.snapshot.model.applied_revision == 6


def test_unreadable_archive_is_applied_once_it_can_be_read(folder, manager, caplog):
    delete(folder, "ferry-2")
    assert listed(caught_up(manager)) == ["a/b"]
    with closing(sqlite3.connect(folder / "archive.db", isolation_level=None)) as other:
        other.execute("ALTER TABLE articles RENAME TO away")
        for _ in range(2):
            manager.refresh()
            assert caught_up(manager).model.applied_revision == 5
        assert manager.failure == "the archive cannot be read at the moment; see the log"
        assert caplog.text.count("no such table: articles") == 1
        other.execute("ALTER TABLE away RENAME TO articles")
    delete(folder, "a/b")
    manager.refresh()
    assert manager.failure is None
    assert listed(manager.snapshot) == []


def test_another_model_waits_until_the_archive_names_deletions(folder, manager):
    old = manager.snapshot.version
    new = trained(folder, [NEW])
    with closing(sqlite3.connect(folder / "archive.db", isolation_level=None)) as other:
        other.execute("ALTER TABLE articles RENAME TO away")
        manager.refresh()
        assert manager.snapshot.version == old
        # A first model is served all the same, as there is no other.
        first = manager_of(folder)
        first.refresh()
        assert first.snapshot.version == new
        other.execute("ALTER TABLE away RENAME TO articles")
    manager.refresh()
    assert manager.snapshot.version == new
    assert manager.failure is None


def test_archive_older_than_the_model_is_reported_and_lists_go_on(tmp_path):
    put(tmp_path, NEWS[:2])
    (tmp_path / "archive.db").rename(tmp_path / "backup.db")
    trained(tmp_path, NEWS)
    (tmp_path / "backup.db").rename(tmp_path / "archive.db")
    with in_process(tmp_path) as client:
        ready = client.get("/readyz").json()
        assert ready["status"] == "degraded"
        assert "the archive is older than the model" in ready["detail"]
        assert ids_of(client.get("/v1/articles/ferry-1/recommendations"))
