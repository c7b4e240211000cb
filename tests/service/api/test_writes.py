"""A write is durable when it is answered, seen by the next request, and overwrites no other."""

import json
import sqlite3
import threading
from urllib.parse import quote

import pytest
from support.serving import (
    NEWS,
    archive_of,
    bearer,
    fetch,
    ids_of,
    in_process_writer,
    on_a_port,
    problem_of,
)

from recommender import Article, Catalog
from service.api.schemas import Deleted, Written

LIST = "/v1/articles/ferry-1/recommendations?limit=50"
FERRY = {"title": "Hallin ferry sold", "tags": ["Ferries"], "published_at": "2026-06-01"}


@pytest.fixture(scope="module")
def shared_writer(shared_folder):
    """A client whose writes are all refused, so that the archive stays the same."""
    with in_process_writer(shared_folder, max_body_bytes=2000) as client:
        yield client


def contents(folder):
    with Catalog(archive_of(folder)) as catalog:
        return list(catalog.changes(0))


def test_new_article_is_created_and_the_same_again_is_no_revision(writer):
    for status, created in ((201, True), (200, False), (200, False)):
        reply = writer.put("/v1/articles/new%2F1", json=FERRY)
        assert reply.status_code == status
        affected = ["ferry-2", "ferry-1", "a/b"] if created else []
        fields = {"affected": affected, "affected_complete": True}
        assert reply.json() == {"id": "new/1", "revision": 5, "created": created, **fields}
        assert reply.headers["etag"] == '"5"'
        assert reply.headers["cache-control"] == "no-store"
        Written.model_validate_json(reply.content, strict=True)
    assert writer.get("/v1/articles/new%2F1").json() == Article(id="new/1", **FERRY).to_record()


def test_changed_article_is_replaced_whole_with_a_new_revision(writer):
    writer.put("/v1/articles/new", json=FERRY | {"section": "News"})
    reply = writer.put("/v1/articles/new", json=FERRY)
    assert (reply.status_code, reply.json()["revision"]) == (200, 6)
    assert writer.get("/v1/articles/new").json()["section"] is None


def test_deleted_article_is_unknown_at_once(writer):
    reply = writer.delete("/v1/articles/ferry-2")
    deleted = {"id": "ferry-2", "revision": 5, "deleted": True}
    affected = {"affected": ["ferry-1", "a/b"], "affected_complete": True}
    assert (reply.status_code, reply.json()) == (200, deleted | affected)
    Deleted.model_validate_json(reply.content, strict=True)
    for path in (
        "/v1/articles/ferry-2",
        "/v1/articles/ferry-2/recommendations",
        "/v1/articles/ferry-2/recommendations/ferry-1",
        "/v1/articles/ferry-1/recommendations/ferry-2",
        "/v1/articles/ferry-2/topics",
        "/v1/recommendations?id=ferry-2",
        f"/v1/recommendations?url={quote(NEWS[1].url)}",
    ):
        assert problem_of(writer.get(path)).code == "article_not_found"
    assert problem_of(writer.delete("/v1/articles/ferry-2")).code == "article_not_found"
    assert writer.get("/readyz").json()["articles"] == 3


def test_deleted_article_leaves_every_list_and_comes_back_with_a_put(writer):
    mix = {"like": ["ferry-1"], "unlike": ["orchestra"]}
    requests = [
        ("GET", LIST + "&direction=any&fallback=latest", None),
        ("POST", "/v1/recommendations", {"article": {"title": "Hallin ferry"}}),
        ("POST", "/v1/recommendations", mix),
        ("POST", "/v1/recommendations/batch", {"ids": ["ferry-1"]}),
        ("GET", "/v1/articles?query=ferry", None),
    ]

    def are_listed():
        replies = [writer.request(method, path, json=body) for method, path, body in requests]
        assert {reply.status_code for reply in replies} == {200}
        return ["ferry-2" in reply.text for reply in replies]

    assert all(are_listed())
    writer.delete("/v1/articles/ferry-2")
    assert not any(are_listed())
    assert writer.put("/v1/articles/ferry-2", json=NEWS[1].to_record()).status_code == 201
    assert all(are_listed())


def test_writes_by_query_are_the_same_as_by_path(writer):
    assert writer.put("/v1/articles?id=a%2Fc", json=FERRY).json()["id"] == "a/c"
    assert writer.get("/v1/articles/a%2Fc").status_code == 200
    assert writer.delete("/v1/articles?id=a%2Fc").json()["deleted"] is True
    assert writer.get("/v1/articles?id=a%2Fc").status_code == 404


def test_id_in_the_body_is_optional_and_must_be_that_of_the_path(writer):
    for body in (FERRY, FERRY | {"id": "7"}, FERRY | {"id": 7}, FERRY | {"id": None}):
        assert writer.put("/v1/articles/7", json=body).json()["id"] == "7"
    problem = problem_of(writer.put("/v1/articles/7", json=FERRY | {"id": "8"}))
    assert (problem.status, problem.code) == (422, "invalid_id")


def test_unknown_fields_are_ignored_and_named(writer):
    body = json.dumps(FERRY | {"titel": "x", "\ud800": 1})
    reply = writer.put("/v1/articles/x", content=body)
    assert reply.json()["left_out"] == ["titel", "?"]
    assert writer.get("/v1/articles/x").json() == Article(id="x", **FERRY).to_record()


REFUSED = [
    (b"", 422, "invalid_json"),
    (b"{", 422, "invalid_json"),
    (b"[]", 422, "invalid_json"),
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
def test_invalid_body_is_a_problem_and_changes_nothing(
    shared_writer, shared_folder, body, status, code
):
    before = contents(shared_folder)
    for article_id in ("ferry-1", "new"):
        problem = problem_of(shared_writer.put(f"/v1/articles/{article_id}", content=body))
        assert (problem.status, problem.code) == (status, code)
    assert contents(shared_folder) == before


def test_body_that_is_no_object_is_named_by_its_type(shared_writer):
    for body, kind in ((b"[]", "list"), (b'"x"', "str")):
        detail = problem_of(shared_writer.put("/v1/articles/x", content=body)).detail
        assert detail == f"body: expected a JSON object, got a {kind}"


@pytest.mark.parametrize("method", ["PUT", "DELETE"])
def test_invalid_address_is_a_problem_and_changes_nothing(shared_writer, shared_folder, method):
    before = contents(shared_folder)
    for path in ("/" + "x" * 513, "/%ED%A0%80", "/%FF", "/x?upsert=1", "?id=", "?id=a&id=b"):
        reply = shared_writer.request(method, f"/v1/articles{path}", json=FERRY)
        assert problem_of(reply).status in (404, 422)
    assert contents(shared_folder) == before


def test_etag_of_an_article_is_its_revision(writer):
    tag = writer.get("/v1/articles/ferry-2").headers["etag"]
    assert tag == '"2"'
    assert writer.get("/v1/articles/ferry-2", headers={"If-None-Match": tag}).status_code == 304
    changed = writer.put("/v1/articles/ferry-2", json=FERRY).headers["etag"]
    assert writer.get("/v1/articles/ferry-2").headers["etag"] == changed == '"5"'


@pytest.mark.parametrize("tag", ['"2"', 'W/"2"', '"1", "2"', "*", "2"])
def test_write_with_the_current_revision_succeeds(writer, tag):
    reply = writer.put("/v1/articles/ferry-2", json=FERRY, headers={"If-Match": tag})
    assert (reply.status_code, reply.json()["revision"]) == (200, 5)


@pytest.mark.parametrize("method", ["PUT", "DELETE"])
def test_write_with_another_revision_is_a_conflict(shared_writer, shared_folder, method):
    before = contents(shared_folder)
    for tag in ('"1"', '"22"', "", '""', "x", "W/"):
        headers = {"If-Match": tag}
        reply = shared_writer.request(method, "/v1/articles/ferry-2", json=FERRY, headers=headers)
        problem = problem_of(reply)
        assert (problem.status, problem.code) == (409, "revision_conflict")
        assert "its revision is 2" in problem.detail
    assert contents(shared_folder) == before


def test_conditions_on_a_missing_article(writer):
    match = {"If-Match": "*"}
    assert writer.put("/v1/articles/new", json=FERRY, headers=match).status_code == 409
    assert writer.delete("/v1/articles/new", headers=match).status_code == 404
    for status in (201, 409):
        reply = writer.put("/v1/articles/new", json=FERRY, headers={"If-None-Match": "*"})
        assert reply.status_code == status
    assert problem_of(reply).code == "article_exists"


def test_one_of_many_writers_of_the_same_revision_succeeds(folder):
    def change(name):
        headers, body = bearer("w") | {"If-Match": '"2"'}, f'{{"title": "By {name}"}}'
        with start:
            pass
        statuses.append(fetch(port, "/v1/articles/ferry-2", "PUT", headers, body)[0])

    statuses, start = [], threading.Lock()
    with on_a_port(folder, write_key="w") as (port, _):
        threads = [threading.Thread(target=change, args=(number,)) for number in range(8)]
        with start:
            for thread in threads:
                thread.start()
        for thread in threads:
            thread.join()
    assert sorted(statuses) == [200] + [409] * 7


def test_write_in_one_process_is_seen_by_the_next_request_to_another(folder):
    body = NEWS[1].model_dump_json()
    with on_a_port(folder, write_key="w") as (one, _), on_a_port(folder) as (other, _):
        for turn in range(30):
            for method, content, status, ids in (
                ("DELETE", None, 200, ["a/b"]),
                ("PUT", body, 201, ["ferry-2", "a/b"]),
            ):
                written = fetch(one, "/v1/articles/ferry-2", method, bearer("w"), content)
                assert written[0] == status
                items = fetch(other, LIST)[2]["items"]
                assert [item["id"] for item in items] == ids, turn


def test_first_write_creates_the_archive_in_an_existing_folder(tmp_path):
    with in_process_writer(tmp_path) as client:
        assert client.put("/v1/articles/a", json=FERRY).status_code == 201
        assert client.get("/v1/articles/a").status_code == 200
    with in_process_writer(tmp_path / "missing") as client:
        problem = problem_of(client.put("/v1/articles/a", json=FERRY))
        assert (problem.status, problem.code) == (503, "archive_unavailable")


def test_write_to_a_locked_archive_is_503_and_lists_go_on(folder):
    with in_process_writer(folder, patience=0.1) as client:
        other = sqlite3.connect(folder / "archive.db", isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        refused = client.put("/v1/articles/new", json=FERRY)
        assert (refused.status_code, problem_of(refused).code) == (503, "archive_locked")
        assert int(refused.headers["retry-after"]) > 0
        assert ids_of(client.get(LIST)) == ["ferry-2", "a/b"]
        ready = client.get("/readyz").json()
        assert ready["status"] == "degraded"
        assert "a write failed at 20" in ready["detail"]
        assert "locked" in ready["detail"]
        other.execute("ROLLBACK")
        other.close()
        assert client.put("/v1/articles/new", json=FERRY).status_code == 201
        assert client.get("/readyz").json()["status"] == "ready"
