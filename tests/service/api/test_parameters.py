"""Any text can be an id, in a path and in a query, and comes back as it was."""

from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.serving import NEWS, fetch, in_process, on_a_port, trained

from recommender import Article
from service.parameters import decoded

IDS = [
    "x/recommendations",
    "x/topics",
    "recommendations",
    "a/b/c",
    "/",
    "//",
    "/recommendations",
    "a b",
    "a+b",
    "a%20b",
    "%2F",
    "100%",
    "?x",
    "#",
    "a&id=b;c=d",
    "a\\b",
    "..",
    ".",
    "../../healthz",
    "日本",
    "e\u0301 😀",
    "\t\n\x00\x7f",
    "\ufffd",
    "x" * 512,
]
TEXT = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=60)


def encoded(article_id):
    """Percent-encode all of it: clients resolve a '.' or '..' that stands alone."""
    return quote(article_id, safe="").replace(".", "%2E")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("ids")
    odd = [
        Article(id=each, title=f"Ferry {at} refit", url=f"https://example.org/?{each}")
        for at, each in enumerate(IDS)
    ]
    trained(folder, NEWS + odd)
    return folder


@pytest.fixture(scope="module")
def client(folder):
    with in_process(folder) as client:
        yield client


@pytest.fixture(scope="module")
def port(folder):
    with on_a_port(folder) as (port, _):
        yield port


def paths(article_id):
    at, query = f"/v1/articles/{encoded(article_id)}", quote(article_id, safe="")
    url = quote(f"https://example.org/?{article_id}", safe="")
    lists = f"{at}/recommendations", f"/v1/recommendations?id={query}"
    lists += f"{at}/topics", f"/v1/topics?id={query}"
    return (*lists, f"/v1/recommendations?url={url}"), (at, f"/v1/articles?id={query}")


@pytest.mark.parametrize("article_id", IDS)
def test_every_call_finds_an_odd_id_over_a_real_connection(port, article_id):
    lists, articles = paths(article_id)
    for path in lists:
        status, _, body = fetch(port, path)
        assert (status, body["article"]["id"]) == (200, article_id)
    for path in articles:
        status, _, body = fetch(port, path)
        assert (status, body["id"]) == (200, article_id)


@pytest.mark.parametrize("article_id", IDS)
def test_every_call_finds_an_odd_id_in_process(client, article_id):
    lists, articles = paths(article_id)
    for path in lists:
        assert client.get(path).json()["article"]["id"] == article_id
    for path in articles:
        assert client.get(path).json()["id"] == article_id


@pytest.mark.parametrize("article_id", ["..", "."])
def test_dots_that_are_sent_as_they_are_belong_to_the_id(port, article_id):
    assert fetch(port, f"/v1/articles/{article_id}")[2]["id"] == article_id
    assert fetch(port, f"/v1/articles/{article_id}/recommendations")[0] == 200


def test_a_slash_that_is_not_encoded_ends_the_id(port):
    assert fetch(port, "/v1/articles/x/recommendations")[2]["code"] == "article_not_found"
    assert fetch(port, "/v1/articles/x%2Frecommendations")[2]["id"] == "x/recommendations"
    assert fetch(port, "/v1/articles/x/topics")[2]["code"] == "article_not_found"
    assert fetch(port, "/v1/articles/x%2Ftopics")[2]["id"] == "x/topics"
    assert fetch(port, "/v1/articles/a/b/c")[2]["code"] == "not_found"
    assert fetch(port, "/v1/articles/a%2fb%2fc")[2]["id"] == "a/b/c"


@pytest.mark.parametrize("raw", ["100%", "%2", "%zz", "%u0041", "a%FF", "%C3", "%ED%A0%80"])
def test_what_is_not_percent_encoded_utf8_is_refused(port, raw):
    for call in ("", "/recommendations", "/topics"):
        path = f"/v1/articles/{raw}{call}"
        status, _, body = fetch(port, path)
        assert (status, body["code"]) == (422, "invalid_id")


@given(TEXT)
def test_any_text_comes_through_a_path(client, text):
    assert decoded(quote(text, safe="")) == text
    for path in (f"/v1/articles/{encoded(text)}", f"/v1/articles/{encoded(text)}/recommendations"):
        detail = client.get(path).json()["detail"]
        assert detail == f"no article has the id {text!r}"


@given(TEXT)
def test_any_text_comes_through_a_query(client, text):
    for name in ("id", "url"):
        reply = client.get("/v1/recommendations", params={name: text})
        assert reply.json()["detail"] == f"no article has the {name} {text!r}"
