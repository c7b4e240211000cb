"""Scores added up from field products are cosines of the weighted fields."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.references import added, as_tokens, counted, unit

from recommender.evaluation.field_products import field_products
from recommender.kernels.layout import BIGRAMS, TAGS, WORDS
from recommender.vectors.counting import BigramIndex, Columns, count
from recommender.vectors.weighting import IdfStatistics

KNOWN_WORDS = 4
KNOWN_BIGRAMS = [(0, 1), (1, 2), (2, 0)]
INDEX = BigramIndex(np.array([0, 1, 2, 3, 3]), np.array([1, 2, 0], np.int32))
COLUMNS = Columns(bigrams=KNOWN_WORDS, tags=KNOWN_WORDS + len(KNOWN_BIGRAMS))
STATISTICS = IdfStatistics(np.arange(1, COLUMNS.tags + 4, dtype=np.int32), 20, 1.25)
LEAD = 4
TEXTS = st.lists(st.sampled_from([-1, -2, *range(KNOWN_WORDS)]), max_size=9)
ARTICLES = st.lists(
    st.tuples(TEXTS, TEXTS, TEXTS, st.sets(st.integers(0, 2))), min_size=1, max_size=6
)


def column_of(kind, term):
    if kind == BIGRAMS:
        return COLUMNS.bigrams + KNOWN_BIGRAMS.index(term)
    return term if kind == WORDS else COLUMNS.tags + term


def field_units(article, kind):
    """The unit vectors of body, title and lead; tags are in the body alone."""
    tallies = counted(article, KNOWN_BIGRAMS, LEAD).items()
    terms = {column_of(kind, term): tally for (k, term), tally in tallies if k == kind}

    def idf(column):
        df = STATISTICS.df[column]
        return (1 + math.log((2 + STATISTICS.articles) / (1 + df))) ** STATISTICS.power

    def vector(places):
        counts = {column: sum(tally[at] for at in places) for column, tally in terms.items()}
        return unit({c: (1 + math.log(tf)) * idf(c) for c, tf in counts.items() if tf})

    return [vector(places) for places in ((2, 3), (0,), (1, 2))]


def cosine(one, other):
    one, other = unit(one), unit(other)
    return sum(value * other.get(term, 0) for term, value in one.items())


@given(ARTICLES, ARTICLES, st.sampled_from([(1.0, 0.5, 0.4), (1.0, 0.0, 0.0), (1.0, 9.0, 2.0)]))
def test_scores_are_cosines_of_the_weighted_fields(first, second, weights):
    articles = [*first, *second]
    chunks = [
        count(as_tokens(some), 0, len(some), INDEX, LEAD, COLUMNS) for some in (first, second)
    ]
    every = np.arange(len(articles), dtype=np.int32)
    query, other = np.repeat(every, len(every)), np.tile(every, len(every))
    products = field_products(chunks, STATISTICS, query, other)
    for kind, of_kind in zip((WORDS, BIGRAMS, TAGS), products, strict=True):
        units = [field_units(article, kind) for article in articles]
        sums = [added(*zip(weights, fields, strict=True)) for fields in units]
        scores = of_kind.scores(np.array(weights), query, other)
        expected = [cosine(sums[a], sums[b]) for a, b in zip(query, other, strict=True)]
        assert scores.tolist() == pytest.approx(expected, abs=1e-5)
        assert of_kind.empty().tolist() == [not any(fields) for fields in units]
