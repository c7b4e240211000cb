"""The report as a page: one file that loads nothing, and sentences that fit the numbers."""

import re
from xml.etree import ElementTree

import pytest

from recommender import Article, Recommender, Report, ReportPage
from recommender.report.charts import charts

HOSTILE = "<script>alert(1)</script>"


@pytest.fixture(scope="module")
def page(model):
    return ReportPage(Report.of(model), "20261122T120000Z-3f9a", 7)


def page_of(articles):
    return ReportPage(Report.of(Recommender.fit(articles)), "v", 1)


def text_of(page):
    """The words of the sections, without tags."""
    html = page.sections(str, lambda article: None)
    return re.sub(r"\s+", " ", re.sub("<[^>]+>", "", html))


def test_the_page_loads_nothing(page):
    html = page.whole()
    assert "<script" not in html
    assert "@import" not in html
    assert not re.findall(r"url\((?!data:)", html)
    images = re.findall(r'(?:src|srcset)="([^"]*)"', html)
    assert images
    assert all(url.startswith("data:image/svg+xml;base64,") for url in images)
    assert re.findall("<link[^>]*", html) == []


def test_every_chart_has_two_themes_a_title_and_a_text_alternative(page):
    html = page.whole()
    assert html.count("<picture>") == html.count('media="(prefers-color-scheme: dark)"') == 3
    assert all(len(alt) > 30 for alt in re.findall(r'alt="([^"]*)"', html))
    assert {name.rsplit("-", 1)[1] for name in page.charts} == {"light", "dark"}
    for name, svg in page.charts.items():
        root = ElementTree.fromstring(svg)
        assert root.tag.endswith("svg")
        assert len("".join(root.itertext())) > 30, name


def test_the_same_report_gives_the_same_charts(model):
    assert charts(Report.of(model)) == charts(Report.of(model))


def test_titles_and_tags_are_text_and_only_web_urls_are_links():
    news = [
        Article(
            id=f"{n}",
            title="Ferry &lt;script&gt;alert(1)&lt;/script&gt;",
            tags=[HOSTILE, str(n)],
            url="javascript:alert(1)" if n else "https://example.org/?a=1&b=2",
        )
        for n in range(3)
    ]
    html = page_of(news).whole()
    assert HOSTILE not in html
    assert "&lt;script&gt;" in html
    assert "javascript:" not in html
    assert 'href="https://example.org/?a=1&amp;b=2"' in html


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
    ids=["one article", "a broad tag", "dates and languages"],
)
def test_every_kind_of_archive_has_a_page(news):
    assert "</html>" in page_of(news).whole()


def test_sentences_fit_the_sample_archive(page):
    text = text_of(page)
    assert "Every list is full. There is nothing to do here." in text
    assert "3 articles are in no list because a copy of the same text is in one." in text
    assert "6 articles are copies, updates or reprints, in 3 groups." in text
    assert "Not measured: this needs judgments" in text


def test_sentences_are_in_the_singular_for_one_article():
    pair = [Article(id=key, title="Ferry refit", tags=["Ferries"]) for key in "ab"]
    text = text_of(page_of([*pair, Article(id="c", title="Owl", tags=["Owls"])]))
    assert "1 article is in no list, so no list leads readers to it." in text
    assert "none: it shares no term with any article" in text
    assert "1 tag is on only one article, so it leads to no other" in text
