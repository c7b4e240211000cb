"""Other articles get the rows that they would have had in the archive."""

import tracemalloc
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.references import dense

from recommender.articles.article import Article
from recommender.vectors.packed import PackedVectors
from recommender.vectors.settings import VectorSettings
from recommender.vectors.term_space import TermSpace
from recommender.vectors.weighting import CODEBOOK

DEFAULT = VectorSettings()
NEWS = [
    Article(id="a", title="Ferry refit", body="The refit of the ferry is late.", tags=["Ferries"]),
    Article(id="b", title="Ferry captain speaks", body="No date for the refit of the ferry."),
    Article(id="c", title="Orchestra names conductor", tags=["music"]),
]


def assert_equal(one, two):
    if isinstance(two, PackedVectors):
        two = two.slice(0, len(two))
    assert one.columns == two.columns
    for name in ("indptr", "indices", "levels", "fields"):
        np.testing.assert_array_equal(getattr(one, name), getattr(two, name), err_msg=name)


def test_the_articles_of_the_archive_get_their_own_rows(newsroom):
    space, rows = TermSpace.fit(newsroom, DEFAULT)
    assert_equal(space.transform(newsroom), rows)


def test_terms_that_the_space_does_not_know_are_left_out():
    space, _ = TermSpace.fit(NEWS, DEFAULT)
    known, mixed, unknown = map(
        space.transform,
        (
            [Article(id="k", title="Refit ferry")],
            [Article(id="m", title="Refit zeppelin ferry", tags=["zeppelins"])],
            [Article(id="u", title="Zeppelin", tags=["zeppelins"])],
        ),
    )
    words = [space.words.find("ferry"), space.words.find("refit")]
    assert set(words) < set(known.indices.tolist())
    assert mixed.indices.tolist() == sorted(words), "the bigram is parted by an unknown word"
    assert (len(unknown), len(unknown.indices)) == (1, 0)


def test_no_articles_get_no_rows():
    space, _ = TermSpace.fit(NEWS, DEFAULT)
    vectors = space.transform([])
    assert (len(vectors), vectors.columns) == (0, len(space))


def test_articles_may_come_as_a_stream():
    space, _ = TermSpace.fit(iter(NEWS), DEFAULT)
    assert len(space.transform(iter(NEWS))) == len(NEWS)


def test_articles_transformed_before_change_no_rows(newsroom):
    used, _ = TermSpace.fit(newsroom, DEFAULT)
    for article in newsroom:
        expected = replace(used).transform([article])
        assert_equal(used.transform([article]), expected)
        assert_equal(used.transform([article]), expected)


def test_threads_that_transform_at_a_time_get_the_same_rows(newsroom):
    space, _ = TermSpace.fit(newsroom, DEFAULT)
    expected = [replace(space).transform([article]) for article in newsroom]
    with ThreadPoolExecutor(8) as threads:
        results = list(threads.map(lambda article: space.transform([article]), 20 * newsroom))
    for rows, expected_rows in zip(results, 20 * expected, strict=True):
        assert_equal(rows, expected_rows)


@pytest.mark.parametrize(
    "body",
    ["ferry " * 200_000, " ".join(f"word{number}" for number in range(100_000))],
    ids=["long", "of many words"],
)
def test_the_memory_for_a_long_draft_is_given_back(body):
    space, _ = TermSpace.fit(NEWS, DEFAULT)
    space.transform(NEWS)
    tracemalloc.start()
    try:
        space.transform([Article(id="long", title="Ferry", body=body)])
        held, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert most > 1 << 23
    assert held < 1 << 20


@pytest.mark.parametrize("tag", ["ᏣᎳᎩ", "Straße", "İstanbul", "ΟΔΟΣ", "東京", "2026"])
def test_a_tag_of_any_script_joins_two_articles(tag):
    articles = [Article(id="a", title="One", tags=[tag]), Article(id="b", title="Two", tags=[tag])]
    space, vectors = TermSpace.fit(articles, DEFAULT)
    assert list(space.tags) == [tag]
    assert dense(vectors)[0] @ dense(vectors)[1] > 0
    assert_equal(space.transform(articles), vectors)


@given(st.lists(st.tuples(st.text(min_size=1), st.text()), max_size=6))
@settings(max_examples=60)
def test_any_unicode_is_weighed(texts):
    articles = [
        Article(id=str(n), title=title, body=title + " " + body or "-", tags=[title, body])
        for n, (title, body) in enumerate(texts)
        if title.strip()
    ]
    space, vectors = TermSpace.fit(articles, DEFAULT)
    norms = np.linalg.norm(dense(vectors), axis=1) if articles else np.zeros(0)
    # A weight is at most half a step between two levels off, and so is a row's length.
    half_a_step = float((CODEBOOK[:-1] / CODEBOOK[1:]).max()) ** 0.5 - 1
    assert all(norm == pytest.approx(1, abs=half_a_step) for norm in norms if norm)
    assert all(space.words.find(form.lower()) is not None for form in space.words)
    assert_equal(space.transform(articles), vectors)
