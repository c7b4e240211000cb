"""Cached lists: they are the bytes that would be made again, until a write or time changes them."""

from datetime import UTC, datetime
from random import Random

from support.serving import (
    NEWS,
    Clock,
    bearer,
    delete,
    ids_of,
    in_process,
    trained,
)

from recommender import Article, ModelStore

LIST = "/v1/articles/ferry-1/recommendations"
LISTS = [
    LIST,
    f"{LIST}?limit=1",
    f"{LIST}?limit=2&explain=true",
    f"{LIST}?exclude=a/b&limit=1",
    "/v1/articles/a%2Fb/recommendations",
    "/v1/recommendations?id=a/b",
    "/v1/recommendations?url=https://example.org/ferry-1",
]
OTHERS = [
    f"{LIST}?limit=0",
    f"{LIST}?limits=3",
    "/v1/articles/a/b/recommendations",
    "/v1/articles/nosuch/recommendations",
    "/v1/articles/ferry-1",
    "/readyz",
]


def is_cached(reply):
    return reply.headers.get("server-timing") == "ready;dur=0"


def content(reply):
    own = ("x-request-id", "server-timing")
    headers = {name: value for name, value in reply.headers.items() if name not in own}
    return reply.status_code, headers, reply.content


def test_cached_reply_equals_byte_for_byte_one_that_is_not_cached(shared_folder):
    random, hits = Random(0), 0
    with (
        in_process(shared_folder) as cached,
        in_process(shared_folder, ready_megabytes=0) as uncached,
    ):
        tag = uncached.get(LIST).headers["etag"]
        for _ in range(200):
            method, path = random.choice(["GET", "GET", "HEAD"]), random.choice(LISTS + OTHERS)
            headers = random.choice([{}, {}, {"If-None-Match": tag}, {"Authorization": "Bearer x"}])
            reply, expected = (
                client.request(method, path, headers=headers) for client in (cached, uncached)
            )
            assert content(reply) == content(expected)
            assert not is_cached(expected)
            hits += is_cached(reply)
    assert hits > 80


def test_only_lists_are_cached(client):
    for path in LISTS + OTHERS:
        client.get(path)
        assert is_cached(client.get(path)) == (path in LISTS), path


def test_unchanged_reply_fills_the_cache_for_all(client):
    tag = client.get(LIST).headers["etag"]
    client.app.state.manager.cache.clear()
    assert client.get(LIST, headers={"If-None-Match": tag}).status_code == 304
    reply = client.get(LIST)
    assert is_cached(reply)
    assert reply.json()["items"]


def test_callers_with_different_keys_do_not_share_replies(client):
    for headers in (bearer("a"), bearer("b"), {}):
        for expected in (False, True):
            assert is_cached(client.get(LIST, headers=headers)) == expected


def test_changed_article_drops_the_lists_that_depend_on_it_alone(client):
    cache = client.app.state.manager.cache
    one, other = f"{LIST}?limit=1", "/v1/articles/ferry-2/recommendations?limit=1"
    assert [ids_of(client.get(path)) for path in (one, other)] == [["ferry-2"], ["ferry-1"]]
    cache.invalidate(["orchestra"])
    assert is_cached(client.get(one))
    assert is_cached(client.get(other))
    cache.invalidate(["ferry-1"])
    assert not is_cached(client.get(one))
    assert not is_cached(client.get(other))


def test_list_that_depends_on_the_archive_goes_with_any_change(client):
    # A shortfall counts all other articles; a url may become another article's.
    for path in (f"{LIST}?limit=50", "/v1/recommendations?url=https://example.org/ferry-1&limit=1"):
        client.get(path)
        assert is_cached(client.get(path))
        client.app.state.manager.cache.invalidate(["unheard-of"])
        assert not is_cached(client.get(path))


def test_write_of_any_process_ends_a_cached_list(folder):
    with in_process(folder, write_key="w") as client:
        assert ids_of(client.get(LIST)) == ["ferry-2", "a/b"]
        assert is_cached(client.get(LIST))
        delete(folder, "a/b")
        assert ids_of(client.get(LIST)) == ["ferry-2"]
        client.delete("/v1/articles/ferry-2", headers=bearer("w"))
        assert ids_of(client.get(LIST)) == []


def test_another_model_drops_every_reply(client, folder):
    store, manager = ModelStore(folder / "models"), client.app.state.manager
    first = store.current
    client.get(LIST)
    assert is_cached(client.get(LIST))
    delete(folder, "a/b")
    second = trained(folder)
    manager.refresh()
    reply = client.get(LIST)
    assert not is_cached(reply)
    assert reply.json()["model"]["version"] == second
    assert ids_of(reply) == ["ferry-2"]
    store.activate(first)
    manager.refresh()
    assert client.get(LIST).json()["model"]["version"] == first


def test_cached_list_ends_with_the_next_embargo(folder):
    clock = Clock(datetime(2026, 6, 1, 11, tzinfo=UTC))
    noon, later = "2026-06-01T12:00:00Z", "2026-06-02T12:00:00Z"
    secret = Article(id="secret", title="Hallin ferry refit sold", published_at=noon)
    trained(folder, [*NEWS, secret, Article(id="next", title="Tulips", published_at=later)])
    with in_process(folder, clock=clock) as client:
        before, again = client.get(LIST), client.get(LIST)
        assert "secret" not in before.text
        assert is_cached(again)
        clock.forward(hours=1)
        after, again = client.get(LIST), client.get(LIST)
        assert "secret" in ids_of(after)
        assert not is_cached(after)
        assert is_cached(again)
