"""A list is a sequence of items in Python, and as JSON what the API says."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest

from recommender import Article, Recommender
from recommender.lists.explanation import Contribution, Explanation
from recommender.lists.listing import Item, Listing, Shortfall
from recommender.metadata.metadata import Metadata

NOW = datetime(2026, 6, 1, tzinfo=UTC)
ARTICLES, _ = Metadata.of(
    [
        Article(id="a", title="Ferry late", url="https://example.org/a"),
        Article(
            id="b",
            title="Ferry early",
            published_at="2026-11-20T09:00:00Z",
            section="News",
            tags=["Ferries"],
        ),
    ]
)
EXPLANATION = Explanation(
    similarity=0.44,
    terms=(Contribution("ferry", 0.4, ("title", "body")),),
    rest=0.04,
    tags=("Ferries",),
    effects={"nearness": -0.03},
)


def listing_of(shortfall=None, **fields):
    item = Item(1, ARTICLES[1], 0.41, "Both about ferry", **fields)
    return Listing(ARTICLES[0], (item,), shortfall)


def test_listing_is_a_sequence_of_its_items():
    listing = listing_of()
    assert (len(listing), list(listing), listing[0]) == (1, [*listing.items], listing.items[0])


def test_listing_as_json_has_the_keys_of_the_api():
    shortfall = Shortfall(5, 1, {"unrelated": 3})
    record = listing_of(shortfall, explanation=EXPLANATION).to_record()
    assert record == {
        "article": {"id": "a", "title": "Ferry late", "url": "https://example.org/a"},
        "items": [
            {
                "rank": 1,
                "id": "b",
                "title": "Ferry early",
                "url": None,
                "published_at": "2026-11-20T09:00:00Z",
                "section": "News",
                "tags": ["Ferries"],
                "score": 0.41,
                "probability": None,
                "source": "similar",
                "reason": "Both about ferry",
                "duplicates": [],
                "explanation": {
                    "similarity": 0.44,
                    "terms": [{"term": "ferry", "contribution": 0.4, "in": ["title", "body"]}],
                    "rest": 0.04,
                    "tags": ["Ferries"],
                    "effects": {"nearness": -0.03},
                },
            }
        ],
        "shortfall": {"requested": 5, "returned": 1, "reasons": {"unrelated": 3}},
    }
    assert json.loads(json.dumps(record)) == record


def test_listing_without_explanation_or_shortfall_has_none_as_json():
    record = listing_of().to_record()
    assert "explanation" not in record["items"][0]
    assert record["shortfall"] is None


@pytest.mark.parametrize(
    ("time", "text"),
    [
        (None, None),
        (datetime(2026, 1, 2, 3, 4, 5, 600, tzinfo=UTC), "2026-01-02T03:04:05.000600Z"),
        (datetime(2026, 1, 2, tzinfo=timezone(timedelta(hours=2))), "2026-01-01T22:00:00Z"),
    ],
)
def test_times_as_json_are_in_utc(time, text):
    article = replace(ARTICLES[1], published_at=time)
    record = Item(1, article, 0.41, "Both about ferry").to_record()
    assert record["published_at"] == text


SIMILAR = ("b", "similar", "Both about Ferry")
OWL = ("c", "fallback", "Latest")


@pytest.mark.parametrize(
    ("options", "items", "reasons"),
    [
        ({}, [SIMILAR], {"unrelated": 3}),
        ({"fallback": "section"}, [SIMILAR, (*OWL[:2], "Latest in News")], {"unrelated": 2}),
        ({"fallback": "latest"}, [SIMILAR, ("d", *OWL[1:]), OWL], {"unrelated": 1}),
        ({"fallback": "latest", "limit": 3}, [SIMILAR, ("d", *OWL[1:]), OWL], None),
        (
            {"fallback": "latest", "min_score": 1, "exclude": ["c"]},
            [("d", *OWL[1:])],
            {"excluded": 1, "below_min_score": 2},
        ),
    ],
)
def test_short_list_is_filled_only_on_request_and_says_with_what(options, items, reasons):
    model = Recommender.fit(
        [
            Article(id="a", title="Ferry", section="News"),
            Article(id="b", title="Ferry late", section="News"),
            Article(id="c", title="Owl", section="News", published_at="2026-01-01"),
            Article(id="d", title="Hen", section="Farm", published_at="2026-01-02"),
            Article(id="e", title="Fox", section="News"),
            Article(id="f", title="Elk", section="News", published_at="2027-01-01"),
        ]
    )
    listing = model.recommend("a", now=NOW, **options)
    assert [(item.article.id, item.source, item.reason) for item in listing] == items
    assert (listing.shortfall.reasons if listing.shortfall else None) == reasons
    assert all((item.score > 0) == (item.source == "similar") for item in listing)
