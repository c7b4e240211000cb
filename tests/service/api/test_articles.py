"""What each call answers, to whom it belongs, and how long it may be kept."""

import time
from datetime import UTC, datetime, timedelta

import pytest
from pydantic import TypeAdapter
from support.serving import NEWS, in_process, put, settings, trained

from recommender import Article, Catalog, Found, ModelStore
from recommender.articles.times import rfc3339
from service.schemas import Health, Readiness, Recommendations, Topics

LIST = "/v1/articles/ferry-1/recommendations"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("newsroom")
    trained(folder, NEWS)
    return folder


@pytest.fixture(scope="module")
def client(folder):
    with in_process(folder) as client:
        yield client


def ids(reply):
    assert reply.status_code == 200
    return [item["id"] for item in reply.json()["items"]]


def test_a_list_is_what_the_recommender_says_and_which_model_said_it(client, folder):
    store = ModelStore(folder / "models")
    listing = store.load().recommend("ferry-1", limit=2, explain=True)
    reply = client.get(f"{LIST}?limit=2&explain=true")
    model = {"version": store.current, "revision": 4}
    assert reply.json() == listing.to_record() | {"model": model}
    assert reply.headers["content-type"] == "application/json"


@pytest.mark.parametrize("query", ["", "?explain=true", "?limit=1", "?limit=50&exclude=a/b"])
def test_lists_are_exactly_what_the_schema_says(client, query):
    reply = client.get(LIST + query)
    found = Recommendations.model_validate_json(reply.content, strict=True)
    explained = "explain" in query
    assert all((item.explanation is not None) == explained for item in found.items)
    assert all(("explanation" in item) == explained for item in reply.json()["items"])


def test_articles_and_states_are_exactly_what_the_schema_says(client):
    assert Article.from_record(client.get("/v1/articles/ferry-1").json()) == NEWS[0]
    assert set(client.get("/v1/articles/orchestra").json()) == set(Article.model_fields)
    Health.model_validate_json(client.get("/healthz").content, strict=True)
    ready = Readiness.model_validate_json(client.get("/readyz").content, strict=True)
    assert (ready.status, ready.articles, ready.model.revision) == ("ready", 4, 4)


def test_a_list_is_the_same_by_path_by_id_and_by_url(client):
    for article, path in [
        (NEWS[1], "/v1/articles/ferry-2/recommendations"),
        (NEWS[2], "/v1/articles/a%2Fb/recommendations"),
    ]:
        expected = client.get(path)
        by_query = [client.get("/v1/recommendations", params={"id": article.id})]
        if article.url:
            by_query.append(client.get("/v1/recommendations", params={"url": article.url}))
        for reply in by_query:
            assert reply.content == expected.content
            assert reply.headers["etag"] == expected.headers["etag"]


def test_options_are_heeded(client):
    assert len(ids(client.get(f"{LIST}?limit=1"))) == 1
    assert ids(client.get(f"{LIST}?exclude=a/b&exclude=x&exclude=ferry-2")) == []
    by_query = client.get("/v1/recommendations?id=ferry-1&exclude=ferry-2&limit=50")
    assert ids(by_query) == ["a/b"]
    for query, expected in [
        ("tag=ferries&tag=wolves", ["ferry-2"]),
        ("section=News", []),
        ("direction=future&published_before=2026-05-01", ["ferry-2"]),
        ("published_after=2026-05-11", ["a/b"]),
        ("min_score=1&fallback=latest&limit=2", ["a/b", "ferry-2"]),
    ]:
        assert ids(client.get(f"{LIST}?{query}")) == expected


def test_copies_have_one_slot_unless_they_are_to_be_shown(tmp_path):
    told = {"title": "Gearbox for the ferry", "body": f"{NEWS[0].body} {NEWS[1].body}"}
    trained(tmp_path, [*NEWS, *(Article(id=name, **told) for name in ("wire", "own"))])
    with in_process(tmp_path) as client:
        shown = {item["id"]: item for item in client.get(f"{LIST}?duplicates=show").json()["items"]}
        items = {item["id"]: item for item in client.get(LIST).json()["items"]}
        assert items.keys() < shown.keys() == items.keys() | {"wire", "own"}
        assert sorted([*items.keys() & {"wire", "own"}, *items["own"]["duplicates"]]) == [
            "own",
            "wire",
        ]
        problem = client.get(f"{LIST}?duplicates=maybe")
        assert (problem.status_code, problem.json()["errors"][0]["code"]) == (
            422,
            "invalid_duplicates",
        )


def test_nothing_is_filled_up_in_silence(client):
    filled = client.get(f"{LIST}?tag=Ferries&fallback=latest").json()
    assert [item["source"] for item in filled["items"]] == ["similar"]
    assert filled["shortfall"]["reasons"] == {"other_tag": 2}
    sources = [
        item["source"] for item in client.get(f"{LIST}?min_score=1&fallback=latest").json()["items"]
    ]
    assert sources == ["fallback", "fallback"]


def test_a_fresher_list_says_what_age_took(client):
    plain = {i["id"]: i["score"] for i in client.get(LIST).json()["items"]}
    reply = client.get(f"{LIST}?half_life_days=30&explain=true")
    for item in Recommendations.model_validate_json(reply.content, strict=True).items:
        assert 0 < item.score < plain[item.id]
        assert item.explanation.effects["freshness"] < 0


def test_nothing_related_is_an_empty_list_not_an_error(client):
    reply = client.get("/v1/articles/orchestra/recommendations")
    assert ids(reply) == []
    assert reply.json()["shortfall"]["returned"] == 0


def test_an_article_imported_after_training_has_a_list_and_is_in_others(tmp_path):
    trained(tmp_path, NEWS)
    put(tmp_path, [Article(id="late/1", title="Ferry sold", url="https://example.org/late")])
    with in_process(tmp_path) as client:
        assert "late/1" in client.get("/v1/recommendations?id=ferry-1").text
        for path in (
            "/v1/articles/late%2F1/recommendations",
            "/v1/recommendations?id=late/1",
            "/v1/recommendations?url=https://example.org/late",
        ):
            reply = client.get(path)
            assert (reply.status_code, reply.json()["items"][0]["id"]) == (200, "a/b")
        assert client.get("/v1/articles/late%2F1").status_code == 200
        ready = client.get("/readyz").json()
        assert (ready["articles"], ready["newer"], ready["advice"]) == (5, 1, None)


def test_an_article_that_the_service_cannot_take_in_just_now_is_told_from_an_unknown_one(tmp_path):
    trained(tmp_path, NEWS)
    with in_process(tmp_path) as client:
        client.app.state.manager.failures["archive"] = "cannot be read"
        put(tmp_path, [Article(id="late/1", title="Ferry sold")])
        reply = client.get("/v1/recommendations?id=late/1")
        assert (reply.status_code, reply.json()["code"]) == (404, "article_not_found")
        assert "cannot follow just now: /readyz says why" in reply.json()["detail"]
        assert "cannot follow" not in client.get("/v1/recommendations?id=other").json()["detail"]


def test_topics_are_what_the_recommender_says_by_path_and_by_query(client, folder):
    store = ModelStore(folder / "models")
    reply = client.get("/v1/articles/ferry-1/topics")
    Topics.model_validate_json(reply.content, strict=True)
    expected = store.load().topics("ferry-1").to_record()
    assert [topic["tag"] for topic in expected["topics"]] == ["Ferries", "Hallin"]
    assert reply.json() == expected | {"model": {"version": store.current, "revision": 4}}
    assert client.get("/v1/topics?id=ferry-1").content == reply.content
    lacked = client.get("/v1/articles/a%2Fb/topics").json()
    assert [each["tag"] for each in lacked["suggested"]] == ["Ferries", "Hallin"]
    assert reply.headers["server-timing"].startswith("topics;dur=")


def found(client, query):
    reply = client.get(f"/v1/articles?{query}")
    assert reply.status_code == 200
    assert TypeAdapter(Found).validate_json(reply.content, strict=True).to_record() == reply.json()
    return [card["id"] for card in reply.json()["articles"]]


def test_articles_are_found_by_title_tag_section_and_id(client):
    assert found(client, "") == ["a/b", "ferry-2", "ferry-1", "orchestra"]
    assert found(client, "query=refit+FERRY") == ["ferry-2", "ferry-1"]
    assert found(client, "query=a%2Fb") == ["a/b"]
    assert found(client, "tag=hallin&tag=nowhere") == ["ferry-1"]
    assert found(client, "tag=ferries&section=news&query=ferry") == ["ferry-1"]
    assert found(client, "query=zeppelin") == []


def test_pages_of_articles_lead_to_each_other(client):
    first = client.get("/v1/articles?limit=3").json()
    assert [card["id"] for card in first["articles"]] == ["a/b", "ferry-2", "ferry-1"]
    last = client.get(f"/v1/articles?limit=3&cursor={first['next']}").json()
    assert [card["id"] for card in last["articles"]] == ["orchestra"]
    assert last["next"] is None
    card = first["articles"][2]
    assert card["published_at"] == "2026-01-09T08:00:00Z"
    assert card["tags"] == ["Ferries", "Hallin"]
    assert "body" not in card


def test_an_article_is_found_as_soon_as_it_is_written_and_without_a_model(tmp_path):
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


def test_what_is_known_already_is_not_sent_again(client):
    first = client.get(LIST)
    tag = first.headers["etag"]
    assert tag.startswith('"')
    for given in (tag, f"W/{tag}", f'"x", W/"y,z", {tag}', "*"):
        again = client.get(LIST, headers={"If-None-Match": given})
        assert (again.status_code, again.content) == (304, b"")
        for name in ("etag", "cache-control"):
            assert again.headers[name] == first.headers[name]
        assert {"x-request-id", "server-timing"} <= set(again.headers)
    for given in ('"x"', "", tag[1:-1], f'"{tag}'):
        assert client.get(LIST, headers={"If-None-Match": given}).status_code == 200
    several = [("If-None-Match", '"x"'), ("If-None-Match", tag)]
    assert client.get(LIST, headers=several).status_code == 304


def test_an_etag_is_of_what_the_list_says_and_not_of_the_model(tmp_path):
    replies = []
    for _ in range(2):
        trained(tmp_path, [*NEWS, Article(id="x", title="Tulips bloom")])
        with in_process(tmp_path) as client:
            replies.append(client.get(LIST))
        with Catalog(settings(tmp_path).archive) as catalog:
            catalog.delete(["x"])
    first, second = replies
    assert first.json()["model"] != second.json()["model"]
    assert first.json()["items"] == second.json()["items"]
    assert first.headers["etag"] == second.headers["etag"]


def test_a_list_that_says_something_else_has_another_etag(client):
    queries = ("", "?limit=1", "?explain=true", "?exclude=ferry-2")
    assert len({client.get(LIST + query).headers["etag"] for query in queries}) == 4


def test_lists_may_be_kept_as_long_as_configured_and_errors_never(folder):
    with in_process(folder, cache_control="private, max-age=5") as client:
        assert client.get(LIST).headers["cache-control"] == "private, max-age=5"
        for path in ("/healthz", "/readyz", "/v1/articles/x"):
            assert client.get(path).headers["cache-control"] == "no-store"


def test_it_says_how_long_each_step_took_or_that_the_list_was_ready(client):
    for query, steps in [
        ("?limit=7", ["find", "candidates", "near_duplicates", "list"]),
        ("?limit=7", ["ready"]),
        (
            "?min_score=0.1&diversity=0.5",
            ["find", "candidates", "min_score", "near_duplicates", "diversity", "list"],
        ),
    ]:
        parts = client.get(LIST + query).headers["server-timing"].split(", ")
        told = dict(part.split(";dur=") for part in parts)
        assert list(told) == steps
        assert all(0 <= float(duration) < 1000 for duration in told.values())


def test_an_embargo_holds_on_every_call_until_the_second_it_ends(tmp_path):
    ends = datetime.now(UTC) + timedelta(seconds=2.5)
    secret = Article(
        id="secret", title="Hallin ferry refit sold", published_at=ends, url="https://x.org/secret"
    )
    trained(tmp_path, [*NEWS, secret])
    calls = ["/v1/articles/{0}", "/v1/articles?id={0}", "/v1/articles/{0}/recommendations"]
    calls += ["/v1/articles/{0}/topics", "/v1/topics?id={0}"]
    calls += ["/v1/recommendations?id={0}", "/v1/recommendations?url=https://x.org/{0}"]
    seen = set()
    with in_process(tmp_path) as client:
        while "after" not in seen and datetime.now(UTC) < ends + timedelta(seconds=20):
            before = datetime.now(UTC)
            told = [client.get(call.format("secret")) for call in calls]
            unknown = [client.get(call.format("nosuch")) for call in calls]
            listed = client.get(f"{LIST}?limit=50")
            found = client.get("/v1/articles?query=sold")
            after = datetime.now(UTC)
            if after < ends:
                seen.add("before")
                for reply, other in zip(told, unknown, strict=True):
                    assert reply.status_code == 404
                    assert reply.text.replace("secret", "nosuch") == other.text
                assert "secret" not in listed.text + found.text
            elif before >= ends:
                seen.add("after")
                assert {reply.status_code for reply in told} == {200}
                assert "secret" in ids(listed)
                assert '"id":"secret"' in found.text
            time.sleep(0.02)
    assert seen == {"before", "after"}


def test_an_embargoed_article_is_not_given_away_before_it_is_in_the_model(tmp_path):
    trained(tmp_path, NEWS)
    later = datetime.now(UTC) + timedelta(days=1)
    put(tmp_path, [Article(id="secret", title="Ferry sold", published_at=rfc3339(later))])
    with in_process(tmp_path) as client:
        detail = client.get("/v1/articles/secret/recommendations").json()["detail"]
    assert detail == "no article has the id 'secret'"
