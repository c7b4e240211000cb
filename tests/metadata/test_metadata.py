"""A card shows what an article says of itself, and is found by id or url."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recommender.articles.article import Article
from recommender.metadata.metadata import Metadata
from recommender.errors import ArticleError, ArticleNotFoundError
from recommender.articles.times import UNDATED

FULL = Article(
    id="a/1 é",
    title="Ferry refit — “delayed” \U0001d518",
    body="not shown",
    tags=["Saint Orla", "東京", 'a "quoted" tag'],
    published_at="2026-11-20T09:00:00.123456+01:00",
    url="https://example.org/a?b=c#d",
    section="Wörld",
    author="Della Crane",
    language="en",
)


def card(**fields):
    return Metadata.of([Article(id="a", **fields)])[0][0]


def test_a_card_shows_every_field_a_list_needs():
    shown = Metadata.of([FULL])[0][0]
    for field in ("id", "title", "url", "published_at", "section", "tags", "author", "language"):
        assert getattr(shown, field) == getattr(FULL, field)
    assert shown.published_at == datetime(2026, 11, 20, 8, 0, 0, 123456, tzinfo=UTC)


def test_what_an_article_lacks_is_none():
    shown = card(title="Hail")
    assert (shown.url, shown.published_at, shown.section, shown.author) == (None,) * 4
    assert (shown.tags, shown.language) == ((), None)
    assert Metadata.of([Article(id="a", title="Hail")])[0].published.tolist() == [UNDATED]


def test_a_title_is_shown_without_html():
    assert card(title="<b>Hail</b> &amp; <i>snow</i>").title == "Hail & snow"
    assert card(title="List<String> explained").title == "List<String> explained"


def test_without_a_title_the_body_opens_the_card():
    assert card(body="<p>Hail fell.</p>").title == "Hail fell."
    words = [f"word{number}" for number in range(20)]
    assert card(body=" ".join(words)).title == " ".join(words[:12]) + "…"
    assert card(body=" ".join(words[:12])).title == " ".join(words[:12])


@pytest.mark.parametrize("fields", [{"body": "<p></p>"}, {"title": "<b></b>"}])
def test_a_cards_title_is_never_empty(fields):
    assert card(**fields).title


def test_cards_are_found_by_id_and_url():
    cards, kept = Metadata.of([Article(id="b", title="Hail"), FULL])
    assert (cards.row("b"), cards.row("a/1 é"), cards.row_of_url(FULL.url)) == (0, 1, 1)
    assert len(cards) == len(kept) == 2


@pytest.mark.parametrize("unknown", ["", "a/1", "a/1 é ", "A/1 É", "zzz"])
def test_an_unknown_id_or_url_is_named(unknown):
    cards, _ = Metadata.of([FULL, Article(id="b", title="without a url")])
    with pytest.raises(ArticleNotFoundError, match="no article has the id"):
        cards.row(unknown)
    with pytest.raises(ArticleNotFoundError, match="no article has the url"):
        cards.row_of_url(unknown)


def test_of_several_articles_with_one_url_the_first_is_found():
    articles = [Article(id=name, title="Hail", url="https://example.org/1") for name in "ba"]
    assert Metadata.of(articles)[0].row_of_url("https://example.org/1") == 0


def test_two_articles_with_one_id_are_an_error_that_names_it():
    articles = [Article(id=name, title="Hail") for name in ("a1", "b", "a1")]
    with pytest.raises(ArticleError, match="'a1'"):
        Metadata.of(articles)


TEXTS = st.text(min_size=1, max_size=12).filter(lambda text: text.strip())


@given(st.lists(st.tuples(TEXTS, st.lists(TEXTS, max_size=3)), unique_by=lambda pair: pair[0]))
def test_cards_of_any_unicode_come_back(records):
    articles = [Article(id=key, title="Hail", tags=tags, author=key) for key, tags in records]
    cards, _ = Metadata.of(articles)
    for row, article in enumerate(articles):
        assert cards.row(article.id) == row
        assert (cards[row].tags, cards[row].author) == (article.tags, article.author)


def test_a_url_is_that_of_the_published_article_when_a_draft_has_it_too():
    articles = [
        Article(id=name, title=name, url="https://x.example/1", published_at=day)
        for name, day in (("draft", "2999-01-01"), ("public", "2026-01-01"))
    ]
    cards, _ = Metadata.of(articles)
    assert cards.row_of_url("https://x.example/1") == 0
    assert cards.row_of_url("https://x.example/1", datetime(2026, 6, 1, tzinfo=UTC)) == 1


def test_an_id_under_embargo_is_found_from_its_time_on():
    cards, _ = Metadata.of([Article(id="a", title="Hail", published_at="2026-06-01")])
    with pytest.raises(ArticleNotFoundError, match="no article has the id 'a'"):
        cards.row("a", datetime(2026, 5, 31, 23, 59, 59, tzinfo=UTC))
    assert cards.row("a", datetime(2026, 6, 1, tzinfo=UTC)) == cards.row("a") == 0


def test_the_span_of_an_archive_leaves_out_what_is_undated_or_not_published_yet():
    dates = ("2026-01-09", None, "2026-05-11", "2026-03-01")
    cards, _ = Metadata.of(
        Article(id=str(n), title="Hail", published_at=date) for n, date in enumerate(dates)
    )
    days = [
        [f"{time:%m-%d}" for time in cards.span(datetime(2026, m, 2, tzinfo=UTC))] for m in (4, 6)
    ]
    assert days == [["01-09", "03-01"], ["01-09", "05-11"]]
    assert cards.span(datetime(2025, 1, 1, tzinfo=UTC)) == (None, None)
    assert Metadata.of([Article(id="a", title="Hail")])[0].span(datetime.now(UTC)) == (None, None)
