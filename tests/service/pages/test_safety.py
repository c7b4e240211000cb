"""Pages run and load only the service's own files, and show no article under embargo."""

from html import unescape

import pytest
from support.pages import EVIL, HOSTILE, assert_safe, links, tree
from support.serving import bearer, in_process, trained

PAGE = "/articles/ferry-1"
PAGES = ["/", "/?query=ferry", "/tags/Ferries", PAGE, f"{PAGE}/why?other=a/b", "/try"]


@pytest.mark.parametrize("path", [*PAGES, "/articles/nope", f"{PAGE}?limit=0", "/tags/nope"])
def test_each_page_runs_and_loads_only_own_files(shared_client, path):
    assert_safe(shared_client.get(path))


def test_hostile_articles_are_shown_as_text(folder):
    trained(folder, HOSTILE)
    with in_process(folder) as client:
        front = client.get("/")
        assert_safe(front)
        for path in links(tree(front), ".cards"):
            reply = client.get(path)
            assert_safe(reply)
            page = tree(reply)
            for other in links(page, ".open") + links(page, ".topics"):
                assert_safe(client.get(other))
        paths = links(tree(front), ".cards h3")
        page = tree(client.get(next(path for path in paths if "script" in path)))
        hrefs = [node.attributes["href"] for node in page.css(".body a[href]")]
        assert hrefs == ["https://example.org/"]
        assert not page.css(".byline a, .body svg, .body img, .body form, .body style")


def test_hostile_draft_is_shown_as_text(shared_client):
    form = {"title": EVIL, "body": f"ferry</textarea>{EVIL}", "tags": EVIL}
    reply = shared_client.post("/try", data=form)
    assert_safe(reply)
    assert unescape(reply.text).count(EVIL) >= 3


def test_embargoed_article_is_on_no_page_even_with_the_key(shared_embargo_folder):
    with in_process(shared_embargo_folder, write_key="w1") as client:
        client.headers.update(bearer("w1"))
        for path in [*PAGES, "/?query=sold", "/?tag=Secrets", f"{PAGE}?limit=50"]:
            reply = client.get(path)
            assert reply.status_code == 200
            assert "sold" not in reply.text.replace('value="sold"', "").replace("<title>sold", "")
            assert "Secrets" not in reply.text.replace('value="Secrets"', "")
        for path in ("/articles/secret", "/articles/secret/why?other=ferry-1", "/tags/Secrets"):
            assert client.get(path).status_code == 404
        assert "No article has this id" in client.get(f"{PAGE}/why?other=secret").text
