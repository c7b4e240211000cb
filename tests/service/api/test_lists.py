"""GET lists: what they contain, by which options, and which model made them."""

import pytest
from support.serving import NEWS, ids_of, in_process, problem_of, put, trained

from recommender import Article, ModelStore
from service.api.schemas import Recommendations

LIST = "/v1/articles/ferry-1/recommendations"


def test_list_equals_that_of_the_library_and_names_its_model(shared_client, shared_folder):
    store = ModelStore(shared_folder / "models")
    listing = store.load().recommend("ferry-1", limit=2, explain=True)
    reply = shared_client.get(f"{LIST}?limit=2&explain=true")
    model = {"version": store.current, "revision": 4}
    assert reply.json() == listing.to_record() | {"model": model}
    assert reply.headers["content-type"] == "application/json"


@pytest.mark.parametrize("query", ["", "?explain=true", "?limit=1", "?limit=50&exclude=a/b"])
def test_list_matches_its_schema(shared_client, query):
    reply = shared_client.get(LIST + query)
    record = Recommendations.model_validate_json(reply.content, strict=True)
    is_explained = "explain" in query
    assert all((item.explanation is not None) == is_explained for item in record.items)
    assert all(("explanation" in item) == is_explained for item in reply.json()["items"])


def test_list_is_the_same_by_path_by_id_and_by_url(shared_client):
    for article, path in [
        (NEWS[1], "/v1/articles/ferry-2/recommendations"),
        (NEWS[2], "/v1/articles/a%2Fb/recommendations"),
    ]:
        by_path = shared_client.get(path)
        by_query = [shared_client.get("/v1/recommendations", params={"id": article.id})]
        if article.url:
            url = {"url": article.url}
            by_query.append(shared_client.get("/v1/recommendations", params=url))
        for reply in by_query:
            assert reply.content == by_path.content
            assert reply.headers["etag"] == by_path.headers["etag"]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("limit=1", ["ferry-2"]),
        ("exclude=a/b&exclude=x&exclude=ferry-2", []),
        ("tag=ferries&tag=wolves", ["ferry-2"]),
        ("section=News", []),
        ("direction=future&published_before=2026-05-01", ["ferry-2"]),
        ("published_after=2026-05-11", ["a/b"]),
        ("min_score=1&fallback=latest&limit=2", ["a/b", "ferry-2"]),
    ],
)
def test_options_of_a_list_apply_by_path_and_by_query(shared_client, query, expected):
    assert ids_of(shared_client.get(f"{LIST}?{query}")) == expected
    assert ids_of(shared_client.get(f"/v1/recommendations?id=ferry-1&{query}")) == expected


def test_copies_share_one_place_unless_they_are_to_be_shown(folder):
    text = {"title": "Gearbox for the ferry", "body": f"{NEWS[0].body} {NEWS[1].body}"}
    trained(folder, [Article(id=name, **text) for name in ("wire", "own")])
    with in_process(folder) as client:
        every = ids_of(client.get(f"{LIST}?duplicates=show"))
        items = {item["id"]: item for item in client.get(LIST).json()["items"]}
        assert items.keys() < set(every) == items.keys() | {"wire", "own"}
        copies = [*items.keys() & {"wire", "own"}, *items["own"]["duplicates"]]
        assert sorted(copies) == ["own", "wire"]


def test_fallback_items_are_marked_and_a_shortfall_has_reasons(shared_client):
    short = shared_client.get(f"{LIST}?tag=Ferries&fallback=latest").json()
    assert [item["source"] for item in short["items"]] == ["similar"]
    assert short["shortfall"]["reasons"] == {"other_tag": 2}
    filled = shared_client.get(f"{LIST}?min_score=1&fallback=latest").json()
    assert [item["source"] for item in filled["items"]] == ["fallback", "fallback"]


def test_half_life_lowers_scores_and_the_explanation_says_so(shared_client):
    scores = {item["id"]: item["score"] for item in shared_client.get(LIST).json()["items"]}
    reply = shared_client.get(f"{LIST}?half_life_days=30&explain=true")
    for item in Recommendations.model_validate_json(reply.content, strict=True).items:
        assert 0 < item.score < scores[item.id]
        assert item.explanation.effects["freshness"] < 0


def test_list_of_an_unrelated_article_is_empty_and_no_error(shared_client):
    reply = shared_client.get("/v1/articles/orchestra/recommendations")
    assert ids_of(reply) == []
    assert reply.json()["shortfall"]["returned"] == 0


def test_article_imported_after_training_has_a_list_and_is_in_lists(folder):
    put(folder, [Article(id="late/1", title="Ferry sold", url="https://example.org/late")])
    with in_process(folder) as client:
        assert "late/1" in ids_of(client.get("/v1/recommendations?id=ferry-1"))
        for path in (
            "/v1/articles/late%2F1/recommendations",
            "/v1/recommendations?id=late/1",
            "/v1/recommendations?url=https://example.org/late",
        ):
            assert ids_of(client.get(path))[0] == "a/b"
        assert client.get("/v1/articles/late%2F1").status_code == 200
        ready = client.get("/readyz").json()
        assert (ready["articles"], ready["newer"], ready["advice"]) == (5, 1, None)


def test_article_that_cannot_be_applied_now_is_told_from_an_unknown_one(client, folder):
    client.app.state.manager.failures["archive"] = "cannot be read"
    put(folder, [Article(id="late/1", title="Ferry sold")])
    late, unknown = (
        problem_of(client.get(f"/v1/recommendations?id={article_id}"))
        for article_id in ("late/1", "other")
    )
    assert late.code == unknown.code == "article_not_found"
    assert "is in the archive, which the service cannot follow" in late.detail
    assert "cannot follow" not in unknown.detail
