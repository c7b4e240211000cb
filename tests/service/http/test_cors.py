"""CORS: pages of the configured origins may read and never write; other pages may do neither."""

from urllib.request import Request, urlopen

import pytest
from support.serving import bearer, in_process, on_a_port

LIST = "/v1/articles/ferry-1/recommendations"
ALLOWED, OTHER = {"Origin": "https://news.example"}, {"Origin": "https://other.example"}
ALLOW = "access-control-allow-origin"


@pytest.fixture
def client(shared_folder):
    origins = "https://blog.example, https://news.example"
    with in_process(shared_folder, cors_origins=origins, write_key="w") as client:
        yield client


def preflight(method, *headers):
    requested = {"Access-Control-Request-Headers": ", ".join(headers)} if headers else {}
    return {"Access-Control-Request-Method": method} | requested


def test_no_other_origin_may_read_by_default(shared_client):
    reply = shared_client.get(LIST, headers=ALLOWED)
    assert ALLOW not in reply.headers
    assert "vary" not in reply.headers
    assert shared_client.options(LIST, headers=ALLOWED | preflight("GET")).status_code == 405


@pytest.mark.parametrize("path", [LIST, "/v1/articles/ferry-1", "/nowhere", "/v1/articles?limit=0"])
def test_configured_origins_may_read_and_others_may_not(client, path):
    for headers, allowed in ((ALLOWED, "https://news.example"), (OTHER, None), ({}, None)):
        reply = client.get(path, headers=headers)
        assert reply.headers.get(ALLOW) == allowed
        assert reply.headers["vary"] == "Origin"
        assert "access-control-allow-credentials" not in reply.headers


def test_cached_and_unchanged_replies_have_the_same_headers(client):
    first = client.get(LIST, headers=OTHER)
    for headers in (ALLOWED, ALLOWED | {"If-None-Match": first.headers["etag"]}):
        reply = client.get(LIST, headers=headers)
        assert reply.headers["server-timing"] == "ready;dur=0"
        assert reply.headers[ALLOW] == "https://news.example"
        assert reply.headers["vary"] == "Origin"
        assert "ETag" in reply.headers["access-control-expose-headers"]
    assert ALLOW not in client.get(LIST, headers=OTHER).headers


def test_star_allows_every_origin_and_needs_no_vary(shared_folder):
    with in_process(shared_folder, cors_origins="*") as client:
        for headers in (ALLOWED, {}):
            for _ in range(2):
                reply = client.get(LIST, headers=headers)
                assert reply.headers[ALLOW] == "*"
                assert "vary" not in reply.headers


def test_preflight_allows_requests_that_only_read(client):
    reply = client.options(LIST, headers=ALLOWED | preflight("GET", "authorization"))
    assert (reply.status_code, reply.content) == (204, b"")
    assert reply.headers[ALLOW] == "https://news.example"
    assert reply.headers["access-control-allow-methods"] == "GET"
    assert "Authorization" in reply.headers["access-control-allow-headers"]
    assert "x-request-id" in reply.headers
    for path in ("/v1/recommendations", "/v1/recommendations/batch"):
        reply = client.options(path, headers=ALLOWED | preflight("POST", "content-type"))
        assert reply.headers[ALLOW] == "https://news.example"


@pytest.mark.parametrize("method", ["PUT", "DELETE", "POST", "PATCH"])
def test_pages_of_other_origins_may_not_write(client, method):
    path = "/v1/articles" if method == "POST" else "/v1/articles/nosuch"
    reply = client.options(path, headers=ALLOWED | preflight(method, "authorization"))
    assert ALLOW not in reply.headers
    assert reply.headers["vary"].startswith("Origin")
    reply = client.request(method, path, headers=ALLOWED | bearer("w"), content=b"")
    assert ALLOW not in reply.headers


def test_posted_draft_may_be_read(client):
    body = {"article": {"title": "Hallin ferry refit"}}
    reply = client.post("/v1/recommendations", json=body, headers=ALLOWED)
    assert reply.status_code == 200
    assert reply.headers[ALLOW] == "https://news.example"


def test_options_request_that_is_no_preflight_is_405(client):
    assert client.options(LIST).status_code == 405
    assert client.options(LIST, headers=ALLOWED).status_code == 405


def test_header_is_sent_once_over_a_real_connection(shared_folder):
    with on_a_port(shared_folder, cors_origins="https://news.example") as (port, _):
        for path in (LIST, LIST, "/box.js", "/openapi.json"):
            request = Request(f"http://127.0.0.1:{port}{path}", headers=ALLOWED)
            with urlopen(request) as reply:
                assert len(reply.headers.get_all(ALLOW)) == 1
