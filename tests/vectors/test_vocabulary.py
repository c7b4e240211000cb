"""Terms are numbered by how many articles have them, under the forms articles write most."""

from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.references import as_tokens, pairs_of

from recommender.vectors import vocabulary
from recommender.vectors.counting import WORD_BITS
from recommender.kernels.layout import STOP, UNKNOWN
from recommender.vectors.vocabulary import by_df, common_bigrams, commonest

WORDS = 6
TEXTS = st.lists(st.sampled_from([UNKNOWN, STOP, *range(WORDS)]), max_size=9)
ARTICLES = st.lists(st.tuples(TEXTS, TEXTS, TEXTS, st.just([])), max_size=8)


@given(st.lists(st.tuples(st.integers(1, 4), st.text(max_size=3)), unique_by=lambda t: t[1]))
def test_terms_are_numbered_by_descending_df_then_by_their_lower_case(terms):
    numbering = by_df(np.array([df for df, _ in terms], np.int64), [form for _, form in terms])
    keys = [(-df, form.lower()) for df, form in zip(numbering.df, numbering.forms, strict=True)]
    assert keys == sorted(keys)
    assert [terms[old] for old in numbering.old] == list(
        zip(numbering.df, numbering.forms, strict=True)
    )
    assert numbering.new[numbering.old].tolist() == list(range(len(terms)))


def test_the_order_of_terms_does_not_depend_on_the_order_they_came_in():
    forms = ["Ferry", "elk", "Ant", "owl"]
    df = np.array([1, 2, 2, 1])
    assert by_df(df, forms).forms == by_df(df[::-1], forms[::-1]).forms
    assert by_df(df, forms).forms == ["Ant", "elk", "Ferry", "owl"]


def test_the_commonest_written_form_names_a_term_and_the_first_of_equals():
    written = [(1, "Nato", 2), (0, "owl", 1), (1, "NATO", 3), (STOP, "the", 99), (0, "Owl", 1)]
    assert commonest(written, 2) == commonest(written[::-1], 2) == ["Owl", "NATO"]


def pairs_by_df(articles, min_df, jobs=None):
    """What is found: {(first, second): df}, in their order."""
    index, df = common_bigrams(as_tokens(articles), WORDS, min_df, jobs)
    assert len(index.starts) == WORDS + 1
    assert (index.starts.dtype, index.seconds.dtype) == (np.int64, np.int32)
    firsts = np.repeat(np.arange(WORDS), np.diff(index.starts)).tolist()
    found = list(zip(firsts, index.seconds.tolist(), strict=True))
    assert found == sorted(set(found)), "in the order of their words"
    return dict(zip(found, df.tolist(), strict=True))


@given(
    ARTICLES,
    st.integers(1, 3),
    st.sampled_from([1, 2, 9, 10_000]),
    st.sampled_from([None, 1, 2, 3]),
)
def test_common_pairs_are_those_of_a_dict_for_any_number_of_parts_and_jobs(
    articles, min_df, at_once, jobs
):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(vocabulary, "_TOKENS_AT_ONCE", at_once)
        found = pairs_by_df(articles, min_df, jobs)
    df = Counter(pair for article in articles for pair in pairs_of(article))
    assert found == {pair: some for pair, some in sorted(df.items()) if some >= min_df}


def test_pairs_of_the_highest_numbered_words_are_in_order_too():
    last = (1 << WORD_BITS) - 1
    articles = [([last - 1, last, 0, last, last - 2], [], [], [])] * 2
    tokens = as_tokens(articles)
    index, df = common_bigrams(tokens, 1, 2)
    assert (index.starts.tolist(), index.seconds[:1].tolist()) == ([0, 1], [last])
    assert df.tolist() == [2, 2, 2, 2]
