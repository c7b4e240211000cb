"""Keys: who may read, who may write, and who sees articles under embargo."""

import logging

import pytest
from pydantic import SecretStr
from support.serving import bearer, in_process, problem_of, settings

from service import create_app
from service.http.auth import is_key

LIST = "/v1/articles/ferry-1/recommendations"
READS = [
    ("GET", LIST, None),
    ("GET", "/v1/recommendations?id=ferry-1", None),
    ("GET", "/v1/articles/ferry-1", None),
    ("GET", "/v1/articles?query=ferry", None),
    ("GET", "/v1/articles/ferry-1/topics", None),
    ("GET", f"{LIST}/ferry-2", None),
    ("POST", "/v1/recommendations", {"article": {"title": "Ferry"}}),
    ("POST", "/v1/recommendations/batch", {"ids": ["ferry-1"]}),
]
WRITES = [
    ("PUT", "/v1/articles/x"),
    ("PUT", "/v1/articles?id=x"),
    ("DELETE", "/v1/articles/ferry-1"),
    ("DELETE", "/v1/articles?id=ferry-1"),
    ("POST", "/v1/articles"),
    ("GET", "/v1/models"),
    ("POST", "/v1/models/x/activate"),
]
BY_ID = [
    "/v1/articles/{}",
    "/v1/articles?id={}",
    "/v1/articles/{}/recommendations",
    "/v1/recommendations?id={}",
    "/v1/recommendations?url=https://example.org/{}",
]


@pytest.fixture(scope="module")
def locked(shared_embargo_folder):
    """A service that has keys for reading and for writing."""
    with in_process(shared_embargo_folder, read_key="r1,r2", write_key="w1, w2") as client:
        yield client


@pytest.fixture(scope="module")
def unlocked(shared_embargo_folder):
    """A service that has a key for writing only."""
    with in_process(shared_embargo_folder, write_key="w1") as client:
        yield client


@pytest.mark.parametrize(("method", "path", "body"), READS)
def test_each_read_needs_a_read_or_write_key_if_there_is_a_read_key(locked, method, path, body):
    for key in ("r1", "r2", "w1", "w2"):
        reply = locked.request(method, path, json=body, headers=bearer(key))
        assert reply.status_code == 200
    missing = locked.request(method, path, json=body)
    wrong = locked.request(method, path, json=body, headers=bearer("r"))
    assert (problem_of(missing).code, problem_of(wrong).code) == ("missing_key", "wrong_key")
    assert missing.status_code == wrong.status_code == 401
    assert missing.headers["www-authenticate"] == 'Bearer realm="alsoread"'
    assert wrong.headers["www-authenticate"].endswith('error="invalid_token"')


def test_key_must_be_sent_as_a_bearer_token(locked):
    for value in ("", "r1", "Basic r1", "Bearer", "Bearer r1,r2", "Bearer R1"):
        assert locked.get(LIST, headers={"Authorization": value}).status_code == 401


def test_key_is_checked_before_anything_else_of_the_request(locked):
    for path in (f"{LIST}?limit=0", "/v1/articles/nope", f"{LIST}?limit=1&limit=2"):
        assert locked.get(path).status_code == 401


def test_health_readiness_and_documentation_need_no_key(locked):
    for path in ("/healthz", "/readyz", "/docs", "/openapi.json"):
        assert locked.get(path).status_code == 200


def test_reads_are_open_without_a_read_key_whatever_is_sent(unlocked):
    for headers in ({}, bearer("w1"), bearer("nonsense"), {"Authorization": "Basic YTpi"}):
        assert unlocked.get(LIST, headers=headers).status_code == 200


def test_replies_that_need_a_key_are_private(locked, unlocked):
    assert locked.get(LIST, headers=bearer("r1")).headers["cache-control"].startswith("private,")
    assert unlocked.get(LIST).headers["cache-control"].startswith("public,")


@pytest.mark.parametrize("path", BY_ID)
def test_write_key_shows_embargoed_articles_and_forbids_storing(unlocked, locked, path):
    path = path.format("secret")
    for client, key in ((unlocked, "w1"), (locked, "w2")):
        reply = client.get(path, headers=bearer(key))
        assert reply.status_code == 200
        assert reply.headers["cache-control"] == "private, no-store"
    assert unlocked.get(path).status_code == 404
    assert unlocked.get(path, headers=bearer("w2")).status_code == 404
    assert locked.get(path, headers=bearer("r1")).status_code == 404


def test_write_key_shows_no_embargoed_article_in_a_list(unlocked):
    reply = unlocked.get(f"{LIST}?limit=50", headers=bearer("w1"))
    assert "secret" not in reply.text
    assert reply.headers["cache-control"].startswith("public,")


def test_keys_are_neither_logged_nor_shown(shared_folder, caplog):
    caplog.set_level(logging.DEBUG)
    keys = {"read_key": "s3cret-r", "write_key": "s3cret-w"}
    with in_process(shared_folder, **keys) as client:
        for key in ("s3cret-r", "s3cret-w", "s3cret-x"):
            reply = client.get(LIST, headers=bearer(key))
            assert "s3cret" not in f"{reply.text} {reply.headers}"
        assert "s3cret" not in repr(vars(client.app.state))
    assert "s3cret" not in caplog.text
    assert "s3cret" not in repr(settings(shared_folder, **keys))


def test_keys_of_any_length_are_compared():
    keys = SecretStr("a," + "b" * 500)
    assert is_key("b" * 500, keys)
    assert not any(is_key(key, keys) for key in ("", "b", "aa", "b" * 499, "é", None))


@pytest.mark.parametrize(("method", "path"), WRITES)
def test_writes_and_models_need_a_write_key(locked, method, path):
    for headers, code in (({}, "missing_key"), (bearer("r1"), "wrong_key")):
        reply = locked.request(method, path, headers=headers, content=b'{"title": "Hail"}')
        assert (reply.status_code, problem_of(reply).code) == (401, code)
        assert reply.headers["www-authenticate"].startswith("Bearer")
    assert locked.get("/v1/articles/x", headers=bearer("w1")).status_code == 404


def test_writing_is_disabled_without_a_write_key(shared_folder):
    with in_process(shared_folder, read_key="r1") as client:
        for method, path in WRITES:
            for headers in ({}, bearer("r1"), bearer("w1"), bearer("")):
                problem = problem_of(client.request(method, path, headers=headers))
                assert (problem.status, problem.code) == (403, "writes_disabled")
                assert "ALSOREAD_WRITE_KEY" in problem.detail


def test_document_names_the_key_of_each_operation(shared_folder):
    document = create_app(settings(shared_folder)).openapi()
    assert set(document["components"]["securitySchemes"]) == {"read key", "write key"}
    writes = {("/v1/models", "get")}
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            is_write = method in ("put", "delete") or (path, method) in writes
            is_write |= (path, method) == ("/v1/articles", "post") or path.endswith("/activate")
            key = "write key" if is_write else "read key"
            is_open = path in ("/healthz", "/readyz")
            assert operation.get("security") == (None if is_open else [{key: []}]), path
