"""Versions over HTTP: the same as 'alsoread models', and the next request has the one asked for."""

import shutil

import pytest
from serving import NEWS, bearer, in_process, settings, trained
from test_problems import problem_of

from recommender import Article, ModelStore
from service.schemas import Activated, Versions


@pytest.fixture(scope="module")
def trained_folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("newsroom")
    old = trained(folder, NEWS)
    return folder, old, trained(folder, [Article(id="new", title="Ferry sold")])


@pytest.fixture
def newsroom(trained_folder, tmp_path):
    folder, old, new = trained_folder
    shutil.copytree(folder, tmp_path, dirs_exist_ok=True)
    with in_process(tmp_path, write_key="w") as client:
        client.headers.update(bearer("w"))
        yield client, ModelStore(settings(tmp_path).models), old, new


def answering(client):
    return client.get("/readyz").json()["model"]["version"]


def test_versions_are_listed_oldest_first(newsroom):
    client, store, old, new = newsroom
    found = Versions.model_validate_json(client.get("/v1/models").content, strict=True)
    assert [info.version for info in found.models] == sorted([old, new])
    assert [info.active for info in found.models] == [info.version == new for info in found.models]
    assert [info.bytes for info in found.models] == [info.bytes for info in store.versions()]


def test_an_older_version_answers_the_very_next_request(newsroom):
    client, store, old, new = newsroom
    for version in (old, new, old, old):
        reply = client.post(f"/v1/models/{version}/activate")
        assert reply.json() == {"version": version, "active": True}
        Activated.model_validate_json(reply.content, strict=True)
        assert answering(client) == store.current == version


def test_a_rollback_does_not_bring_back_what_was_deleted(newsroom):
    client, _, old, _ = newsroom
    assert client.delete("/v1/articles/ferry-2").status_code == 200
    client.post(f"/v1/models/{old}/activate")
    items = client.get("/v1/articles/ferry-1/recommendations").json()["items"]
    assert [item["id"] for item in items] == ["a/b"]


@pytest.mark.parametrize("version", ["nope", "..", "%2E%2E%2F", "CURRENT", "a b"])
def test_a_version_that_is_not_there_is_404_and_the_active_one_stays(newsroom, version):
    client, store, _, new = newsroom
    reply = client.post(f"/v1/models/{version.replace('..', '%2E%2E')}/activate")
    assert (reply.status_code, problem_of(reply).code) == (404, "model_not_found")
    assert answering(client) == store.current == new


def test_a_damaged_version_is_refused_and_the_active_one_stays(newsroom):
    client, store, old, new = newsroom
    path = store.path / old / "data.npy"
    path.write_bytes(path.read_bytes()[:-1] + b"x")
    reply = client.post(f"/v1/models/{old}/activate")
    assert (reply.status_code, problem_of(reply).code) == (503, "model_unavailable")
    assert "data.npy" in reply.json()["detail"]
    assert answering(client) == store.current == new
