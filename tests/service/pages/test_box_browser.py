"""The box in a real browser, on pages of another origin than the service's."""

import pytest
from support.browser import Site
from support.serving import on_a_port, trained

from recommender import Article

HOSTILE = "&lt;img src=x onerror=document.title='hit'&gt; \u202eferry refit"
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
        for n in range(7)
    ),
    Article(id="script", title=HOSTILE, body="Owls at sea.", url="javascript:document.title='hit'"),
    Article(id="data", title="Owls", body="Owls at sea again.", url="data:text/html,hit"),
    Article(id="near", title="Owls near", body="Owls at sea, more.", url="/owls?a=1&b=2"),
    Article(id="none", title="Owls unlinked", body="Owls at sea, once more."),
    Article(id="alone", title="Orchestra names conductor", body="Mahler."),
]
STRICT = (
    "default-src 'none'; script-src {0}; connect-src {0}; style-src 'self'; base-uri 'none'; "
    "require-trusted-types-for 'script'"
)
BELOW = "<p>text</p>" * 3
SCREEN = "<p style='height: 120vh'>a long article</p>"
RESERVED = "<style>also-read { display: block; min-height: 24em }</style>"


@pytest.fixture(scope="module")
def site(tmp_path_factory, browser):
    """A site whose pages may show the lists of a service over ``NEWS``."""
    folder = tmp_path_factory.mktemp("box")
    trained(folder, NEWS)
    site = Site(browser)
    with on_a_port(folder, cors_origins=site.origin) as (port, _):
        site.service = f"http://127.0.0.1:{port}"
        yield site
    site.close()


def titles(page):
    return page.locator("also-read li > :first-child").all_inner_texts()


def items(page):
    """Wait for the list and return its titles."""
    page.locator("also-read li").first.wait_for()
    return titles(page)


def shifts_of(page):
    """Return the layout shifts so far, once the last ones are recorded."""
    page.wait_for_timeout(300)
    return page.evaluate("shifts")


def set_attribute(page, name, value):
    script = "([name, value]) => document.querySelector('also-read').setAttribute(name, value)"
    page.evaluate(script, [name, value])


def warnings(page):
    prefix = "also-read: no list: "
    return [line.removeprefix(prefix) for line in page.messages if line.startswith(prefix)]


def test_page_of_another_origin_shows_the_list(site):
    page = site.open('<also-read article="ferry/0"></also-read>')
    assert len(items(page)) == 5
    assert all(title.startswith("Ferry refit") for title in titles(page))
    assert page.locator("also-read h2").inner_text() == "Also read"
    assert page.get_by_role("navigation", name="Also read").count() == 1
    assert page.locator("also-read a").first.get_attribute("href").startswith("https://example.org")
    assert page.messages == []


def test_page_of_an_origin_that_may_not_read_shows_nothing(site):
    elsewhere = site.origin.replace("127.0.0.1", "localhost")
    page = site.open('<also-read article="ferry/0"></also-read>', origin=elsewhere)
    assert titles(page) == []
    assert len(warnings(page)) == 1


@pytest.mark.parametrize(
    ("box", "cause"),
    [
        ('<also-read article="alone"></also-read>', "nothing is related"),
        ('<also-read article="ferry/0" service="http://127.0.0.1:9"></also-read>', "fetch"),
        ('<also-read article="gone"></also-read>', "404 no article has the id 'gone'"),
        ('<also-read article="ferry/0" limit="99"></also-read>', "422 limit"),
        ("<also-read></also-read>", "404 no article has the url"),
    ],
)
def test_box_without_a_list_is_empty_and_the_console_says_why(site, box, cause):
    page = site.open(box, after="<p>after</p>")
    assert page.evaluate("document.querySelector('also-read').offsetHeight") == 0
    assert page.evaluate("document.querySelector('also-read').shadowRoot.childElementCount") == 0
    [warning] = warnings(page)
    assert cause in warning


def test_hostile_titles_are_text_and_unsafe_links_are_no_links(site):
    page = site.open('<also-read article="near" limit="9"></also-read>')
    [hostile] = [title for title in items(page) if "onerror" in title]
    assert hostile.startswith("<img src=x onerror=document.title='hit'>")
    assert page.title() != "hit"
    assert page.locator("also-read img").count() == 0
    assert page.locator("also-read a").count() == 0


def test_relative_address_of_an_article_is_a_link(site):
    page = site.open('<also-read article="none" limit="9"></also-read>')
    items(page)
    links = page.locator("also-read a").all()
    assert [link.get_attribute("href") for link in links] == ["/owls?a=1&b=2"]


def test_article_without_an_address_is_linked_by_the_link_attribute(site):
    page = site.open('<also-read article="near" limit="9" link="/read/{id}"></also-read>')
    items(page)
    hrefs = [link.get_attribute("href") for link in page.locator("also-read a").all()]
    assert hrefs == ["/read/none"]


@pytest.mark.parametrize(
    ("attributes", "expected"),
    [
        ('limit="3"', 3),
        ('section="Sport"', set("3456")),
        ('tag="washington, d.c.|Nothing"', set("135")),
        ('published-after="2026-05-01" published-before="2026-06-01"', set("4")),
        ('exclude="ferry/1 | ferry/2" language="en"', set("3456")),
    ],
)
def test_options_of_a_list_are_attributes(site, attributes, expected):
    limit = "" if "limit" in attributes else 'limit="9"'
    page = site.open(f'<also-read article="ferry/0" {limit} {attributes}></also-read>')
    numbers = {title.removeprefix("Ferry refit ") for title in items(page)}
    assert (len(numbers) if isinstance(expected, int) else numbers) == expected
    page.close()


def test_changed_attributes_are_one_request_for_another_list(site):
    page = site.open('<also-read article="ferry/0" limit="2" heading=""></also-read>')
    assert len(items(page)) == 2
    assert page.locator("also-read h2").count() == 0
    requests = []
    page.on("request", lambda request: requests.append(request.url))
    page.evaluate(
        """() => { const box = document.querySelector("also-read");
        box.setAttribute("limit", "4"); box.setAttribute("heading", "Lies auch");
        box.setAttribute("section", "Sport"); }"""
    )
    page.locator("also-read h2").wait_for()
    assert len(titles(page)) == 4
    assert page.locator("also-read h2").inner_text() == "Lies auch"
    assert len(requests) == 1
    set_attribute(page, "article", "gone")
    page.wait_for_function("!document.querySelector('also-read').shadowRoot.childElementCount")


def test_load_and_error_events_reach_the_page(site):
    page = site.open(
        """<script>
        const note = (event) => (window[`${event.type}s`] = event.detail.items.length);
        for (const type of ["load", "error"]) document.addEventListener(type, note, true);
        </script><also-read article="ferry/0" limit="2"></also-read>"""
    )
    items(page)
    assert page.evaluate("[window.loads, window.errors]") == [2, None]
    set_attribute(page, "article", "gone")
    page.wait_for_function("window.errors === 0")


@pytest.mark.parametrize(
    ("language", "date"),
    [("de", "9. Februar 2026"), ("en-GB", "9 February 2026"), ("not_a-language", None)],
)
def test_dates_are_in_the_language_of_the_page(site, language, date):
    box = '<also-read article="ferry/0" published-before="2026-03-01"></also-read>'
    page = site.open(f'<div lang="{language}">{box}</div>')
    assert items(page) == ["Ferry refit 1"]
    [text] = page.locator("also-read small").all_inner_texts()
    assert text == date or (date is None and "2026" in text)


def test_show_attribute_names_the_fields_beside_a_title(site):
    page = site.open('<also-read article="ferry/0" limit="1" show=""></also-read>')
    items(page)
    assert page.locator("also-read small").count() == 0
    show = "section reason"
    page = site.open(f'<also-read article="ferry/0" limit="1" show="{show}"></also-read>')
    items(page)
    assert " · Both about " in page.locator("also-read small").inner_text()


def test_box_works_under_a_strict_policy_that_allows_the_service(site):
    policy = {"Content-Security-Policy": STRICT.format(site.service)}
    page = site.open('<also-read article="ferry/0"></also-read>', headers=policy)
    assert len(items(page)) == 5
    assert page.evaluate("getComputedStyle(document.querySelector('also-read')).display") == "block"
    assert page.messages == []


def test_page_styles_the_box_by_properties_and_parts(site):
    theme = (
        "<style>also-read { --also-read-link-color: rgb(1, 2, 3); --also-read-gap: 17px }"
        "also-read::part(heading) { letter-spacing: 3px }</style>"
    )
    page = site.open('<also-read article="ferry/0"></also-read>', head=theme)
    items(page)

    def style(part, name):
        return page.locator(f"also-read [part={part}]").first.evaluate(
            f"(element) => getComputedStyle(element).{name}"
        )

    assert style("link", "color") == "rgb(1, 2, 3)"
    assert style("list", "rowGap") == "17px"
    assert style("heading", "letterSpacing") == "3px"


@pytest.mark.parametrize(("before", "head"), [(SCREEN, ""), ("", RESERVED)])
def test_nothing_shifts_below_the_screen_or_in_a_reserved_place(site, before, head):
    box = '<also-read article="ferry/0"></also-read>'
    page = site.open(box, before=before, head=head, after=BELOW, delay=0.3)
    items(page)
    assert sum(shifts_of(page)) < 0.001


def test_nothing_shifts_if_there_is_no_list(site):
    page = site.open('<also-read article="gone"></also-read>', head=RESERVED, after=BELOW)
    assert sum(shifts_of(page)) < 0.001


def test_page_without_a_reserved_place_shifts_once(site):
    page = site.open('<also-read article="ferry/0"></also-read>', after=BELOW, delay=0.3)
    items(page)
    assert sum(shifts_of(page)) > 0.001
    assert len(shifts_of(page)) == 1
