"""A weight is the level nearest to what the formula gives."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.references import added, as_tokens, assert_nearest, counted, level_of, unit

from recommender.kernels.layout import BIGRAMS, TAGS, WORDS
from recommender.vectors.counting import BigramIndex, count
from recommender.vectors.weighting import FIELDS, CODEBOOK, IdfStatistics, field_vectors, weigh
from recommender.kernels.layout import ADJACENT

KNOWN = 5
PAIR_LIST = [(0, 1), (1, 0), (2, 2), (3, 4)]
INDEX = BigramIndex(np.array([0, 1, 2, 3, 4, 4]), np.array([1, 0, 2, 4], np.int32))
COLUMNS = KNOWN + len(PAIR_LIST) + 3
RARITY = IdfStatistics(np.arange(1, COLUMNS + 1, dtype=np.int32), 30, 1.25)
TEXTS = st.lists(st.sampled_from([-1, -2, *range(KNOWN)]), max_size=15)
ARTICLES = st.lists(st.tuples(TEXTS, TEXTS, TEXTS, st.sets(st.integers(0, 2))), max_size=5)
SHARES = st.sampled_from([0.0, 0.05, 0.3, 0.9])
WEIGHTS = st.sampled_from([0.0, 0.4, 1.0, 30.0])


def column_of(kind, term):
    if kind == BIGRAMS:
        return KNOWN + PAIR_LIST.index(term)
    return term if kind == WORDS else KNOWN + len(PAIR_LIST) + term


def counts_of(articles, lead_words=5):
    tokens = as_tokens(articles)
    found = count(tokens, 0, len(articles), INDEX, lead_words, KNOWN + len(PAIR_LIST))
    slow = [counted(article, PAIR_LIST, lead_words) for article in articles]
    return found, [
        {(kind, column_of(kind, term)): tally for (kind, term), tally in terms.items()}
        for terms in slow
    ]


def idf(column):
    return (1 + math.log((2 + RARITY.articles) / (1 + RARITY.df[column]))) ** RARITY.power


def field_units(terms, kind):
    """The unit vectors of body, title and lead of one kind of terms."""

    def vector(places):
        times = {c: sum(tally[p] for p in places) for (k, c), tally in terms.items() if k == kind}
        return unit({c: (1 + math.log(tf)) * idf(c) for c, tf in times.items() if tf})

    return [vector(places) for places in ((2, 3), (0,), (1, 2))]


def weighed(terms, title, lead, pair_weight, tag_weight):
    """The row of one article by the formula."""
    x, y = (
        unit(added(*zip((1.0, title, lead), field_units(terms, kind), strict=True)))
        for kind in (WORDS, BIGRAMS)
    )
    z = unit({column: idf(column) for kind, column in terms if kind == TAGS})
    parts = zip(
        (
            math.sqrt(1 - tag_weight) * math.sqrt(1 - pair_weight),
            math.sqrt(1 - tag_weight) * math.sqrt(pair_weight),
            math.sqrt(tag_weight),
        ),
        (x, y, z),
        strict=True,
    )
    return unit(added(*parts))


@given(ARTICLES, WEIGHTS, WEIGHTS, SHARES, SHARES)
@settings(max_examples=200)
def test_levels_are_the_nearest_to_the_formulas_weights(articles, title, lead, pairs, tags):
    found, slow = counts_of(articles)
    indptr, columns, levels, fields = weigh(found, RARITY, (title, lead), pairs, tags)
    assert [a.dtype for a in (indptr, columns, levels, fields)] == [
        np.int64, np.int32, np.uint8, np.uint8,
    ]  # fmt: skip
    assert len(indptr) == len(articles) + 1
    assert indptr[-1] == len(columns) == len(levels) == len(fields)
    for row, terms in enumerate(slow):
        part = slice(indptr[row], indptr[row + 1])
        assert (np.diff(columns[part]) > 0).all()
        told = dict(zip(columns[part].tolist(), levels[part].tolist(), strict=True))
        assert_nearest(told, weighed(terms, title, lead, pairs, tags))


@given(ARTICLES)
def test_field_vectors_are_unit_vectors_of_body_title_and_lead(articles):
    found, slow = counts_of(articles)
    values = field_vectors(found, RARITY)
    assert values.shape == (len(found.columns), 3)
    for block in range(3 * len(articles)):
        article, kind = divmod(block, 3)
        part = slice(found.ends[block], found.ends[block + 1])
        for field, expected in enumerate(field_units(slow[article], kind)):
            told = dict(zip(found.columns[part].tolist(), values[part, field], strict=True))
            assert {c: v for c, v in told.items() if v} == pytest.approx(expected, rel=1e-12)


@given(ARTICLES)
def test_bits_say_where_a_term_stands_and_whether_a_pair_touches(articles):
    found, slow = counts_of(articles)
    indptr, columns, _, fields = weigh(found, RARITY, (1, 1), 0.5, 0.5)
    for row, terms in enumerate(slow):
        for (kind, column), (title, summary, opening, rest, touching) in terms.items():
            [at] = np.flatnonzero(columns[indptr[row] : indptr[row + 1]] == column)
            expected = {
                "title": title,
                "summary": summary,
                "body": (opening or rest) and kind != TAGS,
                "tags": kind == TAGS,
            }
            bits = int(fields[indptr[row] + at])
            assert [bool(bits >> bit & 1) for bit in range(4)] == [
                bool(expected[field]) for field in FIELDS
            ]
            assert bool(bits & ADJACENT) == bool(touching)


def test_levels_fall_from_one_by_equal_ratios_to_the_lowest():
    assert (CODEBOOK.dtype, len(CODEBOOK)) == (np.float32, 255)
    assert (CODEBOOK[0], CODEBOOK[127], CODEBOOK[254]) == (1, 2**-6, 2**-12)
    np.testing.assert_allclose(CODEBOOK[1:] / CODEBOOK[:-1], 2 ** (-12 / 254), rtol=7e-3)
    assert [level_of(float(weight)) for weight in CODEBOOK] == pytest.approx(range(255), abs=0.12)
    assert not (CODEBOOK.view(np.uint32) & 0xFFFF).any()


def test_a_weight_below_the_lowest_level_is_raised_to_it():
    article = ([], [], [0] * 60_000 + [1], [])
    found, _ = counts_of([article])
    df = np.array([1, 10**9] + [1] * 10, np.int32)
    rarity = IdfStatistics(df, 10**9, 5.0)
    _, columns, levels, _ = weigh(found, rarity, (0, 0), 0, 0)
    assert (columns.tolist(), levels.tolist()) == ([0, 1], [0, 254])


def test_a_term_without_weight_is_left_out():
    found, _ = counts_of([([0], [], [], [0]), ([], [], [0], [])])
    indptr, columns, levels, _ = weigh(found, RARITY, (0, 0), 0, 0)
    assert (indptr.tolist(), columns.tolist(), levels.tolist()) == ([0, 0, 1], [0], [0])


def test_tags_weigh_the_same_whatever_the_title_does():
    found, _ = counts_of([([0], [], [1], [0, 1])])
    for title in (0, 0.5, 100):
        _, columns, levels, _ = weigh(found, RARITY, (title, 0.4), 0, 0.5)
        tags = columns >= KNOWN + len(PAIR_LIST)
        assert tags.sum() == 2
        assert (CODEBOOK[levels[tags]] ** 2).sum() == pytest.approx(0.5, rel=0.04)
