"""Why an article is in another's list, or what keeps it out."""

from datetime import UTC, datetime

import pytest
from support.serving import in_process, put

from recommender import Article, ModelStore
from service.api.schemas import Why

WHY = "/v1/articles/ferry-1/recommendations/ferry-2"


@pytest.mark.parametrize(
    ("query", "options"),
    [
        ("", {}),
        ("?limit=1", {"limit": 1}),
        ("?tag=wolves&direction=past", {"tag": ["wolves"], "direction": "past"}),
    ],
)
def test_why_equals_that_of_the_library(shared_client, shared_folder, query, options):
    reply = shared_client.get(WHY + query)
    model = ModelStore(shared_folder / "models").load()
    expected = model.why("ferry-1", "ferry-2", now=datetime.now(UTC), **options)
    assert reply.json() == expected.to_record()
    Why.model_validate_json(reply.content, strict=True)


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("", None),
        ("?exclude=ferry-2", "excluded"),
        ("?tag=wolves", "other_tag"),
        ("?direction=past", "not_past"),
        ("?min_score=1", "below_min_score"),
    ],
)
def test_why_not_names_the_first_cause(shared_client, query, code):
    record = shared_client.get(WHY + query).json()
    assert record["listed"] == (code is None)
    assert (record["left_out_by"] or {"code": None})["code"] == code


def test_why_is_the_same_by_path_and_by_query(shared_client):
    by_path = shared_client.get("/v1/articles/a%2Fb/recommendations/ferry-2?limit=1")
    by_query = shared_client.get("/v1/recommendations/why?id=a/b&other_id=ferry-2&limit=1")
    assert by_query.content == by_path.content
    assert by_query.headers["etag"] == by_path.headers["etag"]


def test_why_can_be_stored_like_a_list(shared_client):
    first = shared_client.get(WHY)
    assert first.headers["cache-control"].startswith("public")
    assert first.headers["server-timing"].startswith("why;dur=")
    again = shared_client.get(WHY, headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


def test_why_knows_articles_added_since_training(folder):
    with in_process(folder) as client:
        put(folder, [Article(id="late", title="Ferry sold")])
        record = client.get("/v1/articles/ferry-1/recommendations/late").json()
    assert record["listed"]
    assert record["explanation"]["terms"][0]["term"] == "ferry"
