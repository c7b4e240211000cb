"""Words, pairs and tags are counted where they stand, as a dict would count them."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.references import as_tokens, counted, pairs_of

from recommender.vectors.counting import CHUNK, OPENING, REST, SUMMARY, TITLE, WORD_BITS, BigramIndex, count, chunks, document_frequencies, bigrams_of
from recommender.kernels.layout import BIGRAMS, TAGS, WORDS
from recommender.kernels.layout import STOP, UNKNOWN

KNOWN_WORDS = 6
LARGEST = (1 << WORD_BITS) - 1
TEXTS = st.lists(st.sampled_from([UNKNOWN, STOP, STOP, *range(KNOWN_WORDS)]), max_size=12)
ARTICLES = st.tuples(TEXTS, TEXTS, TEXTS, st.sets(st.integers(0, 3)))
KNOWN_PAIRS = st.sets(
    st.tuples(st.integers(0, KNOWN_WORDS - 1), st.integers(0, KNOWN_WORDS - 1)), max_size=20
)


def pair_index(pairs, words=KNOWN_WORDS):
    ordered = sorted(pairs)
    starts = np.searchsorted([first for first, _ in ordered], np.arange(words + 1))
    return BigramIndex(starts.astype(np.int64), np.array([b for _, b in ordered], np.int32))


def counts_of(articles, pairs=(), lead_words=120, words=KNOWN_WORDS, span=None):
    """Count articles: for each what references.counted gives."""
    index, pairs = pair_index(pairs, words), sorted(pairs)
    low, high = span or (0, len(articles))
    tokens = as_tokens(articles)
    found = count(tokens, low, high, index, lead_words, words + len(pairs))
    assert len(found.ends) == 3 * (high - low) + 1
    assert (found.ends[0], found.ends[-1]) == (0, len(found.columns))
    dtypes = [array.dtype for array in found]
    assert dtypes == [np.int64, np.int32, np.uint16, np.uint16]
    firsts = {WORDS: 0, BIGRAMS: words, TAGS: words + len(pairs)}
    told = []
    for block in range(3 * (high - low)):
        kind, entries = block % 3, range(found.ends[block], found.ends[block + 1])
        columns = found.columns[entries.start : entries.stop].tolist()
        assert columns == sorted(set(columns)), "ascending, each once"
        told += [{}] if kind == WORDS else []
        for entry, column in zip(entries, columns, strict=True):
            term = column - firsts[kind]
            tally = [*found.tf[entry].tolist(), int(found.adjacent[entry])]
            told[-1][kind, pairs[term] if kind == BIGRAMS else term] = tally
    return told


@given(st.lists(ARTICLES, max_size=6), KNOWN_PAIRS, st.integers(0, 13))
def test_counts_are_those_of_a_dict(articles, pairs, lead_words):
    expected = [counted(article, pairs, lead_words) for article in articles]
    assert counts_of(articles, pairs, lead_words) == expected


@given(st.lists(ARTICLES, min_size=1, max_size=6), KNOWN_PAIRS, st.data())
def test_some_articles_are_counted_as_they_are_among_all(articles, pairs, data):
    low = data.draw(st.integers(0, len(articles)))
    high = data.draw(st.integers(low, len(articles)))
    every = counts_of(articles, pairs, 5)
    assert counts_of(articles, pairs, 5, span=(low, high)) == every[low:high]


def test_a_word_is_counted_in_each_place_it_stands():
    [told] = counts_of([([0], [0, 0], [0, 0, 1, 0], [])], lead_words=2)
    assert (TITLE, SUMMARY, OPENING, REST) == (0, 1, 2, 3)
    assert told == {(WORDS, 0): [1, 2, 2, 1, 0], (WORDS, 1): [0, 0, 0, 1, 0]}


def test_words_not_counted_take_a_place_in_the_opening():
    [told] = counts_of([([], [], [STOP, 0, UNKNOWN, 1], [])], lead_words=3)
    assert told == {(WORDS, 0): [0, 0, 1, 0, 0], (WORDS, 1): [0, 0, 0, 1, 0]}


def test_without_an_opening_every_word_of_the_body_is_in_the_rest():
    [told] = counts_of([([], [1], [0, 1], [])], {(0, 1)}, lead_words=0)
    assert told[WORDS, 0] == [*told[BIGRAMS, (0, 1)][:4], 0] == [0, 0, 0, 1, 0]
    assert told[WORDS, 1] == [0, 1, 0, 1, 0]


def test_pairs_bridge_stop_words_and_know_whether_they_touch():
    [told] = counts_of([([], [], [0, STOP, STOP, 1, STOP, 0, 1], [])], {(0, 1), (1, 0)})
    assert told[BIGRAMS, (0, 1)] == [0, 0, 2, 0, 1]
    assert told[BIGRAMS, (1, 0)] == [0, 0, 1, 0, 0]


def test_an_unknown_word_keeps_its_neighbours_apart():
    for between in ([UNKNOWN], [STOP, UNKNOWN], [UNKNOWN, STOP], [UNKNOWN, UNKNOWN]):
        [told] = counts_of([([0, *between, 1], [], [], [])], {(0, 1)})
        assert told.keys() == {(WORDS, 0), (WORDS, 1)}


def test_pairs_do_not_cross_from_field_to_field_or_article_to_article():
    told = counts_of([([0], [1], [2], []), ([3], [], [], [])], {(0, 1), (1, 2), (2, 3)})
    assert not [term for terms in told for kind, term in terms if kind == BIGRAMS]


def test_a_pair_stands_where_its_first_word_stands():
    [told] = counts_of([([], [], [0, 1, 2], [])], {(0, 1), (1, 2)}, lead_words=1)
    assert told[BIGRAMS, (0, 1)] == [0, 0, 1, 0, 1]
    assert told[BIGRAMS, (1, 2)] == [0, 0, 0, 1, 1]


def test_a_pair_that_is_not_known_is_left_out():
    [told] = counts_of([([0, 1, 0, 2], [], [], [])], {(1, 0), (0, 3)})
    assert [term for kind, term in told if kind == BIGRAMS] == [(1, 0)]


def test_a_word_that_fills_an_article_is_counted_up_to_the_limit_without_overflow():
    [told] = counts_of([([], [], [0] * 70_000, [])], {(0, 0)}, lead_words=0)
    assert told == {(WORDS, 0): [0, 0, 0, 65535, 0], (BIGRAMS, (0, 0)): [0, 0, 0, 65535, 65535]}


def test_columns_may_be_as_many_as_an_int32_can_number():
    tokens = as_tokens([([0], [], [], [0, 3]), ([], [], [], [2])])
    first_tag = 2**31 - 4
    found = count(tokens, 0, 2, pair_index([], 1), 120, first_tag)
    assert found.columns.tolist() == [0, first_tag, first_tag + 3, first_tag + 2]


def test_more_articles_than_a_chunk_are_counted_at_once_all_the_same():
    articles = [([row % 5, 5], [], [], [row % 3]) for row in range(3 * CHUNK + 1)]
    expected = [counted(article, {(0, 5)}, 120) for article in articles]
    assert counts_of(articles, {(0, 5)}) == expected


@pytest.mark.parametrize("articles", [0, 1, CHUNK, CHUNK + 1, 3 * CHUNK])
def test_chunks_hold_every_article_once(articles):
    chunks = list(chunks(as_tokens([([], [], [], [])] * articles)))
    assert [row for low, high in chunks for row in range(low, high)] == list(range(articles))
    assert all(high - low <= CHUNK for low, high in chunks)


@given(st.lists(ARTICLES, max_size=6))
def test_a_document_frequency_counts_articles_not_occurrences(articles):
    words, tags = document_frequencies(as_tokens(articles), KNOWN_WORDS, 4)
    sets = [{*title, *summary, *body} for title, summary, body, _ in articles]
    assert words.tolist() == [sum(word in some for some in sets) for word in range(KNOWN_WORDS)]
    assert tags.tolist() == [sum(tag in some for *_, some in articles) for tag in range(4)]


def told_pairs(articles, part, parts):
    found = bigrams_of(as_tokens(articles), part, parts).tolist()
    return sorted((pair >> WORD_BITS, pair & LARGEST) for pair in found)


@given(st.lists(ARTICLES, max_size=6), st.integers(1, 4))
def test_each_pair_of_an_article_is_in_one_part_once(articles, parts):
    found = [told_pairs(articles, part, parts) for part in range(parts)]
    expected = sorted(pair for article in articles for pair in pairs_of(article))
    assert sorted(pair for part in found for pair in part) == expected
    assert sum(len(set(part)) for part in found) == len(set(expected)), "one part each"


def test_pairs_are_divided_evenly():
    articles = [([*range(1000)], [], [], [])]
    sizes = [len(told_pairs(articles, part, 4)) for part in range(4)]
    assert sum(sizes) == 999
    assert min(sizes) > 150


def test_long_articles_and_many_pairs_are_all_found():
    random = np.random.default_rng(1)
    articles = [(random.integers(-2, 300, size).tolist(), [], [], []) for size in (9, 40_000, 60)]
    articles += [([at, LARGEST - at, LARGEST], [], [], []) for at in range(40_000)]
    expected = sorted(pair for article in articles for pair in pairs_of(article))
    assert len(expected) > 100_000
    assert told_pairs(articles, 0, 1) == expected
