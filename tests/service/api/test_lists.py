"""Why and why not, lists of drafts and mixes, and batches, over HTTP."""

from datetime import UTC, datetime, timedelta
from urllib.parse import quote

import pytest
from support.serving import NEWS, fetch, in_process, on_a_port, put, trained

from recommender import Article, Draft, ModelStore
from service.schemas import Batch, DraftRecommendations, Why

POST, BATCH = "/v1/recommendations", "/v1/recommendations/batch"
WHY = "/v1/articles/ferry-1/recommendations/ferry-2"
ODD = ["x/recommendations", "a/b/c", "/", "x/recommendations/y", "100%", "日本 ?#", ".."]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("newsroom")
    odd = [Article(id=each, title=f"Tulip {at} blooms") for at, each in enumerate(ODD)]
    ahead = datetime.now(UTC) + timedelta(days=1)
    trained(folder, [*NEWS, *odd, Article(id="secret", title="Ferry sold", published_at=ahead)])
    return folder


@pytest.fixture(scope="module")
def client(folder):
    with in_process(folder) as client:
        yield client


@pytest.fixture(scope="module")
def model(folder):
    return ModelStore(folder / "models").load()


def asked(client, body, path=POST):
    reply = client.post(path, json=body)
    assert reply.status_code == 200, reply.text
    assert reply.headers["cache-control"] == "no-store"
    return reply


def ids(record):
    return [item["id"] for item in record["items"]]


def test_why_is_what_the_recommender_says(client, model):
    for query, options in [
        ("", {}),
        ("?limit=1", {"limit": 1}),
        ("?tag=wolves&direction=past", {"tag": ["wolves"], "direction": "past"}),
    ]:
        reply = client.get(WHY + query)
        expected = model.why("ferry-1", "ferry-2", now=datetime.now(UTC), **options)
        assert reply.json() == expected.to_record()
        Why.model_validate_json(reply.content, strict=True)


def test_why_not_names_the_first_thing_that_kept_it_out(client):
    for query, code in [
        ("", None),
        ("?exclude=ferry-2", "excluded"),
        ("?tag=wolves", "other_tag"),
        ("?direction=past", "not_past"),
        ("?min_score=1", "below_min_score"),
    ]:
        told = client.get(WHY + query).json()
        assert told["listed"] == (code is None)
        assert (told["left_out_by"] or {"code": None})["code"] == code


@pytest.mark.parametrize("one", ODD)
def test_why_finds_odd_ids_in_the_path_as_it_was_sent_and_in_the_query(client, one):
    def encoded(article_id):
        return quote(article_id, safe="").replace(".", "%2E")

    for other in ODD:
        by_path = client.get(f"/v1/articles/{encoded(one)}/recommendations/{encoded(other)}")
        assert (by_path.json()["article"]["id"], by_path.json()["other"]["id"]) == (one, other)
        query = {"id": one, "other_id": other}
        by_query = client.get("/v1/recommendations/why", params=query)
        assert by_query.content == by_path.content
        assert by_query.headers["etag"] == by_path.headers["etag"]


def test_why_finds_odd_ids_over_a_real_connection(folder):
    with on_a_port(folder) as (port, _):
        for one, other in [("x/recommendations", "a/b/c"), ("/", "x/recommendations/y")]:
            one, other = quote(one, safe=""), quote(other, safe="")
            status, _, told = fetch(port, f"/v1/articles/{one}/recommendations/{other}")
            assert (status, quote(told["other"]["id"], safe="")) == (200, other)


def test_why_may_be_kept_like_a_list(client):
    first = client.get(WHY)
    assert first.headers["cache-control"].startswith("public")
    assert first.headers["server-timing"].startswith("why;dur=")
    again = client.get(WHY, headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


def test_of_an_article_under_embargo_nothing_is_told(client):
    unknown = client.get(f"{WHY[:-7]}nosuch")
    for path in (
        "/v1/articles/ferry-1/recommendations/secret",
        "/v1/articles/secret/recommendations/ferry-1",
        "/v1/recommendations/why?id=secret&other_id=ferry-1",
    ):
        reply = client.get(path)
        assert (reply.status_code, reply.json()["code"]) == (404, "article_not_found")
        assert reply.json()["detail"] == unknown.json()["detail"].replace("nosuch", "secret")
    for body in ({"like": ["secret"]}, {"like": ["ferry-1"], "unlike": ["secret"]}):
        assert client.post(POST, json=body).status_code == 404
    results = asked(client, {"ids": ["secret", "ferry-1"], "limit": 50}, BATCH).json()["results"]
    assert results["secret"]["detail"] == "no article has the id 'secret'"
    assert "secret" not in ids(results["ferry-1"])
    assert "secret" not in ids(asked(client, {"article": {"title": "Ferry"}, "limit": 50}).json())


def test_an_article_that_is_newer_than_the_model_is_as_good_as_any(tmp_path):
    trained(tmp_path, NEWS)
    with in_process(tmp_path) as client:
        put(tmp_path, [Article(id="late", title="Ferry sold")])
        why = client.get(f"{WHY[:-7]}late").json()
        assert why["listed"]
        assert why["explanation"]["terms"][0]["term"] == "ferry"
        assert "ferry-1" in ids(client.post(POST, json={"like": ["late"]}).json())


def test_a_drafts_list_is_what_the_recommender_says(client, model):
    body = {"title": "Ferry refit", "body": "No gearbox yet", "tags": ["Ferries"]}
    reply = asked(client, {"article": body, "limit": 2, "explain": True})
    found = DraftRecommendations.model_validate_json(reply.content, strict=True)
    assert found.article.id is None
    assert found.article.title == "Ferry refit"
    expected = model.recommend_for(Draft(**body), now=datetime.now(UTC), limit=2, explain=True)
    assert ids(reply.json()) == [item.article.id for item in expected]
    assert "recommend;dur=" in reply.headers["server-timing"]


def test_a_draft_with_the_id_of_an_article_is_a_new_version_of_it(client):
    body = NEWS[0].to_record() | {"title": "Hallin ferry refit delayed once more", "mood": "glad"}
    record = asked(client, {"article": body}).json()
    assert record["article"]["id"] == "ferry-1"
    assert ids(record) == ["ferry-2", "a/b"]
    assert ids(asked(client, {"article": body, "tag": ["ferries"]}).json()) == ["ferry-2"]


def test_a_mix_has_no_article_of_its_own_and_takes_drafts(client):
    body = {"like": ["ferry-1", {"title": "Mahler"}], "unlike": ["ferry-2"], "fallback": "none"}
    reply = asked(client, body)
    found = DraftRecommendations.model_validate_json(reply.content, strict=True)
    assert found.article is None
    assert "orchestra" in ids(reply.json())
    assert not {"ferry-1", "ferry-2"} & set(ids(reply.json()))


def test_an_unknown_id_in_a_mix_is_404(client):
    reply = client.post(POST, json={"like": ["nobody"]})
    assert (reply.status_code, reply.json()["code"]) == (404, "article_not_found")


def test_a_batch_gives_each_list_or_problem_in_the_order_asked(client, model):
    asked_for = ["orchestra", "nobody", "a/b", "ferry-1", "a/b"]
    reply = asked(client, {"ids": asked_for, "limit": 2}, BATCH)
    assert "content-length" not in reply.headers
    found = Batch.model_validate_json(reply.content, strict=True)
    assert list(found.results) == ["orchestra", "nobody", "a/b", "ferry-1"]
    problem = reply.json()["results"]["nobody"]
    assert (problem["status"], problem["code"]) == (404, "article_not_found")
    assert problem["instance"] == BATCH
    for key in ("orchestra", "a/b", "ferry-1"):
        listing = model.recommend(key, limit=2, now=datetime.now(UTC))
        assert reply.json()["results"][key] == listing.to_record()


def test_distinct_lists_of_a_page_share_no_item(client):
    results = asked(client, {"ids": ["ferry-1", "ferry-2"], "distinct": True, "limit": 1}, BATCH)
    first, second = (ids(results.json()["results"][key]) for key in ("ferry-1", "ferry-2"))
    assert first == ["ferry-2"]
    assert len(second) == 1
    assert second != first


def test_a_thousand_lists_come_in_one_reply(client):
    wanted = [*(each.id for each in NEWS), *(f"no{number}" for number in range(996))]
    results = asked(client, {"ids": wanted, "half_life_days": 30}, BATCH).json()["results"]
    assert list(results) == wanted


def test_without_a_model_they_are_503(tmp_path):
    with in_process(tmp_path) as client:
        replies = [
            client.get(WHY),
            client.post(POST, json={"article": {"title": "x"}}),
            client.post(BATCH, json={"ids": ["x"]}),
        ]
    assert {(reply.status_code, reply.json()["code"]) for reply in replies} == {(503, "no_model")}


def test_an_embargo_ends_at_its_second_in_every_kind_of_list(tmp_path):
    ends = datetime.now(UTC) + timedelta(seconds=4)
    secret = Article(id="secret", title="Hallin ferry refit sold", published_at=ends)
    trained(tmp_path, [*NEWS, secret])
    calls = [
        ("GET", "/v1/articles/ferry-1/recommendations/secret", None),
        ("GET", "/v1/articles/ferry-1/recommendations?min_score=1&fallback=latest", None),
        ("GET", "/v1/articles/ferry-1/recommendations?published_after=2026-01-01", None),
        ("POST", POST, {"article": {"title": "Hallin ferry refit"}, "limit": 50}),
        ("POST", POST, {"like": ["ferry-1"], "half_life_days": 1, "limit": 50}),
        ("POST", BATCH, {"ids": ["ferry-1"], "limit": 50}),
    ]
    seen = set()
    with in_process(tmp_path) as client:
        while datetime.now(UTC) < ends + timedelta(seconds=0.3):
            before = datetime.now(UTC)
            replies = [client.request(method, path, json=body) for method, path, body in calls]
            after = datetime.now(UTC)
            told = ['"id":"secret"' in reply.text for reply in replies]
            if after < ends:
                seen.add("before")
                assert not any(told)
            elif before >= ends:
                seen.add("after")
                assert all(told)
    assert seen == {"before", "after"}
