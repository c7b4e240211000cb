"""An article whose publication is in the future is unknown and in no list until that second."""

from datetime import UTC, datetime, timedelta

import pytest
from support.serving import (
    NEWS,
    SECRET,
    Clock,
    ids_of,
    in_process,
    in_process_writer,
    problem_of,
    put,
    trained,
)

from recommender import Article

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)
TICK = timedelta(microseconds=1)
POST, BATCH = "/v1/recommendations", "/v1/recommendations/batch"
LIST = "/v1/articles/ferry-1/recommendations"
BY_ID = [
    "/v1/articles/{}",
    "/v1/articles?id={}",
    "/v1/articles/{}/recommendations",
    "/v1/recommendations?id={}",
    "/v1/recommendations?url=https://example.org/{}",
    "/v1/articles/{}/topics",
    "/v1/topics?id={}",
    "/v1/articles/{}/recommendations/ferry-1",
    "/v1/articles/ferry-1/recommendations/{}",
    "/v1/recommendations/why?id={}&other_id=ferry-1",
]
LISTS = [
    ("GET", f"{LIST}?limit=50", None),
    ("GET", f"{LIST}?limit=1&exclude=ferry-2&exclude=a/b", None),
    ("GET", f"{LIST}?min_score=1&fallback=latest", None),
    ("GET", f"{LIST}?published_after=2026-01-01", None),
    ("GET", "/v1/articles?query=sold", None),
    ("POST", POST, {"article": {"title": "Hallin ferry refit"}, "limit": 50}),
    ("POST", POST, {"like": ["ferry-1"], "half_life_days": 1, "limit": 50}),
    ("POST", BATCH, {"ids": ["ferry-1"], "limit": 50}),
]


@pytest.fixture(scope="module")
def noon_folder(tmp_path_factory):
    """The archive of ``NEWS`` and an article that is published at noon."""
    folder = tmp_path_factory.mktemp("noon")
    secret = Article.from_record(SECRET.to_record() | {"published_at": NOON})
    trained(folder, [*NEWS, secret])
    return folder


@pytest.mark.parametrize("path", BY_ID)
def test_embargoed_article_is_like_an_unknown_one_until_its_second(noon_folder, path):
    clock = Clock(NOON - TICK)
    with in_process(noon_folder, clock=clock) as client:
        secret, unknown = (client.get(path.format(name)) for name in ("secret", "nosuch"))
        assert (secret.status_code, problem_of(secret).code) == (404, "article_not_found")
        assert secret.text.replace("secret", "nosuch") == unknown.text
        clock.now = NOON
        assert client.get(path.format("secret")).status_code == 200


@pytest.mark.parametrize(("method", "path", "body"), LISTS)
def test_embargoed_article_joins_each_kind_of_list_at_its_second(noon_folder, method, path, body):
    clock = Clock(NOON - TICK)
    with in_process(noon_folder, clock=clock) as client:
        for now, is_listed in ((NOON - TICK, False), (NOON, True)):
            clock.now = now
            for _ in range(2):  # The second reply may come from the cache.
                reply = client.request(method, path, json=body)
                assert reply.status_code == 200
                assert ('"id":"secret"' in reply.text) == is_listed


def test_embargoed_article_in_a_request_for_lists_is_unknown(noon_folder):
    with in_process(noon_folder, clock=Clock(NOON - TICK)) as client:
        for body in ({"like": ["secret"]}, {"like": ["ferry-1"], "unlike": ["secret"]}):
            assert problem_of(client.post(POST, json=body)).code == "article_not_found"
        reply = client.post(BATCH, json={"ids": ["secret"]})
        assert reply.json()["results"]["secret"]["detail"] == "no article has the id 'secret'"


def test_embargoed_article_outside_the_model_is_unknown_too(folder):
    put(folder, [SECRET])
    with in_process(folder) as client:
        detail = problem_of(client.get("/v1/articles/secret/recommendations")).detail
    assert detail == "no article has the id 'secret'"


def test_article_moved_under_embargo_leaves_lists_until_it_is_moved_back(folder):
    path, anonymous = "/v1/articles/ferry-2/recommendations", {"Authorization": ""}
    with in_process_writer(folder) as client:
        later = NEWS[1].to_record() | {"published_at": "2999-01-01"}
        client.put("/v1/articles/ferry-2", json=later)
        assert ids_of(client.get(LIST)) == ["a/b"]
        assert client.get(path).headers["cache-control"] == "private, no-store"
        assert client.get(path, headers=anonymous).status_code == 404
        client.put("/v1/articles/ferry-2", json=NEWS[1].to_record())
        assert ids_of(client.get(LIST)) == ["ferry-2", "a/b"]
        assert client.get(path, headers=anonymous).status_code == 200
