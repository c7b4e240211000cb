"""A model is its arrays and its facts, nothing else."""

import json

import numpy as np
import pytest

from recommender import Config, Recommender
from recommender.vectors import counting as counts, vocabulary
from recommender.search import graph, postings
from recommender.persistence.arrays import from_arrays, to_arrays, to_manifest


def again(model):
    """The model made of what would be stored; facts go through JSON."""
    return Recommender(*from_arrays(to_arrays(model), json.loads(json.dumps(to_manifest(model)))))


SETTINGS = [{}, {"stemming": True}, {"fold_accents": True}, {"stop_words": False}]


@pytest.mark.parametrize("settings", SETTINGS, ids=str)
def test_a_model_of_its_arrays_and_facts_is_the_same_model(newsroom, settings):
    model = Recommender.fit(newsroom, Config.of({"vectors": settings, "neighbours": 4}))
    other = again(model)
    for row, article in enumerate(newsroom):
        assert other.recommend(article.id, limit=9, explain=True) == model.recommend(
            article.id, limit=9, explain=True
        )
        one, two = (some.space.transform([article]) for some in (model, other))
        np.testing.assert_array_equal(one.indices, two.indices)
        np.testing.assert_array_equal(one.levels, two.levels)
        np.testing.assert_array_equal(one.levels, model.index.vectors.row(row).levels)
    columns = range(len(model.space))
    assert list(map(other.space.name, columns)) == list(map(model.space.name, columns))
    assert to_manifest(other) == to_manifest(model)


@pytest.mark.parametrize("settings", SETTINGS, ids=str)
def test_terms_are_stored_only_if_they_are_not_the_words(newsroom, settings):
    model = Recommender.fit(newsroom, Config.of({"vectors": settings}))
    stored = any(name.startswith("terms") for name in to_arrays(model))
    assert stored == bool(settings.keys() & {"stemming", "fold_accents"})


@pytest.mark.parametrize("size", [0, 1, 2])
def test_arrays_of_the_smallest_archives_are_a_model_too(newsroom, size):
    model = Recommender.fit(newsroom[:size])
    other = again(model)
    assert len(other.articles) == size
    for article in newsroom[:size]:
        assert other.ranked(article.id, 3) == model.ranked(article.id, 3)


def test_arrays_are_the_same_bytes_for_any_number_of_jobs(newsroom, monkeypatch):
    monkeypatch.setattr(counts, "CHUNK", 10)
    monkeypatch.setattr(vocabulary, "_TOKENS_AT_ONCE", 3000)
    monkeypatch.setattr(graph, "BLOCK", 32)
    monkeypatch.setattr(graph, "RARE", 4)
    monkeypatch.setattr(postings, "BLOCK", 1 << 15)
    copies = [a.model_copy(update={"id": f"{n}-{a.id}"}) for n in range(4) for a in newsroom]
    one, *others = (Recommender.fit(copies, jobs=jobs) for jobs in (1, 2, 3))
    for other in others:
        assert to_manifest(other) == to_manifest(one)
        for name, array in to_arrays(other).items():
            assert array.tobytes() == to_arrays(one)[name].tobytes(), name


def test_arrays_are_of_plain_numbers_and_postings_hold_every_entry(model):
    arrays = to_arrays(model)
    assert {array.dtype.kind for array in arrays.values()} <= set("iuf")
    entries = to_manifest(model)["metrics"]["entries"]
    assert entries == len(arrays["frequent_rows"]) + len(arrays["other_rows"])
    assert entries == len(model.index.vectors.slice(0, 65).indices)


def test_facts_tell_how_large_the_model_is_and_what_made_it(model):
    facts = to_manifest(model)
    assert facts["metrics"]["articles"] == 65
    assert facts["metrics"]["words"] == len(model.space.words)
    told = sum(facts["metrics"][name] for name in ("words", "pairs", "tags"))
    assert told == len(model.space)
    assert {"python", "numpy", "numba", "alsoread"} <= facts["libraries"].keys()


def test_without_one_of_its_arrays_there_is_no_model(model):
    for name in to_arrays(model):
        arrays = to_arrays(model)
        del arrays[name]
        with pytest.raises(KeyError, match=name.split("_")[0]):
            from_arrays(arrays, to_manifest(model))
