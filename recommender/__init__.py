"""alsoread: the right ALSO READ list under every article of an archive."""

from recommender.article import Article
from recommender.catalog import Catalog
from recommender.config import Config
from recommender.listing import Found, Item, Listing
from recommender.options import FindOptions, Options
from recommender.readers import read_articles
from recommender.recommender import Recommender
from recommender.store import ModelStore
from recommender.topics import Topics
from recommender.training import train

__all__ = [
    "Article",
    "Catalog",
    "Config",
    "FindOptions",
    "Found",
    "Item",
    "Listing",
    "ModelStore",
    "Options",
    "Recommender",
    "Topics",
    "read_articles",
    "train",
]
