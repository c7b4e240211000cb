"""The report as a page: one file that loads nothing, and says what is right."""

import re
from xml.etree import ElementTree

import pytest

from recommender import Article, Recommender, Report, ReportPage
from recommender.report.charts import charts

HOSTILE = "<script>alert(1)</script>"


@pytest.fixture(scope="module")
def page(model):
    return ReportPage(Report.of(model), "20261122T120000Z-3f9a", 7)


def test_one_file_asks_for_nothing_from_elsewhere(page):
    text = page.whole()
    assert "<script" not in text
    assert "@import" not in text
    assert not re.findall(r"url\((?!data:)", text)
    loaded = re.findall(r'(?:src|srcset)="([^"]*)"', text)
    assert loaded
    assert all(address.startswith("data:image/svg+xml;base64,") for address in loaded)
    assert re.findall("<link[^>]*", text) == []


def test_a_chart_has_a_title_a_dress_for_light_and_dark_and_a_text_for_who_sees_none(page):
    text = page.whole()
    assert text.count("<picture>") == text.count('media="(prefers-color-scheme: dark)"') == 3
    assert all(len(alt) > 30 for alt in re.findall(r'alt="([^"]*)"', text))
    for name, drawn in page.charts.items():
        root = ElementTree.fromstring(drawn)
        assert root.tag.endswith("svg")
        assert len("".join(root.itertext())) > 30, name


def test_the_same_report_gives_the_same_charts(model):
    assert charts(Report.of(model)) == charts(Report.of(model))


def test_titles_and_tags_are_text_and_only_links_of_the_web_lead_anywhere():
    news = [
        Article(
            id=f"{n}",
            title="Ferry &lt;script&gt;alert(1)&lt;/script&gt;",
            tags=[HOSTILE, str(n)],
            url="javascript:alert(1)" if n else "https://example.org/?a=1&b=2",
        )
        for n in range(3)
    ]
    text = ReportPage(Report.of(Recommender.fit(news)), "v", 1).whole()
    assert HOSTILE not in text
    assert "&lt;script&gt;" in text
    assert "javascript:" not in text
    assert 'href="https://example.org/?a=1&amp;b=2"' in text


@pytest.mark.parametrize(
    "news",
    [
        [Article(id="a", title="Ferry")],
        [Article(id=str(n), title=f"Ferry {n}", tags=["Ferries"] * (n % 2)) for n in range(30)],
        [
            Article(
                id=str(n), title="Ferry", published_at=f"20{n:02}-01-01", language="de" * (n % 2)
            )
            for n in range(9)
        ],
    ],
)
def test_archives_of_every_kind_have_a_page(news):
    assert "</html>" in ReportPage(Report.of(Recommender.fit(news)), "v", 1).whole()


def test_each_section_says_what_it_means(page):
    text = re.sub(r"\s+", " ", re.sub("<[^>]+>", "", page.sections(str, lambda card: None)))
    assert "Every list is full. There is nothing to do here." in text
    assert "3 articles are listed only as a copy of another" in text
    assert "6 articles are copies, updates or reprints, in 3 groups." in text
    assert "Not measured: that takes judgments" in text
