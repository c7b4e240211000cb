"""What surrounds every call: the request's id, HEAD, and the path as it was sent."""

import anyio
import pytest
from support.serving import NEWS, bearer, fetch, in_process, on_a_port, settings, trained

from service import create_app

LIST = "/v1/articles/ferry-1/recommendations"
REPLIES = [(LIST, 200), ("/docs", 200), ("/openapi.json", 200), ("/nowhere", 404), ("/readyz", 200)]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("newsroom")
    trained(folder, NEWS)
    return folder


@pytest.fixture(scope="module")
def client(folder):
    with in_process(folder) as client:
        yield client


@pytest.mark.parametrize(("path", "status"), REPLIES)
def test_every_reply_has_a_request_id_of_its_own(client, path, status):
    replies = [client.get(path) for _ in range(2)]
    assert {reply.status_code for reply in replies} == {status}
    assert len({reply.headers["x-request-id"] for reply in replies}) == 2


@pytest.mark.parametrize("sane", ["a", "~" * 128, "2026-11/22:{x}"])
def test_a_sane_request_id_is_repeated(client, sane):
    for path, _ in REPLIES:
        assert client.get(path, headers={"X-Request-ID": sane}).headers["x-request-id"] == sane


@pytest.mark.parametrize("odd", [b"", b"a b", b"x" * 129, b"\xe9", b"a\tb", b"a\x7f"])
def test_any_other_request_id_is_replaced(client, odd):
    made = client.get(LIST, headers={b"X-Request-ID": odd}).headers["x-request-id"]
    assert made.isalnum()
    assert len(made) == 32


@pytest.mark.parametrize(("path", "status"), REPLIES)
def test_a_head_is_a_get_without_its_body(client, path, status):
    head, get = client.head(path), client.get(path)
    assert (head.status_code, head.content) == (status, b"")
    for name in ("content-type", "content-length", "etag", "cache-control"):
        assert head.headers.get(name) == get.headers.get(name)


def test_a_server_that_does_not_tell_the_raw_path_is_served_as_well_as_can_be(folder):
    app = create_app(settings(folder))
    sent = []

    async def ask(path):
        scope = {"type": "http", "method": "GET", "path": path, "query_string": b"", "headers": []}

        async def receive():
            return {"type": "http.request", "body": b"", "more_body": False}

        async def send(message):
            sent.append(message)

        await app(scope, receive, send)

    app.state.manager.refresh()
    anyio.run(ask, "/v1/articles/日本 100%/recommendations")
    assert sent[0]["status"] == 404
    assert "'日本 100%'" in sent[1]["body"].decode()


def test_a_body_over_the_limit_is_refused_before_it_is_read(folder):
    with on_a_port(folder, write_key="w", max_body_bytes=100) as (port, _):
        announced = bearer("w") | {"Content-Length": "101"}
        status, _, problem = fetch(port, "/v1/articles/x", "PUT", announced)
        assert (status, problem["code"]) == (413, "payload_too_large")
        # Neither is more than the limit read where the size is not told, and the reply arrives.
        for body in (b"x" * 5_000_000, iter([b"x" * 50] * 100_000)):
            status, headers, problem = fetch(port, "/v1/articles/x", "PUT", bearer("w"), body)
            assert (status, problem["code"]) == (413, "payload_too_large")
            assert headers["content-type"] == "application/problem+json"
        whole = b'{"title": "%s"}' % (b"x" * 87)
        assert len(whole) == 100
        assert fetch(port, "/v1/articles/x", "PUT", bearer("w"), whole)[0] == 201
