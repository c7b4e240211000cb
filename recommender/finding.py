"""Finding articles by the words of their titles, their tags and sections, the newest first.

An entry of the full-text index is a line of terms: the title's words without case and accents, and
hashes of tags, section and id. Its number is its ``place``, when the article was published, then
the revision that wrote it: so the index gives the newest first without sorting, and a page begins
where the last one ended.
"""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import blake2b
from typing import Any

from sqlalchemy import Connection, Row, Select, delete, insert, literal_column, or_, select

from recommender.cards import Card, headline
from recommender.database import articles, finding
from recommender.languages import fold_accents
from recommender.listing import Found
from recommender.nearness import moment
from recommender.options import FindOptions
from recommender.tags import tag_key
from recommender.words import words

# A place is 34 bits of seconds since the year 1600 (to 2144), then 29 bits of the revision.
_BEGIN = 11_676_096_000
_SECONDS = 1 << 34
_REVISIONS = 1 << 29
_BATCH = 500
_SHOWN = tuple(
    articles.c[name] for name in ("url", "published_at", "section", "tags", "author", "language")
)


def find(connection: Connection, options: FindOptions, now: int | None) -> Found:
    """Return a page of what is published at ``now`` (microseconds since 1970, None: any)."""
    rows = connection.execute(_query(options, now)).all()
    more = len(rows) > options.limit
    rows = rows[: options.limit]
    return Found(tuple(map(_card, rows)), f"{rows[-1].rowid:016x}" if more else None)


def enter(connection: Connection, rows: Iterable[dict[str, Any]]) -> None:
    """Write the entries of articles; each is given as the row of its table."""
    entries = []
    for row in rows:
        title = headline(row["id"], row["title"], row["body"])
        terms = " ".join([*_words(title), *_hashes(row)])
        number = place(row["published_at"], row["revision"])
        entries.append({"rowid": number, "terms": terms, "id": row["id"], "title": title})
    if entries:
        # Full-text indexes take what comes in order much faster.
        connection.execute(insert(finding), sorted(entries, key=lambda entry: entry["rowid"]))


def remove(connection: Connection, ids: list[str]) -> None:
    """Delete the entries of articles, which are still as the entries say."""
    held = select(articles.c.published_at, articles.c.revision).where(articles.c.deleted.is_(False))
    for start in range(0, len(ids), _BATCH):
        wanted = articles.c.id.in_(ids[start : start + _BATCH])
        for row in connection.execute(held.where(wanted)).all():
            number = place(row.published_at, row.revision)
            connection.execute(delete(finding).where(finding.c.rowid == number))


def place(published_at: int | None, revision: int) -> int:
    """Return an article's place: newer is higher, undated lowest, of one second by revision.

    ``published_at`` is in microseconds since 1970.

    Examples
    --------
    >>> place(None, 7) < place(0, 7) < place(0, 8) < place(1_000_000, 1)
    True
    """
    seconds = 0
    if published_at is not None:
        seconds = min(max(published_at // 1_000_000 + _BEGIN, 1), _SECONDS - 1)
    return seconds * _REVISIONS + revision % _REVISIONS


def _query(options: FindOptions, now: int | None) -> Select[Any]:
    query = select(finding.c.rowid, finding.c.title, articles.c.id, *_SHOWN)
    query = query.join(articles, articles.c.id == finding.c.id)
    if match := _match(options):
        query = query.where(literal_column("finding").op("MATCH")(match))
    if now is not None:
        published = articles.c.published_at
        # The first condition lets the index pass over what is ahead, to the second.
        query = query.where(finding.c.rowid < place(now + 1_000_000, 0))
        query = query.where(or_(published.is_(None), published <= now))
    if options.cursor is not None:
        query = query.where(finding.c.rowid < int(options.cursor, 16))
    return query.order_by(finding.c.rowid.desc()).limit(options.limit + 1)


def _match(options: FindOptions) -> str:
    """Return the query in the index's language."""
    parts = []
    if options.query.strip():
        title = " AND ".join(f'"{word}"' for word in _words(options.query))
        own = f'"{_hash("id", options.query)}"'
        parts.append(f"(({title}) OR {own})" if title else own)
    for kind, given in (("tag", options.tag), ("section", options.section)):
        if given:
            several = " OR ".join(f'"{_hash(kind, tag_key(one))}"' for one in given)
            parts.append(f"({several})")
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
    # Words have no such sign, and separators of terms no place in hexadecimal digits.
    digest = blake2b(f"{kind} {key}".encode("utf-8", "surrogatepass"), digest_size=8)
    return f"#{digest.hexdigest()}"


def _card(row: Row[Any]) -> Card:
    values = row._asdict() | {"tags": tuple(row.tags)}
    del values["rowid"]
    if row.published_at is not None:
        values["published_at"] = moment(row.published_at)
    return Card(**values)
