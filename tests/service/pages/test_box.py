"""The box, in a real browser, on pages of another origin than the service's."""

import gzip
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from support.browser import browser
from support.serving import in_process, on_a_port, trained

from recommender import Article

__all__ = ["browser"]

SCRIPT = Path(__file__).parents[1] / "service" / "box.js"
HOSTILE = "&lt;img src=x onerror=document.title='hit'&gt; \u202eferry refit"
PILE = 7
NEWS = [
    *(
        Article(
            id=f"ferry/{n}",
            title=f"Ferry refit {n}",
            body="The ferry stays in dry dock while the yard looks for a gearbox.",
            tags=["Ferries", "Washington, D.C."] if n % 2 else ["Yards"],
            published_at=f"2026-0{n + 1}-09T23:30:00Z",
            url=f"https://example.org/{n}",
            section="News" if n < 3 else "Sport",
            language="en",
        )
        for n in range(PILE)
    ),
    Article(id="script", title=HOSTILE, body="Owls at sea.", url="javascript:document.title='hit'"),
    Article(id="data", title="Owls", body="Owls at sea again.", url="data:text/html,hit"),
    Article(id="near", title="Owls near", body="Owls at sea, more.", url="/owls?a=1&b=2"),
    Article(id="none", title="Owls unlinked", body="Owls at sea, once more."),
    Article(id="alone", title="Orchestra names conductor", body="Mahler."),
]
SHIFTS = """
window.shifts = [];
new PerformanceObserver((list) => shifts.push(...list.getEntries().map((entry) => entry.value)))
  .observe({ type: "layout-shift", buffered: true });
"""


class Pages(BaseHTTPRequestHandler):
    def do_GET(self):
        body, headers = self.server.pages.get(self.path, ("", {}))
        self.send_response(200 if body else 204)
        for name, value in {"Content-Type": "text/html; charset=utf-8", **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, *_):
        pass


class Site:
    """A site of its own origin, and a service that lets its pages read."""

    def __init__(self, server, service, browser):
        self.server, self.service = server, service
        self.origin = f"http://127.0.0.1:{server.server_port}"
        self.context = browser.new_context(viewport={"width": 800, "height": 600})
        self.context.add_init_script(SHIFTS)

    def open(
        self, box, before="", after="", headers=None, head="", origin=None, service=None, late=0.0
    ):
        """Open a page that has a box, and return it with what its console was told.

        Lists are asked for ``late`` by so many seconds: in the meantime the page is painted.
        """
        script = f'<script type="module" src="{service or self.service}/box.js"></script>'
        html = f"<!doctype html><html lang=en><head>{head}{script}</head><body>"
        html += f"{before}{box}{after}</body></html>"
        self.server.pages["/page"] = (html, headers or {})
        page = self.context.new_page()
        page.said = []
        page.on("console", lambda message: page.said.append(message.text))
        page.on("pageerror", lambda error: page.said.append(f"error: {error}"))
        if late:
            page.route("**/v1/**", lambda route: (time.sleep(late), route.continue_()))
        page.goto(f"{origin or self.origin}/page")
        page.wait_for_load_state("networkidle")
        return page


@pytest.fixture(scope="module")
def site(tmp_path_factory, browser):
    folder = tmp_path_factory.mktemp("newsroom")
    trained(folder, NEWS)
    server = ThreadingHTTPServer(("127.0.0.1", 0), Pages)
    server.pages = {}
    threading.Thread(target=server.serve_forever, daemon=True).start()
    with on_a_port(folder, cors_origins=f"http://127.0.0.1:{server.server_port}") as (port, _):
        site = Site(server, f"http://127.0.0.1:{port}", browser)
        yield site
        site.context.close()
    server.shutdown()
    server.server_close()


def titles(page):
    return page.locator("also-read li > :first-child").all_inner_texts()


def shown(page):
    page.locator("also-read li").first.wait_for()
    return titles(page)


def test_it_weighs_less_than_five_kilobytes_and_needs_nothing_else():
    text = SCRIPT.read_text(encoding="utf-8")
    assert len(gzip.compress(text.encode())) < 5000
    assert "import " not in text
    assert not [name for name in ("innerHTML", "outerHTML", "insertAdjacentHTML") if name in text]


def test_a_page_of_another_origin_shows_the_list(site):
    page = site.open('<also-read article="ferry/0"></also-read>')
    assert len(shown(page)) == 5
    assert all(title.startswith("Ferry refit") for title in titles(page))
    assert page.locator("also-read h2").inner_text() == "Also read"
    assert page.get_by_role("navigation", name="Also read").count() == 1
    assert page.locator("also-read a").first.get_attribute("href").startswith("https://example.org")
    assert page.said == []


@pytest.mark.parametrize("limit", [1, 3])
def test_it_shows_as_many_as_it_is_told(site, limit):
    page = site.open(f'<also-read article="ferry/0" limit="{limit}"></also-read>')
    assert len(shown(page)) == limit


def test_where_nothing_is_related_there_is_nothing_and_the_console_says_so(site):
    page = site.open('<also-read article="alone"></also-read>', after="<p>after</p>")
    assert page.evaluate("document.querySelector('also-read').offsetHeight") == 0
    assert page.evaluate("document.querySelector('also-read').shadowRoot.childElementCount") == 0
    assert [line.startswith("also-read: no list: nothing is related") for line in page.said] == [
        True
    ]


@pytest.mark.parametrize(
    ("box", "why"),
    [
        ('<also-read article="ferry/0" service="http://127.0.0.1:9"></also-read>', "fetch"),
        ('<also-read article="gone"></also-read>', "404 no article has the id 'gone'"),
        ('<also-read article="ferry/0" limit="99"></also-read>', "422 limit"),
        ("<also-read></also-read>", "404 no article has the url"),
    ],
)
def test_without_an_answer_nothing_is_shown_and_the_console_says_why(site, box, why):
    page = site.open(box, after="<p>after</p>")
    assert page.evaluate("document.querySelector('also-read').offsetHeight") == 0
    assert [why in line for line in page.said if line.startswith("also-read: no list: ")] == [True]


def test_a_page_that_may_not_read_shows_nothing(site):
    elsewhere = site.origin.replace("127.0.0.1", "localhost")
    page = site.open('<also-read article="ferry/0"></also-read>', origin=elsewhere)
    assert titles(page) == []
    assert any(line.startswith("also-read: no list: ") for line in page.said)


def test_hostile_titles_are_text_and_hostile_links_lead_nowhere(site):
    page = site.open('<also-read article="near" limit="9"></also-read>')
    shown(page)
    assert page.title() != "hit"
    assert page.locator("also-read img").count() == 0
    [hostile] = [title for title in titles(page) if "onerror" in title]
    assert hostile.startswith("<img src=x onerror=document.title='hit'>")
    assert page.locator("also-read a").count() == 0
    page = site.open('<also-read article="none" limit="9"></also-read>')
    shown(page)
    links = page.locator("also-read a")
    assert [link.get_attribute("href") for link in links.all()] == ["/owls?a=1&b=2"]
    assert page.evaluate("document.title") != "hit"


def test_an_article_without_an_address_is_linked_where_the_page_says(site):
    page = site.open('<also-read article="near" limit="9" link="/read/{id}"></also-read>')
    shown(page)
    hrefs = [link.get_attribute("href") for link in page.locator("also-read a").all()]
    assert hrefs == ["/read/none"]


def test_the_options_of_a_list_are_attributes(site):
    box = '<also-read article="ferry/0" limit="9" {}></also-read>'
    for given, expected in {
        'section="Sport"': "3456",
        'tag="washington, d.c.|Nothing"': "135",
        'published-after="2026-05-01"': "456",
        'published-after="2026-05-01" published-before="2026-06-01"': "4",
        'exclude="ferry/1 | ferry/2" language="en"': "3456",
    }.items():
        page = site.open(box.format(given))
        found = {title.removeprefix("Ferry refit ") for title in shown(page)}
        assert found == set(expected), given
        page.close()


def test_a_change_of_attributes_is_another_list(site):
    page = site.open('<also-read article="ferry/0" limit="2" heading=""></also-read>')
    assert len(shown(page)) == 2
    assert page.locator("also-read h2").count() == 0
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    page.evaluate(
        """() => { const box = document.querySelector("also-read");
        box.setAttribute("limit", "4"); box.setAttribute("heading", "Lies auch");
        box.setAttribute("section", "Sport"); }"""
    )
    page.locator("also-read h2").wait_for()
    assert len(titles(page)) == 4
    assert page.locator("also-read h2").inner_text() == "Lies auch"
    assert len(asked) == 1
    page.evaluate("document.querySelector('also-read').setAttribute('article', 'gone')")
    page.wait_for_function("!document.querySelector('also-read').shadowRoot.childElementCount")


def test_a_page_hears_when_the_list_is_there_and_when_it_cannot_be(site):
    page = site.open(
        """<script>
        const note = (event) => (window[`${event.type}s`] = event.detail.items.length);
        for (const type of ["load", "error"]) document.addEventListener(type, note, true);
        </script><also-read article="ferry/0" limit="2"></also-read>"""
    )
    shown(page)
    assert page.evaluate("[window.loads, window.errors]") == [2, None]
    page.evaluate("document.querySelector('also-read').setAttribute('article', 'gone')")
    page.wait_for_function("window.errors === 0")


def test_dates_are_in_the_language_of_the_page(site):
    for language, expected in {"de": "9. Februar 2026", "en-GB": "9 February 2026"}.items():
        page = site.open(
            f'<div lang="{language}"><also-read article="ferry/0" exclude="ferry/2|ferry/3|ferry/4'
            '|ferry/5|ferry/6"></also-read></div>'
        )
        shown(page)
        assert page.locator("also-read small").all_inner_texts() == [expected]
    page = site.open('<also-read lang="not_a-language" article="ferry/0"></also-read>')
    assert len(shown(page)) == 5


def test_what_is_beside_a_title_is_the_pages_choice(site):
    page = site.open('<also-read article="ferry/0" limit="1" show=""></also-read>')
    shown(page)
    assert page.locator("also-read small").count() == 0
    page = site.open('<also-read article="ferry/0" limit="1" show="section reason"></also-read>')
    shown(page)
    assert " · Both about " in page.locator("also-read small").inner_text()


STRICT = (
    "default-src 'none'; script-src {0}; connect-src {0}; style-src 'self'; base-uri 'none'; "
    "require-trusted-types-for 'script'"
)


def test_a_strict_policy_that_allows_the_service_is_enough(site):
    policy = {"Content-Security-Policy": STRICT.format(site.service)}
    page = site.open('<also-read article="ferry/0"></also-read>', headers=policy)
    assert len(shown(page)) == 5
    assert page.evaluate("getComputedStyle(document.querySelector('also-read')).display") == "block"
    assert page.said == []


def test_a_page_themes_it_by_properties_and_parts(site):
    theme = (
        "<style>also-read { --also-read-link-color: rgb(1, 2, 3); --also-read-gap: 17px }"
        "also-read::part(heading) { letter-spacing: 3px }</style>"
    )
    page = site.open('<also-read article="ferry/0"></also-read>', head=theme)
    shown(page)

    def style(part, name):
        return page.locator(f"also-read [part={part}]").first.evaluate(
            f"(element) => getComputedStyle(element).{name}"
        )

    assert style("link", "color") == "rgb(1, 2, 3)"
    assert style("list", "rowGap") == "17px"
    assert style("heading", "letterSpacing") == "3px"


TEXT = "<p>text</p>" * 3
FILLED = "<p style='height: 120vh'>a long article</p>"
RESERVED = "<style>also-read { display: block; min-height: 24em }</style>"


def moved(page):
    page.wait_for_timeout(300)
    return sum(page.evaluate("shifts"))


def test_nothing_moves_below_the_first_screen_or_where_room_is_reserved(site):
    box = '<also-read article="ferry/0"></also-read>'
    page = site.open(box, before=FILLED, after=TEXT, late=0.3)
    shown(page)
    assert moved(page) < 0.001
    page = site.open(box, head=RESERVED, after=TEXT, late=0.3)
    shown(page)
    assert moved(page) < 0.001
    page = site.open('<also-read article="gone"></also-read>', head=RESERVED, after=TEXT)
    assert moved(page) < 0.001


def test_where_none_is_reserved_the_page_moves_once(site):
    page = site.open('<also-read article="ferry/0"></also-read>', after=TEXT, late=0.3)
    shown(page)
    assert moved(page) > 0.001
    assert len(page.evaluate("shifts")) == 1


def test_every_page_may_load_the_script_and_a_cache_may_keep_it(tmp_path):
    with in_process(tmp_path) as client:
        reply = client.get("/box.js", headers={"Origin": "https://elsewhere.example"})
        assert reply.status_code == 200
        assert reply.headers["content-type"] == "text/javascript; charset=utf-8"
        assert reply.headers["access-control-allow-origin"] == "*"
        assert reply.headers["cache-control"].startswith("public, max-age=3600")
        assert reply.headers["x-content-type-options"] == "nosniff"
        assert reply.text == SCRIPT.read_text(encoding="utf-8")
        again = client.get("/box.js", headers={"If-None-Match": reply.headers["etag"]})
        assert (again.status_code, again.content) == (304, b"")
        assert again.headers["access-control-allow-origin"] == "*"


def test_the_page_to_try_it_on_writes_what_to_copy(tmp_path):
    trained(tmp_path, NEWS)
    with in_process(tmp_path) as client:
        # The newest article, unless another is asked for.
        assert '<also-read article="ferry/6"' in client.get("/box").text
        assert "ALSOREAD_CORS_ORIGINS" in client.get("/box").text
        asked = {"article": "ferry/0", "limit": "3", "heading": '<b> "x"'}
        text = client.get("/box", params=asked).text
        assert 'limit="3" heading="&lt;b&gt; &#34;x&#34;"' in text
        assert (
            'limit="3" heading="&amp;lt;b&amp;gt; &amp;#34;x&amp;#34;"&gt;&lt;/also-read&gt;'
            in text
        )
    with in_process(tmp_path, cors_origins="https://a.example,https://b.example") as client:
        assert (
            "Pages of https://a.example, https://b.example may show it." in client.get("/box").text
        )


def test_without_a_model_the_page_to_try_it_on_says_what_to_do(tmp_path):
    with in_process(tmp_path) as client:
        reply = client.get("/box")
        assert reply.status_code == 503
        assert "alsoread train" in reply.text
