"""Replies: ETag and 304, how long they may be stored, and the time of each step."""

import pytest
from support.serving import NEWS, delete, in_process, trained

from recommender import Article

LIST = "/v1/articles/ferry-1/recommendations"


def get(client, *tags):
    return client.get(LIST, headers=[("If-None-Match", tag) for tag in tags])


def test_unchanged_list_is_a_304_with_the_same_headers(shared_client):
    first = shared_client.get(LIST)
    tag = first.headers["etag"]
    assert tag.startswith('"')
    for tags in ([tag], [f"W/{tag}"], [f'"x", W/"y,z", {tag}'], ["*"], ['"x"', tag]):
        again = get(shared_client, *tags)
        assert (again.status_code, again.content) == (304, b"")
        for name in ("etag", "cache-control"):
            assert again.headers[name] == first.headers[name]
        assert {"x-request-id", "server-timing"} <= set(again.headers)


def test_list_is_sent_if_no_etag_matches(shared_client):
    tag = shared_client.get(LIST).headers["etag"]
    for other in ('"x"', "", tag[1:-1], f'"{tag}'):
        assert get(shared_client, other).status_code == 200


def test_etag_depends_on_the_list_and_not_on_the_model(folder):
    replies = []
    for _ in range(2):
        trained(folder, [*NEWS, Article(id="x", title="Tulips bloom")])
        with in_process(folder) as client:
            replies.append(client.get(LIST))
        delete(folder, "x")
    first, second = replies
    assert first.json()["model"] != second.json()["model"]
    assert first.json()["items"] == second.json()["items"]
    assert first.headers["etag"] == second.headers["etag"]


def test_different_lists_have_different_etags(shared_client):
    queries = ("", "?limit=1", "?explain=true", "?exclude=ferry-2")
    assert len({shared_client.get(LIST + query).headers["etag"] for query in queries}) == 4


def test_lists_are_stored_as_configured_and_errors_never(shared_folder):
    with in_process(shared_folder, cache_control="private, max-age=5") as client:
        assert client.get(LIST).headers["cache-control"] == "private, max-age=5"
        for path in ("/healthz", "/readyz", "/v1/articles/x"):
            assert client.get(path).headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    ("query", "steps"),
    [
        ("limit=7", ["find", "candidates", "near_duplicates", "list"]),
        (
            "min_score=0.1&diversity=0.5",
            ["find", "candidates", "min_score", "near_duplicates", "diversity", "list"],
        ),
    ],
)
def test_server_timing_has_each_step_or_says_cached(client, query, steps):
    for expected in (steps, ["ready"]):
        timing = client.get(f"{LIST}?{query}").headers["server-timing"]
        milliseconds = dict(part.split(";dur=") for part in timing.split(", "))
        assert list(milliseconds) == expected
        assert all(float(each) >= 0 for each in milliseconds.values())
