"""A filter's value finds the articles that have it, however either is spelt, and no others."""

from array import array

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recommender import Recommender
from recommender.articles.article import Article
from recommender.metadata.metadata import Metadata
from recommender.metadata.facets import Facets, facet_key, facet_keys

NEWS = [
    Article(id="0", title="Hail", section="News", tags=["Ferries", "Saint Orla"], author="Crane"),
    Article(id="1", title="Hail", section="Home  news", tags=["ferries", "FERRIES"]),
    Article(id="2", title="Hail", language="en-GB", author="crane"),
    Article(id="3", title="Hail", language="EN", section="news"),
    Article(id="4", title="Hail", language="pt_BR"),
    Article(id="5", title="Hail"),
]


def found(facet, *values):
    facets = Metadata.of(NEWS)[0].facets
    return [row for row, has in enumerate(facets.mask(facet, values, len(NEWS))) if has]


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
def test_a_value_is_found_whole_without_regard_to_case_and_spacing(facet, value, rows):
    assert found(facet, value) == rows


def test_one_of_several_values_is_enough_and_none_finds_nothing():
    assert found("tag", "Saint Orla", "nobody has this") == [0]
    assert found("section", "home news", "NEWS") == [0, 1, 3]
    assert found("section") == []


def test_an_archive_without_facets_has_none():
    assert not Facets.of({}).mask("tag", ["x"], 3).any()
    assert not Facets.of({"tag x": array("i", [1])}).mask("tag", ["y"], 3).any()


VALUES = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=12).filter(
    str.strip
)


@given(st.lists(st.lists(VALUES, max_size=4), max_size=6), VALUES)
def test_every_article_is_found_by_each_of_its_tags_and_only_by_those(tags, other):
    news = [Article(id=str(row), title="Hail", tags=each) for row, each in enumerate(tags)]
    facets = Metadata.of(news)[0].facets
    for value in {other, *(tag for article in news for tag in article.tags)}:
        wanted = [facet_key("tag", value) in set(facet_keys(article)) for article in news]
        assert facets.mask("tag", [value], len(news)).tolist() == wanted


def test_a_saved_model_finds_the_same(model, saved):
    loaded = Recommender.load(saved).articles
    for facet, value in [("tag", "Ferries"), ("section", "news"), ("language", "en")]:
        expected = model.articles.facets.mask(facet, [value], len(loaded))
        assert loaded.facets.mask(facet, [value], len(loaded)).tolist() == expected.tolist()
    assert expected.any()
