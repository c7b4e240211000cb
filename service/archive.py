"""The service's archive, opened when first needed."""

from __future__ import annotations

from threading import Lock
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from recommender import Catalog

# Seconds a write waits for another program's lock; clients do not wait much longer.
PATIENCE = 5.0


class Archive:
    """The archive's catalog, opened when first needed: the service can start without it.

    A write waits ``patience`` seconds for another program's lock.

    Examples
    --------
    >>> Archive("sqlite:////nowhere/archive.db").catalog()
    Traceback (most recent call last):
        ...
    recommender.errors.CatalogError: no archive at /nowhere/archive.db: import articles first, \
'alsoread import FILE'
    """

    def __init__(self, url: str, patience: float = PATIENCE) -> None:
        self._url, self._patience = url, patience
        self._catalog: Catalog | None = None
        self._opening = Lock()

    def catalog(self, create: bool = False) -> Catalog:
        """Return the catalog, or raise CatalogError; it blocks, so call it in a thread."""
        if self._catalog is not None:
            return self._catalog
        from recommender import Catalog

        with self._opening:
            if self._catalog is None:
                self._catalog = Catalog(self._url, create=create, patience=self._patience)
            return self._catalog

    def close(self) -> None:
        """Close the catalog if it was opened."""
        with self._opening:
            if self._catalog is not None:
                self._catalog.close()
