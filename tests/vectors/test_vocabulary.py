"""Terms are numbered by descending df, and named by the form that articles write most often."""

from collections import Counter

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from support.references import as_tokens, pairs_of

from recommender.kernels.layout import STOP, UNKNOWN, WORD_BITS
from recommender.vectors.vocabulary import by_df, common_bigrams, commonest

WORDS = 6
TEXTS = st.lists(st.sampled_from([UNKNOWN, STOP, *range(WORDS)]), max_size=9)
ARTICLES = st.lists(st.tuples(TEXTS, TEXTS, TEXTS, st.just([])), max_size=8)


@given(st.lists(st.tuples(st.integers(1, 4), st.text(max_size=3)), unique_by=lambda t: t[1]))
def test_terms_are_numbered_by_descending_df_then_lower_case(terms):
    numbering = by_df(np.array([df for df, _ in terms], np.int64), [form for _, form in terms])
    ordered = list(zip(numbering.df, numbering.forms, strict=True))
    keys = [(-df, form.lower()) for df, form in ordered]
    assert keys == sorted(keys)
    assert [terms[old] for old in numbering.old] == ordered
    assert numbering.new[numbering.old].tolist() == list(range(len(terms)))


def test_the_order_of_terms_does_not_depend_on_their_input_order():
    forms = ["Ferry", "elk", "Ant", "owl"]
    df = np.array([1, 2, 2, 1])
    assert by_df(df, forms).forms == by_df(df[::-1], forms[::-1]).forms
    assert by_df(df, forms).forms == ["Ant", "elk", "Ferry", "owl"]


def test_a_term_is_named_by_its_commonest_form_of_equals_the_first():
    written = [(1, "Nato", 2), (0, "owl", 1), (1, "NATO", 3), (STOP, "the", 99), (0, "Owl", 1)]
    assert commonest(written, 2) == commonest(written[::-1], 2) == ["Owl", "NATO"]


@given(
    ARTICLES,
    st.integers(1, 3),
    st.sampled_from([1, 2, 9, 10_000]),
    st.sampled_from([None, 1, 2, 3]),
)
def test_common_bigrams_are_those_of_a_dict(articles, min_df, tokens_at_once, jobs):
    index, df = common_bigrams(as_tokens(articles), WORDS, min_df, tokens_at_once, jobs)
    assert len(index.starts) == WORDS + 1
    assert (index.starts.dtype, index.seconds.dtype) == (np.int64, np.int32)
    firsts = np.repeat(np.arange(WORDS), np.diff(index.starts)).tolist()
    bigrams = list(zip(firsts, index.seconds.tolist(), strict=True))
    counts = Counter(bigram for article in articles for bigram in pairs_of(article))
    expected = sorted(bigram for bigram in counts if counts[bigram] >= min_df)
    assert bigrams == expected
    assert df.tolist() == [counts[bigram] for bigram in expected]


def test_bigrams_of_the_highest_numbered_words_are_in_order_too():
    last = (1 << WORD_BITS) - 1
    articles = [([last - 1, last, 0, last, last - 2], [], [], [])] * 2
    index, df = common_bigrams(as_tokens(articles), 1, 2, 1000)
    assert (index.starts.tolist(), index.seconds[:1].tolist()) == ([0, 1], [last])
    assert df.tolist() == [2, 2, 2, 2]
