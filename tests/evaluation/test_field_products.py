"""The parts of a score, added up, are the score."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.references import added, as_tokens, counted, unit

from recommender.kernels.layout import BIGRAMS, TAGS, WORDS
from recommender.vectors.counting import BigramIndex, count
from recommender.evaluation.field_products import field_blocks
from recommender.vectors.weighting import IdfStatistics

KNOWN = 4
PAIR_LIST = [(0, 1), (1, 2), (2, 0)]
INDEX = BigramIndex(np.array([0, 1, 2, 3, 3]), np.array([1, 2, 0], np.int32))
TAGS_FROM = KNOWN + len(PAIR_LIST)
RARITY = IdfStatistics(np.arange(1, TAGS_FROM + 4, dtype=np.int32), 20, 1.25)
LEAD = 4
TEXTS = st.lists(st.sampled_from([-1, -2, *range(KNOWN)]), max_size=9)
ARTICLES = st.lists(
    st.tuples(TEXTS, TEXTS, TEXTS, st.sets(st.integers(0, 2))), min_size=1, max_size=6
)


def column_of(kind, term):
    if kind == BIGRAMS:
        return KNOWN + PAIR_LIST.index(term)
    return term if kind == WORDS else TAGS_FROM + term


def field_units(article, kind):
    """Unit vectors of body, title and lead; a tag is in the body alone."""
    tallies = counted(article, PAIR_LIST, LEAD).items()
    terms = {column_of(kind, term): tally for (k, term), tally in tallies if k == kind}

    def weight(column):
        return (1 + math.log((2 + RARITY.articles) / (1 + RARITY.df[column]))) ** RARITY.power

    def vector(places):
        times = {column: sum(tally[place] for place in places) for column, tally in terms.items()}
        return unit({c: (1 + math.log(tf)) * weight(c) for c, tf in times.items() if tf})

    return [vector(places) for places in ((2, 3), (0,), (1, 2))]


def cosine(one, other):
    one, other = unit(one), unit(other)
    return sum(value * other.get(term, 0) for term, value in one.items())


@given(ARTICLES, ARTICLES, st.sampled_from([(1.0, 0.5, 0.4), (1.0, 0.0, 0.0), (1.0, 9.0, 2.0)]))
def test_every_pairs_scores_are_cosines_of_the_weighed_fields(first, second, weights):
    articles = [*first, *second]
    chunks = [
        count(as_tokens(some), 0, len(some), INDEX, LEAD, TAGS_FROM) for some in (first, second)
    ]
    every = np.arange(len(articles), dtype=np.int32)
    query, other = np.repeat(every, len(every)), np.tile(every, len(every))
    blocks = field_blocks(chunks, RARITY, query, other)
    for kind, block in zip((WORDS, BIGRAMS, TAGS), blocks, strict=True):
        units = [field_units(article, kind) for article in articles]
        sums = [added(*zip(weights, fields, strict=True)) for fields in units]
        found = block.scores(np.array(weights), query, other)
        expected = [cosine(sums[a], sums[b]) for a, b in zip(query, other, strict=True)]
        assert found.tolist() == pytest.approx(expected, abs=1e-5)
        assert block.empty().tolist() == [not any(fields) for fields in units]
