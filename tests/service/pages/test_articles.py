"""The page of an article: its text, its list with options, and why articles are in it or not."""

import pytest
from support.pages import links, texts, tree
from support.serving import NEWS, in_process, put, trained

from recommender import Article

PAGE = "/articles/ferry-1"


def test_article_is_shown_as_on_a_news_page(shared_client):
    page = tree(shared_client.get(PAGE))
    assert texts(page, "h1") == ["Hallin ferry refit delayed"]
    assert texts(page, ".body p") == [NEWS[0].body]
    assert texts(page, ".byline time") == ["9 January 2026"]
    assert links(page, ".byline") == ["https://example.org/ferry-1"]
    assert set(links(page, ".topics")) == {"/tags/Ferries", "/tags/Hallin"}


def test_list_on_a_page_is_that_of_the_api_call_it_shows(shared_client):
    query = "limit=2&direction=future&min_score=0.01&diversity=0.5&half_life_days=1000"
    address = f"{PAGE}?{query}&tag=&author=&fallback=none&utm_source=x"
    page = tree(shared_client.get(address))
    [call] = links(page, ".call")
    items = shared_client.get(call).json()["items"]
    assert set(call.split("?")[1].split("&")) == set(query.split("&"))
    assert len(items) == 2
    assert texts(page, ".items h3") == [item["title"] for item in items]
    assert texts(page, ".items .reason") == [item["reason"] for item in items]


def test_invalid_options_are_named_and_the_article_is_shown(shared_client):
    page = tree(shared_client.get(f"{PAGE}?limit=0&published_after=soon"), 422)
    [errors] = texts(page, ".wrong")
    assert "How many" in errors
    assert "Published from" in errors
    assert texts(page, "h1") == ["Hallin ferry refit delayed"]
    assert page.css_first("[name=published_after]").attributes["value"] == "soon"


@pytest.mark.parametrize("path", ["/articles/a%2Fb", "/article?id=a/b"])
def test_slash_in_an_id_does_not_end_it(shared_client, path):
    assert texts(tree(shared_client.get(path)), "h1") == ["Saint Orla sails to Hallin again"]


def test_ids_that_are_dot_segments_have_addresses(tmp_path):
    trained(
        tmp_path, [Article(id=each, title="Ferry refit", body=each) for each in (".", "..", "a")]
    )
    with in_process(tmp_path) as client:
        page = tree(client.get("/articles/a"))
        assert set(links(page, ".items h3")) == {"/article?id=.", "/article?id=.."}
        page = tree(client.get("/article?id=.."))
        [why, *_] = links(page, ".open")
        assert why.startswith("/article/why?id=..&other=")
        assert tree(client.get(why)).css(".bars")
        assert client.get(links(page, ".call")[0]).status_code == 200


def test_article_added_since_training_is_shown_with_its_list(folder):
    new = Article(id="new", title="Ferry sold", body="One.\n\nTwo.", tags=["Ferries"])
    put(folder, [new])
    with in_process(folder) as client:
        page = tree(client.get("/articles/new"))
        assert texts(page, ".body p") == ["One.", "Two."]
        assert PAGE in links(page, ".items h3")
        assert tree(client.get(f"{PAGE}/why?other=new")).css(".bars")


def test_explanation_adds_up_and_marks_shared_terms_in_both_texts(shared_client):
    page = tree(shared_client.get(f"{PAGE}/why?other=ferry-2"))
    *parts, score = map(float, texts(page, ".bars .number"))
    assert sum(parts) == pytest.approx(score, abs=0.001)
    for side in page.css(".pair > div"):
        marked = {" ".join(node.text().split()).lower() for node in side.css("mark")}
        assert {"saint orla", "gearbox"} <= marked
    assert texts(page, ".verdict") == ["Its rank in the list is 1."]


def test_why_not_takes_an_id_a_title_or_a_url(shared_client):
    for other in ("ferry-2", "hallin ferry CAPTAIN speaks of the refit", NEWS[1].url):
        reply = shared_client.get(f"{PAGE}/why", params={"other": other, "direction": "past"})
        [verdict] = texts(tree(reply), ".verdict")
        assert verdict.startswith("It is not in the list: ")
        assert "2026" in verdict


def test_why_not_offers_the_matches_or_says_that_there_are_none(shared_client):
    several = tree(shared_client.get(f"{PAGE}/why?other=hallin"))
    assert texts(several, ".verdict") == ["Several articles match."]
    assert len(links(several, ".explanation li")) > 1
    none = tree(shared_client.get(f"{PAGE}/why?other=<b>zebra"))
    assert "<b>zebra" in texts(none, ".verdict")[0]
