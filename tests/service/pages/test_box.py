"""The box without a browser: its script, and the page to try it on."""

import gzip
from pathlib import Path

from support.serving import in_process

from service import pages

SCRIPT = Path(pages.__file__).with_name("box.js").read_text(encoding="utf-8")


def test_script_is_under_five_kilobytes_and_loads_nothing_else():
    assert len(gzip.compress(SCRIPT.encode())) < 5000
    assert "import " not in SCRIPT
    for name in ("innerHTML", "outerHTML", "insertAdjacentHTML"):
        assert name not in SCRIPT


def test_script_may_be_loaded_by_every_page_and_stored(shared_client):
    reply = shared_client.get("/box.js", headers={"Origin": "https://elsewhere.example"})
    assert reply.status_code == 200
    assert reply.headers["content-type"] == "text/javascript; charset=utf-8"
    assert reply.headers["access-control-allow-origin"] == "*"
    assert reply.headers["cache-control"].startswith("public, max-age=3600")
    assert reply.headers["x-content-type-options"] == "nosniff"
    assert reply.text == SCRIPT
    again = shared_client.get("/box.js", headers={"If-None-Match": reply.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["access-control-allow-origin"] == "*"


def test_page_shows_the_newest_article_or_the_requested_one(shared_client):
    assert '<also-read article="a/b"' in shared_client.get("/box").text
    query = {"article": "ferry-1", "limit": "3", "heading": '<b> "x"'}
    text = shared_client.get("/box", params=query).text
    assert 'limit="3" heading="&lt;b&gt; &#34;x&#34;"' in text
    html_to_copy = 'heading="&amp;lt;b&amp;gt; &amp;#34;x&amp;#34;"&gt;&lt;/also-read&gt;'
    assert html_to_copy in text


def test_page_says_which_origins_may_show_the_box(shared_client, shared_folder):
    assert "ALSOREAD_CORS_ORIGINS" in shared_client.get("/box").text
    origins = "https://a.example,https://b.example"
    with in_process(shared_folder, cors_origins=origins) as client:
        text = client.get("/box").text
    assert "Pages of https://a.example, https://b.example may show it." in text
