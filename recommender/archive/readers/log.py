"""ReadLog: what reading found beside the articles."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from recommender.articles.article import Article, unknown_keys
from recommender.errors import InputError

SHOWN_BAD_LINES = 20


@dataclass
class ReadLog:
    """What reading found beside the articles; one log may follow several sources.

    ``bad`` holds the messages of the first 20 of ``bad_count`` bad lines; ``unknown`` counts the
    articles that had a key no article has; ``duplicates`` counts, for an id, the lines that a
    later one replaces; ``ids`` are those of the articles, ``bad_ids`` those that bad lines name,
    and ``nameless`` counts the bad lines that name none.

    Examples
    --------
    >>> log = ReadLog()
    >>> log.bad_line("hail.jsonl:1: no 'title'", {"id": "a1"})
    >>> log.bad_count, log.bad, log.bad_ids
    (1, ["hail.jsonl:1: no 'title'"], {'a1'})
    """

    articles: int = 0
    bad: list[str] = field(default_factory=list)
    bad_count: int = 0
    unknown: Counter[str] = field(default_factory=Counter)
    duplicates: Counter[str] = field(default_factory=Counter)
    ids: set[str] = field(default_factory=set)
    bad_ids: set[str] = field(default_factory=set)
    nameless: int = 0

    def good_line(self, article: Article, record: Mapping[str, Any]) -> None:
        """Note an article and what its record held beside it."""
        self.articles += 1
        if article.id in self.ids:
            self.duplicates[article.id] += 1
        self.ids.add(article.id)
        for key in unknown_keys(record):
            # A key may hold what no terminal can print.
            self.unknown[key[:80].encode(errors="backslashreplace").decode()] += 1

    def bad_line(self, message: str, record: Mapping[str, Any] | InputError) -> None:
        """Note a line that gave no article, and the id it names if it could be read that far."""
        self.bad_count += 1
        if len(self.bad) < SHOWN_BAD_LINES:
            self.bad.append(message)
        if not isinstance(record, InputError) and isinstance(record.get("id"), (str, int)):
            self.bad_ids.add(str(record["id"]))
        else:
            self.nameless += 1
