"""Links and ALSO READ lists are not in the text that is analyzed; all other text is."""

import pytest

from recommender import Article
from recommender.text.boilerplate import extract_texts


def body_of(body, **fields):
    article = Article(id="a", title="Fares rise", body=body, **fields)
    return extract_texts(article)[2].split("\n")


def test_texts_of_links_into_the_own_site_are_removed_and_no_others():
    body = (
        '<p>One <a href="/2">cut</a> two <a href="https://paper.example/3"><b>cut</b></a>'
        ' three <a href="#note">four</a> <a href="mailto:d@paper.example">five</a>'
        ' <a href="https://other.example">six</a> <a name="x">seven</a></p>'
    )
    text = " ".join(body_of(body, url="https://www.paper.example/1"))
    assert text.split() == ["One", "two", "three", "four", "five", "six", "seven"]


def test_a_removed_link_does_not_join_the_words_beside_it():
    assert body_of('<p>ferry<a href="/2">cut</a>man</p>') == ["ferry man"]


def test_a_line_that_repeats_an_also_read_title_is_removed():
    body = "Fares rise.\n• Refit of the ferry delayed\nNo refit of the ferry delayed fares."
    text = ["Fares rise.", "No refit of the ferry delayed fares."]
    assert body_of(body, also_read=["Refit of the ferry delayed, reports AP."]) == text


def test_a_title_without_spaces_is_recognised_too():
    title = (
        "福岡の離島航路で船の修理がさらに遅れ冬の間は代わりの船で運航することを町が決めた長い見出し"
    )
    assert body_of(f"One\n・{title}\nTwo", also_read=[title]) == ["One", "Two"]


@pytest.mark.parametrize(
    "heading", ["ALSO READ", "- Also read:", "READ MORE ON", "RELATED", "Related stories:"]
)
def test_a_list_under_its_heading_is_removed_up_to_a_sentence(heading):
    body = f"Fares rise.\n{heading}\n- Hail in May\nWill it hail?\n\nFarmers wait.\nStill"
    assert body_of(body) == ["Fares rise.", "Farmers wait.", "Still"]


def test_a_list_ends_after_twenty_lines():
    lines = [f"Headline {number}" for number in range(25)]
    assert body_of("\n".join(["RELATED", *lines])) == lines[20:]


def test_a_headline_with_an_attribution_is_no_sentence():
    assert body_of("One\nRELATED\nHail in May, reports AP.\nFarmers wait.") == [
        "One",
        "Farmers wait.",
    ]


def test_a_heading_with_a_headline_on_its_line_has_no_list_below():
    assert body_of("One\nALSO READ | Hail in May\nTwo") == ["One", "Two"]


@pytest.mark.parametrize(
    "text", ["Related costs rose", "Also read aloud was a letter", "Relatedness\nHail", "Read more"]
)
def test_sentences_that_begin_like_a_heading_stay(text):
    body = f"One\n{text} {'word ' * 31}"
    assert body_of(body) == body.split("\n")


def test_a_list_in_html_is_removed():
    body = "<p>Fares rise.</p><h3>Also read</h3><ul><li>Hail<li>Snow</ul><p>Farmers wait.</p>"
    assert " ".join(body_of(body)).split() == ["Fares", "rise.", "Farmers", "wait."]


def test_the_article_itself_is_unchanged():
    body = '<p><a href="/2">Hail in May</a></p>'
    article = Article(id="a", body=body)
    extract_texts(article)
    assert article.body == body


@pytest.mark.parametrize(
    "line",
    [
        "related" + " " * 1_000_000 + "x",
        "-" * 1_000_000,
        "related" + "-" * 1_000_000 + "x",
        "Refit, reports A" + "." * 1_000_000 + "!",
    ],
    ids=["blanks", "hyphens", "heading", "attribution"],
)
def test_hostile_lines_take_linear_time(line):
    # In quadratic time this would take minutes.
    text = body_of(f"One\n{line}\nALSO READ\n{line}", also_read=[line[:999]])
    assert text[0] == "One"
