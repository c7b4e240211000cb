"""Who may do what: reads are open unless a read key is set, and nobody sees what is ahead."""

import logging
from datetime import UTC, datetime, timedelta

import pytest
from pydantic import SecretStr
from support.serving import NEWS, bearer, in_process, settings, trained
from support.serving import problem_of

from recommender import Article
from recommender.articles.times import rfc3339
from service import create_app
from service.auth import is_key

LIST = "/v1/articles/ferry-1/recommendations"
READS = [LIST, "/v1/recommendations?id=ferry-1", "/v1/articles/ferry-1", "/v1/articles?id=ferry-1"]
OPEN = ["/healthz", "/readyz", "/docs", "/openapi.json"]
SECRET = Article(
    id="secret",
    title="Hallin ferry refit sold",
    published_at=rfc3339(datetime.now(UTC) + timedelta(days=1)),
    url="https://example.org/secret",
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("newsroom")
    trained(folder, [*NEWS, SECRET])
    return folder


@pytest.fixture(scope="module")
def locked(folder):
    with in_process(folder, read_key="r1,r2", write_key="w1, w2") as client:
        yield client


@pytest.fixture(scope="module")
def client(folder):
    with in_process(folder, write_key="w1") as client:
        yield client


@pytest.mark.parametrize("path", READS)
def test_where_a_read_key_is_set_every_read_needs_it_or_a_write_key(locked, path):
    for key in ("r1", "r2", "w1", "w2"):
        assert locked.get(path, headers=bearer(key)).status_code == 200
    missing, wrong = locked.get(path), locked.get(path, headers=bearer("r"))
    assert (problem_of(missing).code, problem_of(wrong).code) == ("missing_key", "wrong_key")
    assert missing.status_code == wrong.status_code == 401
    assert missing.headers["www-authenticate"] == 'Bearer realm="alsoread"'
    assert wrong.headers["www-authenticate"].endswith('error="invalid_token"')


@pytest.mark.parametrize("given", ["", "r1", "Basic r1", "Bearer", "Bearer r1,r2", "Bearer R1"])
def test_only_a_bearer_key_that_is_one_of_them_counts(locked, given):
    assert locked.get(LIST, headers={"Authorization": given}).status_code == 401


def test_the_key_is_asked_for_before_anything_is_told_of_the_request(locked):
    for path in (f"{LIST}?limit=0", "/v1/articles/nope", f"{LIST}?limit=1&limit=2"):
        assert locked.get(path).status_code == 401


@pytest.mark.parametrize("path", OPEN)
def test_how_the_service_is_and_what_it_can_do_is_open(locked, path):
    assert locked.get(path).status_code == 200


def test_reads_are_open_where_no_read_key_is_set_whatever_key_is_sent(client):
    for headers in ({}, bearer("w1"), bearer("nonsense"), {"Authorization": "Basic YTpi"}):
        assert client.get(LIST, headers=headers).status_code == 200


def test_what_a_key_opens_is_private(locked, client):
    assert locked.get(LIST, headers=bearer("r1")).headers["cache-control"].startswith("private,")
    assert client.get(LIST).headers["cache-control"].startswith("public,")


CALLS = ["/v1/articles/{}", "/v1/articles?id={}", "/v1/articles/{}/recommendations"]
CALLS += ["/v1/recommendations?id={}", "/v1/recommendations?url=https://example.org/{}"]


@pytest.mark.parametrize("call", CALLS)
def test_who_may_write_sees_what_is_ahead_and_no_cache_keeps_it(client, locked, call):
    path = call.format("secret")
    for service, key in ((client, "w1"), (locked, "w2")):
        reply = service.get(path, headers=bearer(key))
        assert reply.status_code == 200
        assert reply.headers["cache-control"] == "private, no-store"
    assert client.get(path).status_code == 404
    assert client.get(path, headers=bearer("w2")).status_code == 404
    assert locked.get(path, headers=bearer("r1")).status_code == 404


def test_what_is_ahead_is_in_no_list_even_for_who_may_write(client):
    reply = client.get(f"{LIST}?limit=50", headers=bearer("w1"))
    assert "secret" not in reply.text
    assert reply.headers["cache-control"].startswith("public,")


def test_no_key_is_logged_or_shown(folder, caplog):
    caplog.set_level(logging.DEBUG)
    given = settings(folder, read_key="s3cret-r", write_key="s3cret-w")
    with in_process(folder, read_key="s3cret-r", write_key="s3cret-w") as client:
        for key in ("s3cret-r", "s3cret-w", "s3cret-x"):
            reply = client.get(LIST, headers=bearer(key))
            assert "s3cret" not in f"{reply.text} {reply.headers}"
        assert "s3cret" not in repr(vars(client.app.state))
    assert "s3cret" not in caplog.text
    assert "s3cret" not in repr(given)


def test_keys_of_any_length_are_compared():
    keys = SecretStr("a," + "b" * 500)
    assert is_key("b" * 500, keys)
    assert not any(is_key(key, keys) for key in ("", "b", "aa", "b" * 499, "é", None))


WRITES = [
    ("PUT", "/v1/articles/x"),
    ("PUT", "/v1/articles?id=x"),
    ("DELETE", "/v1/articles/ferry-1"),
    ("DELETE", "/v1/articles?id=ferry-1"),
    ("POST", "/v1/articles"),
    ("GET", "/v1/models"),
    ("POST", "/v1/models/x/activate"),
]


@pytest.mark.parametrize(("method", "path"), WRITES)
def test_writes_and_model_calls_need_a_write_key(locked, method, path):
    for headers, code in (({}, "missing_key"), (bearer("r1"), "wrong_key")):
        reply = locked.request(method, path, headers=headers, content=b'{"title": "Hail"}')
        assert (reply.status_code, problem_of(reply).code) == (401, code)
        assert reply.headers["www-authenticate"].startswith("Bearer")
    assert locked.get("/v1/articles/x", headers=bearer("w1")).status_code == 404


@pytest.mark.parametrize(("method", "path"), WRITES)
def test_without_a_write_key_writes_are_off_and_it_says_which_variable_to_set(folder, method, path):
    with in_process(folder, read_key="r1") as client:
        for headers in ({}, bearer("r1"), bearer("w1"), bearer("")):
            reply = client.request(method, path, headers=headers)
            assert (reply.status_code, problem_of(reply).code) == (403, "writes_disabled")
            assert "ALSOREAD_WRITE_KEY" in reply.json()["detail"]


def test_the_document_names_the_keys(folder):
    document = create_app(settings(folder)).openapi()
    assert set(document["components"]["securitySchemes"]) == {"read key", "write key"}
    assert document["paths"]["/v1/recommendations"]["get"]["security"] == [{"read key": []}]
    for method, path in WRITES:
        call = document["paths"][
            path.split("?")[0]
            .replace("/x", "/{id}", 1)
            .replace("ferry-1", "{id}")
            .replace("models/{id}", "models/{version}")
        ]
        assert call[method.lower()]["security"] == [{"write key": []}]
    assert "security" not in document["paths"]["/readyz"]["get"]


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "/v1/articles/ferry-1/topics", None),
        ("GET", "/v1/articles/ferry-1/recommendations/ferry-2", None),
        ("GET", "/v1/articles?query=ferry", None),
        ("POST", "/v1/recommendations", {"article": {"title": "Ferry"}}),
        ("POST", "/v1/recommendations/batch", {"ids": ["ferry-1"]}),
    ],
)
def test_every_call_that_only_reads_needs_the_read_key_if_there_is_one(locked, method, path, body):
    assert locked.request(method, path, json=body).status_code == 401
    reply = locked.request(method, path, json=body, headers=bearer("r1"))
    assert reply.status_code == 200
