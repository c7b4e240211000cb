"""The HTTP service of alsoread: a REST API and pages for a trained model and its archive.

Read ``app.py`` first, then ``live.py``: it decides which model a request gets.
"""

from service.app import create_app
from service.settings import Settings

__all__ = ["Settings", "create_app"]
