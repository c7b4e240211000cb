"""The rows of an archive are those of the formula, and its columns are in a fixed order."""

import random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS, CountVectorizer
from support.formula import Formula, script, terms
from support.references import assert_nearest, dense

from recommender.articles.article import Article
from recommender.kernels.layout import ADJACENT
from recommender.kernels.tiling import Tiling
from recommender.text.tags import tag_key
from recommender.vectors.settings import VectorSettings
from recommender.vectors.term_space import TermSpace
from recommender.vectors.weighting import CODEBOOK, FIELDS

DEFAULT = VectorSettings()
# A weight is at most half a step between two levels off, and so is a row's length.
HALF_A_STEP = float((CODEBOOK[:-1] / CODEBOOK[1:]).max()) ** 0.5 - 1
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


def levels_of(articles, **changes):
    """The row of each article as a dict of ("word" | "bigram" | "tag", text) -> level."""
    space, vectors = TermSpace.fit(articles, VectorSettings(**changes))

    def key(column):
        name = space.name(column)
        if space.is_tag(column):
            return "tag", tag_key(name)
        kind = "word" if column < len(space.words) else "bigram"
        return kind, name.lower()

    keys = [key(column) for column in range(len(space))]
    assert len(set(keys)) == len(keys)
    return [
        dict(zip((keys[c] for c in row.indices), row.levels.tolist(), strict=True))
        for row in map(vectors.row, range(len(vectors)))
    ]


def assert_as_the_formula(articles, **changes):
    rows = levels_of(articles, **changes)
    expected = Formula(articles, VectorSettings(**changes)).rows
    assert len(rows) == len(expected)
    for levels, weights in zip(rows, expected, strict=True):
        assert_nearest(levels, weights)


@pytest.mark.parametrize("size", [0, 1, 2, 5])
def test_rows_of_a_small_archive_are_those_of_the_formula(size):
    assert_as_the_formula(NEWS[:size])


def test_rows_of_the_sample_archive_are_those_of_the_formula(newsroom):
    assert_as_the_formula(newsroom[::3])


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
    assert_as_the_formula(NEWS, **changes)


WORDS = ["the", "of", "red", "fox", "hen", "owl", "elk", "ant"]
TEXTS = st.lists(st.sampled_from(WORDS), max_size=9).map(" ".join)


@given(st.lists(st.tuples(TEXTS, TEXTS, TEXTS, st.sets(st.sampled_from("xyz"))), max_size=7))
@settings(max_examples=40)
def test_rows_of_random_archives_are_those_of_the_formula(records):
    articles = [
        Article(id=str(row), title=title, summary=summary, body=body or "-", tags=sorted(tags))
        for row, (title, summary, body, tags) in enumerate(records)
    ]
    assert_as_the_formula(articles)


def test_the_terms_of_the_formula_are_those_of_scikit_learn(newsroom):
    analyzer = CountVectorizer(stop_words="english", ngram_range=(1, 2)).build_analyzer()
    spaced = [article for article in newsroom if not any(map(script, article.body))]
    assert len(spaced) >= 60
    for article in spaced:
        texts = [text for _, (_, text) in terms(article.body, ENGLISH_STOP_WORDS)]
        assert texts == analyzer(article.body)


def test_every_row_with_a_term_has_length_one(newsroom):
    lacking = [
        Article(id="body", body="Ferry refit"),
        Article(id="title", title="Ferry refit"),
        Article(id="no body", title="Ferry refit", summary="Refit of the ferry"),
        Article(id="tags", title="the of", tags=["Ferries"]),
        Article(id="long word", body="x" * 100_000),
        Article(id="scripts", title="\U0001d509\U0001d522\U0001d52f Ꮳꮃꭹ İSTANBUL"),
    ]
    _, vectors = TermSpace.fit([*newsroom, *NEWS, *lacking], DEFAULT)
    np.testing.assert_allclose(np.linalg.norm(dense(vectors), axis=1), 1, atol=HALF_A_STEP)


def test_an_article_without_terms_has_an_empty_row():
    articles = [NEWS[0], Article(id="x", title="The of !!!"), NEWS[1]]
    _, vectors = TermSpace.fit(articles, DEFAULT)
    assert [bool(len(vectors.row(row).indices)) for row in range(3)] == [True, False, True]


def test_an_article_with_no_field_of_weight_has_an_empty_row():
    articles = [Article(id="x", title="Red fox"), Article(id="y", title="Red hen", body="Red fox")]
    _, vectors = TermSpace.fit(articles, VectorSettings(title_weight=0))
    norms = np.linalg.norm(dense(vectors), axis=1)
    np.testing.assert_allclose(norms, [0, 1], atol=HALF_A_STEP)


def test_the_order_of_articles_changes_neither_terms_nor_weights(newsroom):
    shuffled = list(newsroom)
    random.Random(7).shuffle(shuffled)
    space, vectors = TermSpace.fit(newsroom, DEFAULT)
    other, other_vectors = TermSpace.fit(shuffled, DEFAULT)
    assert list(map(space.name, range(len(space)))) == list(map(other.name, range(len(other))))
    assert space.df.tolist() == other.df.tolist()
    rows = {article.id: row for row, article in enumerate(shuffled)}
    for row, article in enumerate(newsroom):
        own, same = vectors.row(row), other_vectors.row(rows[article.id])
        assert own.indices.tolist() == same.indices.tolist()
        assert own.levels.tolist() == same.levels.tolist()


@pytest.mark.parametrize("jobs", [1, 2, 3])
@pytest.mark.parametrize("changes", [{}, {"stemming": True, "min_pair_df": 1}], ids=str)
def test_neither_threads_nor_tiling_change_a_byte(newsroom, jobs, changes):
    small = Tiling(batch_characters=5000, chunk_articles=7, bigram_tokens=300)
    space, vectors = TermSpace.fit(newsroom, VectorSettings(**changes))
    other, other_vectors = TermSpace.fit(newsroom, VectorSettings(**changes), jobs, tiling=small)
    np.testing.assert_array_equal(vectors.starts, other_vectors.starts)
    np.testing.assert_array_equal(vectors.blob, other_vectors.blob)
    np.testing.assert_array_equal(space.df, other.df)
    for name in ("words", "terms", "tags"):
        assert list(getattr(space, name)) == list(getattr(other, name))
    for part, other_part in zip(space.bigrams, other.bigrams, strict=True):
        np.testing.assert_array_equal(part, other_part)


def test_columns_are_words_by_df_then_bigrams_then_tags_by_df():
    space, vectors = TermSpace.fit(NEWS, VectorSettings(min_pair_df=1))
    assert vectors.columns == len(space) == len(space.df)
    names = [space.name(column) for column in range(len(space))]
    words, bigrams = len(space.words), len(space.bigrams.seconds)
    assert (names[0], int(space.df[0])) == ("ferry", 3)
    for part in (space.df[:words], space.df[words + bigrams :]):
        assert (np.diff(part) <= 0).all()
    numbers = [space.words_of(column) for column in range(len(space))]
    assert numbers[:words] == [None] * words
    assert numbers[words + bigrams :] == [None] * len(space.tags)
    own = numbers[words : words + bigrams]
    assert own == sorted(set(own))
    firsts, seconds = space.words_of_all(np.arange(words, words + bigrams))
    assert own == list(zip(firsts.tolist(), seconds.tolist(), strict=True))
    assert bigrams > 3
    tags = [space.is_tag(column) for column in range(len(space))]
    assert tags == [False] * (words + bigrams) + [True] * len(space.tags)
    assert names[-len(space.tags) :] == ["Ferries", "Music", "Saint Orla"]


def test_df_is_the_number_of_rows_with_a_column(newsroom):
    space, vectors = TermSpace.fit(newsroom, DEFAULT)
    np.testing.assert_array_equal((dense(vectors) > 0).sum(axis=0), space.df)
    assert space.articles == len(newsroom)


def test_counts_and_rows_have_the_same_terms(newsroom):
    space, tokens = TermSpace.learn(newsroom, DEFAULT)
    [counts] = space.counts(tokens)
    packed = space.pack(tokens)
    vectors = packed.slice(0, len(packed))
    assert counts.ends[::3].tolist() == vectors.indptr.tolist()
    assert counts.columns.tolist() == vectors.indices.tolist()


def test_a_bigram_is_named_by_whether_its_words_are_adjacent():
    articles = [
        Article(id="a", title="Port Anselm"),
        Article(id="b", title="Port of the Anselm"),
        Article(id="c", title="Port of Anselm", body="The port of Anselm, Port Anselm."),
    ]
    space, vectors = TermSpace.fit(articles, DEFAULT)
    bigram = len(space.words)
    assert space.name(bigram) == "Port Anselm"
    assert space.name(bigram, adjacent=False) == "Port … Anselm"
    fields = [row.fields[row.indices == bigram].item() for row in map(vectors.row, range(3))]
    assert [bool(bits & ADJACENT) for bits in fields] == [True, False, True]


def test_fields_say_where_in_the_article_a_term_is():
    article = Article(
        id="a", title="Red fox", summary="Fox", body="Hen " * 200 + "red", tags=["Red"]
    )
    space, vectors = TermSpace.fit([article], DEFAULT)
    row = vectors.row(0)
    fields_of = {
        (space.is_tag(column), space.name(column)): {
            field for bit, field in enumerate(FIELDS) if bits >> bit & 1
        }
        for column, bits in zip(row.indices.tolist(), row.fields.tolist(), strict=True)
    }
    assert fields_of == {
        (False, "Red"): {"title", "body"},
        (False, "Fox"): {"title", "summary"},
        (False, "Hen"): {"body"},
        (True, "Red"): {"tags"},
    }
