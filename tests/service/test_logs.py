"""The log: each line is a JSON object, and each request has one."""

import json
import logging

import anyio
from support.serving import bearer, fetch, in_process, on_a_port

from recommender import ModelStore
from service.logs import JsonLines, RequestLog

REQUESTS = [
    ("/v1/articles/ferry-1/recommendations?limit=2", "/v1/articles/{id}/recommendations", 200),
    ("/v1/articles/no%2Fsuch", "/v1/articles/{id}", 404),
    ("/v1/recommendations?limit=0&id=x", "/v1/recommendations", 422),
    ("/nowhere/ferry-1", "none", 404),
    ("/readyz", "/readyz", 200),
]
FIELDS = ("GET", "/healthz", 200, 0.0005, "v1", 7)


def test_each_request_is_a_line_with_its_outcome_and_model(folder):
    version = ModelStore(folder / "models").current
    with on_a_port(folder, write_key="s3cret") as (port, process):
        for path, _, _ in REQUESTS:
            fetch(port, path, headers={"X-Request-ID": f"id:{path}"})
        fetch(port, "/v1/articles/ferry-2", "DELETE", bearer("s3cret"))
        fetch(port, "/v1/articles/ferry-1/recommendations")
    # A line is written after its reply; all are there once the service has ended.
    log = process.log.read_text()
    lines = [json.loads(line) for line in log.splitlines()]
    requests = [line for line in lines if line["message"] == "request"]
    for line, (path, route, status) in zip(requests, REQUESTS, strict=False):
        assert (line["id"], line["route"], line["status"]) == (f"id:{path}", route, status)
        assert (line["method"], line["model"], line["revision"]) == ("GET", version, 4)
        assert line["milliseconds"] > 0
    others = [(line["method"], line["status"], line["revision"]) for line in requests[5:]]
    assert others == [("DELETE", 200, 5), ("GET", 200, 5)]
    assert "s3cret" not in log
    assert all(line["time"].endswith("Z") and line["level"] == "info" for line in lines)


def test_requests_are_logged_at_the_info_level_only(tmp_path, caplog):
    with in_process(tmp_path) as client:
        for level, lines in ((logging.INFO, 1), (logging.WARNING, 0)):
            caplog.clear()
            caplog.set_level(level)
            client.get("/healthz")
            client.portal.call(anyio.sleep, 0)
            assert caplog.text.count('"route":"/healthz"') == lines


def logged(caplog, *turns):
    """Log requests with these ids, one turn of the loop after the other; return the records."""
    caplog.set_level(logging.INFO)
    log = RequestLog()

    async def requests():
        for request_ids in turns:
            for request_id in request_ids:
                log.add(request_id, *FIELDS)
            await anyio.sleep(0)

    anyio.run(requests)
    return [JsonLines().format(record) for record in caplog.records]


def test_requests_of_one_turn_are_one_record_with_a_line_each(caplog):
    records = logged(caplog, ['"quoted"', "b"], ["c"])
    ids = [[json.loads(line)["id"] for line in record.splitlines()] for record in records]
    assert ids == [['"quoted"', "b"], ["c"]]


def test_record_is_no_longer_than_a_pipe_writes_at_once(caplog):
    request_ids = [f"{number:03}" + "x" * 125 for number in range(100)]
    records = logged(caplog, request_ids)
    assert 1 < len(records) < len(request_ids)
    assert max(len(record.encode()) + 1 for record in records) <= 4096
    lines = [json.loads(line) for record in records for line in record.splitlines()]
    assert [line["id"] for line in lines] == request_ids


def test_error_is_one_line_with_its_traceback():
    try:
        raise RuntimeError("no\nway")
    except RuntimeError as error:
        info = (RuntimeError, error, error.__traceback__)
    record = logging.LogRecord("a", logging.ERROR, "", 0, "it %s", ("broke",), info)
    line = JsonLines().format(record)
    assert "\n" not in line
    assert json.loads(line)["message"] == "it broke"
    assert "RuntimeError: no\nway" in json.loads(line)["error"]
