"""A list in Python is a sequence of items, and as JSON what the contract says."""

import json
from datetime import UTC, datetime, timedelta, timezone

import pytest

from recommender.articles.article import Article
from recommender.metadata.metadata import Metadata
from recommender.lists.explanation import Contribution, Explanation
from recommender.lists.listing import Item, Listing, Shortfall
from recommender.articles.times import rfc3339

CARDS, _ = Metadata.of(
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
WHY = Explanation(
    similarity=0.44,
    terms=(Contribution("ferry", 0.4, ("title", "body")),),
    rest=0.04,
    tags=("Ferries",),
    effects={"nearness": -0.03},
)


def listing(**changes):
    item = Item(1, CARDS[1], 0.41, "Both about ferry", **changes)
    return Listing(CARDS[0], (item,), Shortfall(5, 1, {"unrelated": 3}))


def test_a_list_is_a_sequence_of_its_items():
    found = listing()
    assert (len(found), list(found), found[0]) == (1, list(found.items), found.items[0])


def test_a_list_as_json_is_the_contracts():
    record = listing(explanation=WHY).to_record()
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


def test_an_explanation_is_there_only_when_asked_for():
    assert "explanation" not in listing().to_record()["items"][0]


def test_a_full_list_has_no_shortfall():
    found = listing()
    assert Listing(found.article, found.items, None).to_record()["shortfall"] is None


@pytest.mark.parametrize(
    ("time", "written"),
    [
        (None, None),
        (datetime(2026, 1, 2, 3, 4, 5, 600, tzinfo=UTC), "2026-01-02T03:04:05.000600Z"),
        (datetime(2026, 1, 2, tzinfo=timezone(timedelta(hours=2))), "2026-01-01T22:00:00Z"),
    ],
)
def test_times_are_written_in_utc(time, written):
    assert rfc3339(time) == written
