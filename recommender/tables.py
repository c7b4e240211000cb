"""Tables: articles as the table of an archive holds them, and back."""

from __future__ import annotations

import json
from hashlib import blake2b
from typing import Any

from sqlalchemy import Row

from recommender.article import Article
from recommender.database import articles
from recommender.nearness import microseconds, moment

LIVE = articles.c.deleted.is_(False)
CONTENT = tuple(articles.c[name] for name in Article.model_fields)
_BLANK = Article(id="0", title="0")
TOMBSTONE: dict[str, Any] = {
    **dict.fromkeys(Article.model_fields),
    **{"title": "", "body": "", "tags": [], "also_read": [], "digest": b"", "deleted": True},
}


def to_row(article: Article) -> dict[str, Any]:
    """Return an article's columns but for the revision; ``digest`` is of all it says."""
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
        values["published_at"] = moment(published)
    values["tags"], values["also_read"] = tuple(values["tags"]), tuple(values["also_read"])
    # It was validated on its way in, and validating again takes five times as long.
    return _BLANK.model_copy(update=values)
