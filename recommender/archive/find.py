"""Find: the options of a search in the archive, and a page of its results."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from pydantic import Field

from recommender.articles.times import rfc3339
from recommender.articles.validation import CheckedOptions
from recommender.metadata.metadata import ArticleMetadata


class FindOptions(CheckedOptions):
    """The options of a search in the archive.

    All of ``query``, ``tag`` and ``section`` must match; of several tags or sections, one.

    Examples
    --------
    >>> FindOptions.of(query="ferry refit", tag=["Hallin"]).limit
    20
    """

    query: str = Field("", max_length=512, description="Words of the title, or an id.")
    tag: tuple[str, ...] = Field((), description="A tag, in any spelling.")
    section: tuple[str, ...] = Field((), description="A section, in any spelling.")
    limit: int = Field(20, ge=1, le=100, description="Maximum number of articles.")
    cursor: str | None = Field(
        None, pattern="^[0-7][0-9a-f]{15}$", description="The 'next' of the page before."
    )


@dataclass(frozen=True, slots=True)
class Found:
    """A page of articles, the newest first; ``next`` is the cursor of the next page, if any."""

    articles: tuple[ArticleMetadata, ...]
    next: str | None

    def to_record(self) -> dict[str, Any]:
        """Return the page as JSON types, for the service and the command line."""
        articles = [
            asdict(article)
            | {"tags": list(article.tags), "published_at": rfc3339(article.published_at)}
            for article in self.articles
        ]
        return {"articles": articles, "next": self.next}
