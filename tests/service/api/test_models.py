"""Models over HTTP: trained versions are listed, and one of them is activated."""

import shutil

import pytest
from support.serving import ids_of, in_process_writer, problem_of, trained

from recommender import Article, ModelStore
from service.api.schemas import Activated, Versions


@pytest.fixture(scope="module")
def shared_versions(shared_folder, tmp_path_factory):
    """A folder with two versions, and their names; the second has one more article."""
    folder = tmp_path_factory.mktemp("versions")
    shutil.copytree(shared_folder, folder, dirs_exist_ok=True)
    old = ModelStore(folder / "models").current
    return folder, old, trained(folder, [Article(id="new", title="Ferry sold")])


@pytest.fixture
def versions(shared_versions, tmp_path):
    """A client that may write, the store, and the names of the old and the active version."""
    shared, old, new = shared_versions
    folder = shutil.copytree(shared, tmp_path / "versions")
    with in_process_writer(folder) as client:
        yield client, ModelStore(folder / "models"), old, new


def served(client):
    return client.get("/readyz").json()["model"]["version"]


def test_versions_are_listed_oldest_first(versions):
    client, store, old, new = versions
    reply = Versions.model_validate_json(client.get("/v1/models").content, strict=True)
    assert [info.version for info in reply.models] == sorted([old, new])
    assert [info.active for info in reply.models] == [info.version == new for info in reply.models]
    assert [info.bytes for info in reply.models] == [info.bytes for info in store.versions()]


def test_activated_version_answers_the_next_request(versions):
    client, store, old, new = versions
    for version in (old, new, old, old):
        reply = client.post(f"/v1/models/{version}/activate")
        assert reply.json() == {"version": version, "active": True}
        Activated.model_validate_json(reply.content, strict=True)
        assert served(client) == store.current == version


def test_rollback_does_not_bring_back_deleted_articles(versions):
    client, _, old, _ = versions
    assert client.delete("/v1/articles/ferry-2").status_code == 200
    client.post(f"/v1/models/{old}/activate")
    # An article that is newer than this model is still listed.
    assert ids_of(client.get("/v1/articles/ferry-1/recommendations")) == ["a/b", "new"]


@pytest.mark.parametrize("version", ["nope", "%2E%2E", "%2E%2E%2F", "CURRENT", "a b"])
def test_unknown_version_is_404_and_the_active_one_stays(versions, version):
    client, store, _, new = versions
    problem = problem_of(client.post(f"/v1/models/{version}/activate"))
    assert (problem.status, problem.code) == (404, "model_not_found")
    assert served(client) == store.current == new


def test_damaged_version_is_refused_and_the_active_one_stays(versions):
    client, store, old, new = versions
    path = store.path / old / "rows.npy"
    path.write_bytes(path.read_bytes()[:-1] + b"x")
    problem = problem_of(client.post(f"/v1/models/{old}/activate"))
    assert (problem.status, problem.code) == (503, "model_unavailable")
    assert "rows.npy" in problem.detail
    assert served(client) == store.current == new
