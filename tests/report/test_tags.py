"""Tags that tell nothing, lead nowhere or are spelt in several ways are named."""

import numpy as np

from recommender import Article
from recommender.metadata.metadata import Metadata
from recommender.report.tags import tag_hygiene


def looked_through(tags, rows=None, most=10):
    cards, _ = Metadata.of(
        Article(id=f"a{n}", title="Hail", tags=given, published_at=f"2026-01-{n % 28 + 1:02}")
        for n, given in enumerate(tags)
    )
    return tag_hygiene(cards, np.arange(len(tags)) if rows is None else np.array(rows), most)


def test_a_tag_of_more_than_a_tenth_is_too_broad_if_it_is_of_more_than_ten():
    found = looked_through([["News"]] * 12 + [["Owls"]] * 11 + [["Hail"]] * 10 + [["x"]] * 82)
    assert [(each.tag, each.articles) for each in found.broad] == [("x", 82), ("News", 12)]
    assert looked_through([["News"]] * 10).broad == ()


def test_spellings_are_one_tag_and_named_the_commonest_first():
    found = looked_through([["E-Mail"], ["email"], ["email", "Email"], ["9/11"], ["911"]])
    assert found.distinct == 3
    [twins] = found.twins
    assert [(each.tag, each.articles) for each in twins] == [
        ("email", 2),
        ("E-Mail", 1),
        ("Email", 1),
    ]
    assert (found.singletons, found.single) == (2, ("9/11", "911"))


def test_the_newest_without_a_tag_are_named():
    found = looked_through([[], ["Owls"], [], []], most=2)
    assert found.untagged == 3
    assert [card.id for card in found.bare] == ["a3", "a2"]


def test_only_the_rows_that_are_asked_about_count():
    found = looked_through([["Owls"], ["Hail"], []], rows=[1])
    assert (found.distinct, found.untagged, found.single) == (1, 0, ("Hail",))
