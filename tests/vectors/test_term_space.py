"""PackedVectors are what the formula says: compared with references.py, which computes it slowly."""

import random
import tracemalloc
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError
from support.references import Reference, assert_nearest, dense, script, terms
from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS, CountVectorizer

from recommender.articles.article import Article
from recommender.vectors.counting import CHUNK
from recommender.vectors.packed import PackedVectors, Vectors
from recommender.text.tokenizer import tag_key
from recommender.vectors.term_space import TermSpace
from recommender.vectors.settings import VectorSettings
from recommender.vectors.weighting import FIELDS, CODEBOOK
from recommender.kernels.layout import ADJACENT

DEFAULT = VectorSettings()
# A weight is at most half a level off, and so is a row's length.
STEP = float(CODEBOOK[0] / CODEBOOK[1]) ** 0.5 - 1
NEWS = [
    Article(
        id="a",
        title="Ferry refit delayed",
        summary="The ferry stays in the yard.",
        body="<p>The refit of the ferry Saint Orla is late; the ferry stays in dry dock.</p>" * 3,
        tags=["Ferries", "Saint Orla"],
    ),
    Article(id="b", title="Ferry captain speaks", body="No date for the refit of the Saint Orla."),
    Article(id="c", title="Orchestra names conductor", tags=["music"]),
    Article(id="d", body="A ferry, an orchestra and no title.", tags=["ferries", "Music"]),
    Article(id="e", title="Untagged", summary="An orchestra refit", body="Dry dock, dry weather"),
]


def named(space, vectors):
    """PackedVectors as dicts of ("word" | "pair" | "tag", text) -> level, as the reference has weights."""

    def key(column):
        name = space.name(column)
        if space.is_tag(column):
            return "tag", tag_key(name)
        kind = "word" if column < len(space.words) else "pair"
        return kind, name.replace(" … ", " ").lower()

    keys = [key(column) for column in range(len(space))]
    assert len(set(keys)) == len(keys)
    return [
        dict(zip((keys[c] for c in row.indices), row.levels.tolist(), strict=True))
        for row in map(vectors.row, range(len(vectors)))
    ]


def fitted(articles, **changes):
    space, vectors = TermSpace.fit(articles, VectorSettings(**changes))
    return named(space, vectors)


def assert_same(rows, expected):
    assert len(rows) == len(expected)
    for row, wanted in zip(rows, expected, strict=True):
        assert_nearest(row, wanted)


def arrays(vectors):
    if isinstance(vectors, PackedVectors):
        vectors = vectors.slice(0, len(vectors))
    return vectors.indptr, vectors.indices, vectors.levels, vectors.fields


def assert_equal(one, two):
    assert one.columns == two.columns
    for a, b in zip(arrays(one), arrays(two), strict=True):
        np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize("number", [0, 1, 2, 5])
def test_small_archives_equal_the_slow_reference(number):
    assert_same(fitted(NEWS[:number]), Reference(NEWS[:number], DEFAULT).rows)


def test_the_sample_archive_equals_the_slow_reference(newsroom):
    articles = newsroom[::3]
    assert_same(fitted(articles), Reference(articles, DEFAULT).rows)


@pytest.mark.parametrize(
    "changes",
    [
        {"title_weight": 0.0},
        {"title_weight": 2.0},
        {"lead_weight": 0.0},
        {"lead_weight": 3.0, "lead_words": 4},
        {"lead_words": 0},
        {"pair_weight": 0.0},
        {"pair_weight": 0.9, "min_pair_df": 1},
        {"min_pair_df": 3},
        {"tag_weight": 0.0},
        {"tag_weight": 0.6},
        {"idf_power": 0.0},
        {"idf_power": 1.25},
        {"idf_power": 2.0},
        {"stop_words": False},
        {"language": None},
    ],
    ids=str,
)
def test_every_setting_does_what_the_formula_says(changes):
    assert_same(fitted(NEWS, **changes), Reference(NEWS, VectorSettings(**changes)).rows)


WORDS = st.lists(
    st.sampled_from(["the", "of", "red", "fox", "hen", "owl", "elk", "ant"]), max_size=9
)
TEXTS = WORDS.map(" ".join)


@given(st.lists(st.tuples(TEXTS, TEXTS, TEXTS, st.sets(st.sampled_from("xyz"))), max_size=7))
@settings(max_examples=40)
def test_random_archives_equal_the_slow_reference(records):
    articles = [
        Article(id=str(row), title=title, summary=summary, body=body or "-", tags=sorted(tags))
        for row, (title, summary, body, tags) in enumerate(records)
    ]
    assert_same(fitted(articles), Reference(articles, DEFAULT).rows)


def test_the_references_terms_are_those_of_scikit_learns_analyzer(newsroom):
    analyzer = CountVectorizer(stop_words="english", ngram_range=(1, 2)).build_analyzer()
    spaced = [article for article in newsroom if not any(map(script, article.body))]
    assert len(spaced) >= 60
    for article in spaced:
        found = [text for _, (_, text) in terms(article.body, ENGLISH_STOP_WORDS)]
        assert found == analyzer(article.body)


def test_every_row_that_says_anything_has_length_one(newsroom):
    for articles in (NEWS, newsroom):
        _, vectors = TermSpace.fit(articles, DEFAULT)
        np.testing.assert_allclose(np.linalg.norm(dense(vectors), axis=1), 1, atol=STEP)


@pytest.mark.parametrize(
    "fields",
    [
        {"title": "Ferry refit"},
        {"body": "Ferry refit"},
        {"title": "Ferry refit", "summary": "Refit of the ferry"},
        {"title": "Ferry", "tags": ["Ferries"]},
        {"title": "the of", "tags": ["Ferries"]},
        {"title": "the of", "summary": "Ferry"},
        {"body": "x" * 100_000},
        {"title": "\U0001d509\U0001d522\U0001d52f Ꮳꮃꭹ İSTANBUL"},
    ],
    ids=lambda fields: "+".join(fields),
)
def test_what_an_article_lacks_does_not_shorten_its_row(fields):
    _, vectors = TermSpace.fit([Article(id="x", **fields), *NEWS], DEFAULT)
    assert np.linalg.norm(vectors.row(0).data) == pytest.approx(1, abs=STEP)


def test_an_article_that_says_nothing_has_an_empty_row():
    articles = [NEWS[0], Article(id="x", title="The of !!!"), NEWS[1]]
    _, vectors = TermSpace.fit(articles, DEFAULT)
    assert [bool(len(vectors.row(row).indices)) for row in range(3)] == [True, False, True]


def test_a_field_of_no_weight_leaves_an_empty_row_and_no_nonsense():
    articles = [Article(id="x", title="Red fox"), Article(id="y", title="Red hen", body="Red fox")]
    _, vectors = TermSpace.fit(articles, VectorSettings(title_weight=0))
    norms = np.linalg.norm(dense(vectors), axis=1)
    np.testing.assert_allclose(norms, [0, 1], atol=STEP)


def test_rows_are_sorted_sparse_rows():
    space, vectors = TermSpace.fit(NEWS, DEFAULT)
    assert vectors.columns == len(space) == len(space.df)
    dtypes = [array.dtype for array in arrays(vectors)]
    assert dtypes == [np.int64, np.int32, np.uint8, np.uint8]
    for row in map(vectors.row, range(len(vectors))):
        assert (np.diff(row.indices) > 0).all()
        assert (row.data > 0).all()


def test_the_order_of_articles_does_not_change_an_articles_terms(newsroom):
    shuffled = list(newsroom)
    random.Random(7).shuffle(shuffled)
    before = dict(zip((a.id for a in newsroom), fitted(newsroom), strict=True))
    after = dict(zip((a.id for a in shuffled), fitted(shuffled), strict=True))
    assert after.keys() == before.keys()
    assert after == before


def test_the_order_of_articles_does_not_change_the_space(newsroom):
    one, _ = TermSpace.fit(newsroom, DEFAULT)
    two, _ = TermSpace.fit(newsroom[::-1], DEFAULT)
    assert [one.name(c) for c in range(len(one))] == [two.name(c) for c in range(len(two))]
    assert one.df.tolist() == two.df.tolist()


def test_transform_of_the_training_articles_equals_their_rows(newsroom):
    space, fit = TermSpace.fit(newsroom, DEFAULT)
    assert_equal(space.transform(newsroom), fit)


def test_transform_of_more_articles_than_a_chunk_equals_their_rows():
    articles = [
        Article(id=str(n), title=f"Ferry no{n % 50}", body=f"Story{n % 7}", tags=[f"t{n % 3}"])
        for n in range(2 * CHUNK + 1)
    ]
    space, fit = TermSpace.fit(articles, DEFAULT)
    assert_equal(space.transform(articles), fit)


def test_transform_leaves_out_what_the_space_does_not_know():
    space, _ = TermSpace.fit(NEWS, DEFAULT)
    known, unknown, nothing = named(
        space,
        space.transform(
            [
                Article(id="k", title="Ferry refit"),
                Article(id="u", title="Ferry zeppelin refit", tags=["zeppelins"]),
                Article(id="n", title="Zeppelin", tags=["zeppelins"]),
            ]
        ),
    )
    words = {("word", "ferry"), ("word", "refit")}
    assert known.keys() >= words
    assert unknown.keys() == words
    assert nothing == {}


def test_transform_of_no_articles_is_no_rows():
    space, _ = TermSpace.fit(NEWS, DEFAULT)
    vectors = space.transform([])
    assert (len(vectors), vectors.columns) == (0, len(space))


@pytest.mark.parametrize("kept", [0, 1 << 12, 1 << 16])
def test_what_was_read_before_changes_no_rows(newsroom, monkeypatch, kept):
    monkeypatch.setattr("recommender.vectors._REMEMBERED", kept)
    used, _ = TermSpace.fit(newsroom, DEFAULT)
    for article in newsroom:
        fresh = replace(used).transform([article])
        assert_equal(used.transform([article]), fresh)
        assert_equal(used.transform([article]), fresh)


def test_what_a_long_draft_needed_is_given_back():
    space, _ = TermSpace.fit(NEWS, DEFAULT)
    space.transform(NEWS)
    tracemalloc.start()
    try:
        space.transform([Article(id="long", title="Ferry", body="ferry " * 200_000)])
        held, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert most > 1 << 23
    assert held < 1 << 20


def test_threads_that_transform_at_a_time_get_the_rows_of_one_alone(newsroom):
    space, _ = TermSpace.fit(newsroom, DEFAULT)
    alone = [replace(space).transform([article]) for article in newsroom]
    with ThreadPoolExecutor(8) as threads:
        found = list(threads.map(lambda article: space.transform([article]), 20 * newsroom))
    for own, rows in zip(20 * alone, found, strict=True):
        assert_equal(rows, own)


def test_transform_reads_a_stream():
    space, _ = TermSpace.fit(iter(NEWS), DEFAULT)
    assert len(space.transform(iter(NEWS))) == len(NEWS)


def test_twins_have_identical_rows_wherever_they_stand():
    filler = [Article(id=str(n), title=f"Filler number{n} ferry") for n in range(CHUNK)]
    articles = [NEWS[0], *filler, NEWS[0].model_copy(update={"id": "twin"})]
    _, vectors = TermSpace.fit(articles, DEFAULT)
    assert_equal(vectors.row(0), vectors.row(len(articles) - 1))


@pytest.mark.parametrize("jobs", [2, 3])
def test_any_number_of_jobs_gives_the_same_space_and_rows(newsroom, jobs):
    copies = [a.model_copy(update={"id": f"{n}{a.id}"}) for n in range(20) for a in newsroom]
    assert len(copies) > CHUNK
    for settings_ in (DEFAULT, VectorSettings(stemming=True, min_pair_df=1)):
        one, rows = TermSpace.fit(copies, settings_, 1)
        other, same = TermSpace.fit(copies, settings_, jobs)
        np.testing.assert_array_equal(rows.starts, same.starts)
        np.testing.assert_array_equal(rows.blob, same.blob)
        np.testing.assert_array_equal(one.df, other.df)
        for name in ("words", "terms", "tags"):
            assert list(getattr(one, name)) == list(getattr(other, name))
        for part, again in zip(one.pairs, other.pairs, strict=True):
            np.testing.assert_array_equal(part, again)


def test_columns_are_words_commonest_first_then_pairs_by_their_words_then_tags():
    space, _ = TermSpace.fit(NEWS, VectorSettings(min_pair_df=1))
    names = [space.name(column) for column in range(len(space))]
    words, pairs = len(space.words), len(space.bigrams.seconds)
    assert (names[0], int(space.df[0])) == ("ferry", 3)
    for part in (space.df[:words], space.df[words + pairs :]):
        assert (np.diff(part) <= 0).all()
    numbers = [space.words_of(column) for column in range(len(space))]
    assert numbers[:words] == [None] * words
    assert numbers[words + pairs :] == [None] * len(space.tags)
    assert numbers[words : words + pairs] == sorted(set(numbers[words : words + pairs]))
    assert pairs > 3
    tags = [space.is_tag(column) for column in range(len(space))]
    assert tags == [False] * (words + pairs) + [True] * len(space.tags)
    assert names[-len(space.tags) :] == ["Ferries", "Music", "Saint Orla"]


def test_the_document_frequency_of_a_column_is_the_number_of_rows_that_have_it(newsroom):
    space, vectors = TermSpace.fit(newsroom, DEFAULT)
    np.testing.assert_array_equal((dense(vectors) > 0).sum(axis=0), space.df)
    assert space.articles == len(newsroom)


def test_counts_and_rows_tell_of_the_same_terms(newsroom):
    space, tokens = TermSpace.read(newsroom, DEFAULT)
    [counted] = space.counts(tokens)
    assert_equal(
        space.rows(tokens),
        Vectors(counted.ends[::3], counted.columns, *arrays(space.rows(tokens))[2:], len(space)),
    )


def test_the_document_frequency_counts_articles_not_occurrences():
    articles = [Article(id="a", title="Red", summary="red", body="red red"), NEWS[2]]
    space, _ = TermSpace.fit(articles, DEFAULT)
    assert int(space.df[space.words.find("red")]) == 1


def test_a_pair_that_stop_words_divide_throughout_an_article_says_so():
    articles = [
        Article(id="a", title="Port Anselm"),
        Article(id="b", title="Port of the Anselm"),
        Article(id="c", title="Port of Anselm", body="The port of Anselm, Port Anselm."),
    ]
    space, vectors = TermSpace.fit(articles, DEFAULT)
    pair = len(space.words)
    assert space.name(pair) == "Port Anselm"
    assert space.name(pair, touching=False) == "Port … Anselm"
    bits = [row.fields[row.indices == pair].item() for row in map(vectors.row, range(3))]
    assert [bool(bit & ADJACENT) for bit in bits] == [True, False, True]


def test_fields_say_where_in_the_article_a_term_stands():
    article = Article(
        id="a", title="Red fox", summary="Fox", body="Hen " * 200 + "red", tags=["Red"]
    )
    space, vectors = TermSpace.fit([article], DEFAULT)
    row = vectors.row(0)
    where = {
        (space.is_tag(column), space.name(column)): {
            field for bit, field in enumerate(FIELDS) if bits >> bit & 1
        }
        for column, bits in zip(row.indices.tolist(), row.fields.tolist(), strict=True)
    }
    assert where == {
        (False, "Red"): {"title", "body"},
        (False, "Fox"): {"title", "summary"},
        (False, "Hen"): {"body"},
        (True, "Red"): {"tags"},
    }


@pytest.mark.parametrize("tag", ["ᏣᎳᎩ", "Straße", "İstanbul", "ΟΔΟΣ", "東京", "ǅ", "ﬃ", "2026"])
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
    assert all(norm == pytest.approx(1, abs=STEP) for norm in norms if norm)
    assert all(space.words.find(form.lower()) is not None for form in space.words)
    assert_equal(space.transform(articles), vectors)


@pytest.mark.parametrize(
    "wrong",
    [
        {"title_weight": -1},
        {"title_weight": float("inf")},
        {"idf_power": float("nan")},
        {"idf_power": float("inf")},
        {"pair_weight": 1},
        {"tag_weight": 1},
        {"min_pair_df": 0},
        {"stop_words": "klingon"},
        {"language": "klingon"},
        {"colour": "red"},
    ],
    ids=str,
)
def test_a_setting_that_makes_no_sense_is_refused(wrong):
    with pytest.raises(ValidationError):
        VectorSettings(**wrong)
