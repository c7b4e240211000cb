"""Bulk writes: an article per line, written on arrival, with a result once it is durable."""

import http.client
import json
import socket
import sqlite3
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.serving import (
    NEWS,
    archive_of,
    bearer,
    eventually,
    fetch,
    in_process_writer,
    on_a_port,
)

from recommender import Catalog
from service.api.schemas import Line, ProblemReply

HAIL = b'{"id": "h%d", "title": "Hail %d"}\n'
LINES = (HAIL % (1, 1) + b"x" * 400 + b"\r\n\n" + HAIL % (2, 2) + b'{"id": "\xe6\x97\xa5"}\n') * 2


@pytest.fixture
def client(folder):
    with in_process_writer(folder, max_body_bytes=300) as client:
        yield client


def post(client, body):
    reply = client.post("/v1/articles", content=body)
    assert reply.status_code == 200
    assert reply.headers["content-type"].startswith("application/x-ndjson")
    assert reply.headers["cache-control"] == "no-store"
    return [json.loads(line) for line in reply.text.splitlines()]


def test_each_line_has_a_result_with_its_number(client):
    results = post(client, HAIL % (1, 1) + HAIL % (2, 2) + HAIL % (1, 1) + HAIL % (1, 3))
    fields = {"affected": ["h2"], "affected_complete": True}
    assert results == [
        {"line": 1, "id": "h1", "revision": 5, "created": True, **fields},
        {"line": 2, "id": "h2", "revision": 6, "created": True, **fields, "affected": ["h1"]},
        {"line": 3, "id": "h1", "revision": 5, "created": False, **fields, "affected": []},
        {"line": 4, "id": "h1", "revision": 7, "created": False, **fields},
    ]
    assert client.get("/v1/articles/h1").json()["title"] == "Hail 3"
    for result in results:
        Line.model_validate(result, strict=True)


def test_invalid_line_has_a_problem_and_stops_no_other(client, folder):
    invalid = [b"nonsense", b"[]", b'{"id": "x"}', b'{"title": "no id"}', b"\xff", b"y" * 301]
    valid = [HAIL % (1, 1), b'{"id": "last", "body": "no newline"}']
    results = post(client, b"\n".join([*invalid, b"", b"  ", *valid]))
    assert [result["line"] for result in results] == [1, 2, 3, 4, 5, 6, 9, 11]
    codes = ["invalid_json"] * 2 + ["invalid_article"] * 2 + ["invalid_json", "payload_too_large"]
    assert [result.get("code") for result in results] == [*codes, None, None]
    for result in results[: len(codes)]:
        result.pop("line")
        ProblemReply.model_validate(result, strict=True)
    with Catalog(archive_of(folder)) as catalog:
        assert set(catalog.ids()) == {each.id for each in NEWS} | {"h1", "last"}


def test_empty_body_has_no_results(client):
    assert post(client, b"") == post(client, b"\n\n \n") == []


def test_unknown_fields_of_a_line_are_named(client):
    assert post(client, b'{"id": "a", "title": "b", "c": 1}')[0]["left_out"] == ["c"]


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    """A client of an archive that has ``LINES`` already, and the results of writing them again."""
    with in_process_writer(tmp_path_factory.mktemp("lines"), max_body_bytes=300) as client:
        post(client, LINES)
        yield client, post(client, LINES)


@given(cuts=st.lists(st.integers(0, 400), max_size=8))
def test_results_do_not_depend_on_how_the_body_is_cut(written, cuts):
    client, expected = written
    ends = [0, *sorted(cut % len(LINES) for cut in cuts), len(LINES)]
    pieces = [LINES[start:end] for start, end in pairwise(ends)]
    assert post(client, iter(pieces)) == expected


def chunked(port):
    """A connection that has sent the head of a bulk write without a length."""
    connection = socket.create_connection(("127.0.0.1", port), timeout=20)
    connection.sendall(
        b"POST /v1/articles HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer w\r\n"
        b"Transfer-Encoding: chunked\r\n\r\n"
    )
    return connection


def send(connection, text):
    connection.sendall(b"%x\r\n%s\r\n" % (len(text), text))


def test_line_is_answered_while_others_are_still_to_come(folder):
    with on_a_port(folder, write_key="w") as (port, _), chunked(port) as connection:
        for number in range(1, 4):
            send(connection, HAIL % (number, number))
            received = b""
            while b'"line":%d,' % number not in received:
                received += connection.recv(4096)
            assert fetch(port, f"/v1/articles/h{number}")[0] == 200
        connection.sendall(b"0\r\n\r\n")
        while b"0\r\n\r\n" not in received:
            received = connection.recv(4096)


def test_half_a_line_of_a_lost_connection_is_not_written(folder):
    with on_a_port(folder, write_key="w") as (port, process):
        with chunked(port) as connection:
            send(connection, HAIL % (1, 1))
            connection.recv(4096)
            send(connection, (HAIL % (2, 2)).rstrip())
        # The request is logged once the service has handled the end of the connection.
        eventually(lambda: '"route":"/v1/articles"' in process.log.read_text())
        assert fetch(port, "/v1/articles/h1")[0] == 200
        assert fetch(port, "/v1/articles/h2")[0] == 404
        assert fetch(port, "/readyz")[2]["status"] == "ready"


def test_client_may_send_everything_before_it_reads_a_result(folder):
    """Thirty megabytes of results are more than the connection's buffers hold."""
    count, field = 300, b"k" * 100_000
    lines = [b'{"id": "h%d", "title": "Hail", "%s": 1}\n' % (n, field) for n in range(count)]
    with on_a_port(folder, write_key="w") as (port, _):
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        try:
            connection.request("POST", "/v1/articles", iter(lines), bearer("w"))
            results = connection.getresponse().read().splitlines()
        finally:
            connection.close()
    assert len(results) == count
    assert json.loads(results[-1])["line"] == count


def test_lines_for_a_locked_archive_have_a_problem_and_can_be_sent_again(folder, caplog):
    with in_process_writer(folder, patience=0.05) as client:
        other = sqlite3.connect(folder / "archive.db", isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        results = post(client, HAIL % (1, 1) + b"nonsense\n")
        assert [result["code"] for result in results] == ["archive_locked", "invalid_json"]
        assert "1 lines were not written" in caplog.text
        other.execute("ROLLBACK")
        other.close()
        assert post(client, HAIL % (1, 1))[0]["created"] is True
        assert client.get("/readyz").json()["status"] == "ready"
