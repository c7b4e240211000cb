"""Serialization: a model as named arrays and a JSON manifest, and back."""

from __future__ import annotations

import platform
from collections.abc import Callable
from dataclasses import asdict
from importlib.metadata import version
from typing import Any

import numpy as np
from numpy.typing import NDArray

from recommender.articles.strings import ExtendedStrings, StringColumn, Strings
from recommender.config import Config
from recommender.copies.groups import CopyGroups
from recommender.copies.sketches import Sketches
from recommender.errors import ModelError
from recommender.kernels.types import Postings, Times
from recommender.metadata.facets import Facets
from recommender.metadata.metadata import Metadata
from recommender.model import Model
from recommender.search.approximate import GraphQuality
from recommender.search.graph import appearances
from recommender.search.index import Index
from recommender.search.postings import SearchIndex
from recommender.search.segment import LiveSegment
from recommender.text.tags import tag_key
from recommender.vectors.counting import BigramIndex
from recommender.vectors.packed import PackedVectors
from recommender.vectors.term_space import TermSpace

Arrays = dict[str, NDArray[Any]]
_LIBRARIES = ("alsoread", "numpy", "numba", "selectolax", "snowballstemmer", "stopwordsiso")
# The two tiers of postings, by their names in files.
_TIERS = ("frequent", "other")


def to_arrays(model: Model) -> Arrays:
    """Return all arrays of a model by name; terms only if they differ from the words.

    Raises
    ------
    ModelError
        If changes were applied to it since it was trained.
    """
    articles, space, index = model.articles, model.space, model.index
    if isinstance(articles.ids, ExtendedStrings) or isinstance(articles.urls, ExtendedStrings):
        raise ModelError("cannot save a model with changes since its training: train again")
    strings: dict[str, StringColumn | Strings] = {
        "ids": articles.ids,
        "urls": articles.urls,
        "shown": articles.stored,
        "facets": articles.facets.keys,
        "words": space.words,
        "tags": space.tags,
    }
    if space.terms is not space.words:
        strings["terms"] = space.terms
    arrays: Arrays = {
        f"{name}_{part}": array
        for name, column in strings.items()
        for part, array in column.arrays().items()
    }
    tiers = (index.postings.dense, index.postings.sparse)
    arrays |= {
        f"{name}_{part}": array
        for name, postings in zip(_TIERS, tiers, strict=True)
        for part, array in postings._asdict().items()
    }
    return arrays | {
        "published": articles.published,
        "facet_starts": articles.facets.starts,
        "facet_rows": articles.facets.rows,
        "days": index.times.days,
        "pair_starts": space.bigrams.starts,
        "pair_seconds": space.bigrams.seconds,
        "df": space.df,
        "row_starts": index.vectors.starts,
        "rows": index.vectors.blob,
        "neighbours": index.neighbours,
        "neighbour_scores": index.scores,
        "neighbour_bars": index.thresholds,
        "sketch_starts": model.copies.sketches.starts,
        "sketch_prints": model.copies.sketches.fingerprints,
        "sketch_weights": model.copies.sketches.weights,
        "copies": model.copies.groups,
    }


def to_manifest(model: Model) -> dict[str, Any]:
    """Return the manifest of a model as JSON types: its config, sizes and library versions.

    It is the same for the same archive and settings.
    """
    space, quality = model.space, model.index.quality
    return {
        "config": model.config.model_dump(mode="json"),
        "revision": model.revision,
        "width": model.index.postings.width,
        "nearness": {
            "power": float(model.index.times.power),
            "unknown": float(model.index.times.unknown),
        },
        "approximate": quality and asdict(quality),
        "metrics": {
            "articles": len(model.articles),
            "words": len(space.words),
            "pairs": len(space.bigrams.seconds),
            "tags": len(space.tags),
            "entries": int(np.sum(space.df)),
            "copies": int(np.count_nonzero(model.copies.groups >= 0)),
            "listed_nowhere": int(np.count_nonzero(appearances(model.index.neighbours) == 0)),
        },
        "libraries": {"python": platform.python_version()}
        | {name: version(name) for name in _LIBRARIES},
    }


def from_arrays(
    arrays: Arrays, manifest: dict[str, Any]
) -> tuple[Config, Metadata, TermSpace, Index, CopyGroups, int]:
    """Return the parts of a model, in the order of its fields.

    Raises
    ------
    KeyError, ValueError, ConfigError
        If an array or a key of the manifest is missing or invalid.
    """
    config = Config.of(manifest["config"])
    n = len(arrays["published"])
    sizes = {"ids_offsets": n + 1, "row_starts": n + 1, "neighbours": n, "neighbour_bars": n}
    for name, rows in (sizes | {"sketch_starts": n + 1, "copies": n}).items():
        if len(arrays[name]) != rows:
            raise ValueError(f"{name} has length {len(arrays[name])}, not {rows}")
    articles = _metadata(arrays)
    words = _strings(arrays, "words", str.lower)
    space = TermSpace(
        config.vectors,
        words,
        _strings(arrays, "terms") if "terms_blob" in arrays else words,
        BigramIndex(arrays["pair_starts"], arrays["pair_seconds"]),
        _strings(arrays, "tags", tag_key),
        arrays["df"],
        len(articles),
    )
    vectors = PackedVectors(arrays["row_starts"], arrays["rows"], len(space))
    parts = (arrays[f"sketch_{part}"] for part in ("starts", "prints", "weights"))
    copies = CopyGroups(Sketches(*parts), arrays["copies"])
    index = _index(arrays, manifest, vectors)
    return config, articles, space, index, copies, int(manifest["revision"])


def _metadata(arrays: Arrays) -> Metadata:
    keys = _strings(arrays, "facets")
    facets = Facets(keys, arrays["facet_starts"], arrays["facet_rows"])
    ids, urls = _strings(arrays, "ids"), _strings(arrays, "urls")
    return Metadata(ids, urls, _column(arrays, "shown"), arrays["published"], facets)


def _index(arrays: Arrays, manifest: dict[str, Any], vectors: PackedVectors) -> Index:
    dense, sparse = (
        Postings(*(arrays[f"{name}_{part}"] for part in Postings._fields)) for name in _TIERS
    )
    postings = SearchIndex(int(manifest["width"]), dense, sparse)
    nearness = manifest["nearness"]
    power, unknown = np.float32(nearness["power"]), np.float32(nearness["unknown"])
    return Index(
        vectors,
        postings,
        Times(arrays["days"], power, unknown),
        arrays["neighbours"],
        arrays["neighbour_scores"],
        arrays["neighbour_bars"],
        LiveSegment(len(arrays["published"])),
        quality=GraphQuality.from_manifest(manifest.get("approximate")),
    )


def _column(arrays: Arrays, name: str) -> StringColumn:
    return StringColumn(arrays[f"{name}_blob"], arrays[f"{name}_offsets"])


def _strings(arrays: Arrays, name: str, key: Callable[[str], str] = str) -> Strings:
    hashes, order = arrays[f"{name}_hashes"], arrays[f"{name}_order"]
    return Strings(_column(arrays, name), hashes, order, key)
