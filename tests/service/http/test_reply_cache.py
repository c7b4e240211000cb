"""What is ready is exactly what would be made again, and goes when that may be something else."""

import json
import time
from datetime import UTC, datetime, timedelta
from random import Random
from threading import Thread

import pytest
from support.serving import NEWS, in_process, trained

from recommender import Article, Catalog, ModelStore
from service.cache import Kept, Ready, key_of
from service.replies import Reply

LIST = "/v1/articles/ferry-1/recommendations"
FAR = 4e9


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("newsroom")
    trained(folder, NEWS)
    return folder


@pytest.fixture
def client(folder):
    with in_process(folder) as client:
        yield client


def key(name):
    return name.encode(), b"", b""


def kept(name, until=FAR, about=(), size=0):
    reply = Reply.of({"name": name, "filler": "x" * size}, "no-store")
    return Kept(reply, name, until, about)


def filled(*names, most=1_000_000, **given):
    ready = Ready(most)
    for name in names:
        ready.put(key(name), kept(name, **given), ready.changes)
    return ready


def names(ready):
    found = {name: ready.get(key(name)) for name in "abcdef"}
    return "".join(name for name, reply in found.items() if reply and is_of(reply, name))


def is_of(reply, name):
    return json.loads(reply.reply.body)["name"] == name


def is_ready(reply):
    return reply.headers["server-timing"] == "ready;dur=0"


def said(reply):
    own = ("x-request-id", "server-timing")
    headers = {name: value for name, value in reply.headers.items() if name not in own}
    return reply.status_code, headers, reply.content


def test_what_was_asked_for_last_stays_when_memory_is_full():
    size = kept("a", size=1000).size
    ready = filled("a", "b", "c", most=3 * size, size=1000)
    assert names(ready) == "abc"
    ready.get(key("a"))
    ready.put(key("d"), kept("d", size=1000), ready.changes)
    assert names(ready) == "acd"
    ready.put(key("e"), kept("e", size=5000), ready.changes)
    assert names(ready) == "e"


def test_what_is_put_again_is_counted_once():
    size = kept("a", size=1000).size
    ready = filled(*"aaaaab", most=2 * size, size=1000)
    assert names(ready) == "ab"


def test_what_is_larger_than_all_memory_drops_nothing():
    ready = filled("a", most=10_000)
    ready.put(key("b"), kept("b", size=20_000), ready.changes)
    assert names(ready) == "a"


def test_no_memory_keeps_nothing():
    assert names(filled("a", most=0)) == ""


def test_it_takes_about_as_much_memory_as_it_says():
    import tracemalloc

    tracemalloc.start()
    ready = Ready(10_000_000)
    for number in range(2000):
        about = tuple(f"article-{number}-{other}" for other in range(6))
        reply = Reply.of({"name": number, "filler": "x" * 2000}, "public, max-age=60")
        path = f"/v1/articles/{number}/recommendations"
        ready.put(key(path), Kept(reply, path, FAR, about), 0)
    taken, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert taken == pytest.approx(sum(each.size for each in ready._kept.values()), rel=0.25)


def test_what_is_about_a_changed_article_or_about_the_whole_archive_is_forgotten():
    ready = filled("a", about=("1", "2"))
    ready.put(key("b"), kept("b", about=("2", "3")), ready.changes)
    ready.put(key("c"), kept("c", about=None), ready.changes)
    ready.put(key("d"), kept("d", about=("4",)), ready.changes)
    ready.forget(["1", "9"])
    assert names(ready) == "bd"
    ready.forget(["2", "4"])
    assert names(ready) == ""


def test_what_was_made_before_a_change_is_not_kept_after_it():
    for change in (Ready.clear, lambda ready: ready.forget([])):
        ready = Ready(1_000_000)
        before = ready.changes
        change(ready)
        ready.put(key("a"), kept("a"), before)
        assert names(ready) == ""


def test_what_ends_is_not_given_out_again():
    ready = filled("a", until=time.time() + 0.2)
    assert names(ready) == "a"
    time.sleep(0.25)
    assert names(ready) == ""


def test_threads_that_keep_forget_and_ask_leave_it_whole():
    ready, failed = Ready(20_000), []

    def work(seed):
        random = Random(seed)
        try:
            for _ in range(3000):
                name = random.choice("abcdef")
                reply = ready.get(key(name))
                assert reply is None or is_of(reply, name)
                given = kept(name, about=(name,), size=random.randint(0, 4000))
                ready.put(key(name), given, ready.changes)
                if random.random() < 0.1:
                    ready.forget([random.choice("abcdef")])
        except Exception as error:
            failed.append(error)

    threads = [Thread(target=work, args=(seed,)) for seed in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failed
    assert ready._bytes == sum(each.size for each in ready._kept.values()) <= 20_000


PATHS = [
    LIST,
    f"{LIST}?limit=1",
    f"{LIST}?limit=2&explain=true",
    f"{LIST}?exclude=a/b&limit=1",
    f"{LIST}?limit=0",
    f"{LIST}?limits=3",
    "/v1/articles/a%2Fb/recommendations",
    "/v1/articles/a/b/recommendations",
    "/v1/recommendations?id=a/b",
    "/v1/recommendations?url=https://example.org/ferry-1",
    "/v1/articles/nosuch/recommendations",
    "/v1/articles/ferry-1",
    "/readyz",
]


def test_a_ready_reply_is_byte_for_byte_the_one_that_is_made_each_time(folder):
    random = Random(0)
    with in_process(folder) as quick, in_process(folder, ready_megabytes=0) as slow:
        tag = slow.get(LIST).headers["etag"]
        ready = 0
        for _ in range(200):
            method, path = random.choice(["GET", "GET", "HEAD"]), random.choice(PATHS)
            headers = random.choice([{}, {}, {"If-None-Match": tag}, {"Authorization": "Bearer x"}])
            got, made = (each.request(method, path, headers=headers) for each in (quick, slow))
            assert said(got) == said(made)
            assert not is_ready(made) if "server-timing" in made.headers else True
            ready += "server-timing" in got.headers and is_ready(got)
        assert ready > 80


def test_only_lists_are_kept(client):
    for path in PATHS:
        client.get(path)
        again = client.get(path)
        is_list = "recommendations" in path and again.status_code == 200
        assert (again.headers.get("server-timing") == "ready;dur=0") == is_list


def test_a_list_that_was_first_asked_for_by_who_had_it_is_ready_for_all(client):
    tag = client.get(LIST).headers["etag"]
    client.app.state.manager.cache.clear()
    assert client.get(LIST, headers={"If-None-Match": tag}).status_code == 304
    whole = client.get(LIST)
    assert is_ready(whole)
    assert whole.json()["items"]


def test_callers_with_different_keys_never_get_each_others_replies(client):
    assert not is_ready(client.get(LIST, headers={"Authorization": "Bearer a"}))
    assert not is_ready(client.get(LIST, headers={"Authorization": "Bearer b"}))
    assert not is_ready(client.get(LIST))
    assert is_ready(client.get(LIST, headers={"Authorization": "Bearer a"}))


def test_a_change_of_an_article_drops_the_lists_that_it_is_about_and_no_other(client):
    ready = client.app.state.manager.cache
    full, other = f"{LIST}?limit=1", "/v1/articles/ferry-2/recommendations?limit=1"
    listed = {path: client.get(path).json()["items"][0]["id"] for path in (full, other)}
    assert listed == {full: "ferry-2", other: "ferry-1"}
    ready.forget(["orchestra"])
    assert is_ready(client.get(full))
    assert is_ready(client.get(other))
    ready.forget(["ferry-1"])
    assert not is_ready(client.get(full))
    assert not is_ready(client.get(other))


def test_a_list_that_hangs_on_the_whole_archive_goes_with_any_change(client):
    # A shortfall counts all other articles; a url may become another article's.
    for path in (f"{LIST}?limit=50", "/v1/recommendations?url=https://example.org/ferry-1&limit=1"):
        client.get(path)
        assert is_ready(client.get(path))
        client.app.state.manager.cache.forget(["unheard-of"])
        assert not is_ready(client.get(path))


def test_another_model_drops_everything_at_once(tmp_path):
    first = trained(tmp_path, NEWS)
    with in_process(tmp_path) as client:
        live = client.app.state.manager
        client.get(LIST)
        assert is_ready(client.get(LIST))
        with Catalog(client.app.state.settings.archive) as catalog:
            catalog.delete(["a/b"])
        second = trained(tmp_path)
        live.refresh()
        reply = client.get(LIST)
        assert not is_ready(reply)
        assert reply.json()["model"]["version"] == second
        assert [item["id"] for item in reply.json()["items"]] == ["ferry-2"]
        ModelStore(client.app.state.settings.models).activate(first)
        live.refresh()
        assert client.get(LIST).json()["model"]["version"] == first


def test_a_ready_list_ends_with_the_next_embargo(tmp_path):
    ends = datetime.now(UTC) + timedelta(seconds=3)
    later = ends + timedelta(days=1)
    secret = Article(id="secret", title="Hallin ferry refit sold", published_at=ends)
    trained(tmp_path, [*NEWS, secret, Article(id="next", title="Tulips", published_at=later)])
    with in_process(tmp_path) as client:
        before, again = client.get(LIST), client.get(LIST)
        assert datetime.now(UTC) < ends
        assert "secret" not in before.text
        assert is_ready(again)
        time.sleep(max(0.0, (ends - datetime.now(UTC)).total_seconds()))
        after, again = client.get(LIST), client.get(LIST)
        assert "secret" in after.text
        assert not is_ready(after)
        assert is_ready(again)


def test_what_is_asked_is_the_path_and_query_as_sent_and_the_caller():
    scope = {
        "method": "GET",
        "raw_path": b"/a%2Fb",
        "path": "/a/b",
        "query_string": b"x=1",
        "headers": [],
    }
    assert key_of(scope) == (b"/a%2Fb", b"x=1", b"")
    scope["headers"] = [(b"host", b"x"), (b"authorization", b"Bearer a")]
    assert key_of(scope) == (b"/a%2Fb", b"x=1", b"Bearer a")
    assert key_of({**scope, "raw_path": None})[0] == b"/a/b"
