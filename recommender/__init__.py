"""alsoread: the right ALSO READ list under every article of an archive."""

from recommender.article import Article, Draft
from recommender.catalog import Catalog
from recommender.config import Config
from recommender.listing import Item, Listing
from recommender.options import Options
from recommender.readers import read_articles
from recommender.recommender import Recommender
from recommender.rules import Rules
from recommender.store import ModelStore
from recommender.training import train

__all__ = [
    "Article",
    "Catalog",
    "Config",
    "Draft",
    "Item",
    "Listing",
    "ModelStore",
    "Options",
    "Recommender",
    "Rules",
    "read_articles",
    "train",
]
