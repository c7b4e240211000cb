"""The middleware: request ids, HEAD, raw paths and the limit of bodies."""

import anyio
import pytest
from support.serving import bearer, fetch, on_a_port, settings

from service import create_app

LIST = "/v1/articles/ferry-1/recommendations"
REPLIES = [(LIST, 200), ("/docs", 200), ("/openapi.json", 200), ("/nowhere", 404), ("/readyz", 200)]


@pytest.mark.parametrize(("path", "status"), REPLIES)
def test_each_reply_has_a_request_id_of_its_own(shared_client, path, status):
    replies = [shared_client.get(path) for _ in range(2)]
    assert {reply.status_code for reply in replies} == {status}
    assert len({reply.headers["x-request-id"] for reply in replies}) == 2


def test_request_id_of_the_client_is_repeated(shared_client):
    for request_id in ("a", "~" * 128, "2026-11/22:{x}"):
        for path, _ in REPLIES:
            reply = shared_client.get(path, headers={"X-Request-ID": request_id})
            assert reply.headers["x-request-id"] == request_id


@pytest.mark.parametrize("value", [b"", b"a b", b"x" * 129, b"\xe9", b"a\tb", b"a\x7f"])
def test_invalid_request_id_is_replaced(shared_client, value):
    reply = shared_client.get(LIST, headers={b"X-Request-ID": value})
    assert reply.headers["x-request-id"].isalnum()
    assert len(reply.headers["x-request-id"]) == 32


@pytest.mark.parametrize(("path", "status"), REPLIES)
def test_head_is_a_get_without_its_body(shared_client, path, status):
    head, get = shared_client.head(path), shared_client.get(path)
    assert (head.status_code, head.content) == (status, b"")
    for name in ("content-type", "content-length", "etag", "cache-control"):
        assert head.headers.get(name) == get.headers.get(name)


def test_server_without_raw_paths_is_served_by_decoded_paths(shared_folder):
    app = create_app(settings(shared_folder))
    messages = []

    async def request(path):
        scope = {"type": "http", "method": "GET", "path": path, "query_string": b"", "headers": []}

        async def receive():
            return {"type": "http.request", "body": b"", "more_body": False}

        async def send(message):
            messages.append(message)

        await app(scope, receive, send)

    app.state.manager.refresh()
    anyio.run(request, "/v1/articles/日本 100%/recommendations")
    assert messages[0]["status"] == 404
    assert "'日本 100%'" in messages[1]["body"].decode()


def test_body_over_the_limit_is_refused_before_it_is_read(folder):
    with on_a_port(folder, write_key="w", max_body_bytes=100) as (port, _):
        declared = bearer("w") | {"Content-Length": "101"}
        status, _, problem = fetch(port, "/v1/articles/x", "PUT", declared)
        assert (status, problem["code"]) == (413, "payload_too_large")
        # Without a length no more than the limit is read, and the client gets the reply.
        for body in (b"x" * 5_000_000, iter([b"x" * 50] * 100_000)):
            status, headers, problem = fetch(port, "/v1/articles/x", "PUT", bearer("w"), body)
            assert (status, problem["code"]) == (413, "payload_too_large")
            assert headers["content-type"] == "application/problem+json"
        largest = b'{"title": "%s"}' % (b"x" * 87)
        assert len(largest) == 100
        assert fetch(port, "/v1/articles/x", "PUT", bearer("w"), largest)[0] == 201
