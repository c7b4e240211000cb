"""What articles say of each other becomes judgments, and is not in the text that is compared."""

import time
from pathlib import Path

import pytest

from recommender import Article, Recommender, read_articles
from recommender.text.boilerplate import extract_texts
from recommender.errors import InputError
from recommender.text.links import address
from recommender.evaluation.mining import Leakage, Mined, leaked, mine, mined_qrels
from recommender.vectors.term_space import TermSpace
from recommender.vectors.settings import VectorSettings

SITE = "https://www.paper.example"


def article(name, title="", **fields):
    return Article(id=name, title=title or f"Untold story {name}", **fields)


def named(*entries, title="Refit of the ferry delayed"):
    """What an article that names these makes of one with a title."""
    other = article("b", title, url=f"{SITE}/b")
    return mined_qrels([article("a", also_read=entries, url=f"{SITE}/a"), other]).get("a")


def linked(href, url=f"{SITE}/news/a", to=f"{SITE}/news/b"):
    body = f"<p>Before, <a href='{href}'>there</a> was more.</p>"
    return mined_qrels([article("a", body=body, url=url), article("b", url=to)]).get("a")


@pytest.mark.parametrize(
    "entry",
    [
        "b",
        f"{SITE}/b",
        "http://paper.example/b/?utm_source=box#top",
        "/b",
        "paper.example/b",
        "Refit of the ferry delayed",
        "REFIT of the ferry   delayed!",
        "“Refit” of the ferry — delayed",
        "<b>Refit</b> of the ferry&nbsp;delayed",
        "Refit of the ferry delayed, reports AP.",
        "Refit of the ferry delayed, reports Skerrow News Agency",
        "Refit of the ferry delayed | Reuters",
        "Refit of the ferry delayed (AFP)",
    ],
)
def test_an_entry_names_an_article_by_id_url_or_title(entry):
    assert named(entry) == {"b": 2}


def test_the_archives_own_titles_may_carry_the_agencys_remark():
    assert named("Refit delayed", title="Refit delayed, reports AP.") == {"b": 2}


@pytest.mark.parametrize("entry", ["Refit of the ferry", "Refit delayed, says minister", "c", "!"])
def test_an_entry_that_names_no_article_is_counted(entry):
    found = mine([article("a", also_read=[entry]), article("b", "Refit delayed")])
    assert found == Mined({}, linking=1, unresolved=1)


def test_a_title_of_two_articles_names_neither():
    twins = [article("b", "Weekend in pictures"), article("c", "Weekend in Pictures")]
    found = mine([article("a", also_read=["Weekend in pictures", "b"]), *twins])
    assert found == Mined({"a": {"b": 2}}, linking=1, unresolved=1)


@pytest.mark.parametrize(
    "href",
    [
        f"{SITE}/news/b",
        "http://paper.example/news/b/",
        "//paper.example:443/news/b",
        "/news/b",
        "b",
        "./b#comments",
        "../news/b?utm_campaign=x&fbclid=1",
        "HTTPS://WWW.PAPER.EXAMPLE/news/b",
    ],
)
def test_a_link_leads_to_an_article_however_it_is_written(href):
    assert linked(href) == {"b": 1}


@pytest.mark.parametrize(
    "href",
    [
        "/news/b?page=2",
        "/news/B",
        "https://other.example/news/b",
        "mailto:b",
        "#b",
        "http://[b",
        "",
    ],
)
def test_a_link_to_another_page_judges_nothing(href):
    assert linked(href) is None


def test_a_link_to_another_site_counts_if_its_page_is_in_the_archive():
    assert linked("https://wire.example/7", to="https://wire.example/7") == {"b": 1}


def test_articles_without_a_site_may_link_by_path():
    assert linked("/news/b", url="/news/a", to="/news/b/") == {"b": 1}
    assert linked("/news/b", url=None) is None


def test_no_article_judges_itself_and_naming_outdoes_linking():
    body = f'<a href="{SITE}/a">here</a> <a href="{SITE}/b">there</a> <a href="{SITE}/c">and</a>'
    news = [
        article("a", "Hail", body=body, url=f"{SITE}/a", also_read=["a", "Hail", "b"]),
        article("b", url=f"{SITE}/b"),
        article("c", url=f"{SITE}/c"),
    ]
    found = mine(news)
    assert found == Mined({"a": {"b": 2, "c": 1}}, linking=1, unresolved=0)
    assert found.pairs == 2


def test_articles_that_link_into_their_own_site_are_counted_without_a_judgment():
    body = '<a href="/topic/ferries">ferries</a>'
    news = [article("a", body=body, url=f"{SITE}/a"), article("b", body="<a href='#n'>1</a>")]
    assert mine(news) == Mined({}, linking=1, unresolved=0)


def test_articles_are_streamed_twice():
    news = [article("a", also_read=["b"]), article("b")]
    passes = []

    def stream():
        passes.append(1)
        yield from news

    assert mined_qrels(stream) == mined_qrels(news) == {"a": {"b": 2}}
    assert len(passes) == 2
    with pytest.raises(InputError, match="read twice"):
        mined_qrels(iter(news))


def test_two_links_to_one_page_have_one_address():
    links = ["/b/?utm_source=x&p=1", "http://paper.example:80/b?p=1#c", f"{SITE}/%62?p=1"]
    assert {address(link, f"{SITE}/a") for link in links} == {"paper.example/b?p=1"}


def body_of(body, **fields):
    return extract_texts(article("a", body=body, **fields))[2].split("\n")


def test_link_texts_into_the_own_site_are_cut_and_other_links_are_not():
    body = (
        '<p>One <a href="/2">cut</a> two <a href="https://paper.example/3"><b>cut</b></a>'
        ' three <a href="#note">four</a> <a href="mailto:d@paper.example">five</a>'
        ' <a href="https://other.example">six</a> <a name="x">seven</a></p>'
    )
    whole = " ".join(body_of(body, url=f"{SITE}/1"))
    assert whole.split() == ["One", "two", "three", "four", "five", "six", "seven"]


def test_a_cut_link_does_not_join_its_neighbours():
    assert body_of('<p>ferry<a href="/2">cut</a>man</p>') == ["ferry man"]


def test_a_line_that_repeats_an_entry_is_cut():
    body = "Fares rise.\n• Refit of the ferry delayed\nNo refit of the ferry delayed fares."
    kept = ["Fares rise.", "No refit of the ferry delayed fares."]
    assert body_of(body, also_read=["Refit of the ferry delayed, reports AP."]) == kept


def test_a_title_without_spaces_is_recognised_too():
    title = (
        "福岡の離島航路で船の修理がさらに遅れ冬の間は代わりの船で運航することを町が決めた長い見出し"
    )
    assert body_of(f"One\n・{title}\nTwo", also_read=[title]) == ["One", "Two"]


def test_odd_lines_take_no_longer_than_their_length():
    begun = time.perf_counter()
    for odd in ("related" + " " * 200_000 + "x", "-" * 200_000, "related" + "-" * 200_000 + "x"):
        body_of(f"One\n{odd}\nALSO READ\n{odd}", also_read=[odd[:999], "Hail" + " " * 200_000])
    assert time.perf_counter() - begun < 1


@pytest.mark.parametrize(
    "heading", ["ALSO READ", "- Also read:", "READ MORE ON", "RELATED", "Related stories:"]
)
def test_a_list_under_its_heading_is_cut_up_to_the_next_sentence(heading):
    body = f"Fares rise.\n{heading}\n- Hail in May\nWill it hail?\n\nFarmers wait.\nStill"
    assert body_of(body) == ["Fares rise.", "Farmers wait.", "Still"]


def test_a_heading_with_an_item_is_cut_alone():
    assert body_of("One\nALSO READ | Hail in May\nTwo") == ["One", "Two"]


@pytest.mark.parametrize(
    "text", ["Related costs rose", "Also read aloud was a letter", "Relatedness\nHail", "Read more"]
)
def test_sentences_that_begin_like_a_heading_stay(text):
    assert body_of(f"One\n{text} {'word ' * 31}") == ["One", *f"{text} {'word ' * 31}".split("\n")]


def test_a_list_in_html_is_cut():
    body = "<p>Fares rise.</p><h3>Also read</h3><ul><li>Hail<li>Snow</ul><p>Farmers wait.</p>"
    assert " ".join(body_of(body)).split() == ["Fares", "rise.", "Farmers", "wait."]


def test_the_article_keeps_its_body_as_given():
    given = '<p><a href="/2">Hail in May</a></p>'
    assert article("a", body=given).body == given


def test_link_texts_are_in_no_vector_neither_of_training_nor_of_drafts():
    body = '<p>Fares rise. <a href="/b">Orchestra</a></p>'
    news = [article("a", "Fares", body=body), article("b", "Orchestra names conductor")]
    assert Recommender.fit(news).ranked("a", 10) == []
    space, vectors = TermSpace.fit(news, VectorSettings())
    terms = [{space.name(column) for column in vectors.row(row).indices} for row in (0, 1)]
    assert "Orchestra" not in terms[0]
    assert "Orchestra" in terms[1]
    draft = space.transform([article("draft", body=body)])
    assert "Orchestra" not in {space.name(column) for column in draft.indices}


def test_leakage_counts_titles_of_four_words_that_stand_in_the_text():
    told = "Fares rise after REFIT of 'ferry' delayed. Hail in May."
    news = [
        article("a", body=told),
        article("b", "Refit of ferry delayed"),
        article("c", "Hail in May"),
        article("d", "Refit of ferry delayed again"),
        article(
            "e", body='<a href="/b">Refit of ferry delayed</a>\nALSO READ\nRefit of ferry delayed'
        ),
    ]
    qrels = {"a": {"b": 2, "c": 1, "d": 1, "x": 1}, "e": {"b": 2, "c": 0}, "y": {"b": 1}}
    assert leaked(news, qrels) == Leakage(pairs=4, leaked=1)
    assert leaked(news, qrels).share == 0.25
    assert Leakage(0, 0).share == 0


@pytest.fixture(scope="module")
def page():
    path = Path(__file__).parents[2] / "shared" / "data" / "news-page.txt"
    if not path.exists():
        pytest.skip(f"{path} is not on this machine")
    return path


def test_the_real_pages_headlines_are_labels_and_not_in_its_vector(page):
    [news] = read_articles(page)
    framework = "Unifying Force: General Dwivedi's 'IKIGAI' Framework for Indo-Pacific Cooperation"
    syria = (
        "Hegseth announces start of effort to ‘eliminate ISIS fighters’ and weapons sites in "
        "Syria following deaths of Americans"
    )
    archive = [news, article("force", framework), article("syria", syria)]
    assert mine(archive) == Mined({news.id: {"force": 2, "syria": 2}}, linking=1, unresolved=2)
    assert leaked(archive, mined_qrels(archive)) == Leakage(2, 0)
    whole = Article(id="whole", title=news.title, body=page.read_text(encoding="utf-8"))
    for given in (news, whole):
        space, _ = TermSpace.fit([given], VectorSettings())
        terms = {word.lower() for word in space.words}
        assert {"nakatani", "hegseth", "shared"} <= terms
        assert not {"dwivedi", "ikigai", "quad", "syria", "senate", "isis"} & terms
