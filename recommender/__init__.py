"""alsoread: the right ALSO READ list under every article of an archive."""

from typing import TYPE_CHECKING

from recommender.article import Article, Draft
from recommender.config import Config
from recommender.highlight import highlighted
from recommender.listing import Found, Item, Listing
from recommender.options import FindOptions, Options
from recommender.overlay import Affected
from recommender.readers import read_articles
from recommender.recommender import Recommender
from recommender.report import Report
from recommender.reportpage import ReportPage
from recommender.rules import Rules
from recommender.store import ModelStore
from recommender.text import is_html, plain_text
from recommender.topics import Topics
from recommender.why import Why

if TYPE_CHECKING:
    from recommender.catalog import Catalog
    from recommender.training import train

__all__ = [
    "Affected",
    "Article",
    "Catalog",
    "Config",
    "Draft",
    "FindOptions",
    "Found",
    "Item",
    "Listing",
    "ModelStore",
    "Options",
    "Recommender",
    "Report",
    "ReportPage",
    "Rules",
    "Topics",
    "Why",
    "highlighted",
    "is_html",
    "plain_text",
    "read_articles",
    "train",
]


def __getattr__(name: str) -> object:
    # These need SQLAlchemy, for which whoever only answers should not wait.
    if name == "Catalog":
        from recommender.catalog import Catalog

        return Catalog
    if name == "train":
        from recommender.training import train

        return train
    raise AttributeError(f"module 'recommender' has no attribute {name!r}")
