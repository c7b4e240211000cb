"""Ready: replies kept as bytes, each for as long as it is what would be said again."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Collection
from dataclasses import dataclass
from threading import Lock
from time import time

from starlette.types import Scope

from service.replies import Reply

# What a request must have in common with another to be answered with the same bytes.
Key = tuple[bytes, bytes, bytes]
# Bytes that an entry takes beside its body: objects, headers and ids, as measured.
_BESIDE = 1500


@dataclass(frozen=True, slots=True)
class Kept:
    """A reply, the route of the call that made it, and what ends it.

    It goes at ``until``, in seconds since 1970, and when something changes that it is ``about``:
    the ids of some articles, or None for the whole archive.
    """

    reply: Reply
    route: str
    until: float
    about: tuple[str, ...] | None

    @property
    def size(self) -> int:
        """How many bytes it takes, about."""
        return len(self.reply.body) + _BESIDE


class Ready:
    """Replies by what was asked, at most so many bytes of them; those asked for last stay.

    Whoever makes a reply reads ``changes`` before reading what the reply is made of, and gives it
    to ``put``, so that nothing is kept that changed meanwhile.

    Examples
    --------
    >>> ready = Ready(1_000_000)
    >>> key, reply = (b"/v1/recommendations", b"id=a", b""), Reply.of({"items": []}, "no-cache")
    >>> ready.put(key, Kept(reply, "/v1/recommendations", 4e9, ("a", "b")), ready.changes)
    >>> ready.get(key).reply.body
    b'{"items":[]}'
    >>> ready.forget(["b"])
    >>> ready.get(key)
    """

    def __init__(self, most_bytes: int) -> None:
        self.changes = 0
        self._most = most_bytes
        self._bytes = 0
        self._kept: OrderedDict[Key, Kept] = OrderedDict()
        self._lock = Lock()

    def get(self, key: Key) -> Kept | None:
        """Return the reply to a request, if it is ready."""
        with self._lock:
            kept = self._kept.get(key)
            if kept is None:
                return None
            if kept.until <= time():
                self._drop(key)
                return None
            self._kept.move_to_end(key)
            return kept

    def put(self, key: Key, kept: Kept, changes: int) -> None:
        """Keep a reply, unless something has changed since ``changes`` was read."""
        with self._lock:
            if changes != self.changes or kept.size > self._most:
                return
            if key in self._kept:
                self._drop(key)
            self._kept[key] = kept
            self._bytes += kept.size
            while self._bytes > self._most:
                self._drop(next(iter(self._kept)))

    def forget(self, article_ids: Collection[str]) -> None:
        """Drop what is about any of these articles, or about the whole archive."""
        changed = set(article_ids)
        with self._lock:
            self.changes += 1
            for key, kept in list(self._kept.items()):
                if kept.about is None or not changed.isdisjoint(kept.about):
                    self._drop(key)

    def clear(self) -> None:
        """Drop everything: another model, other rules, or a change of very many articles."""
        with self._lock:
            self.changes += 1
            self._kept.clear()
            self._bytes = 0

    def _drop(self, key: Key) -> None:
        self._bytes -= self._kept.pop(key).size


def key_of(scope: Scope) -> Key | None:
    """Return what was asked, the path and query as they were sent, and by which key; else None.

    What a key opens is kept for who sends the same one.
    """
    if scope["method"] not in ("GET", "HEAD"):
        return None
    caller = b"".join(value for name, value in scope["headers"] if name == b"authorization")
    return scope.get("raw_path") or scope["path"].encode(), scope["query_string"], caller
