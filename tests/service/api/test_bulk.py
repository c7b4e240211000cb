"""Many articles at once: a line each, written as they arrive, answered once they are durable."""

import http.client
import json
import shutil
import socket
import sqlite3
import time
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.serving import NEWS, bearer, fetch, in_process, on_a_port, settings, trained

from recommender import Catalog
from service.schemas import Line, ProblemReply

KEY = bearer("w")
HAIL = b'{"id": "h%d", "title": "Hail %d"}\n'


@pytest.fixture(scope="module")
def newsroom_folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("newsroom")
    trained(folder, NEWS)
    return folder


@pytest.fixture
def folder(newsroom_folder, tmp_path):
    shutil.copytree(newsroom_folder, tmp_path, dirs_exist_ok=True)
    return tmp_path


@pytest.fixture
def client(folder):
    with in_process(folder, write_key="w", max_body_bytes=300) as client:
        client.headers.update(KEY)
        yield client


def post(client, body):
    reply = client.post("/v1/articles", content=body)
    assert reply.status_code == 200
    assert reply.headers["content-type"].startswith("application/x-ndjson")
    assert reply.headers["cache-control"] == "no-store"
    return [json.loads(line) for line in reply.text.splitlines()]


def ids(folder):
    with Catalog(settings(folder).archive) as catalog:
        return set(catalog.ids())


def test_each_line_is_told_what_became_of_it(client):
    results = post(client, HAIL % (1, 1) + HAIL % (2, 2) + HAIL % (1, 1) + HAIL % (1, 3))
    told = {"affected": ["h2"], "affected_complete": True}
    assert results == [
        {"line": 1, "id": "h1", "revision": 5, "created": True, **told},
        {"line": 2, "id": "h2", "revision": 6, "created": True, **told, "affected": ["h1"]},
        {"line": 3, "id": "h1", "revision": 5, "created": False, **told, "affected": []},
        {"line": 4, "id": "h1", "revision": 7, "created": False, **told},
    ]
    assert client.get("/v1/articles/h1").json()["title"] == "Hail 3"
    for result in results:
        Line.model_validate(result, strict=True)


def test_a_bad_line_is_a_problem_and_stops_no_other(client, folder):
    bad = [b"nonsense", b"[]", b'{"id": "x"}', b'{"title": "no id"}', b"\xff", b"y" * 301]
    body = b"\n".join([*bad, b"", b"  ", HAIL % (1, 1), b'{"id": "last", "body": "no newline"}'])
    results = post(client, body)
    assert [result["line"] for result in results] == [1, 2, 3, 4, 5, 6, 9, 11]
    assert [result.get("code") for result in results] == [
        *["invalid_json"] * 2,
        *["invalid_article"] * 2,
        "invalid_json",
        "payload_too_large",
        None,
        None,
    ]
    for result in results[:6]:
        result.pop("line")
        ProblemReply.model_validate(result, strict=True)
    assert ids(folder) == {each.id for each in NEWS} | {"h1", "last"}


def test_nothing_at_all_is_no_line(client):
    assert post(client, b"") == post(client, b"\n\n \n") == []


def test_keys_that_no_article_has_are_named(client):
    assert post(client, b'{"id": "a", "title": "b", "c": 1}')[0]["left_out"] == ["c"]


@given(cuts=st.lists(st.integers(0, 400), max_size=8))
def test_lines_are_the_same_however_they_are_cut_into_pieces(shared, cuts):
    client, expected = shared
    body = LINES
    places = [0, *sorted(cut % len(body) for cut in cuts), len(body)]
    pieces = [body[start:end] for start, end in pairwise(places)]
    assert post(client, iter(pieces)) == expected


LINES = (HAIL % (1, 1) + b"x" * 400 + b"\r\n\n" + HAIL % (2, 2) + b'{"id": "\xe6\x97\xa5"}\n') * 2


@pytest.fixture(scope="module")
def shared(newsroom_folder, tmp_path_factory):
    folder = tmp_path_factory.mktemp("shared")
    with in_process(folder, write_key="w", max_body_bytes=300) as client:
        client.headers.update(KEY)
        post(client, LINES)
        yield client, post(client, LINES)


def connected(port):
    line = socket.create_connection(("127.0.0.1", port), timeout=20)
    line.sendall(
        b"POST /v1/articles HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer w\r\n"
        b"Transfer-Encoding: chunked\r\n\r\n"
    )
    return line


def send(line, text):
    line.sendall(b"%x\r\n%s\r\n" % (len(text), text))


def test_a_line_is_answered_while_others_are_still_to_come(folder):
    with on_a_port(folder, write_key="w") as (port, _), connected(port) as line:
        for number in range(1, 4):
            send(line, HAIL % (number, number))
            told = b""
            while b'"line":%d,' % number not in told:
                told += line.recv(4096)
            assert fetch(port, f"/v1/articles/h{number}")[0] == 200
        line.sendall(b"0\r\n\r\n")
        while b"0\r\n\r\n" not in told:
            told = line.recv(4096)


def test_a_line_cut_off_by_a_lost_connection_is_not_written_and_those_before_are(folder):
    with on_a_port(folder, write_key="w") as (port, _):
        with connected(port) as line:
            send(line, HAIL % (1, 1))
            line.recv(4096)
            send(line, (HAIL % (2, 2)).rstrip())
        until = time.monotonic() + 1
        while time.monotonic() < until:
            assert fetch(port, "/v1/articles/h2")[0] == 404
        assert fetch(port, "/v1/articles/h1")[0] == 200
        assert fetch(port, "/readyz")[2]["status"] == "ready"


def test_who_reads_no_result_before_all_is_sent_is_not_waited_for(folder):
    """Thirty megabytes of results do not fit into what the connection holds."""
    count, long = 300, b"k" * 100_000
    lines = [b'{"id": "h%d", "title": "Hail", "%s": 1}\n' % (n, long) for n in range(count)]
    with on_a_port(folder, write_key="w") as (port, _):
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        try:
            connection.request("POST", "/v1/articles", iter(lines), KEY)
            results = connection.getresponse().read().splitlines()
        finally:
            connection.close()
    assert len(results) == count
    assert json.loads(results[-1])["line"] == count


def test_lines_that_cannot_be_written_say_so_and_those_after_are_tried(client, folder, caplog):
    client.app.state.archive._catalog.close()
    client.app.state.archive._catalog = Catalog(settings(folder).archive, patience=0.05)
    other = sqlite3.connect(folder / "archive.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")

    def lines():
        yield HAIL % (1, 1) + b"nonsense\n"

    results = post(client, lines())
    assert [result["code"] for result in results] == ["archive_locked", "invalid_json"]
    assert "1 lines were not written" in caplog.text
    other.execute("ROLLBACK")
    other.close()
    assert post(client, HAIL % (1, 1))[0]["created"] is True
    assert client.get("/readyz").json()["status"] == "ready"
