"""Models are swapped while requests and writes go on: no reply is wrong, mixed or lost."""

import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from threading import Event

from support.serving import (
    NEWS,
    eventually,
    fetch,
    ids_of,
    in_process,
    in_process_writer,
    on_a_port,
    trained,
)

from recommender import Article, Config, ModelStore, Recommender


def test_reply_under_load_is_that_of_the_version_it_names(tmp_path):
    news = [Article(id=str(i), title=f"Ferry {i}", body=f"Quay {i % 9}") for i in range(60)]
    store, items = ModelStore(tmp_path / "models"), {}
    for title_weight in (0.1, 9.0):
        version = trained(tmp_path, news, Config(vectors={"title_weight": title_weight}))
        items[version] = store.load(version).recommend("7", limit=50).to_record()["items"]
    first, second = items.values()
    assert first != second
    done = Event()

    def is_served(port, version):
        return fetch(port, "/readyz")[2]["model"]["version"] == version

    def request(port):
        versions = set()
        while not done.is_set():
            status, _, body = fetch(port, "/v1/recommendations?id=7&limit=50")
            assert status == 200
            version = body["model"]["version"]
            assert body["items"] == items[version]
            versions.add(version)
        return versions

    with on_a_port(tmp_path) as (port, _), ThreadPoolExecutor(8) as pool:
        requests = [pool.submit(request, port) for _ in range(8)]
        try:
            for version in [*items] * 3:
                store.activate(version)
                eventually(partial(is_served, port, version))
        finally:
            done.set()
        assert set.union(*(each.result() for each in requests)) == set(items)


def test_request_after_a_write_sees_it_while_models_are_swapped(tmp_path):
    """An article is deleted and put back in turn; each request sees the last write."""
    versions = [trained(tmp_path, NEWS, Config(neighbours=k)) for k in (4, 5)]
    store, done = ModelStore(tmp_path / "models"), Event()

    def swap():
        while not done.is_set():
            for version in versions:
                store.activate(version)
                time.sleep(0.01)

    with in_process_writer(tmp_path) as client, ThreadPoolExecutor(1) as pool:
        swapping = pool.submit(swap)
        try:
            for turn in range(60):
                is_listed = turn % 2 == 1
                if is_listed:
                    client.put("/v1/articles/ferry-2", json=NEWS[1].to_record())
                else:
                    client.delete("/v1/articles/ferry-2")
                client.app.state.manager.refresh()
                reply = client.get("/v1/recommendations?id=ferry-1")
                assert ("ferry-2" in ids_of(reply)) == is_listed
        finally:
            done.set()
        swapping.result()


def test_every_reply_is_right_while_the_same_process_trains(tmp_path):
    news = [Article(id=str(i), title=f"Ferry {i}", body=f"Quay {i % 9}") for i in range(80)]

    def config(share):
        return Config(neighbours=5, vectors={"title_weight": 9 * share})

    done, store = Event(), ModelStore(tmp_path / "models")
    version = trained(tmp_path, news, config(0.0))
    models = {version: store.load(version)}
    with in_process(tmp_path) as client, ThreadPoolExecutor(8) as pool:
        manager = client.app.state.manager

        def request(number):
            count = 0
            while not done.is_set():
                # From the reply cache, from the graph, and by a search in a thread, in turn.
                limit = (1, 4, 50)[count % 3]
                snapshot = manager.snapshot
                for record in (
                    client.get(f"/v1/recommendations?id={number}&limit={limit}").json(),
                    snapshot.model.recommend(str(number), limit=limit).to_record(),
                ):
                    version = record.get("model", snapshot.identity())["version"]
                    expected = models[version].recommend(str(number), limit=limit).to_record()
                    assert record["items"] == expected["items"]
                count += 1
            return count

        requests = [pool.submit(request, number) for number in range(8)]
        try:
            for share in (0.3, 0.6, 0.9):
                model = replace(Recommender.fit(news, config(share), jobs=2), revision=len(news))
                version = store.save(model, datetime.now(UTC))
                models[version] = store.load(version)
                store.activate(version)
                manager.refresh()
        finally:
            done.set()
        assert min(each.result() for each in requests) > 3
