"""The archive of the service, opened when first needed."""

from __future__ import annotations

from threading import Lock
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from recommender import Catalog

# Seconds a write waits for another program; a client does not wait much longer.
_PATIENCE = 5


class Archive:
    """The archive's catalog, opened when first needed: the service starts without it.

    Examples
    --------
    >>> Archive("sqlite:////nowhere/archive.db").catalog()
    Traceback (most recent call last):
        ...
    recommender.errors.CatalogError: no archive at /nowhere/archive.db: import articles first, \
'alsoread import FILE'
    """

    def __init__(self, url: str) -> None:
        self._url = url
        self._catalog: Catalog | None = None
        self._opening = Lock()

    def catalog(self, create: bool = False) -> Catalog:
        """Return the catalog, or raise CatalogError; it blocks, so call it in a thread."""
        if self._catalog is not None:
            return self._catalog
        from recommender import Catalog

        with self._opening:
            if self._catalog is None:
                self._catalog = Catalog(self._url, create=create, patience=_PATIENCE)
            return self._catalog

    def close(self) -> None:
        """Close the catalog if it was opened."""
        with self._opening:
            if self._catalog is not None:
                self._catalog.close()
