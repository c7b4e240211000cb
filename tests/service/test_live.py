"""The service follows the active model and never loses the last good one."""

import shutil
import sqlite3
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from threading import Event

import anyio
import numpy as np
import pytest
from support.serving import NEWS, bearer, fetch, in_process, on_a_port, put, settings, trained

from recommender import Article, Catalog, Config, ModelStore, Recommender
from recommender.errors import CatalogError, NoModelError
from recommender.persistence.files import read_model, write_model
from service.live import Archive, Live
from service.rulesfile import RulesFile


def live_of(folder):
    archive = settings(folder).archive
    return Live(settings(folder).models, Archive(archive), RulesFile(archive))


def test_requests_that_came_together_look_once_and_later_ones_see_what_was_written(
    tmp_path, monkeypatch
):
    trained(tmp_path, NEWS)
    live, looks = live_of(tmp_path), []
    live.refresh()
    version = Catalog.version
    monkeypatch.setattr(Catalog, "version", lambda self: looks.append(1) or version(self))

    async def requests():
        async with anyio.create_task_group() as tasks:
            for _ in range(16):
                tasks.start_soon(live.catch_up)
        together = len(looks)
        await live.catch_up()
        # Nobody else had a turn, but this one knows what it wrote itself.
        with Catalog(settings(tmp_path).archive) as elsewhere:
            elsewhere.put([Article(id="new", title="Ferry sold")])
        await live.catch_up()
        return together

    assert anyio.run(requests) == 1
    assert live.snapshot.model.articles.row("new") == len(NEWS)


def truncate(folder, version):
    path = settings(folder).models / version / "rows.npy"
    path.write_bytes(path.read_bytes()[:-4])


def eventually(check):
    """Wait until a check holds; the service looks for models twice a second."""
    until = time.monotonic() + 20
    while not check():
        assert time.monotonic() < until
        time.sleep(0.05)


def test_without_a_model_it_says_what_to_do(tmp_path):
    live = live_of(tmp_path)
    live.refresh()
    assert "run 'alsoread train'" in live.failure
    with pytest.raises(NoModelError, match="run 'alsoread train'"):
        _ = live.snapshot


def test_the_first_model_and_the_next_are_picked_up_without_a_restart(tmp_path):
    with in_process(tmp_path) as client:
        assert client.get("/readyz").status_code == 503
        first = trained(tmp_path, NEWS)
        eventually(lambda: client.get("/readyz").status_code == 200)
        assert client.get("/readyz").json()["model"] == {"version": first, "revision": 4}
        second = trained(tmp_path, [Article(id="new", title="Ferry sold")])
        eventually(lambda: client.get("/readyz").json()["model"]["version"] == second)
        assert client.get("/readyz").json()["articles"] == 5


def test_a_damaged_model_does_not_replace_a_good_one_and_readyz_says_so(tmp_path):
    good = trained(tmp_path, NEWS)
    live = live_of(tmp_path)
    live.refresh()
    bad = trained(tmp_path, [Article(id="new", title="Ferry sold")])
    truncate(tmp_path, bad)
    live.refresh()
    assert live.snapshot.version == good
    assert bad in live.failure
    ModelStore(settings(tmp_path).models).activate(good)
    live.refresh()
    assert live.failure is None


def test_readyz_is_degraded_while_the_last_good_model_answers(tmp_path):
    good = trained(tmp_path, NEWS)
    with in_process(tmp_path) as client:
        (settings(tmp_path).models / "CURRENT").write_text("20990101T000000Z-dead\n")
        eventually(lambda: client.get("/readyz").json()["status"] == "degraded")
        ready = client.get("/readyz")
        assert ready.status_code == 200
        assert "20990101T000000Z-dead" in ready.json()["detail"]
        assert ready.json()["model"]["version"] == good
        assert client.get("/v1/recommendations?id=ferry-1").status_code == 200


def test_a_damaged_first_model_is_told_by_readyz(tmp_path):
    version = trained(tmp_path, NEWS)
    truncate(tmp_path, version)
    with in_process(tmp_path) as client:
        ready = client.get("/readyz")
    assert ready.status_code == 503
    assert ready.json()["code"] == "no_model"
    assert version in ready.json()["detail"]


def test_a_model_broken_in_a_way_nobody_thought_of_is_survived_and_logged_once(tmp_path, caplog):
    good = trained(tmp_path, NEWS)
    live = live_of(tmp_path)
    live.refresh()
    bad = trained(tmp_path, [Article(id="new", title="Ferry sold")])
    path = settings(tmp_path).models / bad
    arrays, facts = read_model(path)
    facts = {name: fact for name, fact in facts.items() if name not in ("files", "format")}
    arrays = {name: array.copy() for name, array in arrays.items()}
    shutil.rmtree(path)
    write_model(path, arrays | {"other_begins": np.zeros((2, 2))}, facts)
    live.refresh()
    live.refresh()
    assert live.snapshot.version == good
    assert "log says why" in live.failure
    assert [record.levelname for record in caplog.records].count("WARNING") == 1
    assert "TypingError" in caplog.text


def test_the_last_model_answers_when_the_folder_is_gone(tmp_path):
    good = trained(tmp_path, NEWS)
    live = live_of(tmp_path)
    live.refresh()
    (settings(tmp_path).models / "CURRENT").unlink()
    live.refresh()
    assert live.snapshot.version == good
    assert live.failure


def test_kernels_are_compiled_when_a_model_is_opened_not_in_a_request(tmp_path):
    trained(tmp_path, NEWS, Config(neighbours=1))
    script = f"""
from pathlib import Path
from recommender import kernel
from service.live import Archive, Live
from service.rulesfile import RulesFile
archive = {settings(tmp_path).archive!r}
live = Live(Path({str(settings(tmp_path).models)!r}), Archive(archive), RulesFile(archive))
assert not kernel.search.signatures
live.refresh()
before = kernel.search.signatures
assert before
assert len(live.snapshot.model.recommend("ferry-1", limit=50)) == 2
assert kernel.search.signatures == before
"""
    subprocess.run([sys.executable, "-c", script], check=True)


def test_swapping_models_under_load_never_mixes_versions_nor_fails(tmp_path):
    news = [Article(id=str(i), title=f"Ferry {i}", body=f"Quay {i % 9}") for i in range(60)]
    versions = {}
    for title_weight in (0.1, 9.0):
        version = trained(tmp_path, news, Config(vectors={"title_weight": title_weight}))
        model = ModelStore(settings(tmp_path).models).load(version)
        versions[version] = model.recommend("7", limit=50).to_record()["items"]
    assert len({str(items) for items in versions.values()}) == 2
    done = Event()

    def answers(port, version):
        return fetch(port, "/readyz")[2]["model"]["version"] == version

    def ask(port):
        seen = set()
        while not done.is_set():
            status, _, body = fetch(port, "/v1/recommendations?id=7&limit=50")
            assert status == 200
            version = body["model"]["version"]
            assert body["items"] == versions[version]
            seen.add(version)
        return seen

    with on_a_port(tmp_path) as (port, _), ThreadPoolExecutor(8) as pool:
        asked = [pool.submit(ask, port) for _ in range(8)]
        try:
            for version in [*versions] * 3:
                ModelStore(settings(tmp_path).models).activate(version)
                eventually(partial(answers, port, version))
        finally:
            done.set()
        assert set.union(*(each.result() for each in asked)) == set(versions)


def caught_up(live):
    anyio.run(live.catch_up)
    return live.snapshot


def test_nothing_new_costs_no_new_model(tmp_path):
    trained(tmp_path, NEWS)
    live = live_of(tmp_path)
    live.refresh()
    served = live.snapshot
    for _ in range(3):
        live.refresh()
        assert caught_up(live) is served
    put(tmp_path, [Article(id="new", title="Ferry sold")])
    assert caught_up(live).model.applied_revision == 5
    assert live.snapshot is not served
    assert live.snapshot.model.revision == 4


def test_a_deletion_is_known_by_who_catches_up_and_by_every_model_that_is_swapped_in(tmp_path):
    versions = [trained(tmp_path, NEWS), trained(tmp_path, [Article(id="new", title="Hail")])]
    live = live_of(tmp_path)
    live.refresh()
    with Catalog(settings(tmp_path).archive) as catalog:
        catalog.delete(["ferry-2"])
    for version in versions:
        ModelStore(settings(tmp_path).models).activate(version)
        live.refresh()
        assert live.snapshot.version == version
        assert [item.article.id for item in live.snapshot.model.recommend("ferry-1")] == ["a/b"]
    assert live.snapshot.model.applied_revision == 6


def test_lists_go_on_and_catch_up_when_the_archive_can_be_read_again(tmp_path, caplog):
    trained(tmp_path, NEWS)
    live = live_of(tmp_path)
    live.refresh()
    with Catalog(settings(tmp_path).archive) as catalog:
        catalog.delete(["ferry-2"])
        known = [item.article.id for item in caught_up(live).model.recommend("ferry-1")]
        assert known == ["a/b"]
        with closing(sqlite3.connect(tmp_path / "archive.db", isolation_level=None)) as other:
            other.execute("ALTER TABLE articles RENAME TO away")
            for _ in range(2):
                live.refresh()
                assert caught_up(live).model.applied_revision == 5
            assert live.failure == "the archive cannot be read just now; the service's log says why"
            assert caplog.text.count("no such table: articles") == 1
            other.execute("ALTER TABLE away RENAME TO articles")
        catalog.delete(["a/b"])
        live.refresh()
        assert live.failure is None
        assert len(live.snapshot.model.recommend("ferry-1")) == 0


def test_another_model_is_not_taken_while_the_archive_cannot_say_what_was_deleted(tmp_path):
    old = trained(tmp_path, NEWS)
    live = live_of(tmp_path)
    live.refresh()
    trained(tmp_path, [Article(id="new", title="Ferry sold")])
    with closing(sqlite3.connect(tmp_path / "archive.db", isolation_level=None)) as other:
        other.execute("ALTER TABLE articles RENAME TO away")
        live.refresh()
        assert live.snapshot.version == old
        first = live_of(tmp_path)
        first.refresh()
        assert first.snapshot.version != old  # a first model is better than none
        other.execute("ALTER TABLE away RENAME TO articles")
    live.refresh()
    assert live.snapshot.version == first.snapshot.version
    assert live.failure is None


def test_an_archive_older_than_the_model_is_told(tmp_path):
    put(tmp_path, NEWS[:2])
    (tmp_path / "archive.db").rename(tmp_path / "backup.db")
    trained(tmp_path, NEWS)
    (tmp_path / "backup.db").rename(tmp_path / "archive.db")
    with in_process(tmp_path) as client:
        ready = client.get("/readyz").json()
        assert ready["status"] == "degraded"
        assert "the archive is older than the model" in ready["detail"]
        assert client.get("/v1/articles/ferry-1/recommendations").status_code == 200


def test_a_request_that_saw_a_write_never_loses_it_to_a_swap(tmp_path):
    """Deleted and put back, over and over, while models are swapped: each request sees the last."""
    versions = [trained(tmp_path, NEWS, Config(neighbours=k)) for k in (4, 5)]
    done = Event()

    def swap():
        while not done.is_set():
            for version in versions:
                ModelStore(settings(tmp_path).models).activate(version)
                time.sleep(0.01)

    with in_process(tmp_path, write_key="w") as client, ThreadPoolExecutor(1) as pool:
        app_live = client.app.state.manager
        swapping = pool.submit(swap)
        try:
            for turn in range(60):
                gone = turn % 2 == 0
                call = {"content": None if gone else NEWS[1].model_dump_json()}
                method = "DELETE" if gone else "PUT"
                client.request(method, "/v1/articles/ferry-2", headers=bearer("w"), **call)
                app_live.refresh()
                items = client.get("/v1/recommendations?id=ferry-1").json()["items"]
                assert ("ferry-2" in [item["id"] for item in items]) != gone
        finally:
            done.set()
        swapping.result()


def test_many_threads_ask_while_the_same_process_trains_and_every_reply_is_right(tmp_path):
    news = [Article(id=str(i), title=f"Ferry {i}", body=f"Quay {i % 9}") for i in range(80)]

    def weighing(share):
        return Config(neighbours=5, vectors={"title_weight": 9 * share})

    done, store = Event(), ModelStore(settings(tmp_path).models)
    models = {version: store.load(version) for version in [trained(tmp_path, news, weighing(0.0))]}
    with in_process(tmp_path) as client, ThreadPoolExecutor(8) as pool:
        live = client.app.state.manager

        def ask(number):
            asked = 0
            while not done.is_set():
                # In turn ready, read from the graph, and searched for in a thread of its own.
                limit = (1, 4, 50)[asked % 3]
                served = live.snapshot
                for record in (
                    client.get(f"/v1/recommendations?id={number}&limit={limit}").json(),
                    served.model.recommend(str(number), limit=limit).to_record(),
                ):
                    version = record.get("model", {"version": served.version})["version"]
                    wanted = models[version].recommend(str(number), limit=limit).to_record()
                    assert record["items"] == wanted["items"]
                asked += 1
            return asked

        asking = [pool.submit(ask, number) for number in range(8)]
        try:
            for share in (0.3, 0.6, 0.9):
                model = replace(Recommender.fit(news, weighing(share), jobs=2), revision=len(news))
                version = store.save(model, datetime.now(UTC))
                models[version] = store.load(version)
                store.activate(version)
                live.refresh()
        finally:
            done.set()
        assert min(each.result() for each in asking) > 3


def test_the_archive_may_come_after_the_service(tmp_path):
    archive = Archive(f"sqlite:///{tmp_path}/later/archive.db")
    with pytest.raises(CatalogError):
        archive.catalog()
    (tmp_path / "later").mkdir()
    with Catalog(f"sqlite:///{tmp_path}/later/archive.db") as catalog:
        catalog.put(NEWS)
    assert archive.catalog().get("ferry-1") == NEWS[0]
    archive.close()


@pytest.fixture
def disk(tmp_path):
    """A disk of four megabytes; only root may make one."""
    place = tmp_path / "disk"
    place.mkdir()
    made = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", place], check=False)
    if made.returncode:
        pytest.skip("needs to mount a small disk, which root may")
    yield place
    subprocess.run(["umount", "-l", place], check=True)


def write(client, body="Hail"):
    article = {"title": "Ferry sold", "body": body}
    return client.put("/v1/articles/new", json=article, headers=bearer("w"))


def test_on_a_full_disk_nothing_is_half_written_and_lists_go_on(disk, caplog):
    trained(disk, NEWS)
    with in_process(disk, write_key="w") as client:
        with suppress(OSError), (disk / "full").open("wb", buffering=0) as full:
            while full.write(b"x" * 4096):
                pass
        refused = write(client, "hail " * 100_000)
        assert (refused.status_code, refused.json()["code"]) == (503, "archive_full")
        lines = b'{"id": "a", "title": "b", "body": "%s"}\n' % (b"c" * 500_000)
        result = client.post("/v1/articles", headers=bearer("w"), content=lines).json()
        assert (result["line"], result["code"]) == (1, "archive_full")
        assert client.get("/v1/articles/ferry-1/recommendations").status_code == 200
        assert client.get("/v1/articles/ferry-1").status_code == 200
        assert client.get("/v1/articles/new").status_code == 404
        assert "disk is full" in client.get("/readyz").json()["detail"]
        assert 'alsoread_trouble{in="writes"} 1.0' in client.get("/metrics").text
        assert "disk is full" in caplog.text
        (disk / "full").unlink()
        assert write(client).status_code == 201
        assert client.get("/readyz").json()["status"] == "ready"


def test_on_a_read_only_disk_reads_go_on_and_writes_say_why(disk, tmp_path):
    trained(disk, NEWS)
    view = tmp_path / "view"
    view.mkdir()
    subprocess.run(["mount", "--bind", disk, view], check=True)
    subprocess.run(["mount", "-o", "remount,bind,ro", view], check=True)
    try:
        for in_use in (True, False):
            with closing(Catalog(settings(disk).archive)) as other:
                assert len(other) == 4
                if not in_use:  # a database that nobody has open cannot be opened without writing
                    other.close()
                with in_process(view, write_key="w") as client:
                    assert client.get("/v1/articles/ferry-1/recommendations").status_code == 200
                    read = client.get("/v1/articles/ferry-1")
                    assert read.status_code == (200 if in_use else 503)
                    code = "archive_readonly" if in_use else "archive_unavailable"
                    assert (write(client).status_code, write(client).json()["code"]) == (503, code)
                    assert "a write failed at" in client.get("/readyz").json()["detail"]
    finally:
        subprocess.run(["umount", "-l", view], check=True)
