"""Words, bigrams and tags are counted in their places, as a dict would count them."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.references import as_tokens, counted, pairs_of

from recommender.kernels.layout import (
    BIGRAMS,
    LEAD,
    REST,
    STOP,
    SUMMARY,
    TAGS,
    TITLE,
    UNKNOWN,
    WORD_BITS,
    WORDS,
)
from recommender.vectors.counting import (
    BigramIndex,
    Columns,
    bigrams_of,
    chunks,
    count,
    document_frequencies,
)

KNOWN_WORDS = 6
LARGEST = (1 << WORD_BITS) - 1
TEXTS = st.lists(st.sampled_from([UNKNOWN, STOP, STOP, *range(KNOWN_WORDS)]), max_size=12)
ARTICLES = st.tuples(TEXTS, TEXTS, TEXTS, st.sets(st.integers(0, 3)))
KNOWN_BIGRAMS = st.sets(
    st.tuples(st.integers(0, KNOWN_WORDS - 1), st.integers(0, KNOWN_WORDS - 1)), max_size=20
)


def bigram_index(bigrams, words=KNOWN_WORDS):
    ordered = sorted(bigrams)
    starts = np.searchsorted([first for first, _ in ordered], np.arange(words + 1))
    return BigramIndex(starts.astype(np.int64), np.array([b for _, b in ordered], np.int32))


def counts_of(articles, bigrams=(), lead_words=120, span=None):
    """Count articles: for each what ``references.counted`` gives."""
    index, bigrams = bigram_index(bigrams), sorted(bigrams)
    low, high = span or (0, len(articles))
    columns = Columns(KNOWN_WORDS, KNOWN_WORDS + len(bigrams))
    counts = count(as_tokens(articles), low, high, index, lead_words, columns)
    assert len(counts.ends) == 3 * (high - low) + 1
    assert (counts.ends[0], counts.ends[-1]) == (0, len(counts.columns))
    dtypes = [array.dtype for array in counts]
    assert dtypes == [np.int64, np.int32, np.uint16, np.uint16]
    firsts = {WORDS: 0, BIGRAMS: columns.bigrams, TAGS: columns.tags}
    tallies = [{} for _ in range(low, high)]
    for block in range(3 * (high - low)):
        article, kind = divmod(block, 3)
        entries = range(counts.ends[block], counts.ends[block + 1])
        own = counts.columns[entries.start : entries.stop].tolist()
        assert own == sorted(set(own)), "ascending, each once"
        for entry, column in zip(entries, own, strict=True):
            term = column - firsts[kind]
            tally = [*counts.tf[entry].tolist(), int(counts.adjacent[entry])]
            tallies[article][kind, bigrams[term] if kind == BIGRAMS else term] = tally
    return tallies


@given(st.lists(ARTICLES, max_size=6), KNOWN_BIGRAMS, st.integers(0, 13))
def test_counts_are_those_of_a_dict(articles, bigrams, lead_words):
    expected = [counted(article, bigrams, lead_words) for article in articles]
    assert counts_of(articles, bigrams, lead_words) == expected


@given(st.lists(ARTICLES, min_size=1, max_size=6), KNOWN_BIGRAMS, st.data())
def test_some_articles_are_counted_as_they_are_among_all(articles, bigrams, data):
    low = data.draw(st.integers(0, len(articles)))
    high = data.draw(st.integers(low, len(articles)))
    every = counts_of(articles, bigrams, 5)
    assert counts_of(articles, bigrams, 5, span=(low, high)) == every[low:high]


def test_a_word_is_counted_in_each_of_its_places():
    [tallies] = counts_of([([0], [0, 0], [0, 0, 1, 0], [])], lead_words=2)
    assert (TITLE, SUMMARY, LEAD, REST) == (0, 1, 2, 3)
    assert tallies == {(WORDS, 0): [1, 2, 2, 1, 0], (WORDS, 1): [0, 0, 0, 1, 0]}


def test_stop_words_and_unknown_words_take_a_place_in_the_lead():
    [tallies] = counts_of([([], [], [STOP, 0, UNKNOWN, 1], [])], lead_words=3)
    assert tallies == {(WORDS, 0): [0, 0, 1, 0, 0], (WORDS, 1): [0, 0, 0, 1, 0]}


def test_without_a_lead_the_whole_body_is_the_rest():
    [tallies] = counts_of([([], [1], [0, 1], [])], {(0, 1)}, lead_words=0)
    assert tallies[WORDS, 0] == [*tallies[BIGRAMS, (0, 1)][:4], 0] == [0, 0, 0, 1, 0]
    assert tallies[WORDS, 1] == [0, 1, 0, 1, 0]


def test_bigrams_bridge_stop_words_and_count_where_they_are_adjacent():
    [tallies] = counts_of([([], [], [0, STOP, STOP, 1, STOP, 0, 1], [])], {(0, 1), (1, 0)})
    assert tallies[BIGRAMS, (0, 1)] == [0, 0, 2, 0, 1]
    assert tallies[BIGRAMS, (1, 0)] == [0, 0, 1, 0, 0]


def test_an_unknown_word_parts_a_bigram():
    for between in ([UNKNOWN], [STOP, UNKNOWN], [UNKNOWN, STOP], [UNKNOWN, UNKNOWN]):
        [tallies] = counts_of([([0, *between, 1], [], [], [])], {(0, 1)})
        assert tallies.keys() == {(WORDS, 0), (WORDS, 1)}


def test_bigrams_cross_neither_fields_nor_articles():
    tallies = counts_of([([0], [1], [2], []), ([3], [], [], [])], {(0, 1), (1, 2), (2, 3)})
    assert not [term for terms in tallies for kind, term in terms if kind == BIGRAMS]


def test_a_bigram_is_in_the_place_of_its_first_word():
    [tallies] = counts_of([([], [], [0, 1, 2], [])], {(0, 1), (1, 2)}, lead_words=1)
    assert tallies[BIGRAMS, (0, 1)] == [0, 0, 1, 0, 1]
    assert tallies[BIGRAMS, (1, 2)] == [0, 0, 0, 1, 1]


def test_counts_stop_at_their_limit_without_overflow():
    [tallies] = counts_of([([], [], [0] * 70_000, [])], {(0, 0)}, lead_words=0)
    most = 65535
    assert tallies == {(WORDS, 0): [0, 0, 0, most, 0], (BIGRAMS, (0, 0)): [0, 0, 0, most, most]}


def test_columns_may_be_as_many_as_an_int32_can_number():
    tokens = as_tokens([([0], [], [], [0, 3]), ([], [], [], [2])])
    first_tag = 2**31 - 4
    counts = count(tokens, 0, 2, bigram_index([], 1), 120, Columns(1, first_tag))
    assert counts.columns.tolist() == [0, first_tag, first_tag + 3, first_tag + 2]


def test_words_in_no_known_bigram_may_be_before_the_bigrams():
    tokens = as_tokens([([0, 1, 7], [], [], [0])])
    counts = count(tokens, 0, 1, bigram_index({(0, 1)}, 2), 120, Columns(10, 11))
    assert counts.columns.tolist() == [0, 1, 7, 10, 11]
    assert counts.ends.tolist() == [0, 3, 4, 5]


def test_thousands_of_articles_are_counted_at_once():
    articles = [([row % 5, 5], [], [], [row % 3]) for row in range(3001)]
    expected = [counted(article, {(0, 5)}, 120) for article in articles]
    assert counts_of(articles, {(0, 5)}) == expected


@pytest.mark.parametrize("articles", [0, 1, 7, 8, 21])
def test_chunks_hold_every_article_once(articles):
    spans = list(chunks(as_tokens([([], [], [], [])] * articles), 7))
    assert [row for low, high in spans for row in range(low, high)] == list(range(articles))
    assert all(high - low <= 7 for low, high in spans)


@given(st.lists(ARTICLES, max_size=6))
def test_a_document_frequency_counts_articles_not_occurrences(articles):
    words, tags = document_frequencies(as_tokens(articles), KNOWN_WORDS, 4)
    sets = [{*title, *summary, *body} for title, summary, body, _ in articles]
    assert words.tolist() == [sum(word in some for some in sets) for word in range(KNOWN_WORDS)]
    assert tags.tolist() == [sum(tag in some for *_, some in articles) for tag in range(4)]


def bigrams_in(articles, part, parts):
    keys = bigrams_of(as_tokens(articles), part, parts).tolist()
    return sorted((key >> WORD_BITS, key & LARGEST) for key in keys)


@given(st.lists(ARTICLES, max_size=6), st.integers(1, 4))
def test_each_bigram_of_an_article_is_in_one_part_once(articles, count_of_parts):
    parts = [bigrams_in(articles, part, count_of_parts) for part in range(count_of_parts)]
    expected = sorted(bigram for article in articles for bigram in pairs_of(article))
    assert sorted(bigram for part in parts for bigram in part) == expected
    assert sum(len(set(part)) for part in parts) == len(set(expected)), "one part each"


def test_parts_have_about_equally_many_bigrams():
    articles = [([*range(1000)], [], [], [])]
    sizes = [len(bigrams_in(articles, part, 4)) for part in range(4)]
    assert sum(sizes) == 999
    assert min(sizes) > 150


def test_bigrams_of_long_articles_and_of_many_words_are_complete():
    random = np.random.default_rng(1)
    articles = [(random.integers(-2, 300, size).tolist(), [], [], []) for size in (9, 40_000, 60)]
    articles += [([at, LARGEST - at, LARGEST], [], [], []) for at in range(40_000)]
    expected = sorted(bigram for article in articles for bigram in pairs_of(article))
    assert len(expected) > 100_000
    assert bigrams_in(articles, 0, 1) == expected
