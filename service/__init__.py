"""The HTTP service of alsoread: lists by id or url, over the recommender's public names."""

from service.app import create_app
from service.settings import Settings

__all__ = ["Settings", "create_app"]
