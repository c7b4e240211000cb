"""Reply cache: replies as bytes, each stored only until its content may change."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Collection
from dataclasses import dataclass
from threading import Lock
from time import time

from starlette.types import Scope

from service.http.replies import Reply

# Requests with the same key get the same bytes.
Key = tuple[bytes, bytes, bytes]
# Bytes of an entry without its body: objects, headers and ids, as measured.
_OVERHEAD = 1500


@dataclass(frozen=True, slots=True)
class CacheEntry:
    """A reply, the route of its request, and when it expires.

    It expires at ``until``, in seconds since 1970, or earlier if one of the ``articles`` changes.
    ``articles`` has ids; None is every article of the archive.
    """

    reply: Reply
    route: str
    until: float
    articles: tuple[str, ...] | None

    @property
    def size(self) -> int:
        """The number of bytes it takes in memory, approximately."""
        return len(self.reply.body) + _OVERHEAD


class ReplyCache:
    """Replies by request, up to a number of bytes; the least recently used are dropped first.

    Callers read ``generation`` before they read the data of a reply, and pass it to ``put``, which
    stores nothing if the data has changed meanwhile. ``clock`` returns seconds since 1970.

    Examples
    --------
    >>> cache = ReplyCache(1_000_000)
    >>> key, reply = (b"/v1/recommendations", b"id=a", b""), Reply.of({"items": []}, "no-cache")
    >>> entry = CacheEntry(reply, "/v1/recommendations", 4e9, ("a", "b"))
    >>> cache.put(key, entry, cache.generation)
    >>> cache.get(key).reply.body
    b'{"items":[]}'
    >>> cache.invalidate(["b"])
    >>> cache.get(key)
    """

    def __init__(self, most_bytes: int, clock: Callable[[], float] = time) -> None:
        self.generation = 0
        self._most, self._clock = most_bytes, clock
        self._bytes = 0
        self._entries: OrderedDict[Key, CacheEntry] = OrderedDict()
        self._lock = Lock()

    def get(self, key: Key) -> CacheEntry | None:
        """Return the entry of a request, or None if there is none or it has expired."""
        with self._lock:
            entry = self._entries.get(key)
            if entry is None:
                return None
            if entry.until <= self._clock():
                self._drop(key)
                return None
            self._entries.move_to_end(key)
            return entry

    def put(self, key: Key, entry: CacheEntry, generation: int) -> None:
        """Store an entry, unless something has changed since ``generation`` was read."""
        with self._lock:
            if generation != self.generation or entry.size > self._most:
                return
            if key in self._entries:
                self._drop(key)
            self._entries[key] = entry
            self._bytes += entry.size
            while self._bytes > self._most:
                self._drop(next(iter(self._entries)))

    def invalidate(self, article_ids: Collection[str]) -> None:
        """Drop the entries that depend on any of these articles, or on the whole archive."""
        changed = set(article_ids)
        with self._lock:
            self.generation += 1
            for key, entry in list(self._entries.items()):
                if entry.articles is None or not changed.isdisjoint(entry.articles):
                    self._drop(key)

    def clear(self) -> None:
        """Drop everything, after a new model, new rules or a very large change."""
        with self._lock:
            self.generation += 1
            self._entries.clear()
            self._bytes = 0

    def _drop(self, key: Key) -> None:
        self._bytes -= self._entries.pop(key).size


def cache_key(scope: Scope) -> Key | None:
    """Return the cache key of a request, or None if its reply is not cacheable.

    It consists of the raw path, the query and the Authorization header: a write key may show more.
    """
    if scope["method"] not in ("GET", "HEAD"):
        return None
    caller = b"".join(value for name, value in scope["headers"] if name == b"authorization")
    return scope.get("raw_path") or scope["path"].encode(), scope["query_string"], caller
