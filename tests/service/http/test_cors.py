"""Which pages of other origins may read, in headers; what they may not, they are not told."""

from urllib.request import Request, urlopen

import pytest
from support.serving import NEWS, bearer, in_process, on_a_port, trained

LIST = "/v1/articles/ferry-1/recommendations"
OURS, THEIRS = {"Origin": "https://news.example"}, {"Origin": "https://other.example"}
ALLOW = "access-control-allow-origin"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("newsroom")
    trained(folder, NEWS)
    return folder


@pytest.fixture
def client(folder):
    origins = "https://blog.example, https://news.example"
    with in_process(folder, cors_origins=origins, write_key="w") as client:
        yield client


def preflight(method, *headers):
    named = {"Access-Control-Request-Headers": ", ".join(headers)} if headers else {}
    return {"Access-Control-Request-Method": method} | named


def test_without_a_setting_no_other_origin_may_read(folder):
    with in_process(folder) as client:
        reply = client.get(LIST, headers=OURS)
        assert ALLOW not in reply.headers
        assert "vary" not in reply.headers
        assert client.options(LIST, headers=OURS | preflight("GET")).status_code == 405


@pytest.mark.parametrize("path", [LIST, "/v1/articles/ferry-1", "/nowhere", "/v1/articles?limit=0"])
def test_the_origins_that_are_set_may_read_and_no_others(client, path):
    for headers, allowed in ((OURS, "https://news.example"), (THEIRS, None), ({}, None)):
        reply = client.get(path, headers=headers)
        assert reply.headers.get(ALLOW) == allowed
        assert reply.headers["vary"] == "Origin"
        assert "access-control-allow-credentials" not in reply.headers


def test_a_ready_reply_and_one_that_is_not_changed_say_the_same(client):
    first = client.get(LIST, headers=THEIRS)
    for headers in (OURS, OURS | {"If-None-Match": first.headers["etag"]}):
        reply = client.get(LIST, headers=headers)
        assert reply.headers["server-timing"] == "ready;dur=0"
        assert reply.headers[ALLOW] == "https://news.example"
        assert reply.headers["vary"] == "Origin"
        assert "ETag" in reply.headers["access-control-expose-headers"]
    assert ALLOW not in client.get(LIST, headers=THEIRS).headers


def test_a_star_is_every_origin_and_caches_need_not_tell_them_apart(folder):
    with in_process(folder, cors_origins="*") as client:
        for headers in (OURS, {}):
            for _ in range(2):
                reply = client.get(LIST, headers=headers)
                assert reply.headers[ALLOW] == "*"
                assert "vary" not in reply.headers


def test_a_browser_that_asks_first_is_told_what_it_may(client):
    reply = client.options(LIST, headers=OURS | preflight("GET", "authorization"))
    assert (reply.status_code, reply.content) == (204, b"")
    assert reply.headers[ALLOW] == "https://news.example"
    assert reply.headers["access-control-allow-methods"] == "GET"
    assert "Authorization" in reply.headers["access-control-allow-headers"]
    assert "x-request-id" in reply.headers
    posts = {
        path: client.options(path, headers=OURS | preflight("POST", "content-type"))
        for path in ("/v1/recommendations", "/v1/recommendations/batch", "/v1/articles")
    }
    assert [ALLOW in reply.headers for reply in posts.values()] == [True, True, False]


@pytest.mark.parametrize("method", ["PUT", "DELETE", "POST", "PATCH"])
def test_pages_of_other_origins_may_not_write(client, method):
    path = "/v1/articles/new"
    reply = client.options(path, headers=OURS | preflight(method, "authorization"))
    assert ALLOW not in reply.headers
    assert reply.headers["vary"].startswith("Origin")
    written = client.request(method, path, headers=OURS | bearer("w"))
    assert ALLOW not in written.headers


def test_a_list_of_a_text_may_be_read(client):
    body = {"article": {"title": "Hallin ferry refit"}}
    reply = client.post("/v1/recommendations", json=body, headers=OURS)
    assert reply.status_code == 200
    assert reply.headers[ALLOW] == "https://news.example"


def test_options_that_no_page_asks_are_answered_as_ever(client):
    assert client.options(LIST).status_code == 405
    assert client.options(LIST, headers=OURS).status_code == 405


def test_on_a_port_headers_are_there_once(folder):
    with on_a_port(folder, cors_origins="https://news.example") as (port, _):
        for path in (LIST, LIST, "/box.js", "/openapi.json"):
            asked = Request(f"http://127.0.0.1:{port}{path}", headers=OURS)
            with urlopen(asked) as reply:
                assert len(reply.headers.get_all(ALLOW)) == 1
