"""A write is durable when it is answered, seen by the very next request, and loses no other's."""

import json
import shutil
import sqlite3
import threading
from datetime import UTC, datetime, timedelta
from urllib.parse import quote

import pytest
from support.serving import NEWS, bearer, fetch, in_process, on_a_port, settings, trained
from support.serving import problem_of

from recommender import Article, Catalog, ModelStore
from recommender.articles.times import rfc3339
from service.schemas import Activated, Deleted, Versions, Written

KEY = bearer("w")
LIST = "/v1/articles/ferry-1/recommendations?limit=50"
FERRY = {"title": "Hallin ferry sold", "tags": ["Ferries"], "published_at": "2026-06-01"}


@pytest.fixture(scope="module")
def newsroom_folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("newsroom")
    trained(folder, NEWS)
    return folder


@pytest.fixture
def folder(newsroom_folder, tmp_path):
    shutil.copytree(newsroom_folder, tmp_path, dirs_exist_ok=True)
    return tmp_path


@pytest.fixture(scope="module")
def refusing(newsroom_folder):
    """A client of an archive that no test changes."""
    with in_process(newsroom_folder, write_key="w", max_body_bytes=2000) as client:
        client.headers.update(KEY)
        yield client


@pytest.fixture
def client(folder):
    with in_process(folder, write_key="w", max_body_bytes=2000) as client:
        client.headers.update(KEY)
        yield client


def contents(folder):
    with Catalog(settings(folder).archive) as catalog:
        return list(catalog.changes(0))


def listed(client):
    return [item["id"] for item in client.get(LIST).json()["items"]]


def test_a_new_article_is_created_and_the_same_again_makes_no_new_revision(client):
    for status, created in ((201, True), (200, False), (200, False)):
        reply = client.put("/v1/articles/new%2F1", json=FERRY)
        assert reply.status_code == status
        affected = ["ferry-2", "ferry-1", "a/b"] if created else []
        told = {"affected": affected, "affected_complete": True}
        assert reply.json() == {"id": "new/1", "revision": 5, "created": created, **told}
        assert reply.headers["etag"] == '"5"'
        assert reply.headers["cache-control"] == "no-store"
        Written.model_validate_json(reply.content, strict=True)
    assert client.get("/v1/articles/new%2F1").json() == Article(id="new/1", **FERRY).to_record()


def test_a_changed_article_is_replaced_whole_under_a_new_revision(client):
    client.put("/v1/articles/new", json=FERRY | {"section": "News"})
    reply = client.put("/v1/articles/new", json=FERRY)
    assert (reply.status_code, reply.json()["revision"]) == (200, 6)
    assert client.get("/v1/articles/new").json()["section"] is None


def test_a_deleted_article_is_gone_from_every_call_and_list_at_once(client):
    assert "ferry-2" in listed(client)
    reply = client.delete("/v1/articles/ferry-2")
    assert (reply.status_code, reply.json()) == (
        200,
        {
            "id": "ferry-2",
            "revision": 5,
            "deleted": True,
            "affected": ["ferry-1", "a/b"],
            "affected_complete": True,
        },
    )
    Deleted.model_validate_json(reply.content, strict=True)
    assert listed(client) == ["a/b"]
    for path in (
        "/v1/articles/ferry-2",
        "/v1/articles/ferry-2/recommendations",
        "/v1/recommendations?id=ferry-2",
        f"/v1/recommendations?url={quote(NEWS[1].url)}",
    ):
        assert problem_of(client.get(path)).code == "article_not_found"
    again = client.delete("/v1/articles/ferry-2")
    assert (again.status_code, problem_of(again).code) == (404, "article_not_found")
    assert client.get("/readyz").json()["articles"] == 3


def test_an_article_that_comes_back_is_listed_again(client):
    client.delete("/v1/articles/ferry-2")
    assert client.put("/v1/articles/ferry-2", json=NEWS[1].to_record()).status_code == 201
    assert listed(client) == ["ferry-2", "a/b"]


def test_an_article_that_is_withdrawn_under_embargo_is_in_no_list_until_then(client):
    later = rfc3339(datetime.now(UTC) + timedelta(days=1))
    client.put("/v1/articles/ferry-2", json=NEWS[1].to_record() | {"published_at": later})
    assert listed(client) == ["a/b"]
    asked = "/v1/articles/ferry-2/recommendations"
    assert client.get(asked).headers["cache-control"] == "private, no-store"
    assert client.get(asked, headers={"Authorization": ""}).status_code == 404
    client.put("/v1/articles/ferry-2", json=NEWS[1].to_record())
    assert listed(client) == ["ferry-2", "a/b"]
    assert client.get(asked, headers={"Authorization": ""}).status_code == 200


def test_calls_by_query_do_the_same(client):
    assert client.put("/v1/articles?id=a%2Fc", json=FERRY).json()["id"] == "a/c"
    assert client.get("/v1/articles/a%2Fc").status_code == 200
    assert client.delete("/v1/articles?id=a%2Fc").json()["deleted"] is True
    assert client.get("/v1/articles?id=a%2Fc").status_code == 404


def test_the_id_in_the_body_may_be_left_out_or_the_same(client):
    for body in (FERRY, FERRY | {"id": "7"}, FERRY | {"id": 7}, FERRY | {"id": None}):
        assert client.put("/v1/articles/7", json=body).json()["id"] == "7"
    reply = client.put("/v1/articles/7", json=FERRY | {"id": "8"})
    assert (reply.status_code, problem_of(reply).code) == (422, "invalid_id")


def test_keys_that_no_article_has_are_left_out_and_named(client):
    body = json.dumps(FERRY | {"titel": "x", "\ud800": 1})
    reply = client.put("/v1/articles/x", content=body)
    assert reply.json()["left_out"] == ["titel", "?"]
    assert client.get("/v1/articles/x").json() == Article(id="x", **FERRY).to_record()


REFUSED = [
    (b"", 422, "invalid_json"),
    (b"{", 422, "invalid_json"),
    (b"[]", 422, "invalid_json"),
    (b'"x"', 422, "invalid_json"),
    (b"\xff\xfe", 422, "invalid_json"),
    (b"[" * 1500, 422, "invalid_json"),
    (b'{"title": ' + b"9" * 1900 + b"}", 422, "invalid_article"),
    (b"{}", 422, "invalid_article"),
    (b'{"title": " ", "body": ""}', 422, "invalid_article"),
    (b'{"title": "\\ud800"}', 422, "invalid_article"),
    (b'{"title": "x", "published_at": "tomorrow"}', 422, "invalid_article"),
    (b'{"title": "x", "tags": "a,b"}', 422, "invalid_article"),
    (b'{"title": "x", "body": ' + b'"y' * 1000, 413, "payload_too_large"),
]


@pytest.mark.parametrize(("body", "status", "code"), REFUSED)
def test_what_is_refused_is_a_problem_and_leaves_the_archive_as_it_was(
    refusing, newsroom_folder, body, status, code
):
    before = contents(newsroom_folder)
    for article_id in ("ferry-1", "new"):
        reply = refusing.put(f"/v1/articles/{article_id}", content=body)
        assert reply.status_code == status
        assert problem_of(reply).code == code
    assert contents(newsroom_folder) == before


@pytest.mark.parametrize(
    "path", ["x" * 513, "%ED%A0%80", "%FF", "x?upsert=1", "?id=", "?id=a&id=b"]
)
@pytest.mark.parametrize("method", ["PUT", "DELETE"])
def test_an_address_that_is_wrong_is_refused(refusing, newsroom_folder, method, path):
    before = contents(newsroom_folder)
    slash = "" if path.startswith("?") else "/"
    reply = refusing.request(method, f"/v1/articles{slash}{path}", json=FERRY)
    assert reply.status_code in (404, 422)
    problem_of(reply)
    assert contents(newsroom_folder) == before


def test_an_articles_etag_is_its_revision_and_spares_a_download(client):
    tag = client.get("/v1/articles/ferry-2").headers["etag"]
    assert tag == '"2"'
    assert client.get("/v1/articles/ferry-2", headers={"If-None-Match": tag}).status_code == 304
    changed = client.put("/v1/articles/ferry-2", json=FERRY).headers["etag"]
    assert client.get("/v1/articles/ferry-2").headers["etag"] == changed == '"5"'


@pytest.mark.parametrize("tag", ['"2"', 'W/"2"', '"1", "2"', "*", "2"])
def test_a_write_that_knows_the_revision_is_done(client, tag):
    reply = client.put("/v1/articles/ferry-2", json=FERRY, headers={"If-Match": tag})
    assert (reply.status_code, reply.json()["revision"]) == (200, 5)


@pytest.mark.parametrize("tag", ['"1"', '"22"', "", '""', "x", "W/"])
@pytest.mark.parametrize("method", ["PUT", "DELETE"])
def test_a_write_that_does_not_know_the_last_change_is_a_conflict(
    refusing, newsroom_folder, method, tag
):
    before = contents(newsroom_folder)
    reply = refusing.request(method, "/v1/articles/ferry-2", json=FERRY, headers={"If-Match": tag})
    assert (reply.status_code, problem_of(reply).code) == (409, "revision_conflict")
    assert "its revision is 2" in reply.json()["detail"]
    assert contents(newsroom_folder) == before


def test_conditions_on_an_article_that_is_not_there(client):
    match = {"If-Match": "*"}
    assert client.put("/v1/articles/new", json=FERRY, headers=match).status_code == 409
    assert client.delete("/v1/articles/new", headers=match).status_code == 404
    for status in (201, 409):
        reply = client.put("/v1/articles/new", json=FERRY, headers={"If-None-Match": "*"})
        assert reply.status_code == status
    assert problem_of(reply).code == "article_exists"


def test_of_many_who_change_the_same_revision_one_wins(folder):
    def change(name):
        with start:
            pass
        won.append(
            fetch(
                port,
                "/v1/articles/ferry-2",
                "PUT",
                KEY | {"If-Match": '"2"'},
                f'{{"title": "By {name}"}}',
            )[0]
        )

    won, start = [], threading.Lock()
    with on_a_port(folder, write_key="w") as (port, _):
        threads = [threading.Thread(target=change, args=(n,)) for n in range(8)]
        with start:
            for thread in threads:
                thread.start()
        for thread in threads:
            thread.join()
    assert sorted(won) == [200] + [409] * 7


def test_every_worker_sees_the_write_of_another_in_the_very_next_request(folder):
    with on_a_port(folder, write_key="w") as (one, _), on_a_port(folder) as (other, _):
        for turn in range(30):
            assert fetch(one, "/v1/articles/ferry-2", "DELETE", KEY)[0] == 200
            items = fetch(other, LIST)[2]["items"]
            assert [item["id"] for item in items] == ["a/b"], turn
            body = NEWS[1].model_dump_json()
            assert fetch(one, "/v1/articles/ferry-2", "PUT", KEY, body)[0] == 201
            items = fetch(other, LIST)[2]["items"]
            assert [item["id"] for item in items] == ["ferry-2", "a/b"], turn


def test_the_first_write_makes_the_archive(tmp_path):
    with in_process(tmp_path, write_key="w") as client:
        assert client.put("/v1/articles/a", json=FERRY, headers=KEY).status_code == 201
        assert client.get("/v1/articles/a").status_code == 200
    with in_process(tmp_path / "missing", write_key="w") as client:
        reply = client.put("/v1/articles/a", json=FERRY, headers=KEY)
        assert (reply.status_code, problem_of(reply).code) == (503, "archive_unavailable")


def test_an_archive_that_another_program_keeps_locked_is_503_and_reads_go_on(client, folder):
    from service import live

    client.app.state.archive._catalog.close()
    client.app.state.archive._catalog = Catalog(settings(folder).archive, patience=0.1)
    other = sqlite3.connect(folder / "archive.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    reply = client.put("/v1/articles/new", json=FERRY)
    assert (reply.status_code, problem_of(reply).code) == (503, "archive_locked")
    assert int(reply.headers["retry-after"]) <= live._PATIENCE
    assert listed(client) == ["ferry-2", "a/b"]
    ready = client.get("/readyz").json()
    assert ready["status"] == "degraded"
    assert "a write failed at 20" in ready["detail"]
    assert "locked" in ready["detail"]
    other.execute("ROLLBACK")
    other.close()
    assert client.put("/v1/articles/new", json=FERRY).status_code == 201
    assert client.get("/readyz").json()["status"] == "ready"


@pytest.fixture(scope="module")
def trained_folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("newsroom")
    old = trained(folder, NEWS)
    return folder, old, trained(folder, [Article(id="new", title="Ferry sold")])


@pytest.fixture
def versions(trained_folder, tmp_path):
    folder, old, new = trained_folder
    shutil.copytree(folder, tmp_path, dirs_exist_ok=True)
    with in_process(tmp_path, write_key="w") as client:
        client.headers.update(bearer("w"))
        yield client, ModelStore(settings(tmp_path).models), old, new


def answering(client):
    return client.get("/readyz").json()["model"]["version"]


def test_versions_are_listed_oldest_first(versions):
    client, store, old, new = versions
    found = Versions.model_validate_json(client.get("/v1/models").content, strict=True)
    assert [info.version for info in found.models] == sorted([old, new])
    assert [info.active for info in found.models] == [info.version == new for info in found.models]
    assert [info.bytes for info in found.models] == [info.bytes for info in store.versions()]


def test_an_older_version_answers_the_very_next_request(versions):
    client, store, old, new = versions
    for version in (old, new, old, old):
        reply = client.post(f"/v1/models/{version}/activate")
        assert reply.json() == {"version": version, "active": True}
        Activated.model_validate_json(reply.content, strict=True)
        assert answering(client) == store.current == version


def test_a_rollback_does_not_bring_back_what_was_deleted(versions):
    client, _, old, _ = versions
    assert client.delete("/v1/articles/ferry-2").status_code == 200
    client.post(f"/v1/models/{old}/activate")
    items = client.get("/v1/articles/ferry-1/recommendations").json()["items"]
    # What is newer than the model that answers now is still there.
    assert [item["id"] for item in items] == ["a/b", "new"]


@pytest.mark.parametrize("version", ["nope", "..", "%2E%2E%2F", "CURRENT", "a b"])
def test_a_version_that_is_not_there_is_404_and_the_active_one_stays(versions, version):
    client, store, _, new = versions
    reply = client.post(f"/v1/models/{version.replace('..', '%2E%2E')}/activate")
    assert (reply.status_code, problem_of(reply).code) == (404, "model_not_found")
    assert answering(client) == store.current == new


def test_a_damaged_version_is_refused_and_the_active_one_stays(versions):
    client, store, old, new = versions
    path = store.path / old / "rows.npy"
    path.write_bytes(path.read_bytes()[:-1] + b"x")
    reply = client.post(f"/v1/models/{old}/activate")
    assert (reply.status_code, problem_of(reply).code) == (503, "model_unavailable")
    assert "rows.npy" in reply.json()["detail"]
    assert answering(client) == store.current == new


def test_a_ready_list_ends_with_the_write_of_whoever_writes(client, folder):
    client.headers.pop("Authorization")

    def listed():
        reply = client.get(LIST)
        return [item["id"] for item in reply.json()["items"]], reply.headers["server-timing"]

    assert listed()[0] == ["ferry-2", "a/b"]
    assert listed() == (["ferry-2", "a/b"], "ready;dur=0")
    with Catalog(settings(folder).archive) as catalog:
        catalog.delete(["a/b"])
    assert listed()[0] == ["ferry-2"]
    assert client.delete("/v1/articles/ferry-2", headers=KEY).status_code == 200
    assert listed()[0] == []


def test_what_is_ready_for_who_shows_a_key_is_so_for_nobody_else(client):
    for ready in (False, True):
        assert ("ready" in client.get(LIST).headers["server-timing"]) == ready
    client.headers.pop("Authorization")
    for ready in (False, True):
        assert ("ready" in client.get(LIST).headers["server-timing"]) == ready


def test_a_deleted_article_is_in_no_reply_of_any_call(client):
    assert client.delete("/v1/articles/ferry-2").status_code == 200
    mix = {"like": ["ferry-1"], "unlike": ["orchestra"]}
    lists = [
        client.get(LIST + "&direction=any&fallback=latest"),
        client.post("/v1/recommendations", json={"article": {"title": "Hallin ferry"}}),
        client.post("/v1/recommendations", json=mix),
        client.post("/v1/recommendations/batch", json={"ids": ["ferry-1"]}),
        client.get("/v1/articles?query=ferry"),
    ]
    for reply in lists:
        assert reply.status_code == 200
        assert "a/b" in reply.text or "ferry-1" in reply.text
        assert "ferry-2" not in reply.text
    for path in ("/topics", "/recommendations", "/recommendations/ferry-1", ""):
        assert client.get(f"/v1/articles/ferry-2{path}").status_code == 404
    assert client.get("/v1/articles/ferry-1/recommendations/ferry-2").status_code == 404
