"""Fixtures of these tests: an archive to train on, and a tiny model to store in versions."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from recommender import Article, Recommender


@pytest.fixture
def archive(catalog, newsroom):
    """A catalog with the sample archive."""
    catalog.put(newsroom)
    return catalog


@pytest.fixture(scope="session")
def noon():
    """The time at which the first model is stored."""
    return datetime(2026, 11, 22, 12, tzinfo=UTC)


@pytest.fixture(scope="session")
def tiny():
    """A model of two articles, ``a`` and ``b``, each in the list of the other."""
    return Recommender.fit(
        [Article(id="a", title="Ferry late"), Article(id="b", title="Ferry early")]
    )


@pytest.fixture
def put(store, tiny, noon):
    """A function that stores a model for each revision, as many minutes after noon."""

    def put_revisions(*revisions):
        """Return the names of the versions."""
        return [
            store.save(replace(tiny, revision=revision), noon + timedelta(minutes=revision))
            for revision in revisions
        ]

    return put_revisions


@pytest.fixture
def hidden(store):
    """A function that returns the names of unfinished files in the store."""
    return lambda: sorted(path.name for path in store.path.iterdir() if path.name[0] == ".")
