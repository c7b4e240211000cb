"""The pages in a real browser: by mouse, by keys alone, without scripts, on a small phone."""

import pytest
from support.browser import visited
from support.pages import EVIL, HOSTILE
from support.serving import on_a_port, trained

from recommender import Article

pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
from playwright.sync_api import expect

WOLVES = "/articles/hp-2026-0319-wolves-released"
HEADLINE = "Crates opened as wolves return to Orrenia after 160 years"
FIRST = "Six wolves to be freed in Denholt Forest this spring"
EWES = "Farmer loses eleven ewes in one night on forest edge"
PAGES = {
    "archive": "/",
    "search": "/?query=wolves",
    "article": f"{WOLVES}?tag=wolves&fallback=latest",
    "html": "/articles/hp-2026-0327-patients-letters",
    "why": f"{WOLVES}/why?other=hp-2026-0520-ewes-killed&half_life_days=90",
    "which": f"{WOLVES}/why?other=wolves",
    "tag": "/tags/wolves",
    "try": "/try",
    "report": "/report",
    "box": "/box",
}


@pytest.fixture(scope="module")
def base(shared_newsroom_folder):
    with on_a_port(shared_newsroom_folder) as (port, _):
        yield f"http://127.0.0.1:{port}"


@pytest.fixture
def page(browser, base):
    with visited(browser, base) as page:
        yield page


def titles(page):
    return page.locator(".items h3").all_inner_texts()


def test_reader_finds_an_article_and_follows_its_list_and_a_tag(page):
    page.goto("/")
    page.get_by_label("Words of a headline").fill("crates wolves")
    page.get_by_role("button", name="Find").click()
    page.get_by_role("link", name=HEADLINE).click()
    expect(page.get_by_role("heading", level=1)).to_have_text(HEADLINE)
    page.get_by_role("link", name=FIRST).click()
    expect(page.get_by_role("heading", level=1)).to_have_text(FIRST)
    page.get_by_role("link", name="Denholt Forest", exact=True).first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Denholt Forest")


def test_option_updates_the_list_in_place_and_its_address_keeps_it(page):
    page.goto(WOLVES)
    page.evaluate("window.stayed = true")
    page.get_by_label("Tag").fill("rewilding")
    page.get_by_label("Time").select_option("Older than the article")
    expect(page.locator(".items > li")).to_have_count(1)
    expect(page.get_by_role("status")).to_have_text("The list has 1 article")
    assert page.locator(".call code").inner_text().endswith("?tag=rewilding&direction=past")
    assert page.evaluate("window.stayed")
    page.reload()
    assert titles(page) == [FIRST]
    page.get_by_label("How many").fill("3")
    page.get_by_role("link", name="Reset").click()
    expect(page.locator(".items > li")).to_have_count(5)


def test_explanation_opens_under_its_item(page):
    page.goto(WOLVES)
    item = page.locator(".items > li").nth(1)
    item.get_by_text("Why is this here?").click()
    expect(item.get_by_text("Its rank in the list is 2.")).to_be_visible()
    bars = item.locator(".bars rect")
    widths = [float(bar.get_attribute("width")) for bar in bars.all()]
    assert max(widths) == 100
    item.get_by_text("Both texts").click()
    expect(item.locator("mark", has_text="Signe Harrow").first).to_be_visible()
    page.goto(f"{WOLVES}/why?other=hp-2026-0520-ewes-killed")
    expect(page.get_by_role("heading", level=1)).to_have_text(EWES)


def test_why_not_uses_the_options_of_the_current_list(page):
    page.goto(WOLVES)
    page.get_by_label("How many").fill("1")
    page.get_by_label("How many").blur()
    expect(page.locator(".items > li")).to_have_count(1)
    page.get_by_label("Why is … not here?").fill(EWES)
    page.get_by_role("button", name="Ask").click()
    expect(page.locator("#answer .verdict")).to_contain_text("not among the best 1")


def test_pasted_draft_gets_its_list(page):
    page.goto("/try")
    page.get_by_label("Headline").fill("Wolves seen near the harbour")
    page.get_by_label("Text").fill("Two wolves from Denholt Forest.\n\nSigne Harrow saw them.")
    page.get_by_label("How many").fill("3")
    page.get_by_role("button", name="Show its list").click()
    expect(page.locator(".items > li")).to_have_count(3)
    page.locator(".items summary").first.click()
    expect(page.locator(".items .bars").first).to_be_visible()
    page.get_by_text("The same from the API").click()
    expect(page.locator("pre")).to_contain_text('"limit": 3')


def tab_to(page, selector):
    for _ in range(120):
        page.keyboard.press("Tab")
        if page.evaluate("s => document.activeElement.matches(s)", selector):
            return
    raise AssertionError(f"no {selector} by the Tab key")


def test_pages_work_by_keyboard_alone(page):
    page.goto("/")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"
    tab_to(page, "[name=query]")
    page.keyboard.type("crates wolves")
    page.keyboard.press("Enter")
    page.wait_for_url("**query=crates**")
    tab_to(page, ".cards h3 a")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**{WOLVES}")
    tab_to(page, "[name=limit]")
    page.keyboard.press("ArrowDown")
    tab_to(page, ".items summary")
    expect(page.locator(".items > li")).to_have_count(4)
    page.locator(".items summary").first.focus()
    page.keyboard.press("Enter")
    expect(page.locator(".items .verdict")).to_be_visible()
    tab_to(page, "[name=other]")
    page.keyboard.type(EWES)
    page.keyboard.press("Enter")
    expect(page.locator("#answer .verdict")).to_be_visible()


def test_pages_work_without_scripts(browser, base):
    with visited(browser, base, java_script_enabled=False) as page:
        page.goto(WOLVES)
        page.locator(".panel summary").click()
        page.get_by_label("Tag").fill("rewilding")
        page.get_by_role("button", name="Update the list").click()
        assert "tag=rewilding" in page.url
        assert titles(page) == [FIRST]
        page.get_by_role("link", name="Why is this here?").first.click()
        expect(page.locator(".verdict")).to_have_text("Its rank in the list is 1.")
        page.goto("/try")
        page.get_by_label("Headline").fill("Wolves seen")
        page.get_by_role("button", name="Show its list").click()
        assert len(titles(page)) == 5


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_page_has_a_serious_accessibility_violation(browser, base, scheme):
    sync = pytest.importorskip("axe_playwright_python.sync_playwright")
    with visited(browser, base, color_scheme=scheme) as page:
        violations = {}
        for name, path in PAGES.items():
            page.goto(path)
            if name == "article":
                page.get_by_text("Why is this here?").first.click()
                page.locator(".items .verdict").wait_for()
            if name == "try":
                page.get_by_label("Headline").fill("Wolves seen")
                page.get_by_role("button", name="Show its list").click()
                page.locator(".items").wait_for()
            for each in sync.Axe().run(page).response["violations"]:
                if each["impact"] in ("serious", "critical"):
                    violations[f"{name}: {each['id']}"] = each["nodes"][0]["html"]
    assert violations == {}


def test_no_page_scrolls_sideways_on_a_small_phone(browser, base):
    with visited(browser, base, viewport={"width": 320, "height": 640}) as page:
        for path in PAGES.values():
            page.goto(path)
            for details in page.locator("details").all():
                details.evaluate("each => each.open = true")
            assert page.evaluate("document.documentElement.scrollWidth") <= 320, path


def test_hostile_archive_runs_and_loads_nothing(browser, tmp_path):
    long = Article(
        id="long", title="Ferry" * 80, body=f"{'gearbox' * 200} ferry refit", tags=["Ferries"]
    )
    trained(tmp_path, [*HOSTILE, long])
    view = {"width": 390, "height": 800}
    with (
        on_a_port(tmp_path) as (port, _),
        visited(browser, f"http://127.0.0.1:{port}", viewport=view) as page,
    ):
        page.goto("/")
        expect(page.locator(".cards > li")).to_have_count(4)
        for path in [link.get_attribute("href") for link in page.locator(".cards a").all()]:
            page.goto(path)
            assert page.evaluate("document.documentElement.scrollWidth") <= 390
            if page.locator(".items summary").count():
                page.locator(".items summary").first.click()
                page.locator(".items .verdict").wait_for()
        page.goto("/try")
        page.get_by_label("Headline").fill(f"ferry refit {EVIL}")
        page.get_by_role("button", name="Show its list").click()
        page.locator(".items").wait_for()
        assert page.get_by_label("Headline").input_value() == f"ferry refit {EVIL}"


def test_password_is_the_read_key(browser, shared_newsroom_folder):
    with on_a_port(shared_newsroom_folder, read_key="r1") as (port, _):
        password = {"username": "anybody", "password": "r1"}
        with visited(browser, f"http://127.0.0.1:{port}", http_credentials=password) as page:
            page.goto("/")
            page.locator(".cards h3 a").first.click()
            page.get_by_text("Why is this here?").first.click()
            expect(page.locator(".items .verdict")).to_have_text("Its rank in the list is 1.")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1200, 390])
def test_report_shows_its_charts_in_the_scheme_of_the_browser(browser, base, width, scheme):
    view = {"width": width, "height": 800}
    with visited(browser, base, viewport=view, color_scheme=scheme) as page:
        page.goto("/report")
        page.wait_for_load_state("networkidle")
        images = page.locator("figure img").all()
        sources = [image.evaluate("(it) => it.currentSrc.split('/').pop()") for image in images]
        assert sources == [f"{name}-{scheme}.svg" for name in ("in-degree", "scores", "ages")]
        assert min(image.evaluate("(it) => it.naturalWidth") for image in images) > 300
        assert page.evaluate("document.documentElement.scrollWidth") <= width
