"""Every line of the log is a JSON object, and every request has one."""

import json
import logging

import anyio
from support.serving import NEWS, bearer, fetch, in_process, on_a_port, trained

from service.logs import JsonLines, RequestLog

ASKED = [
    ("/v1/articles/ferry-1/recommendations?limit=2", "/v1/articles/{id}/recommendations", 200),
    ("/v1/articles/no%2Fsuch", "/v1/articles/{id}", 404),
    ("/v1/recommendations?limit=0&id=x", "/v1/recommendations", 422),
    ("/nowhere/ferry-1", "none", 404),
    ("/readyz", "/readyz", 200),
]


def test_every_request_is_a_line_with_what_answered_it(tmp_path):
    version = trained(tmp_path, NEWS)
    with on_a_port(tmp_path, write_key="s3cret") as (port, process):
        for path, _, _ in ASKED:
            fetch(port, path, headers={"X-Request-ID": f"id:{path}"})
        fetch(port, "/v1/articles/ferry-2", "DELETE", bearer("s3cret"))
        fetch(port, "/v1/articles/ferry-1/recommendations")
    # A line is written after its reply; all are there once the service has ended.
    log = process.log.read_text()
    lines = [json.loads(line) for line in log.splitlines()]
    requests = [line for line in lines if line["message"] == "request"]
    for line, (path, route, status) in zip(requests, ASKED, strict=False):
        assert (line["id"], line["route"], line["status"]) == (f"id:{path}", route, status)
        assert (line["method"], line["model"], line["revision"]) == ("GET", version, 4)
        assert 0 < line["milliseconds"] < 20_000
    assert [(line["method"], line["status"]) for line in requests[5:]] == [
        ("DELETE", 200),
        ("GET", 200),
    ]
    assert requests[6]["revision"] == 5
    assert "s3cret" not in log
    assert all(line["time"].endswith("Z") and line["level"] == "info" for line in lines)


def test_requests_are_not_logged_where_the_level_is_higher(tmp_path, caplog):
    with in_process(tmp_path) as client:
        for level, lines in ((logging.INFO, 1), (logging.WARNING, 0)):
            caplog.clear()
            caplog.set_level(level)
            client.get("/healthz")
            client.portal.call(anyio.sleep, 0)
            assert caplog.text.count('"route":"/healthz"') == lines


def test_requests_answered_together_are_one_record_of_a_line_each(caplog):
    caplog.set_level(logging.INFO)
    log = RequestLog()

    async def answered():
        for request_id in ('"quoted"', "b"):
            log.note(request_id, "GET", "/healthz", 200, 0.0005, "v1", 7)
        await anyio.sleep(0)
        log.note("c", "GET", "/healthz", 200, 0.0005, "v1", 7)
        await anyio.sleep(0)

    anyio.run(answered)
    records = [JsonLines().format(record).splitlines() for record in caplog.records]
    ids = [[json.loads(line)["id"] for line in lines] for lines in records]
    assert ids == [['"quoted"', "b"], ["c"]]


def test_what_is_written_at_once_is_no_more_than_a_pipe_takes_at_once(caplog):
    caplog.set_level(logging.INFO)
    log, sent = RequestLog(), [f"{number:03}" + "x" * 125 for number in range(100)]

    async def answered():
        for request_id in sent:
            log.note(request_id, "GET", "/healthz", 200, 0.0005, "v1", 7)
        await anyio.sleep(0)

    anyio.run(answered)
    records = [JsonLines().format(record) for record in caplog.records]
    assert 1 < len(records) < len(sent)
    assert max(len(record.encode()) + 1 for record in records) <= 4096
    lines = [json.loads(line) for record in records for line in record.splitlines()]
    assert [line["id"] for line in lines] == sent


def test_a_failure_is_one_line_with_its_traceback():
    try:
        raise RuntimeError("no\nway")
    except RuntimeError as error:
        record = logging.LogRecord(
            "a", logging.ERROR, "", 0, "it %s", ("broke",), (RuntimeError, error, None)
        )
    line = JsonLines().format(record)
    assert "\n" not in line
    assert json.loads(line)["message"] == "it broke"
    assert "RuntimeError: no\nway" in json.loads(line)["error"]
