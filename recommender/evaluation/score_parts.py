"""Score parts: the pairs that settings are tried on, and nDCG@10 over them in milliseconds."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from recommender.articles.article import Article
from recommender.evaluation.field_products import FieldProducts, field_products
from recommender.evaluation.measures import Qrels
from recommender.model import Model
from recommender.vectors.term_space import TermSpace
from recommender.vectors.weighting import IdfStatistics

# The idf powers that are tried; for others the parts of a score would have to be computed again.
POWERS = (0.75, 1.0, 1.25, 1.5)
_CANDIDATES = 100
DEPTH = 10
# Name, lowest, highest; the idf power is an index into POWERS.
SEARCHED = (
    ("title_weight", 0.0, 1.5),
    ("lead_weight", 0.0, 1.5),
    ("pair_weight", 0.0, 0.6),
    ("tag_weight", 0.0, 0.4),
    ("nearness", 0.0, 0.5),
    ("idf_power", 0, len(POWERS) - 1),
)


class _Pairs(NamedTuple):
    """Pairs of articles grouped by query; see ``ScoreParts``."""

    query: NDArray[np.int32]
    other: NDArray[np.int32]
    slot: NDArray[np.int64]
    gains: NDArray[np.float64]
    ideal: NDArray[np.float64]


@dataclass(frozen=True)
class ScoreParts:
    """The parts of the score of each candidate pair, for every setting that may be tried.

    ``query`` and ``other`` (int32) are rows, grouped by query; ``slot`` (int64) is the query's list
    that a pair is in, ``gains`` (float64) what it contributes there and ``ideal`` each list's best
    possible sum. ``words``, ``bigrams`` and ``tags`` have the products at each idf power;
    ``distance`` is in days, NaN where a date is unknown.
    """

    query: NDArray[np.int32]
    other: NDArray[np.int32]
    slot: NDArray[np.int64]
    gains: NDArray[np.float64]
    ideal: NDArray[np.float64]
    words: tuple[FieldProducts, ...]
    bigrams: tuple[FieldProducts, ...]
    tags: tuple[FieldProducts, ...]
    distance: NDArray[np.float64]

    @classmethod
    def of(
        cls, articles: Iterable[Article], model: Model, qrels: Qrels, queries: list[str]
    ) -> ScoreParts:
        """Compute the parts for the candidates of some judged articles."""
        pairs = _candidate_pairs(model, qrels, queries)
        # Bigrams are counted even if their weight was 0 so far.
        settings = model.config.vectors.model_copy(update={"pair_weight": 0.5})
        space, tokens = TermSpace.learn(articles, settings)
        chunks = list(space.counts(tokens))
        statistics = (IdfStatistics(space.df, space.articles, power) for power in POWERS)
        products = [field_products(chunks, each, pairs.query, pairs.other) for each in statistics]
        words, bigrams, tags = zip(*products, strict=True)
        days = model.index.times.days.astype(np.float64)
        distance = np.abs(days[pairs.query] - days[pairs.other])
        return cls(*pairs, words, bigrams, tags, distance)

    def ndcg(self, point: NDArray[np.float64]) -> float:
        """Return the mean nDCG@10 of a point of the search: a value for each of ``SEARCHED``."""
        settings = dict(zip((name for name, *_ in SEARCHED), point, strict=True))
        score = self.scores(settings)
        order = np.lexsort((self.other, -score, self.slot))
        first = np.searchsorted(self.slot, np.arange(len(self.ideal)))
        rank = np.arange(len(order)) - first[self.slot]
        listed = rank < DEPTH
        discounted = self.gains[order][listed] / np.log2(rank[listed] + 2)
        sums = np.bincount(self.slot[listed], discounted, len(self.ideal))
        return float(np.mean(sums / self.ideal))

    def scores(self, settings: dict[str, float]) -> NDArray[np.float64]:
        """Return each pair's score (float64) with these settings, all of ``SEARCHED``."""
        power = round(settings["idf_power"])
        fields = np.array([1.0, settings["title_weight"], settings["lead_weight"]])
        tag_fields = np.array([1.0, 0.0, 0.0])
        bigram, tag = settings["pair_weight"], settings["tag_weight"]
        blocks = (
            (self.words[power], fields, (1 - bigram) * (1 - tag)),
            (self.bigrams[power], fields, bigram * (1 - tag)),
            (self.tags[power], tag_fields, tag),
        )
        total, norm = np.zeros(len(self.query)), np.zeros(len(self.words[0].own))
        for products, weights, share in blocks:
            total += share * products.scores(weights, self.query, self.other)
            norm += share * ~products.empty()
        length = np.sqrt(norm[self.query] * norm[self.other])
        total = np.divide(total, length, out=np.zeros(len(total)), where=length > 0)
        factor = (1 + self.distance) ** -settings["nearness"]
        undated = np.isnan(factor)
        mean_factor = 1.0 if undated.all() else np.nanmean(factor)
        return np.asarray(total * np.where(undated, mean_factor, factor))


def _candidate_pairs(model: Model, qrels: Qrels, queries: list[str]) -> _Pairs:
    """Return the nearest and the judged articles of each query as pairs."""
    articles, rows, ideal = model.articles, [], []
    for slot, query in enumerate(queries):
        row = articles.row(query)
        gains = {articles.ids.find(doc): 2.0**grade - 1 for doc, grade in qrels[query].items()}
        nearest = model.index.nearest(row, _CANDIDATES)[0].tolist()
        others = sorted({*nearest, *(other for other in gains if other is not None)} - {row})
        rows += [(row, other, slot, gains.get(other, 0.0)) for other in others]
        best = sorted((2.0**grade - 1 for grade in qrels[query].values()), reverse=True)[:DEPTH]
        ideal.append(sum(gain / np.log2(rank + 2) for rank, gain in enumerate(best)))
    table = np.array(rows)
    return _Pairs(
        table[:, 0].astype(np.int32),
        table[:, 1].astype(np.int32),
        table[:, 2].astype(np.int64),
        table[:, 3],
        np.array(ideal),
    )
