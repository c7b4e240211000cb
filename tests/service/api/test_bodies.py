"""A body is JSON of a known shape, and never read past its limit."""

import json

import pytest
from support.serving import NEWS, in_process, trained

from service import Settings

MAX_BYTES = Settings.model_fields["max_body_bytes"].default

POST, BATCH = "/v1/recommendations", "/v1/recommendations/batch"
DRAFT = {"title": "Ferry refit"}


@pytest.fixture(scope="module")
def client(tmp_path_factory):
    folder = tmp_path_factory.mktemp("newsroom")
    trained(folder, NEWS)
    with in_process(folder) as client:
        yield client


@pytest.mark.parametrize(
    ("path", "body", "code"),
    [
        (POST, "", "invalid_json"),
        (POST, "{", "invalid_json"),
        (POST, '{"article": "\\ud800"}', "invalid_json"),
        (POST, b"\xff", "invalid_json"),
        (POST, "[" * 100_000, "invalid_json"),
        (POST, "[]", "invalid_body"),
        (POST, "null", "invalid_body"),
        (POST, {}, "article_or_like"),
        (POST, {"article": DRAFT, "like": ["a"]}, "article_or_like"),
        (POST, {"article": DRAFT, "unlike": ["a"]}, "article_or_like"),
        (POST, {"unlike": ["a"]}, "article_or_like"),
        (POST, {"article": "Ferry"}, "invalid_article"),
        (POST, {"article": {"body": " "}}, "invalid_article"),
        (POST, {"article": {"id": "", "title": "x"}}, "invalid_article"),
        (POST, {"article": DRAFT | {"published_at": "soon"}}, "invalid_article"),
        (POST, {"article": DRAFT, "limit": 51}, "invalid_limit"),
        (POST, {"article": DRAFT, "limit": "5"}, "invalid_limit"),
        (POST, {"article": DRAFT, "explain": 1}, "invalid_explain"),
        (POST, {"article": DRAFT, "section": "News"}, "invalid_section"),
        (POST, {"article": DRAFT, "published_after": ""}, "invalid_published_after"),
        (POST, {"article": DRAFT, "limt": 3}, "unknown_option"),
        (POST, {"article": DRAFT, "ids": ["a"]}, "unknown_option"),
        (POST, {"like": [1]}, "invalid_like"),
        (POST, {"like": ["ferry-1"] * 101}, "invalid_like"),
        (BATCH, {}, "missing_ids"),
        (BATCH, {"ids": []}, "invalid_ids"),
        (BATCH, {"ids": "ferry-1"}, "invalid_ids"),
        (BATCH, {"ids": ["a"] * 1001}, "invalid_ids"),
        (BATCH, {"ids": ["a"], "distinct": "no"}, "invalid_distinct"),
        (BATCH, {"ids": ["a"], "like": ["a"]}, "unknown_option"),
    ],
)
def test_what_is_wrong_with_a_body_has_a_stable_code(client, path, body, code):
    content = json.dumps(body) if isinstance(body, dict) else body
    reply = client.post(path, content=content)
    assert reply.headers["content-type"] == "application/problem+json"
    assert (reply.status_code, reply.json()["code"]) == (422, code)
    assert len(reply.content) < 2000


def test_an_unknown_key_is_told_what_is_known(client):
    detail = client.post(BATCH, json={"ids": ["a"], "limt": 3}).json()["detail"]
    assert detail.startswith("limt: unknown; known are: limit, exclude, section")
    assert detail.endswith("ids, distinct")


def test_the_largest_body_is_read_and_a_larger_one_is_not(client):
    padding = MAX_BYTES - len(json.dumps({"article": DRAFT | {"body": ""}}))
    for more, status in [(0, 200), (1, 413)]:
        body = json.dumps({"article": DRAFT | {"body": " " * (padding + more)}})
        reply = client.post(POST, content=body)
        assert reply.status_code == status
    assert reply.json()["code"] == "payload_too_large"


def test_a_body_without_a_declared_length_is_refused_before_it_is_read_whole(client):
    sent = 0

    def parts():
        nonlocal sent
        for _ in range(100):
            sent += MAX_BYTES // 4
            yield b" " * (MAX_BYTES // 4)

    reply = client.post(BATCH, content=parts())
    assert (reply.status_code, reply.json()["code"]) == (413, "payload_too_large")


def test_a_declared_length_over_the_limit_is_refused_unread(client):
    reply = client.post(BATCH, content=b"{}", headers={"Content-Length": str(MAX_BYTES + 1)})
    assert reply.status_code == 413


def test_json_is_read_whatever_it_is_called(client):
    for kind in ("application/json", "text/plain", "application/x-www-form-urlencoded"):
        reply = client.post(
            POST, content=json.dumps({"article": DRAFT}), headers={"content-type": kind}
        )
        assert reply.status_code == 200
