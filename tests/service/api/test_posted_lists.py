"""POST lists: of a draft, of several articles, and of many articles in a batch."""

from datetime import UTC, datetime

import pytest
from support.serving import NEWS, ids_of, in_process, problem_of, put

from recommender import Article, Draft, ModelStore
from service.api.schemas import Batch, DraftRecommendations

POST, BATCH = "/v1/recommendations", "/v1/recommendations/batch"


@pytest.fixture(scope="module")
def library_model(shared_folder):
    return ModelStore(shared_folder / "models").load()


def post(client, body, path=POST):
    reply = client.post(path, json=body)
    assert reply.status_code == 200, reply.text
    assert reply.headers["cache-control"] == "no-store"
    return reply


def listed(record):
    return [item["id"] for item in record["items"]]


def test_list_of_a_draft_equals_that_of_the_library(shared_client, library_model):
    body = {"title": "Ferry refit", "body": "No gearbox yet", "tags": ["Ferries"]}
    reply = post(shared_client, {"article": body, "limit": 2, "explain": True})
    record = DraftRecommendations.model_validate_json(reply.content, strict=True)
    assert (record.article.id, record.article.title) == (None, "Ferry refit")
    listing = library_model.recommend_for(
        Draft(**body), now=datetime.now(UTC), limit=2, explain=True
    )
    assert ids_of(reply) == [item.article.id for item in listing]
    assert "recommend;dur=" in reply.headers["server-timing"]


def test_draft_with_the_id_of_an_article_is_a_new_version_of_it(shared_client):
    body = NEWS[0].to_record() | {"title": "Hallin ferry refit delayed once more", "mood": "glad"}
    reply = post(shared_client, {"article": body})
    assert reply.json()["article"]["id"] == "ferry-1"
    assert ids_of(reply) == ["ferry-2", "a/b"]
    assert ids_of(post(shared_client, {"article": body, "tag": ["ferries"]})) == ["ferry-2"]


def test_list_of_several_articles_has_no_article_and_takes_drafts(shared_client):
    body = {"like": ["ferry-1", {"title": "Mahler"}], "unlike": ["ferry-2"], "fallback": "none"}
    reply = post(shared_client, body)
    assert DraftRecommendations.model_validate_json(reply.content, strict=True).article is None
    assert "orchestra" in ids_of(reply)
    assert not {"ferry-1", "ferry-2"} & set(ids_of(reply))


def test_list_of_several_articles_knows_those_added_since_training(folder):
    with in_process(folder) as client:
        put(folder, [Article(id="late", title="Ferry sold")])
        assert "ferry-1" in ids_of(post(client, {"like": ["late"]}))


def test_unknown_id_among_several_articles_is_404(shared_client):
    problem = problem_of(shared_client.post(POST, json={"like": ["nobody"]}))
    assert (problem.status, problem.code) == (404, "article_not_found")


def test_batch_has_a_list_or_a_problem_for_each_id_in_order(shared_client, library_model):
    requested = ["orchestra", "nobody", "a/b", "ferry-1", "a/b"]
    reply = post(shared_client, {"ids": requested, "limit": 2}, BATCH)
    assert "content-length" not in reply.headers
    record = Batch.model_validate_json(reply.content, strict=True)
    assert list(record.results) == ["orchestra", "nobody", "a/b", "ferry-1"]
    problem = record.results["nobody"]
    assert (problem.status, problem.code) == (404, "article_not_found")
    assert problem.instance == BATCH
    for article_id in ("orchestra", "a/b", "ferry-1"):
        listing = library_model.recommend(article_id, limit=2, now=datetime.now(UTC))
        assert reply.json()["results"][article_id] == listing.to_record()


def test_distinct_lists_of_a_batch_share_no_item(shared_client):
    body = {"ids": ["ferry-1", "ferry-2"], "distinct": True, "limit": 1}
    results = post(shared_client, body, BATCH).json()["results"]
    first, second = listed(results["ferry-1"]), listed(results["ferry-2"])
    assert first == ["ferry-2"]
    assert len(second) == 1
    assert second != first


def test_batch_of_a_thousand_ids_has_a_thousand_results(shared_client):
    ids = [*(each.id for each in NEWS), *(f"no{number}" for number in range(996))]
    results = post(shared_client, {"ids": ids, "half_life_days": 30}, BATCH).json()["results"]
    assert list(results) == ids
