"""Measures: how good lists are, by judgments of which articles are related."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from recommender.errors import InputError, MissingExtraError

# Judgments: query id to document id to grade, 0 for judged unrelated.
Qrels = dict[str, dict[str, int]]
# From an article's id to the ids of its list, best first.
Lister = Callable[[str], Sequence[str]]

MEASURES = ("nDCG@5", "nDCG@10", "R@10", "RR")
_RESAMPLES = 2000
_GRADE = re.compile("-?[0-9]{1,2}")
# ir-measures keeps a gain, 2**grade - 1, in 31 bits.
_HIGHEST_GRADE = 30


@dataclass(frozen=True)
class Measured:
    """A mean over queries, and the bounds of its 95 % bootstrap interval."""

    mean: float
    low: float
    high: float


@dataclass(frozen=True)
class Evaluation:
    """Every measure of every query's list.

    ``by_query`` maps a measure to its values (float64), in the order of ``queries``.
    """

    queries: tuple[str, ...]
    by_query: dict[str, NDArray[np.float64]]

    def __getitem__(self, measure: str) -> Measured:
        return interval(self.by_query[measure])

    def minus(self, other: Evaluation, measure: str) -> Measured:
        """Return the paired difference to another evaluation.

        Raises
        ------
        InputError
            When the two have different queries.
        """
        if self.queries != other.queries:
            raise InputError("two evaluations can be compared only on the same judged articles")
        return interval(self.by_query[measure] - other.by_query[measure])


def read_qrels(path: str | Path) -> Qrels:
    """Read judgments in TREC format: query id, anything, document id, grade on each line.

    A grade below 0 becomes 0.

    Raises
    ------
    InputError
        When the file cannot be read, or naming the first line that is not a judgment.
    """
    qrels: Qrels = {}
    try:
        lines = Path(path).read_text(encoding="utf-8").splitlines()
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "not UTF-8"
        raise InputError(f"{path}: cannot be read: {reason}") from None
    for number, line in enumerate(lines, 1):
        parts = line.split()
        if not parts:
            continue
        if len(parts) != 4 or not _GRADE.fullmatch(parts[3]):
            raise InputError(f"{path}:{number}: expected 'query 0 document grade'")
        if int(parts[3]) > _HIGHEST_GRADE:
            raise InputError(f"{path}:{number}: grade {parts[3]} is above {_HIGHEST_GRADE}")
        qrels.setdefault(parts[0], {})[parts[2]] = max(0, int(parts[3]))
    return qrels


def evaluate(lister: Lister, qrels: Qrels, known: Iterable[str]) -> Evaluation:
    """Measure the lists of all judged articles that are ``known``.

    nDCG's gain is ``2**grade - 1`` and its discount ``log2(rank + 1)`` (Burges et al., 2005). An
    article is related if its grade is above 0. Queries without a related article are left out, and
    so are those that are not known; a related article that is not known counts as missed.

    Raises
    ------
    InputError
        When no judged article is known.
    MissingExtraError
        When ir-measures is not installed.

    Examples
    --------
    >>> qrels = {"a": {"b": 2, "c": 1}}
    >>> evaluation = evaluate(lambda article_id: ["c", "b"], qrels, known="abc")
    >>> round(evaluation["nDCG@10"].mean, 3), evaluation["R@10"].mean
    (0.797, 1.0)
    """
    try:
        import ir_measures
    except ImportError:
        raise MissingExtraError("evaluate", "ir-measures") from None
    ids = set(known)
    queries = tuple(q for q, docs in sorted(qrels.items()) if q in ids and any(docs.values()))
    if not queries:
        raise InputError("no judged article is in the archive: are the ids the same?")
    gains = {query: {doc: 2**grade - 1 for doc, grade in qrels[query].items()} for query in queries}
    run = {query: _descending_scores(lister(query)) for query in queries}
    position = {query: number for number, query in enumerate(queries)}
    values = {measure: np.zeros(len(queries)) for measure in MEASURES}
    measures = [ir_measures.parse_measure(measure) for measure in MEASURES]
    for metric in ir_measures.iter_calc(measures, gains, run):
        values[str(metric.measure)][position[metric.query_id]] = metric.value
    return Evaluation(queries, values)


def _descending_scores(ids: Sequence[str]) -> Mapping[str, float]:
    """Return a score for each id of a list, so that sorting by score restores the list."""
    return {article_id: float(-rank) for rank, article_id in enumerate(ids)}


def interval(values: NDArray[np.float64], seed: int = 0) -> Measured:
    """Return the mean of per-query values and its 95 % percentile bootstrap interval.

    Examples
    --------
    >>> interval(np.array([0.5, 0.5]))
    Measured(mean=0.5, low=0.5, high=0.5)
    """
    generator = np.random.default_rng(seed)
    n = len(values)
    # One resample at a time: all at once would not fit into memory for a large archive.
    means = [values[generator.integers(0, n, n)].mean() for _ in range(_RESAMPLES)]
    low, high = np.percentile(means, [2.5, 97.5])
    return Measured(float(values.mean()), float(low), float(high))
