"""Candidates: the pairs on which settings are tried, and nDCG@10 over them in milliseconds."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from recommender.article import Article
from recommender.evaluation import Qrels
from recommender.pairscores import Block, field_blocks
from recommender.recommender import Recommender
from recommender.vectors import TermSpace
from recommender.weights import Rarity

# The idf powers that are tried; between them the parts of a score would have to be made again.
POWERS = (0.75, 1.0, 1.25, 1.5)
_CANDIDATES = 100
AT = 10
# Name, lowest, highest; the idf power is an index into POWERS.
SEARCHED = (
    ("title_weight", 0.0, 1.5),
    ("lead_weight", 0.0, 1.5),
    ("pair_weight", 0.0, 0.6),
    ("tag_weight", 0.0, 0.4),
    ("nearness", 0.0, 0.5),
    ("idf_power", 0, len(POWERS) - 1),
)


@dataclass(frozen=True)
class Parts:
    """Everything the score of a candidate pair is made of, for each setting that may be tried.

    ``query`` and ``other`` (int32) are rows, grouped by query; ``slot`` says which query's list a
    pair is in; ``gains`` what it brings there and ``ideal`` each list's best possible sum.
    ``words`` and ``pairs`` are one block per idf power, ``tags`` each pair's cosine (likewise).
    """

    query: NDArray[np.int32]
    other: NDArray[np.int32]
    slot: NDArray[np.int64]
    gains: NDArray[np.float64]
    ideal: NDArray[np.float64]
    words: tuple[Block, ...]
    pairs: tuple[Block, ...]
    tags: tuple[Block, ...]
    distance: NDArray[np.float64]

    @classmethod
    def of(
        cls,
        articles: Iterable[Article],
        model: Recommender,
        qrels: Qrels,
        queries: list[str],
    ) -> Parts:
        """Make the parts for the candidates of some judged articles."""
        query, other, slot, gains, ideal = _candidate_pairs(model, qrels, queries)
        # Pairs are counted even if they weighed nothing so far.
        settings = model.config.vectors.model_copy(update={"pair_weight": 0.5})
        space, tokens = TermSpace.read(articles, settings)
        chunks = list(space.counts(tokens))
        words, pairs, tags = zip(
            *(
                field_blocks(chunks, Rarity(space.df, space.articles, power), query, other)
                for power in POWERS
            ),
            strict=True,
        )
        days = model.index.times.days.astype(np.float64)
        distance = np.abs(days[query] - days[other])
        return cls(query, other, slot, gains, ideal, words, pairs, tags, distance)

    def ndcg(self, point: NDArray[np.float64]) -> float:
        """Return the mean nDCG@10 of a point of the search, over the candidates."""
        score = self.scores(dict(zip((name for name, *_ in SEARCHED), point, strict=True)))
        order = np.lexsort((self.other, -score, self.slot))
        first = np.searchsorted(self.slot, np.arange(len(self.ideal)))
        rank = np.arange(len(order)) - first[self.slot]
        told = rank < AT
        discounted = self.gains[order][told] / np.log2(rank[told] + 2)
        sums = np.bincount(self.slot[told], discounted, len(self.ideal))
        return float(np.mean(sums / self.ideal))

    def scores(self, tried: dict[str, float]) -> NDArray[np.float64]:
        """Return each pair's score under some settings."""
        power = round(tried["idf_power"])
        fields = np.array([1.0, tried["title_weight"], tried["lead_weight"]])
        tag_fields = np.array([1.0, 0.0, 0.0])
        blocks = (
            (self.words[power], fields, (1 - tried["pair_weight"]) * (1 - tried["tag_weight"])),
            (self.pairs[power], fields, tried["pair_weight"] * (1 - tried["tag_weight"])),
            (self.tags[power], tag_fields, tried["tag_weight"]),
        )
        total, norm = np.zeros(len(self.query)), np.zeros(len(self.words[0].within))
        for block, weights, share in blocks:
            total += share * block.scores(weights, self.query, self.other)
            norm += share * ~block.empty()
        length = np.sqrt(norm[self.query] * norm[self.other])
        total = np.divide(total, length, out=np.zeros(len(total)), where=length > 0)
        near = (1 + self.distance) ** -tried["nearness"]
        usual = np.nanmean(near) if not np.isnan(near).all() else 1.0
        return np.asarray(total * np.where(np.isnan(near), usual, near))


def _candidate_pairs(model: Recommender, qrels: Qrels, queries: list[str]) -> tuple[Any, ...]:
    """Return the nearest and the judged of each query as pairs, with gains and ideals."""
    cards, rows = model.articles, []
    ideal = []
    for slot, query in enumerate(queries):
        row = cards.row(query)
        judged = {cards.ids.find(doc): 2.0**grade - 1 for doc, grade in qrels[query].items()}
        near = model.index.nearest(row, _CANDIDATES)[0].tolist()
        others = sorted({*near, *(other for other in judged if other is not None)} - {row})
        rows += [(row, other, slot, judged.get(other, 0.0)) for other in others]
        best = sorted((2.0**grade - 1 for grade in qrels[query].values()), reverse=True)[:AT]
        ideal.append(sum(gain / np.log2(rank + 2) for rank, gain in enumerate(best)))
    table = np.array(rows)
    rows_of, others_of = table[:, 0].astype(np.int32), table[:, 1].astype(np.int32)
    return rows_of, others_of, table[:, 2].astype(np.int64), table[:, 3], np.array(ideal)
