"""Tables: the schema of an archive, and the conversion between articles and rows."""

from __future__ import annotations

import json
from hashlib import blake2b
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Row,
    Table,
    Text,
)

from recommender.articles.article import Article
from recommender.articles.times import microseconds, to_datetime

SCHEMA = 2
metadata = MetaData()

archive = Table(
    "archive",
    metadata,
    Column("schema_version", Integer, nullable=False),
    Column("revision", BigInteger, nullable=False),
)

# Small columns are before the long ones: SQLite walks a row's pages up to the last column it reads.
articles = Table(
    "articles",
    metadata,
    # Ids sort by code point: SQLite does by default, PostgreSQL under the collation "C".
    Column("id", Text().with_variant(Text(collation="C"), "postgresql"), primary_key=True),
    Column("revision", BigInteger, nullable=False, unique=True),
    Column("deleted", Boolean, nullable=False),
    Column("digest", LargeBinary, nullable=False),
    Column("published_at", BigInteger, comment="microseconds since 1970, UTC"),
    Column("url", Text, index=True),
    Column("section", Text),
    Column("author", Text),
    Column("language", Text),
    Column("title", Text, nullable=False),
    Column("tags", JSON, nullable=False),
    Column("also_read", JSON, nullable=False),
    Column("summary", Text),
    Column("body", Text, nullable=False),
    Index("articles_by_deleted_and_id", "deleted", "id"),
)

# The title index; in SQLite it is a full-text index instead of a table.
title_index = Table(
    "finding",
    MetaData(),
    Column("rowid", BigInteger, primary_key=True, autoincrement=False),
    Column("terms", Text, nullable=False),
    Column("id", Text, nullable=False),
    Column("title", Text, nullable=False),
)
FULL_TEXT_INDEX = """
CREATE VIRTUAL TABLE finding USING fts5(
    terms, id UNINDEXED, title UNINDEXED,
    detail = none, columnsize = 0, tokenize = "ascii tokenchars '_#'"
)
"""

LIVE = articles.c.deleted.is_(False)
CONTENT = tuple(articles.c[name] for name in Article.model_fields)
TOMBSTONE: dict[str, Any] = {
    **dict.fromkeys(Article.model_fields),
    **{"title": "", "body": "", "tags": [], "also_read": [], "digest": b"", "deleted": True},
}
_BLANK = Article(id="0", title="0")


def to_row(article: Article) -> dict[str, Any]:
    """Return an article's row without the revision; ``digest`` is the hash of its content."""
    row: dict[str, Any] = dict(article)
    if article.published_at is not None:
        row["published_at"] = microseconds(article.published_at)
    row["tags"], row["also_read"] = list(article.tags), list(article.also_read)
    content = json.dumps(list(row.values()), ensure_ascii=False).encode()
    return {**row, "digest": blake2b(content, digest_size=16).digest(), "deleted": False}


def to_article(row: Row[Any]) -> Article:
    """Return the article of a row that begins with the columns of ``CONTENT``."""
    values = dict(zip(Article.model_fields, row, strict=False))
    if (published := values["published_at"]) is not None:
        values["published_at"] = to_datetime(published)
    values["tags"], values["also_read"] = tuple(values["tags"]), tuple(values["also_read"])
    # It was validated when it was written, and validating again takes five times as long.
    return _BLANK.model_copy(update=values)
