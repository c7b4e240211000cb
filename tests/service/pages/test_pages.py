"""The pages without a browser: what stands on them, who may see them, and that nothing runs."""

import re
from datetime import UTC, datetime, timedelta
from html import unescape

import pytest
from selectolax.lexbor import LexborHTMLParser
from support.serving import NEWS, bearer, in_process, put, trained

from recommender import Article
from recommender.articles.times import rfc3339

LIST = "/articles/ferry-1"
PATHS = ["/", "/?query=ferry", "/tags/Ferries", LIST, f"{LIST}/why?other=a/b", "/try"]
SECRET = Article(
    id="secret",
    title="Hallin ferry refit sold",
    body="The gearbox of the Saint Orla is sold.",
    tags=["Ferries", "Secrets"],
    published_at=rfc3339(datetime.now(UTC) + timedelta(days=1)),
    url="https://example.org/secret",
)
EVIL = "<script>alert(1)</script><img src=x onerror=alert(1)><svg onload=alert(1)>"
HOSTILE = [
    Article(
        id=f'"><script>alert({number})</script>/{number}',
        title=f"Ferry refit {number} {EVIL}",
        summary=EVIL,
        body=f"<p onclick='alert(1)'>Ferry refit gearbox {number}. "
        f"<a href='javascript:alert(1)'>dry dock</a> <a href='/home'>home</a> <a href='https://example.org/'>out</a>{EVIL}"
        f"<style>body{{display:none}}</style><form action='https://example.org'><input></form>"
        f"<svg><a xlink:href='javascript:alert(1)'><text>x</text></a></svg><math><mtext></p><b>",
        tags=[f"Dock{EVIL}", "Ferries"],
        published_at=f"2026-02-0{number}",
        url="javascript:alert(document.domain)",
        section=EVIL,
        author=EVIL,
        language='en" onmouseover="alert(1)',
    )
    for number in (1, 2, 3)
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("newsroom")
    trained(folder, [*NEWS, SECRET])
    return folder


@pytest.fixture(scope="module")
def client(folder):
    with in_process(folder, write_key="w1") as client:
        yield client


def tree(reply, status=200):
    assert reply.status_code == status
    assert reply.headers["content-type"] == "text/html; charset=utf-8"
    return LexborHTMLParser(reply.text)


def texts(page, selector):
    return [" ".join(node.text().split()) for node in page.css(selector)]


def links(page, selector):
    return [node.attributes["href"] for node in page.css(f"{selector} a")]


def assert_closed(reply):
    """A page allows nothing but the service's own files, and has nothing inline."""
    policy = dict(
        part.split(" ", 1) for part in reply.headers["content-security-policy"].split("; ")
    )
    assert policy["default-src"] == policy["base-uri"] == policy["frame-ancestors"] == "'none'"
    assert {policy[name] for name in ("script-src", "style-src", "img-src", "connect-src")} == {
        "'self'"
    }
    assert policy["form-action"] == "'self'"
    assert reply.headers["x-content-type-options"] == "nosniff"
    assert reply.headers["referrer-policy"]
    page = LexborHTMLParser(reply.text)
    assert not page.css("style, iframe, object, embed, base, form[action^=http]")
    assert all(node.attributes.get("src", "").startswith("/static/") for node in page.css("script"))
    for node in page.css("*"):
        assert not [name for name in node.attributes if name.startswith("on") or name == "style"]
        for name in ("href", "src", "action", "xlink:href"):
            assert re.match(r"(https?://|/|#|$)", node.attributes.get(name) or "")


@pytest.mark.parametrize("path", [*PATHS, "/articles/nope", f"{LIST}?limit=0", "/tags/nope"])
def test_every_page_loads_and_runs_only_what_the_service_has(client, path):
    assert_closed(client.get(path))


def test_the_archive_is_found_by_words_of_titles_by_tags_and_by_sections(client):
    def found(query):
        return links(tree(client.get(f"/{query}")), ".cards h3")

    assert found("") == ["/articles/a%2Fb", "/articles/ferry-2", LIST, "/articles/orchestra"]
    assert found("?query=captain") == found("?tag=ferries&query=captain") == ["/articles/ferry-2"]
    assert found("?section=News&query=&tag=") == [LIST]
    page = tree(client.get("/?query=ferries"))
    assert texts(page, ".cards li") == []
    assert "/tags/ferries" in links(page, ".opening")


def test_the_archive_is_told_in_numbers_without_what_is_under_embargo(client):
    numbers = texts(tree(client.get("/")), ".numbers dd")
    assert numbers[1] == "9 January 2026 to 11 May 2026"


def test_a_page_leads_to_the_next_until_all_were_shown(tmp_path):
    many = [Article(id=f"{n}", title=f"Ferry {n}", tags=["C/C++"]) for n in range(45)]
    trained(tmp_path, many)
    with in_process(tmp_path) as client:
        for path in ("/", "/tags/C%2FC%2B%2B"):
            seen = []
            while path:
                page = tree(client.get(path))
                seen += links(page, ".cards h3")
                [path] = [n.attributes["href"] for n in page.css("[rel=next]")] or [None]
            assert len(set(seen)) == len(seen) == 45


def test_an_article_is_shown_as_a_news_page_does(client):
    page = tree(client.get(LIST))
    assert texts(page, "h1") == ["Hallin ferry refit delayed"]
    assert texts(page, ".body p") == [NEWS[0].body]
    assert texts(page, ".byline time") == ["9 January 2026"]
    assert links(page, ".byline") == ["https://example.org/ferry-1"]
    assert set(links(page, ".topics")) == {"/tags/Ferries", "/tags/Hallin"}


def test_the_list_of_a_page_is_the_one_of_the_api_and_says_how_to_call_it(client):
    query = "limit=2&direction=future&min_score=0.01&diversity=0.5&half_life_days=1000"
    page = tree(client.get(f"{LIST}?{query}&tag=&author=&fallback=none&utm_source=x"))
    [call] = links(page, ".call")
    items = client.get(call).json()["items"]
    assert set(call.split("?")[1].split("&")) == set(query.split("&"))
    assert len(items) == 2
    assert texts(page, ".items h3") == [item["title"] for item in items]
    assert texts(page, ".items .reason") == [item["reason"] for item in items]


def test_wrong_options_are_told_and_the_article_is_shown_all_the_same(client):
    page = tree(client.get(f"{LIST}?limit=0&published_after=soon"), 422)
    [told] = texts(page, ".wrong")
    assert "How many" in told
    assert "Published from" in told
    assert texts(page, "h1") == ["Hallin ferry refit delayed"]
    assert page.css_first("[name=published_after]").attributes["value"] == "soon"


@pytest.mark.parametrize("path", ["/articles/a%2Fb", "/article?id=a/b"])
def test_a_slash_of_an_id_is_no_end_of_it(client, path):
    assert texts(tree(client.get(path)), "h1") == ["Saint Orla sails to Hallin again"]


def test_ids_that_a_browser_takes_for_steps_of_a_path_have_addresses(tmp_path):
    articles = [Article(id=each, title="Ferry refit", body=each) for each in (".", "..", "a")]
    trained(tmp_path, articles)
    with in_process(tmp_path) as client:
        page = tree(client.get("/articles/a"))
        assert set(links(page, ".items h3")) == {"/article?id=.", "/article?id=.."}
        page = tree(client.get("/article?id=.."))
        [why, *_] = links(page, ".open")
        assert why.startswith("/article/why?id=..&other=")
        assert tree(client.get(why)).css(".thresholds")
        assert client.get(links(page, ".call")[0]).status_code == 200


def test_an_explanation_adds_up_and_marks_what_is_shared_in_both_texts(client):
    page = tree(client.get(f"{LIST}/why?other=ferry-2"))
    *parts, score = map(float, texts(page, ".thresholds .number"))
    assert sum(parts) == pytest.approx(score, abs=0.001)
    for side in page.css(".pair > div"):
        marked = {" ".join(node.text().split()).lower() for node in side.css("mark")}
        assert {"saint orla", "gearbox"} <= marked
    assert texts(page, ".verdict") == ["It is number 1 of the list."]


def test_why_not_takes_an_id_a_title_or_a_url_and_says_what_keeps_it_out(client):
    for other in ("ferry-2", "hallin ferry CAPTAIN speaks of the refit", NEWS[1].url):
        reply = client.get(f"{LIST}/why", params={"other": other, "direction": "past"})
        [verdict] = texts(tree(reply), ".verdict")
        assert verdict.startswith("It is not in the list: it was published at")
    which = tree(client.get(f"{LIST}/why?other=hallin"))
    assert texts(which, ".verdict") == ["Several articles may be meant."]
    none = tree(client.get(f"{LIST}/why?other=<b>zebra"))
    assert "<b>zebra" in texts(none, ".verdict")[0]


def test_a_draft_gets_the_list_that_the_api_gives_it(client):
    form = {
        "title": "Ferry & gearbox",
        "body": "Saint Orla <b>in</b> dry dock",
        "tags": "Ferries, x",
    }
    page = tree(client.post("/try", data=form | {"limit": "2", "half_life_days": ""}))
    draft = {"title": form["title"], "body": form["body"], "tags": ["Ferries", "x"]}
    call = client.post("/v1/recommendations", json={"article": draft, "limit": 2})
    assert texts(page, ".items h3") == [item["title"] for item in call.json()["items"]]
    assert page.css_first("[name=title]").attributes["value"] == form["title"]
    assert page.css_first("textarea").text() == form["body"]
    assert len(page.css(".items .thresholds")) == 2


@pytest.mark.parametrize("form", [{}, {"tags": "Ferries"}, {"title": "Ferry", "limit": "0"}])
def test_a_draft_that_has_no_list_is_told_why(client, form):
    page = tree(client.post("/try", data=form), 422)
    assert texts(page, ".wrong")
    assert not page.css(".items")


def test_what_is_under_embargo_is_on_no_page_even_for_who_has_the_key(client):
    for path in [*PATHS, "/?query=sold", "/?tag=Secrets", f"{LIST}?limit=50"]:
        reply = client.get(path, headers=bearer("w1"))
        assert reply.status_code == 200
        assert "sold" not in reply.text.replace('value="sold"', "").replace("<title>sold", "")
        assert "Secrets" not in reply.text.replace('value="Secrets"', "")
    for path in ("/articles/secret", "/articles/secret/why?other=ferry-1", "/tags/Secrets"):
        assert client.get(path, headers=bearer("w1")).status_code == 404
    why = client.get(f"{LIST}/why?other=secret", headers=bearer("w1"))
    assert "No article has this id" in why.text


def test_an_article_that_is_not_there_or_no_page_at_all_is_told_as_a_page(client):
    assert texts(tree(client.get("/articles/%3Cb%3E"), 404), "h1") == ["No such article"]
    assert tree(client.get("/nowhere", headers={"Accept": "text/html"}), 404)
    assert client.get("/nowhere").headers["content-type"] == "application/problem+json"
    assert tree(client.delete("/try"), 405)
    assert tree(client.get("/articles/%ff"), 422)


def test_where_a_read_key_is_set_pages_ask_for_it_as_a_password(folder):
    with in_process(folder, read_key="r1", write_key="w1") as client:
        for path in PATHS:
            closed = client.get(path)
            assert texts(tree(closed, 401), "h1") == ["This archive is closed"]
            assert closed.headers["www-authenticate"].startswith('Basic realm="alsoread"')
            assert "ferry" not in closed.text.lower()
            assert_closed(closed)
            for key in ("r1", "w1"):
                opened = client.get(path, auth=("anybody", key))
                assert opened.status_code == 200
                assert "public" not in opened.headers["cache-control"]
            assert client.get(path, auth=("r1", "wrong")).status_code == 401
        assert client.get("/articles/%ff").status_code == 401
        assert client.post("/try", data={"title": "Ferry"}).status_code == 401
        assert client.get("/static/style.css").status_code == 200


def test_without_a_model_pages_say_what_to_do(tmp_path):
    with in_process(tmp_path) as client:
        for path in PATHS:
            page = tree(client.get(path), 503)
            assert texts(page, "h1") == ["Nothing is trained yet"]
            assert "alsoread train" in texts(page, "pre")[0]


def test_an_article_written_after_the_training_is_shown_with_its_list(tmp_path):
    trained(tmp_path, NEWS)
    put(tmp_path, [Article(id="new", title="Ferry sold", body="One.\n\nTwo.", tags=["Ferries"])])
    with in_process(tmp_path) as client:
        page = tree(client.get("/articles/new"))
        assert texts(page, ".body p") == ["One.", "Two."]
        assert LIST in links(page, ".items h3")
        assert tree(client.get(f"{LIST}/why?other=new")).css(".thresholds")


def test_a_hostile_archive_is_shown_as_text(tmp_path):
    trained(tmp_path, [*HOSTILE, *NEWS])
    with in_process(tmp_path) as client:
        front = client.get("/")
        assert_closed(front)
        page = tree(front)
        for path in links(page, ".cards"):
            reply = client.get(path)
            assert_closed(reply)
            for further in links(tree(reply), ".open") + links(tree(reply), ".topics"):
                assert_closed(client.get(further))
        hostile = tree(
            client.get(next(path for path in links(page, ".cards h3") if "script" in path))
        )
        assert [n.attributes["href"] for n in hostile.css(".body a[href]")] == [
            "https://example.org/"
        ]
        assert not hostile.css(".byline a, .body svg, .body img, .body form, .body style")
        draft = client.post(
            "/try", data={"title": EVIL, "body": f"ferry</textarea>{EVIL}", "tags": EVIL}
        )
        assert_closed(draft)
        assert unescape(draft.text).count(EVIL) >= 3


def test_files_are_kept_for_long_under_the_name_of_their_content(client):
    [address] = re.findall(r'href="(/static/style[^"]*)"', client.get("/").text)
    named, plain = client.get(address), client.get("/static/style.css")
    assert "immutable" in named.headers["cache-control"]
    assert "immutable" not in plain.headers["cache-control"]
    assert named.headers["content-type"] == "text/css; charset=utf-8"
    again = client.get(address, headers={"If-None-Match": named.headers["etag"]})
    assert again.status_code == 304
    for path in ("/static/nothing.css", "/static/..%2Frouters.py", "/static/%2e%2e"):
        assert client.get(path).status_code == 404


def test_the_document_of_the_api_does_not_name_the_pages(client):
    paths = client.get("/openapi.json").json()["paths"]
    assert not {"/", "/try", "/articles/{id}", "/static/{name}"} & set(paths)
