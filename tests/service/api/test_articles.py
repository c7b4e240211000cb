"""GET /v1/articles: one article by its id, and pages of those that match a search."""

from pydantic import TypeAdapter
from support.serving import NEWS, in_process, put

from recommender import Article, Found


def search(client, query):
    reply = client.get(f"/v1/articles?{query}")
    assert reply.status_code == 200
    page = TypeAdapter(Found).validate_json(reply.content, strict=True)
    assert page.to_record() == reply.json()
    return [article["id"] for article in reply.json()["articles"]]


def test_article_is_returned_with_all_its_fields(shared_client):
    assert Article.from_record(shared_client.get("/v1/articles/ferry-1").json()) == NEWS[0]
    assert set(shared_client.get("/v1/articles/orchestra").json()) == set(Article.model_fields)


def test_search_matches_words_tags_sections_and_ids(shared_client):
    assert search(shared_client, "") == ["a/b", "ferry-2", "ferry-1", "orchestra"]
    assert search(shared_client, "query=refit+FERRY") == ["ferry-2", "ferry-1"]
    assert search(shared_client, "query=a%2Fb") == ["a/b"]
    assert search(shared_client, "tag=hallin&tag=nowhere") == ["ferry-1"]
    assert search(shared_client, "tag=ferries&section=news&query=ferry") == ["ferry-1"]
    assert search(shared_client, "query=zeppelin") == []


def test_cursor_leads_to_the_next_page_of_a_search(shared_client):
    first = shared_client.get("/v1/articles?limit=3").json()
    assert [article["id"] for article in first["articles"]] == ["a/b", "ferry-2", "ferry-1"]
    last = shared_client.get(f"/v1/articles?limit=3&cursor={first['next']}").json()
    assert [article["id"] for article in last["articles"]] == ["orchestra"]
    assert last["next"] is None
    article = first["articles"][2]
    assert article["published_at"] == "2026-01-09T08:00:00Z"
    assert article["tags"] == ["Ferries", "Hallin"]
    assert "body" not in article


def test_search_needs_no_model_and_sees_each_import_at_once(tmp_path):
    put(tmp_path, NEWS[:1])
    with in_process(tmp_path) as client:
        first = client.get("/v1/articles?query=refit")
        put(tmp_path, [NEWS[1]])
        second = client.get("/v1/articles?query=refit")
        assert [len(reply.json()["articles"]) for reply in (first, second)] == [1, 2]
        assert first.headers["etag"] != second.headers["etag"]
        tag = {"If-None-Match": second.headers["etag"]}
        assert client.get("/v1/articles?query=refit", headers=tag).status_code == 304
        assert second.headers["server-timing"].startswith("archive;dur=")
