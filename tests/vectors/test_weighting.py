"""A weight is the level nearest to what the formula gives."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.references import added, as_tokens, assert_nearest, counted, level_of, unit

from recommender.kernels.layout import ADJACENT, BIGRAMS, TAGS, WORDS
from recommender.vectors.counting import BigramIndex, Columns, count
from recommender.vectors.weighting import (
    CODEBOOK,
    FIELDS,
    IdfStatistics,
    field_vectors,
    quantise,
    weigh,
)

KNOWN_BIGRAMS = [(0, 1), (1, 0), (2, 2), (3, 4)]
INDEX = BigramIndex(np.array([0, 1, 2, 3, 4, 4]), np.array([1, 0, 2, 4], np.int32))
KNOWN_WORDS = 5
STARTS = Columns(KNOWN_WORDS, KNOWN_WORDS + len(KNOWN_BIGRAMS))
STATISTICS = IdfStatistics(np.arange(1, STARTS.tags + 4, dtype=np.int32), 30, 1.25)
TEXTS = st.lists(st.sampled_from([-1, -2, *range(KNOWN_WORDS)]), max_size=15)
ARTICLES = st.lists(st.tuples(TEXTS, TEXTS, TEXTS, st.sets(st.integers(0, 2))), max_size=5)
SHARES = st.sampled_from([0.0, 0.05, 0.3, 0.9])
WEIGHTS = st.sampled_from([0.0, 0.4, 1.0, 30.0])


def column_of(kind, term):
    if kind == BIGRAMS:
        return STARTS.bigrams + KNOWN_BIGRAMS.index(term)
    return term if kind == WORDS else STARTS.tags + term


def counts_of(articles, lead_words=5):
    """The counts of some articles, and the same for each by (kind, column)."""
    counts = count(as_tokens(articles), 0, len(articles), INDEX, lead_words, STARTS)
    tallies = [counted(article, KNOWN_BIGRAMS, lead_words) for article in articles]
    return counts, [
        {(kind, column_of(kind, term)): tally for (kind, term), tally in terms.items()}
        for terms in tallies
    ]


def idf(column):
    statistics = STATISTICS
    return (
        1 + math.log((2 + statistics.articles) / (1 + statistics.df[column]))
    ) ** statistics.power


def field_units(terms, kind):
    """The unit vectors of body, title and lead of one kind of terms."""

    def vector(places):
        times = {c: sum(tally[p] for p in places) for (k, c), tally in terms.items() if k == kind}
        return unit({c: (1 + math.log(tf)) * idf(c) for c, tf in times.items() if tf})

    return [vector(places) for places in ((2, 3), (0,), (1, 2))]


def row_of(terms, title, lead, bigram_weight, tag_weight):
    """The row of one article by the formula."""
    words, bigrams = (
        unit(added(*zip((1.0, title, lead), field_units(terms, kind), strict=True)))
        for kind in (WORDS, BIGRAMS)
    )
    tags = unit({column: idf(column) for kind, column in terms if kind == TAGS})
    text = math.sqrt(1 - tag_weight)
    return unit(
        added(
            (text * math.sqrt(1 - bigram_weight), words),
            (text * math.sqrt(bigram_weight), bigrams),
            (math.sqrt(tag_weight), tags),
        )
    )


@given(ARTICLES, WEIGHTS, WEIGHTS, SHARES, SHARES)
@settings(max_examples=200)
def test_levels_are_nearest_to_the_weights_of_the_formula(articles, title, lead, bigrams, tags):
    counts, terms_of = counts_of(articles)
    indptr, columns, levels, fields = weigh(counts, STATISTICS, (title, lead), bigrams, tags)
    assert [array.dtype for array in (indptr, columns)] == [np.int64, np.int32]
    assert [array.dtype for array in (levels, fields)] == [np.uint8, np.uint8]
    assert len(indptr) == len(articles) + 1
    assert indptr[-1] == len(columns) == len(levels) == len(fields)
    for row, terms in enumerate(terms_of):
        part = slice(indptr[row], indptr[row + 1])
        assert (np.diff(columns[part]) > 0).all()
        row_levels = dict(zip(columns[part].tolist(), levels[part].tolist(), strict=True))
        assert_nearest(row_levels, row_of(terms, title, lead, bigrams, tags))


@given(ARTICLES)
def test_field_vectors_are_unit_vectors_of_body_title_and_lead(articles):
    counts, terms_of = counts_of(articles)
    values = field_vectors(counts, STATISTICS)
    assert values.shape == (len(counts.columns), 3)
    for block in range(3 * len(articles)):
        article, kind = divmod(block, 3)
        part = slice(counts.ends[block], counts.ends[block + 1])
        for field, expected in enumerate(field_units(terms_of[article], kind)):
            weights = zip(counts.columns[part].tolist(), values[part, field], strict=True)
            assert {c: w for c, w in weights if w} == pytest.approx(expected, rel=1e-12)


@given(ARTICLES)
def test_field_bits_say_where_a_term_is_and_whether_it_is_adjacent(articles):
    counts, terms_of = counts_of(articles)
    indptr, columns, _, fields = weigh(counts, STATISTICS, (1, 1), 0.5, 0.5)
    for row, terms in enumerate(terms_of):
        for (kind, column), (title, summary, lead, rest, adjacent) in terms.items():
            [at] = np.flatnonzero(columns[indptr[row] : indptr[row + 1]] == column)
            expected = {
                "title": title,
                "summary": summary,
                "body": (lead or rest) and kind != TAGS,
                "tags": kind == TAGS,
            }
            bits = int(fields[indptr[row] + at])
            assert [bool(bits >> bit & 1) for bit in range(4)] == [
                bool(expected[field]) for field in FIELDS
            ]
            assert bool(bits & ADJACENT) == bool(adjacent)


def test_the_codebook_falls_from_one_by_equal_ratios():
    assert (CODEBOOK.dtype, len(CODEBOOK)) == (np.float32, 255)
    assert (CODEBOOK[0], CODEBOOK[127], CODEBOOK[254]) == (1, 2**-6, 2**-12)
    np.testing.assert_allclose(CODEBOOK[1:] / CODEBOOK[:-1], 2 ** (-12 / 254), rtol=7e-3)
    assert [level_of(float(weight)) for weight in CODEBOOK] == pytest.approx(range(255), abs=0.12)
    assert not (CODEBOOK.view(np.uint32) & 0xFFFF).any(), "bfloat16"


@given(st.floats(1e-9, 1))
def test_a_weight_is_quantised_to_the_nearest_level(weight):
    [level] = quantise(np.array([weight]))
    assert abs(level - level_of(weight)) <= 0.5 + 1e-9


def test_a_weight_below_the_lowest_level_is_raised_to_it():
    counts, _ = counts_of([([], [], [0] * 60_000 + [1], [])])
    statistics = IdfStatistics(np.array([1, 10**9] + [1] * 10, np.int32), 10**9, 5.0)
    _, columns, levels, _ = weigh(counts, statistics, (0, 0), 0, 0)
    assert (columns.tolist(), levels.tolist()) == ([0, 1], [0, 254])


def test_a_term_without_weight_is_left_out():
    counts, _ = counts_of([([0], [], [], [0]), ([], [], [0], [])])
    indptr, columns, levels, _ = weigh(counts, STATISTICS, (0, 0), 0, 0)
    assert (indptr.tolist(), columns.tolist(), levels.tolist()) == ([0, 0, 1], [0], [0])


def test_tags_weigh_the_same_for_any_title_weight():
    counts, _ = counts_of([([0], [], [1], [0, 1])])
    for title in (0, 0.5, 100):
        _, columns, levels, _ = weigh(counts, STATISTICS, (title, 0.4), 0, 0.5)
        tags = columns >= STARTS.tags
        assert tags.sum() == 2
        assert (CODEBOOK[levels[tags]] ** 2).sum() == pytest.approx(0.5, rel=0.04)
