"""The reply cache: it returns the bytes that would be made again, and drops what may change."""

import json
import tracemalloc
from random import Random
from threading import Thread

import pytest

from service.http.replies import Reply
from service.http.reply_cache import CacheEntry, ReplyCache, cache_key

FAR = 4e9


def key(name):
    return name.encode(), b"", b""


def entry(name, until=FAR, articles=(), size=0):
    reply = Reply.of({"name": name, "filler": "x" * size}, "no-store")
    return CacheEntry(reply, name, until, articles)


def filled(*names, most_bytes=1_000_000, **fields):
    cache = ReplyCache(most_bytes)
    for name in names:
        cache.put(key(name), entry(name, **fields), cache.generation)
    return cache


def is_of(cached, name):
    return json.loads(cached.reply.body)["name"] == name


def names(cache):
    entries = {name: cache.get(key(name)) for name in "abcdef"}
    return "".join(name for name, cached in entries.items() if cached and is_of(cached, name))


def test_least_recently_used_entries_are_dropped_first():
    size = entry("a", size=1000).size
    cache = filled("a", "b", "c", most_bytes=3 * size, size=1000)
    assert names(cache) == "abc"
    cache.get(key("a"))
    cache.put(key("d"), entry("d", size=1000), cache.generation)
    assert names(cache) == "acd"
    cache.put(key("e"), entry("e", size=5000), cache.generation)
    assert names(cache) == "e"


def test_entry_that_is_put_again_is_counted_once():
    size = entry("a", size=1000).size
    assert names(filled(*"aaaaab", most_bytes=2 * size, size=1000)) == "ab"


def test_entry_larger_than_the_cache_drops_nothing():
    cache = filled("a", most_bytes=10_000)
    cache.put(key("b"), entry("b", size=20_000), cache.generation)
    assert names(cache) == "a"


def test_cache_of_no_bytes_stores_nothing():
    assert names(filled("a", most_bytes=0)) == ""


def test_sizes_of_entries_are_about_the_memory_they_take():
    tracemalloc.start()
    cache, size = ReplyCache(10_000_000), 0
    for number in range(2000):
        articles = tuple(f"article-{number}-{other}" for other in range(6))
        reply = Reply.of({"name": number, "filler": "x" * 2000}, "public, max-age=60")
        path = f"/v1/articles/{number}/recommendations"
        cache.put(key(path), CacheEntry(reply, path, FAR, articles), cache.generation)
        size += cache.get(key(path)).size
    memory, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert memory == pytest.approx(size, rel=0.25)


def test_entries_of_a_changed_article_or_of_the_whole_archive_are_dropped():
    cache = ReplyCache(1_000_000)
    entries = {"a": ("1", "2"), "b": ("2", "3"), "c": None, "d": ("4",)}
    for name, articles in entries.items():
        cache.put(key(name), entry(name, articles=articles), cache.generation)
    cache.invalidate(["1", "9"])
    assert names(cache) == "bd"
    cache.invalidate(["2", "4"])
    assert names(cache) == ""


def test_reply_made_before_a_change_is_not_stored_after_it():
    for change in (ReplyCache.clear, lambda cache: cache.invalidate([])):
        cache = ReplyCache(1_000_000)
        before = cache.generation
        change(cache)
        cache.put(key("a"), entry("a"), before)
        assert names(cache) == ""


def test_expired_entry_is_not_returned():
    now = [99.0]
    cache = ReplyCache(1_000_000, lambda: now[0])
    cache.put(key("a"), entry("a", until=100), cache.generation)
    assert names(cache) == "a"
    now[0] = 100.0
    assert names(cache) == ""


def test_threads_get_whole_entries_and_the_size_stays_right():
    cache, errors = ReplyCache(20_000), []

    def work(seed):
        random = Random(seed)
        try:
            for _ in range(3000):
                name = random.choice("abcdef")
                cached = cache.get(key(name))
                assert cached is None or is_of(cached, name)
                new = entry(name, articles=(name,), size=random.randint(0, 4000))
                cache.put(key(name), new, cache.generation)
                if random.random() < 0.1:
                    cache.invalidate([random.choice("abcdef")])
        except Exception as error:
            errors.append(error)

    threads = [Thread(target=work, args=(seed,)) for seed in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not errors
    # Five entries fill the cache exactly: a wrong count of bytes would leave fewer or more.
    filler = 4000 - entry("a").size
    for name in "fabcde":
        cache.put(key(name), entry(name, size=filler), cache.generation)
    assert names(cache) == "abcde"


def test_cache_key_is_the_raw_path_the_query_and_the_authorization():
    request = {"method": "GET", "path": "/a/b", "query_string": b"x=1", "headers": []}
    scope = request | {"raw_path": b"/a%2Fb"}
    assert cache_key(scope) == (b"/a%2Fb", b"x=1", b"")
    scope["headers"] = [(b"host", b"x"), (b"authorization", b"Bearer a")]
    assert cache_key(scope) == (b"/a%2Fb", b"x=1", b"Bearer a")
    assert cache_key(scope | {"raw_path": None})[0] == b"/a/b"
    assert cache_key(scope | {"method": "POST"}) is None
