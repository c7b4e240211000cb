"""A news page as plain text becomes an article, in each of its usual layouts."""

import io
from pathlib import Path

import pytest

from recommender.archive.readers import read_articles

PAGE = """\
Harbour Towns Plan Shared Ferry as Bridge Repairs Drag On
Two councils agreed on a passenger ferry until the bridge reopens. Costs are split by population.
The councils of Eastport and Westport voted on Tuesday for a ferry, mayor Ada Lind said.
Also read aloud was a letter by fishermen (they fear for their moorings).
Service begins in June.
(With inputs from agencies.)
- READ MORE ON:
- Eastport
- ferry
ALSO READ
Bridge repairs delayed again, reports AP.
Fishermen's 'no' to new moorings
"""


def page(tmp_path, text, name="ferry.plan.txt"):
    path = tmp_path / name
    path.write_bytes(text.encode())
    [article] = read_articles(path)
    return article


def test_page_is_split_into_the_fields_of_an_article(tmp_path):
    article = page(tmp_path, PAGE)
    assert article.id == "ferry.plan"
    assert article.title == "Harbour Towns Plan Shared Ferry as Bridge Repairs Drag On"
    assert article.summary.startswith("Two councils")
    assert article.body.startswith("The councils of Eastport")
    assert article.body.endswith("moorings).\n\nService begins in June.")
    assert article.author == "agencies"
    assert article.tags == ("Eastport", "ferry")
    assert article.also_read == (
        "Bridge repairs delayed again, reports AP.",
        "Fishermen's 'no' to new moorings",
    )


@pytest.mark.parametrize(
    "layout",
    [
        lambda text: text.replace("\n", "\r\n"),
        lambda text: text.replace("\n", "\n\n  \n"),
        lambda text: text.replace("- READ MORE ON:", "Read more on"),
        lambda text: text.replace("- Eastport\n- ferry", "Eastport\nferry"),
        lambda text: text.replace("ALSO READ\n", "- Also Read:\n"),
        lambda text: text.replace("ALSO READ\nB", "ALSO READ\n- B").replace("\nFish", "\n• Fish"),
        lambda text: text.replace("(With inputs from agencies.)", "(AP)"),
        lambda text: text.replace(
            "(With inputs from agencies.)", "(This story has not been edited by our staff.)"
        ),
        lambda text: (
            text[: text.index("- READ")]
            + text[text.index("ALSO") :]
            + text[text.index("- READ") : text.index("ALSO")]
        ),
    ],
)
def test_page_in_another_layout_is_the_same_article(tmp_path, layout):
    assert layout(PAGE) != PAGE
    assert page(tmp_path, layout(PAGE)) == page(tmp_path, PAGE)


def test_single_paragraph_is_the_body(tmp_path):
    article = page(tmp_path, "Hail in May\nCrops suffered.\n(Reuters)\n")
    assert (article.summary, article.body, article.author) == (None, "Crops suffered.", "agencies")
    assert (article.tags, article.also_read) == ((), ())


def test_item_on_the_line_of_its_heading_does_not_end_the_body(tmp_path):
    text = "Hail\nSummary.\nFirst.\nALSO READ | Snow, in June\nSecond.\nREAD MORE ON: hail, snow\n"
    article = page(tmp_path, text)
    assert article.body == "First.\n\nSecond."
    assert (article.also_read, article.tags) == (("Snow, in June",), ("hail", "snow"))


def test_id_of_a_page_without_file_name_is_from_the_headline():
    [article] = read_articles(io.BytesIO("Über Hagel: 3 Tote\nText.".encode()), "page")
    assert article.id == "über-hagel-3-tote"


def test_real_page_is_split_into_the_fields_of_an_article():
    path = Path(__file__).parents[4] / "shared/data/news-page.txt"
    if not path.exists():
        pytest.skip(f"{path} is not on this machine")
    [article] = read_articles(path)
    assert article.id == "news-page"
    assert (len(article.tags), len(article.also_read), article.author) == (10, 4, "agencies")
    assert article.summary.startswith("U.S. Defense Secretary")
    assert article.body.count("\n\n") == 2
    assert "READ" not in article.body
    assert "inputs" not in article.body
