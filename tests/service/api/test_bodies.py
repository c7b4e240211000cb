"""Bodies of requests for lists: JSON of a known shape, and not longer than the limit."""

import json

import pytest
from support.serving import in_process, problem_of

POST, BATCH = "/v1/recommendations", "/v1/recommendations/batch"
DRAFT = {"title": "Ferry refit"}
MAX_BYTES = 10_000
INVALID = [
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
]


@pytest.fixture(scope="module")
def limited(shared_folder):
    """A client of a service that accepts short bodies only."""
    with in_process(shared_folder, max_body_bytes=MAX_BYTES) as client:
        yield client


@pytest.mark.parametrize(("path", "body", "code"), INVALID)
def test_invalid_body_has_a_stable_code(shared_client, path, body, code):
    content = json.dumps(body) if isinstance(body, dict) else body
    reply = shared_client.post(path, content=content)
    problem = problem_of(reply)
    assert (problem.status, problem.code) == (422, code)
    assert len(reply.content) < 2000


def test_unknown_field_is_answered_with_the_known_ones(shared_client):
    detail = shared_client.post(BATCH, json={"ids": ["a"], "limt": 3}).json()["detail"]
    assert detail.startswith("limt: unknown; known are: limit, exclude, section")
    assert detail.endswith("ids, distinct")


def test_body_of_the_largest_size_is_read_and_a_larger_one_is_not(limited):
    padding = MAX_BYTES - len(json.dumps({"article": DRAFT | {"body": ""}}))
    for extra, status in ((0, 200), (1, 413)):
        body = json.dumps({"article": DRAFT | {"body": " " * (padding + extra)}})
        reply = limited.post(POST, content=body)
        assert reply.status_code == status
    assert problem_of(reply).code == "payload_too_large"


def test_body_without_a_length_is_refused_once_it_is_too_long(limited):
    pieces = (b" " * (MAX_BYTES // 4) for _ in range(100))
    problem = problem_of(limited.post(BATCH, content=pieces))
    assert (problem.status, problem.code) == (413, "payload_too_large")


def test_body_with_too_large_a_length_is_refused_unread(limited):
    headers = {"Content-Length": str(MAX_BYTES + 1)}
    assert limited.post(BATCH, content=b"{}", headers=headers).status_code == 413


def test_body_is_json_whatever_its_content_type(shared_client):
    for media_type in ("application/json", "text/plain", "application/x-www-form-urlencoded"):
        content, headers = json.dumps({"article": DRAFT}), {"Content-Type": media_type}
        assert shared_client.post(POST, content=content, headers=headers).status_code == 200
