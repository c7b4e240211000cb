"""Links to one page have one address, and titles of one article have one key."""

import pytest

from recommender.text.links import is_internal, links, title_key, url_key


def test_two_links_to_one_page_have_one_address():
    written = [
        "/b/?utm_source=x&p=1",
        "http://paper.example:80/b?p=1#c",
        "//www.paper.example/%62?p=1",
    ]
    base = "https://www.paper.example/a"
    assert {url_key(link, base) for link in written} == {"paper.example/b?p=1"}


@pytest.mark.parametrize("link", ["mailto:desk@paper.example", "http://[b", "#note", ""])
def test_a_link_that_leads_to_no_other_page_is_no_link_into_the_site(link):
    assert not is_internal(link, "https://paper.example/1")


def test_links_are_read_from_html_as_they_are_written():
    assert links('<A HREF=" /2 ">x</A> <a name="x">y</a> <a href>z</a>') == [" /2 ", ""]


@pytest.mark.parametrize(
    "title",
    ["REFIT  of the ferry&nbsp;delayed!", "“Refit” of <b>the</b> ferry — delayed"]
    + [
        f"Refit of the ferry delayed{end}"
        for end in (
            ", reports AP.",
            ", reports Skerrow News Agency",
            " | Reuters",
            " (AFP)",
            ", according to Xinhua",
        )
    ],
)
def test_a_title_has_one_key_however_it_is_written(title):
    assert title_key(title) == "refit of the ferry delayed"


def test_what_only_looks_like_an_attribution_stays_in_the_key():
    assert title_key("Refit delayed, says minister") == "refit delayed says minister"
    assert title_key("Refit delayed - Crane") == "refit delayed crane"


def test_a_title_with_many_dots_takes_linear_time():
    # In quadratic time this would take minutes.
    assert title_key("Refit, reports A" + "." * 1_000_000 + "!") == "refit reports a"
