"""A facet's value matches the articles that have it in any spelling, and no others."""

from array import array

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recommender import Recommender
from recommender.articles.article import Article
from recommender.metadata.facets import Facets, facet_key, facet_keys
from recommender.metadata.metadata import Metadata

NEWS = [
    Article(id="0", title="Hail", section="News", tags=["Ferries", "Saint Orla"], author="Crane"),
    Article(id="1", title="Hail", section="Home  news", tags=["ferries", "FERRIES"]),
    Article(id="2", title="Hail", language="en-GB", author="crane"),
    Article(id="3", title="Hail", language="EN", section="news"),
    Article(id="4", title="Hail", language="pt_BR"),
    Article(id="5", title="Hail"),
]


def matching_rows(facet, *values):
    facets = Metadata.of(NEWS)[0].facets
    return facets.mask(facet, values, len(NEWS)).nonzero()[0].tolist()


@pytest.mark.parametrize(
    ("facet", "value", "rows"),
    [
        ("section", "News", [0, 3]),
        ("section", " home news", [1]),
        ("section", "Home", []),
        ("tag", "ferries", [0, 1]),
        ("tag", "saint  orla", [0]),
        ("tag", "News", []),
        ("author", "CRANE", [0, 2]),
        ("language", "en", [2, 3]),
        ("language", "en-gb", [2]),
        ("language", "en_GB", [2]),
        ("language", "en-US", []),
        ("language", "e", []),
        ("language", "pt", [4]),
        ("language", "pt-br", [4]),
        ("language", "br", []),
        ("section", "", []),
        ("language", "", []),
    ],
)
def test_a_whole_value_matches_in_any_case_and_spacing(facet, value, rows):
    assert matching_rows(facet, value) == rows


def test_several_values_match_the_articles_that_have_any_of_them():
    assert matching_rows("tag", "Saint Orla", "no article has this") == [0]
    assert matching_rows("section", "home news", "NEWS") == [0, 1, 3]
    assert matching_rows("section") == []


def test_added_articles_are_matched_too():
    more = [Article(id="6", title="Hail", tags=["Owls"]), Article(id="7", title="x", tags=["owls"])]
    facets = Metadata.of(NEWS)[0].facets.extended(more, 6).extended(NEWS[:1], 8)
    assert facets.mask("tag", ["owls"], 9).nonzero()[0].tolist() == [6, 7]
    assert facets.mask("tag", ["ferries"], 9).nonzero()[0].tolist() == [0, 1, 8]


def test_a_value_that_no_article_has_matches_no_row():
    assert not Facets.of({}).mask("tag", ["x"], 3).any()
    assert not Facets.of({"tag x": array("i", [1])}).mask("tag", ["y"], 3).any()


VALUES = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=12).filter(
    str.strip
)


@given(st.lists(st.lists(VALUES, max_size=4), max_size=6), VALUES)
def test_a_tag_matches_exactly_the_articles_that_have_it(tags, other):
    news = [Article(id=str(row), title="Hail", tags=each) for row, each in enumerate(tags)]
    facets = Metadata.of(news)[0].facets
    for value in {other, *(tag for article in news for tag in article.tags)}:
        expected = [facet_key("tag", value) in set(facet_keys(article)) for article in news]
        assert facets.mask("tag", [value], len(news)).tolist() == expected


@pytest.mark.parametrize(
    ("facet", "value"), [("tag", "Ferries"), ("section", "news"), ("language", "en")]
)
def test_the_facets_of_a_saved_model_match_the_same_rows(model, saved, facet, value):
    loaded = Recommender.load(saved).articles
    expected = model.articles.facets.mask(facet, [value], len(loaded))
    assert expected.any()
    assert loaded.facets.mask(facet, [value], len(loaded)).tolist() == expected.tolist()
