"""Any text can be an id, in a path and in a query, and comes back unchanged."""

from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.serving import NEWS, fetch, on_a_port, trained

from recommender import Article
from service.api.parameters import decoded

IDS = [
    "x/recommendations",
    "x/recommendations/y",
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
    """Encode every character: clients resolve a '.' or '..' that is a whole segment."""
    return quote(article_id, safe="").replace(".", "%2E")


@pytest.fixture(scope="module")
def port(tmp_path_factory):
    """The port of a service with an article for each of ``IDS``."""
    folder = tmp_path_factory.mktemp("ids")
    articles = [
        Article(id=each, title=f"Ferry {at} refit", url=f"https://example.org/?{each}")
        for at, each in enumerate(IDS)
    ]
    trained(folder, NEWS + articles)
    with on_a_port(folder) as (port, _):
        yield port


@pytest.mark.parametrize("article_id", IDS)
def test_each_endpoint_finds_an_odd_id(port, article_id):
    path, query = f"/v1/articles/{encoded(article_id)}", quote(article_id, safe="")
    url = quote(f"https://example.org/?{article_id}", safe="")
    for address in (path, f"/v1/articles?id={query}"):
        status, _, body = fetch(port, address)
        assert (status, body["id"]) == (200, article_id)
    for address in (
        f"{path}/recommendations",
        f"/v1/recommendations?id={query}",
        f"/v1/recommendations?url={url}",
        f"{path}/topics",
        f"/v1/topics?id={query}",
    ):
        status, _, body = fetch(port, address)
        assert (status, body["article"]["id"]) == (200, article_id)
    for address in (
        f"{path}/recommendations/a%2Fb%2Fc",
        f"/v1/recommendations/why?id={query}&other_id=a/b/c",
    ):
        status, _, body = fetch(port, address)
        assert (status, body["article"]["id"], body["other"]["id"]) == (200, article_id, "a/b/c")
    status, _, body = fetch(port, f"/v1/articles/a%2Fb%2Fc/recommendations/{encoded(article_id)}")
    assert (status, body["other"]["id"]) == (200, article_id)


@pytest.mark.parametrize("article_id", ["..", "."])
def test_dots_in_a_raw_path_belong_to_the_id(port, article_id):
    assert fetch(port, f"/v1/articles/{article_id}")[2]["id"] == article_id
    assert fetch(port, f"/v1/articles/{article_id}/recommendations")[0] == 200


def test_slash_that_is_not_encoded_ends_the_id(port):
    assert fetch(port, "/v1/articles/x/recommendations")[2]["code"] == "article_not_found"
    assert fetch(port, "/v1/articles/x%2Frecommendations")[2]["id"] == "x/recommendations"
    assert fetch(port, "/v1/articles/x/topics")[2]["code"] == "article_not_found"
    assert fetch(port, "/v1/articles/x%2Ftopics")[2]["id"] == "x/topics"
    assert fetch(port, "/v1/articles/a/b/c")[2]["code"] == "not_found"
    assert fetch(port, "/v1/articles/a%2fb%2fc")[2]["id"] == "a/b/c"


@pytest.mark.parametrize("raw", ["100%", "%2", "%zz", "%u0041", "a%FF", "%C3", "%ED%A0%80"])
def test_path_that_is_not_percent_encoded_utf8_is_refused(port, raw):
    for endpoint in ("", "/recommendations", "/topics"):
        status, _, body = fetch(port, f"/v1/articles/{raw}{endpoint}")
        assert (status, body["code"]) == (422, "invalid_id")


@given(TEXT)
def test_any_text_is_unchanged_by_a_path(shared_client, text):
    assert decoded(quote(text, safe="")) == text
    for endpoint in ("", "/recommendations"):
        reply = shared_client.get(f"/v1/articles/{encoded(text)}{endpoint}")
        assert reply.json()["detail"] == f"no article has the id {text!r}"


@given(TEXT)
def test_any_text_is_unchanged_by_a_query(shared_client, text):
    for name in ("id", "url"):
        reply = shared_client.get("/v1/recommendations", params={name: text})
        assert reply.json()["detail"] == f"no article has the {name} {text!r}"
