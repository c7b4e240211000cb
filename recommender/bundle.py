"""A model as named arrays and JSON facts, and back."""

from __future__ import annotations

import platform
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from recommender.cards import Cards
from recommender.config import Config
from recommender.counts import tag_key
from recommender.index import Index
from recommender.kernel import Postings, Times
from recommender.nearness import days
from recommender.sketches import Sketches
from recommender.strings import Strings
from recommender.vectors import TermSpace, Vectors

if TYPE_CHECKING:
    from recommender.recommender import Recommender

Arrays = dict[str, NDArray[Any]]
_LIBRARIES = ("alsoread", "numpy", "numba", "selectolax", "snowballstemmer", "stopwordsiso")
_STRINGS = ("ids", "urls", "shown", "words", "tags")


def to_arrays(model: Recommender) -> Arrays:
    """Return everything a model holds that is an array; terms only if they are not the words'."""
    cards, space, index = model.articles, model.space, model.index
    columns = (cards.ids, cards.urls, cards.shown, space.words, space.tags)
    named = dict(zip(_STRINGS, columns, strict=True))
    if space.terms is not space.words:
        named["terms"] = space.terms
    arrays: Arrays = {
        f"{name}_{part}": array
        for name, strings in named.items()
        for part, array in strings.arrays().items()
    }
    return arrays | {
        "published": cards.published,
        "pairs": space.pairs,
        "df": space.df,
        "indptr": index.vectors.indptr,
        "indices": index.vectors.indices,
        "data": index.vectors.data,
        "fields": index.vectors.fields,
        "posting_starts": index.postings.starts,
        "posting_rows": index.postings.rows,
        "posting_weights": index.postings.weights,
        "neighbours": index.neighbours,
        "neighbour_scores": index.scores,
        "sketch_starts": model.sketches.starts,
        "sketch_prints": model.sketches.prints,
        "sketch_weights": model.sketches.weights,
        "copies": model.copies,
    }


def to_facts(model: Recommender) -> dict[str, Any]:
    """Return what a manifest says of a model, the same for the same archive and settings."""
    space = model.space
    return {
        "config": model.config.model_dump(mode="json"),
        "revision": model.revision,
        "nearness": {
            "power": float(model.index.times.power),
            "unknown": float(model.index.times.unknown),
        },
        "metrics": {
            "articles": len(model.articles),
            "words": len(space.words),
            "pairs": len(space.pairs),
            "tags": len(space.tags),
            "entries": len(model.index.vectors.data),
            "copies": int(np.count_nonzero(model.copies >= 0)),
            "listed_nowhere": _listed_nowhere(model.index.neighbours),
        },
        "libraries": {"python": platform.python_version()}
        | {name: version(name) for name in _LIBRARIES},
    }


def _listed_nowhere(neighbours: NDArray[np.int32]) -> int:
    """Count the articles that are in no stored list."""
    listed = np.unique(neighbours[neighbours >= 0])
    return len(neighbours) - len(listed)


def from_arrays(
    arrays: Arrays, facts: dict[str, Any]
) -> tuple[Config, Cards, TermSpace, Index, Sketches, NDArray[np.int32], int]:
    """Return the parts of a model, in the order of its fields.

    Raises
    ------
    KeyError, ValueError, ConfigError
        When something is missing or wrong.
    """
    config = Config.of(facts["config"])
    ids, urls, shown, words, tags = (_strings(arrays, name) for name in _STRINGS)
    cards = Cards(ids, urls, shown, arrays["published"])
    words = Strings(words.blob, words.offsets, words.order, str.lower)
    space = TermSpace(
        config.vectors,
        words,
        _strings(arrays, "terms") if "terms_blob" in arrays else words,
        arrays["pairs"],
        Strings(tags.blob, tags.offsets, tags.order, tag_key),
        arrays["df"],
        len(cards),
    )
    vectors = Vectors(
        arrays["indptr"], arrays["indices"], arrays["data"], arrays["fields"], len(space)
    )
    postings = Postings(arrays["posting_starts"], arrays["posting_rows"], arrays["posting_weights"])
    nearness = facts["nearness"]
    power, unknown = np.float32(nearness["power"]), np.float32(nearness["unknown"])
    times = Times(days(cards.published), power, unknown)
    index = Index(vectors, postings, times, arrays["neighbours"], arrays["neighbour_scores"])
    parts = (arrays[f"sketch_{part}"] for part in ("starts", "prints", "weights"))
    return config, cards, space, index, Sketches(*parts), arrays["copies"], int(facts["revision"])


def _strings(arrays: Arrays, name: str) -> Strings:
    return Strings(arrays[f"{name}_blob"], arrays[f"{name}_offsets"], arrays[f"{name}_order"])
