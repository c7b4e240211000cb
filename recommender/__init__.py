"""alsoread: the right ALSO READ list under every article of an archive.

These are the public names. Read ``recommender.recommender`` first.
"""

from typing import TYPE_CHECKING

from recommender.archive.find import FindOptions, Found
from recommender.archive.readers import read_articles
from recommender.articles.article import Article, Draft
from recommender.config import Config
from recommender.lists.listing import Item, Listing, Shortfall
from recommender.lists.topics import Suggestion, Topic, Topics
from recommender.lists.why import LeftOut, Step, Why
from recommender.ranking.options import Options
from recommender.recommender import Recommender
from recommender.report.page import ReportPage
from recommender.report.report import Report
from recommender.rules import Rules
from recommender.text.highlight import highlighted
from recommender.text.html import is_html, plain_text
from recommender.training.store import ModelInfo, ModelStore
from recommender.updates import Affected

if TYPE_CHECKING:
    from recommender.archive.catalog import Catalog
    from recommender.training.training import train

__all__ = [
    "Affected",
    "Article",
    "Catalog",
    "Config",
    "Draft",
    "FindOptions",
    "Found",
    "Item",
    "LeftOut",
    "Listing",
    "ModelInfo",
    "ModelStore",
    "Options",
    "Recommender",
    "Report",
    "ReportPage",
    "Rules",
    "Shortfall",
    "Step",
    "Suggestion",
    "Topic",
    "Topics",
    "Why",
    "highlighted",
    "is_html",
    "plain_text",
    "read_articles",
    "train",
]


def __getattr__(name: str) -> object:
    # These need SQLAlchemy, which takes long to import and which serving lists does not need.
    if name == "Catalog":
        from recommender.archive.catalog import Catalog

        return Catalog
    if name == "train":
        from recommender.training.training import train

        return train
    raise AttributeError(f"module 'recommender' has no attribute {name!r}")
