"""A model as named arrays and JSON facts, and back."""

from __future__ import annotations

import platform
from collections.abc import Callable
from dataclasses import asdict
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from recommender.approximate import Closeness
from recommender.cards import Cards
from recommender.config import Config
from recommender.copies import CopyGroups
from recommender.counts import PairIndex
from recommender.coverage import appearances
from recommender.errors import ModelError
from recommender.facets import Facets
from recommender.index import Index
from recommender.kernel import Postings, Times
from recommender.postings import Searchable
from recommender.rows import Rows
from recommender.segment import Segment
from recommender.sketches import Sketches
from recommender.strings import Column, Longer, Strings
from recommender.tags import tag_key
from recommender.vectors import TermSpace

if TYPE_CHECKING:
    from recommender.recommender import Recommender

Arrays = dict[str, NDArray[Any]]
_LIBRARIES = ("alsoread", "numpy", "numba", "selectolax", "snowballstemmer", "stopwordsiso")


def to_arrays(model: Recommender) -> Arrays:
    """Return everything a model holds that is an array; terms only if they are not the words'.

    Raises
    ------
    ModelError
        When it was changed since it was trained.
    """
    cards, space, index = model.articles, model.space, model.index
    if isinstance(cards.ids, Longer) or isinstance(cards.urls, Longer):
        raise ModelError("it holds articles newer than its training: train on all of them and save")
    named: dict[str, Column | Strings] = {
        "ids": cards.ids,
        "urls": cards.urls,
        "shown": cards.shown,
        "facets": cards.facets.keys,
    }
    named |= {"words": space.words, "tags": space.tags}
    if space.terms is not space.words:
        named["terms"] = space.terms
    arrays: Arrays = {
        f"{name}_{part}": array
        for name, strings in named.items()
        for part, array in strings.arrays().items()
    }
    postings = {"frequent": index.postings.frequent, "other": index.postings.others}
    arrays |= {
        f"{name}_{part}": array
        for name, some in postings.items()
        for part, array in some._asdict().items()
    }
    return arrays | {
        "published": cards.published,
        "facet_starts": cards.facets.starts,
        "facet_rows": cards.facets.rows,
        "days": index.times.days,
        "pair_starts": space.pairs.starts,
        "pair_seconds": space.pairs.seconds,
        "df": space.df,
        "row_starts": index.vectors.starts,
        "rows": index.vectors.blob,
        "neighbours": index.neighbours,
        "neighbour_scores": index.scores,
        "neighbour_bars": index.bars,
        "sketch_starts": model.copies.sketches.starts,
        "sketch_prints": model.copies.sketches.prints,
        "sketch_weights": model.copies.sketches.weights,
        "copies": model.copies.groups,
    }


def to_facts(model: Recommender) -> dict[str, Any]:
    """Return what a manifest says of a model, the same for the same archive and settings."""
    space, closeness = model.space, model.index.closeness
    return {
        "config": model.config.model_dump(mode="json"),
        "revision": model.revision,
        "width": model.index.postings.width,
        "nearness": {
            "power": float(model.index.times.power),
            "unknown": float(model.index.times.unknown),
        },
        "approximate": closeness and asdict(closeness),
        "metrics": {
            "articles": len(model.articles),
            "words": len(space.words),
            "pairs": len(space.pairs.seconds),
            "tags": len(space.tags),
            "entries": int(np.sum(space.df)),
            "copies": int(np.count_nonzero(model.copies.groups >= 0)),
            "listed_nowhere": int(np.count_nonzero(appearances(model.index.neighbours) == 0)),
        },
        "libraries": {"python": platform.python_version()}
        | {name: version(name) for name in _LIBRARIES},
    }


def from_arrays(
    arrays: Arrays, facts: dict[str, Any]
) -> tuple[Config, Cards, TermSpace, Index, CopyGroups, int]:
    """Return the parts of a model, in the order of its fields.

    Raises
    ------
    KeyError, ValueError, ConfigError
        When something is missing or wrong.
    """
    config = Config.of(facts["config"])
    n = len(arrays["published"])
    sizes = {"ids_offsets": n + 1, "row_starts": n + 1, "neighbours": n, "neighbour_bars": n}
    for name, rows in (sizes | {"sketch_starts": n + 1, "copies": n}).items():
        if len(arrays[name]) != rows:
            raise ValueError(f"{name} is not of {n} articles")
    ids, urls = _strings(arrays, "ids"), _strings(arrays, "urls")
    keys = _strings(arrays, "facets")
    facets = Facets(keys, arrays["facet_starts"], arrays["facet_rows"])
    cards = Cards(ids, urls, _column(arrays, "shown"), arrays["published"], facets)
    words = _strings(arrays, "words", str.lower)
    space = TermSpace(
        config.vectors,
        words,
        _strings(arrays, "terms") if "terms_blob" in arrays else words,
        PairIndex(arrays["pair_starts"], arrays["pair_seconds"]),
        _strings(arrays, "tags", tag_key),
        arrays["df"],
        len(cards),
    )
    vectors = Rows(arrays["row_starts"], arrays["rows"], len(space))
    frequent, others = (
        Postings(*(arrays[f"{name}_{part}"] for part in Postings._fields))
        for name in ("frequent", "other")
    )
    postings = Searchable(int(facts["width"]), frequent, others)
    nearness = facts["nearness"]
    power, unknown = np.float32(nearness["power"]), np.float32(nearness["unknown"])
    times = Times(arrays["days"], power, unknown)
    near, scores, bars = (arrays[f"neighbour{part}"] for part in ("s", "_scores", "_bars"))
    closeness = Closeness.told(facts.get("approximate"))
    graph = near, scores, bars
    index = Index(vectors, postings, times, *graph, Segment(n), closeness=closeness)
    parts = (arrays[f"sketch_{part}"] for part in ("starts", "prints", "weights"))
    copies = CopyGroups(Sketches(*parts), arrays["copies"])
    return config, cards, space, index, copies, int(facts["revision"])


def _column(arrays: Arrays, name: str) -> Column:
    return Column(arrays[f"{name}_blob"], arrays[f"{name}_offsets"])


def _strings(arrays: Arrays, name: str, key: Callable[[str], str] = str) -> Strings:
    hashes, order = arrays[f"{name}_hashes"], arrays[f"{name}_order"]
    return Strings(_column(arrays, name), hashes, order, key)
