"""Training makes a model of the whole archive: the same archive gives the same bytes."""

import random
import subprocess
import sys
from datetime import UTC, datetime

import pytest

from recommender import Catalog, Config, ModelStore, Recommender, train
from recommender.articles.article import Article
from recommender.errors import InputError
from recommender.kernels.tiling import Tiling

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
# Sizes at which even the sample archive is read, counted and compared in many parts.
SMALL = Tiling(batch_characters=4096, chunk_articles=10, block_rows=32, sparse_df=4)


def contents(folder):
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_training_activates_a_model_of_the_whole_archive(archive, store, newsroom):
    trained = train(archive, store, Config(), now=NOON)
    assert trained.version.startswith("20261122T120000Z-")
    assert (trained.articles, trained.revision) == (65, 65)
    assert store.current == trained.version
    model = store.load()
    assert list(model.articles.ids) == sorted(article.id for article in newsroom)
    assert model.revision == archive.revision
    store.verify(trained.version)


def test_a_trained_model_gives_the_lists_of_one_fitted_in_memory(archive, store, newsroom):
    train(archive, store, Config(), now=NOON)
    by_id = sorted(newsroom, key=lambda article: article.id)
    fitted, loaded = Recommender.fit(by_id), store.load()
    for article in newsroom:
        assert loaded.recommend(article.id) == fitted.recommend(article.id)


def test_an_empty_archive_is_an_error_and_stores_nothing(catalog, store):
    with pytest.raises(InputError, match="import"):
        train(catalog, store, Config(), now=NOON)
    catalog.put([Article(id="a", title="Hail")])
    catalog.delete(["a"])
    with pytest.raises(InputError, match="import"):
        train(catalog, store, Config(), now=NOON)
    assert not store.path.exists()


def test_the_archive_gives_the_same_bytes_for_any_number_of_jobs(archive, tmp_path):
    versions = []
    for number, jobs in enumerate([1, 2, 3, None]):
        store = ModelStore(tmp_path / str(number))
        train(archive, store, Config(), now=NOON, jobs=jobs)
        versions.append(contents(store.path))
    assert len(versions[0]) > 25
    assert versions[1:] == versions[:1] * 3


def test_work_in_many_small_parts_gives_the_same_bytes_for_any_jobs(newsroom, tmp_path):
    models = []
    for number, jobs in enumerate([1, 2, 3, None]):
        Recommender.fit(newsroom, jobs=jobs, tiling=SMALL).save(tmp_path / str(number))
        models.append(contents(tmp_path / str(number)))
    assert models[1:] == models[:1] * 3


def test_the_order_of_import_changes_no_byte(newsroom, archive, tmp_path, store):
    train(archive, store, Config(), now=NOON)
    shuffled = list(newsroom)
    random.Random(5).shuffle(shuffled)
    other_store = ModelStore(tmp_path / "other")
    with Catalog(f"sqlite:///{tmp_path}/shuffled.db") as other:
        for start in range(0, len(shuffled), 10):
            other.put(shuffled[start : start + 10])
        train(other, other_store, Config(), now=NOON)
    assert contents(other_store.path) == contents(store.path)


def test_another_process_makes_the_same_bytes(archive, store, tmp_path):
    """Nothing depends on the hashes of strings, which differ from process to process."""
    train(archive, store, Config(), now=NOON)
    script = (
        "import sys; from datetime import datetime, UTC; from pathlib import Path\n"
        "from recommender import *\n"
        "with Catalog(sys.argv[1]) as catalog:\n"
        "    now = datetime(2026, 11, 22, 12, tzinfo=UTC)\n"
        "    train(catalog, ModelStore(Path(sys.argv[2])), Config(), now=now)"
    )
    arguments = [f"sqlite:///{tmp_path}/archive.db", str(tmp_path / "other")]
    subprocess.run([sys.executable, "-c", script, *arguments], check=True)
    assert contents(tmp_path / "other") == contents(store.path)


def test_settings_reach_the_model(archive, store):
    train(archive, store, Config(neighbours=3), now=NOON)
    assert store.load().index.neighbours.shape == (65, 3)


def test_progress_counts_to_the_end(archive, store):
    steps = []
    train(archive, store, Config(), now=NOON, progress=lambda *step: steps.append(step))
    assert ("reading", 65, 65) in steps
    assert [step for step in steps if step[0] == "neighbours"][-1] == ("neighbours", 65, 65)
    assert all(done <= total == 65 for _, done, total in steps)
