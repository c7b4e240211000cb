"""The report names tags that are too broad, on one article only or spelt in several ways."""

import numpy as np

from recommender import Article
from recommender.metadata.metadata import Metadata
from recommender.report.tags import tags_of


def report_of(tags, rows=None, most=10):
    """The tags of articles that have these, each article a day newer than the one before."""
    articles, _ = Metadata.of(
        Article(id=f"a{n}", title="Hail", tags=some, published_at=f"2026-01-{n % 28 + 1:02}")
        for n, some in enumerate(tags)
    )
    return tags_of(articles, np.arange(len(tags)) if rows is None else np.array(rows), most)


def test_a_tag_on_over_a_tenth_of_the_articles_and_over_ten_is_too_broad():
    tags = report_of([["News"]] * 12 + [["Owls"]] * 11 + [["Hail"]] * 10 + [["x"]] * 82)
    assert [(each.tag, each.articles) for each in tags.broad] == [("x", 82), ("News", 12)]
    assert report_of([["News"]] * 10).broad == ()


def test_spellings_are_one_tag_and_named_the_most_common_first():
    tags = report_of([["E-Mail"], ["email"], ["email", "Email"], ["9/11"], ["911"]])
    assert tags.distinct == 3
    [spellings] = tags.twins
    assert [(each.tag, each.articles) for each in spellings] == [
        ("email", 2),
        ("E-Mail", 1),
        ("Email", 1),
    ]
    assert (tags.singletons, tags.single) == (2, ("9/11", "911"))


def test_the_newest_articles_without_a_tag_are_named():
    tags = report_of([[], ["Owls"], [], []], most=2)
    assert tags.untagged == 3
    assert [article.id for article in tags.bare] == ["a3", "a2"]


def test_only_the_given_rows_count():
    tags = report_of([["Owls"], ["Hail"], []], rows=[1])
    assert (tags.distinct, tags.untagged, tags.single) == (1, 0, ("Hail",))
