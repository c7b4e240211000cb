"""A model is completely described by its arrays and its manifest."""

import json

import numpy as np
import pytest

from recommender import Config, Recommender
from recommender.errors import ModelError
from recommender.kernels.tiling import Tiling
from recommender.persistence.arrays import from_arrays, to_arrays, to_manifest


def rebuilt(model):
    """A model from another's arrays and manifest; the manifest goes through JSON."""
    manifest = json.loads(json.dumps(to_manifest(model)))
    return Recommender(*from_arrays(to_arrays(model), manifest))


SETTINGS = [{}, {"stemming": True}, {"fold_accents": True}, {"stop_words": False}]


@pytest.mark.parametrize("settings", SETTINGS, ids=str)
def test_model_from_arrays_and_manifest_is_the_same_model(newsroom, settings):
    model = Recommender.fit(newsroom, Config.of({"vectors": settings, "neighbours": 4}))
    other = rebuilt(model)
    for row, article in enumerate(newsroom):
        expected = model.recommend(article.id, limit=9, explain=True)
        assert other.recommend(article.id, limit=9, explain=True) == expected
        vector, other_vector = (each.space.transform([article]) for each in (model, other))
        np.testing.assert_array_equal(other_vector.indices, vector.indices)
        np.testing.assert_array_equal(other_vector.levels, vector.levels)
        np.testing.assert_array_equal(vector.levels, model.index.vectors.row(row).levels)
    columns = range(len(model.space))
    assert list(map(other.space.name, columns)) == list(map(model.space.name, columns))
    assert to_manifest(other) == to_manifest(model)


@pytest.mark.parametrize("settings", SETTINGS, ids=str)
def test_terms_are_stored_only_if_they_differ_from_the_words(newsroom, settings):
    model = Recommender.fit(newsroom, Config.of({"vectors": settings}))
    stored = any(name.startswith("terms") for name in to_arrays(model))
    assert stored == bool(settings.keys() & {"stemming", "fold_accents"})


@pytest.mark.parametrize("size", [0, 1, 2])
def test_smallest_archives_can_be_rebuilt(newsroom, size):
    model = Recommender.fit(newsroom[:size])
    other = rebuilt(model)
    assert len(other.articles) == size
    for article in newsroom[:size]:
        assert other.ranked(article.id, 3) == model.ranked(article.id, 3)


def test_arrays_are_the_same_bytes_for_any_number_of_jobs(newsroom):
    tiling = Tiling(
        batch_characters=20_000, chunk_articles=10, bigram_tokens=3000, block_rows=32, sparse_df=4
    )
    copies = [a.model_copy(update={"id": f"{n}-{a.id}"}) for n in range(4) for a in newsroom]
    one, *others = (Recommender.fit(copies, jobs=jobs, tiling=tiling) for jobs in (1, 2, 3))
    arrays = to_arrays(one)
    for other in others:
        assert to_manifest(other) == to_manifest(one)
        for name, array in to_arrays(other).items():
            assert array.tobytes() == arrays[name].tobytes(), name


def test_arrays_are_numbers_and_postings_have_every_entry(model):
    arrays = to_arrays(model)
    assert {array.dtype.kind for array in arrays.values()} <= set("iuf")
    entries = to_manifest(model)["metrics"]["entries"]
    assert entries == len(arrays["frequent_rows"]) + len(arrays["other_rows"])
    assert entries == len(model.index.vectors.slice(0, len(model.articles)).indices)


def test_manifest_has_sizes_and_library_versions(model):
    manifest = to_manifest(model)
    assert manifest["metrics"]["articles"] == 65
    assert manifest["metrics"]["words"] == len(model.space.words)
    columns = sum(manifest["metrics"][name] for name in ("words", "pairs", "tags"))
    assert columns == len(model.space)
    assert {"python", "numpy", "numba", "alsoread"} <= manifest["libraries"].keys()


def test_missing_array_is_an_error(model):
    for name in to_arrays(model):
        arrays = to_arrays(model)
        del arrays[name]
        with pytest.raises(KeyError, match=name.split("_")[0]):
            from_arrays(arrays, to_manifest(model))


def test_array_of_another_length_is_an_error(model):
    arrays = to_arrays(model)
    arrays["copies"] = arrays["copies"][:-1]
    with pytest.raises(ValueError, match="copies has length 64, not 65"):
        from_arrays(arrays, to_manifest(model))


def test_model_with_live_changes_is_not_saved(model, newsroom):
    new = newsroom[0].model_copy(update={"id": "new"})
    changed = model.apply_changes([(1, "new", new)])
    with pytest.raises(ModelError, match="changes since its training: train again"):
        to_arrays(changed)
