"""What several test modules share: the sample archive, its judgments and a model of it."""

from pathlib import Path

import pytest
from hypothesis import settings

from recommender import Recommender, read_articles

NEWSROOM = Path(__file__).parent / "data" / "newsroom"

# The first example may wait for numba to compile; the same examples on every run.
settings.register_profile("steady", deadline=None, derandomize=True)
settings.load_profile("steady")


@pytest.fixture(scope="session")
def newsroom():
    """The sample archive: 65 hand-written articles."""
    return tuple(read_articles(NEWSROOM / "articles.jsonl"))


@pytest.fixture(scope="session")
def judgments():
    """What an editor would link: id -> {other id: grade}."""
    grades = {}
    for line in (NEWSROOM / "qrels.txt").read_text(encoding="utf-8").splitlines():
        query, _, other, grade = line.split()
        grades.setdefault(query, {})[other] = int(grade)
    return grades


@pytest.fixture(scope="session")
def model(newsroom):
    """A model of the sample archive, in memory."""
    return Recommender.fit(newsroom)


@pytest.fixture(scope="session")
def saved(model, tmp_path_factory):
    """The same model on disk; copy it before changing anything."""
    path = tmp_path_factory.mktemp("models") / "newsroom"
    model.save(path)
    return path
