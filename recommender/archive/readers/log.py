"""ReadLog: the bad lines, unknown fields and duplicate ids that a reader met."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from recommender.articles.article import Article, unknown_keys
from recommender.errors import InputError

# Bad lines whose messages are stored; the others are only counted.
MAX_MESSAGES = 20


@dataclass
class ReadLog:
    """The bad lines, unknown fields and duplicate ids of one or several sources.

    ``articles`` is the number of good lines, ``bad_count`` that of bad lines, and ``bad`` has the
    messages of the first 20. ``unknown`` counts the articles with an unknown field, by field.
    ``duplicates`` counts the lines that a later line with the same id replaces, by id. ``ids`` are
    the ids of articles, ``bad_ids`` those of bad lines; ``nameless`` counts bad lines without one.

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
        """Add an article, and the unknown fields of its record."""
        self.articles += 1
        if article.id in self.ids:
            self.duplicates[article.id] += 1
        self.ids.add(article.id)
        for key in unknown_keys(record):
            # A key may have characters that a terminal cannot print.
            self.unknown[key[:80].encode(errors="backslashreplace").decode()] += 1

    def bad_line(self, message: str, record: Mapping[str, Any] | InputError) -> None:
        """Add a line without an article, and the id in its record if there is one."""
        self.bad_count += 1
        if len(self.bad) < MAX_MESSAGES:
            self.bad.append(message)
        if not isinstance(record, InputError) and isinstance(record.get("id"), (str, int)):
            self.bad_ids.add(str(record["id"]))
        else:
            self.nameless += 1
