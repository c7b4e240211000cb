"""Links and ALSO READ lists become judgments, and are not in the text that is compared."""

from pathlib import Path

import pytest

from recommender import Article, Recommender, read_articles
from recommender.errors import InputError
from recommender.evaluation.mining import Leakage, MinedQrels, leaked, mine, mined_qrels
from recommender.vectors.settings import VectorSettings
from recommender.vectors.term_space import TermSpace

SITE = "https://www.paper.example"
REAL_PAGE = Path(__file__).parents[3] / "shared" / "data" / "news-page.txt"


def article(name, title="", **fields):
    return Article(id=name, title=title or f"Untold story {name}", **fields)


def grades_of_entry(entry, title="Refit of the ferry delayed"):
    """The judgments of an article with this entry; the other article has the title."""
    other = article("b", title, url=f"{SITE}/b")
    return mined_qrels([article("a", also_read=[entry], url=f"{SITE}/a"), other]).get("a")


def grades_of_link(href, url=f"{SITE}/news/a", other_url=f"{SITE}/news/b"):
    """The judgments of an article at a url with this link; the other article is at its own."""
    body = f"<p>Before, <a href='{href}'>there</a> was more.</p>"
    return mined_qrels([article("a", body=body, url=url), article("b", url=other_url)]).get("a")


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
    assert grades_of_entry(entry) == {"b": 2}


def test_the_named_articles_own_title_may_have_an_attribution():
    assert grades_of_entry("Refit delayed", title="Refit delayed, reports AP.") == {"b": 2}


@pytest.mark.parametrize("entry", ["Refit of the ferry", "Refit delayed, says minister", "c", "!"])
def test_an_entry_that_names_no_article_is_counted(entry):
    mined = mine([article("a", also_read=[entry]), article("b", "Refit delayed")])
    assert mined == MinedQrels({}, linking=1, unresolved=1)


def test_a_title_of_two_articles_names_neither():
    twins = [article("b", "Weekend in pictures"), article("c", "Weekend in Pictures")]
    mined = mine([article("a", also_read=["Weekend in pictures", "b"]), *twins])
    assert mined == MinedQrels({"a": {"b": 2}}, linking=1, unresolved=1)


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
    assert grades_of_link(href) == {"b": 1}


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
def test_a_link_to_another_page_is_no_judgment(href):
    assert grades_of_link(href) is None


def test_a_link_to_another_site_counts_if_its_page_is_in_the_archive():
    url = "https://wire.example/7"
    assert grades_of_link(url, other_url=url) == {"b": 1}


def test_articles_whose_urls_are_paths_link_by_path():
    assert grades_of_link("/news/b", url="/news/a", other_url="/news/b/") == {"b": 1}
    assert grades_of_link("/news/b", url=None) is None


def test_no_article_judges_itself_and_a_named_article_has_grade_2():
    body = f'<a href="{SITE}/a">here</a> <a href="{SITE}/b">there</a> <a href="{SITE}/c">and</a>'
    news = [
        article("a", "Hail", body=body, url=f"{SITE}/a", also_read=["a", "Hail", "b"]),
        article("b", url=f"{SITE}/b"),
        article("c", url=f"{SITE}/c"),
    ]
    mined = mine(news)
    assert mined == MinedQrels({"a": {"b": 2, "c": 1}}, linking=1, unresolved=0)
    assert mined.pairs == 2


def test_an_article_that_links_into_its_own_site_counts_as_linking():
    body = '<a href="/topic/ferries">ferries</a>'
    news = [article("a", body=body, url=f"{SITE}/a"), article("b", body="<a href='#n'>1</a>")]
    assert mine(news) == MinedQrels({}, linking=1, unresolved=0)


def test_articles_are_read_twice():
    news = [article("a", also_read=["b"]), article("b")]
    passes = []

    def stream():
        passes.append(1)
        yield from news

    assert mined_qrels(stream) == mined_qrels(news) == {"a": {"b": 2}}
    assert len(passes) == 2
    with pytest.raises(InputError, match="read twice"):
        mined_qrels(iter(news))


def test_texts_of_links_are_in_no_vector_of_an_article_or_draft():
    body = '<p>Fares rise. <a href="/b">Orchestra</a></p>'
    news = [article("a", "Fares", body=body), article("b", "Orchestra names conductor")]
    assert Recommender.fit(news).ranked("a", 10) == []
    space, vectors = TermSpace.fit(news, VectorSettings())
    terms = [{space.name(column) for column in vectors.row(row).indices} for row in (0, 1)]
    assert "Orchestra" not in terms[0]
    assert "Orchestra" in terms[1]
    draft = space.transform([article("draft", body=body)])
    assert "Orchestra" not in {space.name(column) for column in draft.indices}


def test_leakage_counts_titles_of_four_words_that_are_in_the_text():
    news = [
        article("a", body="Fares rise after REFIT of 'ferry' delayed. Hail in May."),
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


@pytest.mark.skipif(not REAL_PAGE.exists(), reason=f"{REAL_PAGE} is not on this machine")
def test_headlines_of_a_real_page_are_judgments_and_not_in_its_vector():
    [news] = read_articles(REAL_PAGE)
    framework = "Unifying Force: General Dwivedi's 'IKIGAI' Framework for Indo-Pacific Cooperation"
    syria = (
        "Hegseth announces start of effort to ‘eliminate ISIS fighters’ and weapons sites in "
        "Syria following deaths of Americans"
    )
    archive = [news, article("force", framework), article("syria", syria)]
    qrels = {news.id: {"force": 2, "syria": 2}}
    assert mine(archive) == MinedQrels(qrels, linking=1, unresolved=2)
    assert leaked(archive, qrels) == Leakage(2, 0)
    as_text = Article(id="text", title=news.title, body=REAL_PAGE.read_text(encoding="utf-8"))
    for page in (news, as_text):
        space, _ = TermSpace.fit([page], VectorSettings())
        terms = {word.lower() for word in space.words}
        assert {"nakatani", "hegseth", "shared"} <= terms
        assert not {"dwivedi", "ikigai", "quad", "syria", "senate", "isis"} & terms
