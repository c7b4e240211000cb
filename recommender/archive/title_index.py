"""The title index: find articles by words of the title, tags and sections, newest first.

An entry of the full-text index is a line of terms: the title's words without case and accents, and
hashes of the tags, the section and the id. Its row number is the article's ``place``: the
publication time, then the revision. The index therefore returns the newest first without sorting,
and a cursor is the row number where the previous page ended.
"""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import blake2b
from typing import Any

from sqlalchemy import Connection, Row, Select, delete, insert, literal_column, or_, select

from recommender.archive.find import FindOptions, Found
from recommender.archive.tables import articles, title_index
from recommender.articles.times import to_datetime
from recommender.metadata.metadata import ArticleMetadata, headline
from recommender.text.languages import fold_accents
from recommender.text.tags import tag_key
from recommender.text.words import words

# A place is 34 bits of seconds since the year 1600 (to 2144), then 29 bits of the revision.
_YEAR_1600 = 11_676_096_000
_SECONDS = 1 << 34
_REVISIONS = 1 << 29
_BATCH = 500
_STORED = tuple(
    articles.c[name] for name in ("url", "published_at", "section", "tags", "author", "language")
)


def find(connection: Connection, options: FindOptions, now: int | None) -> Found:
    """Return a page of articles visible at ``now`` (microseconds since 1970, None: any time)."""
    rows = connection.execute(_query(options, now)).all()
    more = len(rows) > options.limit
    rows = rows[: options.limit]
    return Found(tuple(map(_metadata, rows)), f"{rows[-1].rowid:016x}" if more else None)


def add_entries(connection: Connection, rows: Iterable[dict[str, Any]]) -> None:
    """Insert the entries of articles, given as rows of their table."""
    entries = []
    for row in rows:
        title = headline(row["id"], row["title"], row["body"])
        terms = " ".join([*_words(title), *_hashes(row)])
        number = place(row["published_at"], row["revision"])
        entries.append({"rowid": number, "terms": terms, "id": row["id"], "title": title})
    if entries:
        # Full-text indexes insert ordered entries much faster.
        ordered = sorted(entries, key=lambda entry: entry["rowid"])
        connection.execute(insert(title_index), ordered)


def remove_entries(connection: Connection, ids: list[str]) -> None:
    """Delete the entries of articles, before their rows change."""
    rows = select(articles.c.published_at, articles.c.revision).where(articles.c.deleted.is_(False))
    for start in range(0, len(ids), _BATCH):
        matches = articles.c.id.in_(ids[start : start + _BATCH])
        for row in connection.execute(rows.where(matches)).all():
            number = place(row.published_at, row.revision)
            connection.execute(delete(title_index).where(title_index.c.rowid == number))


def place(published_at: int | None, revision: int) -> int:
    """Return an article's place in the order of publication, as a positive 63-bit number.

    ``published_at`` is in microseconds since 1970. Articles of one second are in the order of
    their revisions; undated articles come first.

    Examples
    --------
    >>> place(None, 7) < place(0, 7) < place(0, 8) < place(1_000_000, 1)
    True
    """
    seconds = 0
    if published_at is not None:
        seconds = min(max(published_at // 1_000_000 + _YEAR_1600, 1), _SECONDS - 1)
    return seconds * _REVISIONS + revision % _REVISIONS


def _query(options: FindOptions, now: int | None) -> Select[Any]:
    query = select(title_index.c.rowid, title_index.c.title, articles.c.id, *_STORED)
    query = query.join(articles, articles.c.id == title_index.c.id)
    if match := _match(options):
        query = query.where(literal_column(title_index.name).op("MATCH")(match))
    if now is not None:
        published = articles.c.published_at
        # The first condition lets the index skip embargoed articles, to the second; the other one
        # is exact.
        query = query.where(title_index.c.rowid < place(now + 1_000_000, 0))
        query = query.where(or_(published.is_(None), published <= now))
    if options.cursor is not None:
        query = query.where(title_index.c.rowid < int(options.cursor, 16))
    return query.order_by(title_index.c.rowid.desc()).limit(options.limit + 1)


def _match(options: FindOptions) -> str:
    """Return the query in the full-text index's language."""
    parts = []
    if options.query.strip():
        title = " AND ".join(f'"{word}"' for word in _words(options.query))
        own_id = f'"{_hash("id", options.query)}"'
        parts.append(f"(({title}) OR {own_id})" if title else own_id)
    for kind, values in (("tag", options.tag), ("section", options.section)):
        if values:
            alternatives = " OR ".join(f'"{_hash(kind, tag_key(value))}"' for value in values)
            parts.append(f"({alternatives})")
    return " AND ".join(parts)


def _words(text: str) -> list[str]:
    return words(fold_accents(text.lower()))


def _hashes(row: dict[str, Any]) -> list[str]:
    section = [row["section"]] if row["section"] else []
    return [
        _hash("id", row["id"]),
        *(_hash("tag", tag_key(tag)) for tag in row["tags"]),
        *(_hash("section", tag_key(name)) for name in section),
    ]


def _hash(kind: str, key: str) -> str:
    # No word contains "#", so a hash never equals a word of a title.
    digest = blake2b(f"{kind} {key}".encode("utf-8", "surrogatepass"), digest_size=8)
    return f"#{digest.hexdigest()}"


def _metadata(row: Row[Any]) -> ArticleMetadata:
    values = row._asdict() | {"tags": tuple(row.tags)}
    del values["rowid"]
    if row.published_at is not None:
        values["published_at"] = to_datetime(row.published_at)
    return ArticleMetadata(**values)
