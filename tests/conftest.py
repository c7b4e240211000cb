"""Fixtures of many tests: the sample archive, its model, and folders with an archive and models.

A ``shared`` fixture is made once and only read; a ``folder`` is a copy that a test may change.
"""

import shutil
from pathlib import Path

import pytest
from hypothesis import settings
from support.serving import NEWS, SECRET, archive_of, in_process, in_process_writer, trained

from recommender import Catalog, ModelStore, Recommender, read_articles

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
    """The grades of an editor: id -> {other id: grade}."""
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
    """The path of the same model on disk; copy it before you change anything."""
    path = tmp_path_factory.mktemp("models") / "newsroom"
    model.save(path)
    return path


@pytest.fixture(scope="session")
def shared_folder(tmp_path_factory):
    """A folder with the archive of ``NEWS`` and a model of it; tests only read it."""
    path = tmp_path_factory.mktemp("news")
    trained(path, NEWS)
    return path


@pytest.fixture
def folder(shared_folder, tmp_path):
    """A folder with the archive of ``NEWS`` and a model of it."""
    return shutil.copytree(shared_folder, tmp_path / "news")


@pytest.fixture
def client(folder):
    """The service over ``folder``, in process."""
    with in_process(folder) as client:
        yield client


@pytest.fixture
def writer(folder):
    """The service over ``folder``, in process, with a client that sends the write key."""
    with in_process_writer(folder) as client:
        yield client


@pytest.fixture(scope="module")
def shared_client(shared_folder):
    """The service over ``shared_folder``, in process; tests only read."""
    with in_process(shared_folder) as client:
        yield client


@pytest.fixture(scope="session")
def shared_embargo_folder(tmp_path_factory):
    """The same with ``SECRET``, an article under embargo; tests only read it."""
    path = tmp_path_factory.mktemp("embargo")
    trained(path, [*NEWS, SECRET])
    return path


@pytest.fixture(scope="session")
def shared_newsroom_folder(newsroom, tmp_path_factory):
    """A folder with the sample archive and a model of it; tests only read it."""
    path = tmp_path_factory.mktemp("newsroom")
    trained(path, newsroom)
    return path


@pytest.fixture
def newsroom_folder(shared_newsroom_folder, tmp_path):
    """A folder with the sample archive and a model of it."""
    return shutil.copytree(shared_newsroom_folder, tmp_path / "newsroom")


@pytest.fixture
def catalog(tmp_path):
    """An empty archive."""
    with Catalog(archive_of(tmp_path)) as catalog:
        yield catalog


@pytest.fixture
def store(tmp_path):
    """A folder for models, with none yet."""
    return ModelStore(tmp_path / "models")
