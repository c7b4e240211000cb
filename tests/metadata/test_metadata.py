"""Metadata holds the fields of an article that lists show, and finds it by id or url."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recommender.articles.article import Article
from recommender.articles.times import UNDATED
from recommender.errors import ArticleError, ArticleNotFoundError
from recommender.metadata.metadata import Metadata

FULL = Article(
    id="a/1 é",
    title="Ferry refit — “delayed” \U0001d518",
    body="not stored",
    tags=["Saint Orla", "東京", 'a "quoted" tag'],
    published_at="2026-11-20T09:00:00.123456+01:00",
    url="https://example.org/a?b=c#d",
    section="Wörld",
    author="Della Crane",
    language="en",
)


def metadata_of(**fields):
    """The metadata of one article with these fields."""
    metadata, _ = Metadata.of([Article(id="a", **fields)])
    return metadata[0]


def test_every_field_that_a_list_shows_is_stored():
    metadata, articles = Metadata.of([FULL])
    stored = metadata[0]
    for field in ("id", "title", "url", "published_at", "section", "tags", "author", "language"):
        assert getattr(stored, field) == getattr(FULL, field)
    assert stored.published_at == datetime(2026, 11, 20, 8, 0, 0, 123456, tzinfo=UTC)
    assert (len(metadata), articles) == (1, [FULL])


def test_missing_fields_are_none():
    stored = metadata_of(title="Hail")
    assert (stored.url, stored.published_at, stored.section, stored.author) == (None,) * 4
    assert (stored.tags, stored.language) == ((), None)
    assert Metadata.of([Article(id="a", title="Hail")])[0].published.tolist() == [UNDATED]


def test_a_title_is_stored_without_html():
    assert metadata_of(title="<b>Hail</b> &amp; <i>snow</i>").title == "Hail & snow"
    assert metadata_of(title="List<String> explained").title == "List<String> explained"


def test_without_a_title_the_first_words_of_the_body_are_it():
    assert metadata_of(body="<p>Hail fell.</p>").title == "Hail fell."
    words = [f"word{number}" for number in range(20)]
    assert metadata_of(body=" ".join(words)).title == " ".join(words[:12]) + "…"
    assert metadata_of(body=" ".join(words[:12])).title == " ".join(words[:12])


@pytest.mark.parametrize("fields", [{"body": "<p></p>"}, {"title": "<b></b>"}])
def test_without_any_words_the_id_is_the_title(fields):
    assert metadata_of(**fields).title == "a"


def test_articles_are_found_by_id_and_by_url():
    metadata, _ = Metadata.of([Article(id="b", title="Hail"), FULL])
    assert (metadata.row("b"), metadata.row("a/1 é"), metadata.row_of_url(FULL.url)) == (0, 1, 1)


@pytest.mark.parametrize("unknown", ["", "a/1", "a/1 é ", "A/1 É", "zzz"])
def test_an_unknown_id_or_url_is_an_error(unknown):
    metadata, _ = Metadata.of([FULL, Article(id="b", title="without a url")])
    with pytest.raises(ArticleNotFoundError, match="no article has the id"):
        metadata.row(unknown)
    with pytest.raises(ArticleNotFoundError, match="no article has the url"):
        metadata.row_of_url(unknown)


def test_of_several_articles_with_one_url_the_first_is_found():
    articles = [Article(id=name, title="Hail", url="https://example.org/1") for name in "ba"]
    assert Metadata.of(articles)[0].row_of_url("https://example.org/1") == 0


def test_two_articles_with_one_id_are_an_error_that_names_it():
    articles = [Article(id=name, title="Hail") for name in ("a1", "b", "a1")]
    with pytest.raises(ArticleError, match="'a1'"):
        Metadata.of(articles)


TEXTS = st.text(min_size=1, max_size=12).filter(lambda text: text.strip())


@given(st.lists(st.tuples(TEXTS, st.lists(TEXTS, max_size=3)), unique_by=lambda pair: pair[0]))
def test_any_unicode_is_stored_and_found(records):
    articles = [Article(id=key, title="Hail", tags=tags, author=key) for key, tags in records]
    metadata, _ = Metadata.of(articles)
    for row, article in enumerate(articles):
        assert metadata.row(article.id) == row
        assert (metadata[row].tags, metadata[row].author) == (article.tags, article.author)


def test_a_url_leads_to_the_article_that_is_visible():
    articles = [
        Article(id=name, title=name, url="https://x.example/1", published_at=day)
        for name, day in (("embargoed", "2999-01-01"), ("public", "2026-01-01"))
    ]
    metadata, _ = Metadata.of(articles)
    assert metadata.row_of_url("https://x.example/1") == 0
    assert metadata.row_of_url("https://x.example/1", datetime(2026, 6, 1, tzinfo=UTC)) == 1


def test_an_embargoed_id_is_found_from_its_publication_on():
    metadata, _ = Metadata.of([Article(id="a", title="Hail", published_at="2026-06-01")])
    with pytest.raises(ArticleNotFoundError, match="no article has the id 'a'"):
        metadata.row("a", datetime(2026, 5, 31, 23, 59, 59, tzinfo=UTC))
    assert metadata.row("a", datetime(2026, 6, 1, tzinfo=UTC)) == metadata.row("a") == 0


def test_the_span_covers_dated_and_published_articles_only():
    dates = ("2026-01-09", None, "2026-05-11", "2026-03-01")
    metadata, _ = Metadata.of(
        Article(id=str(n), title="Hail", published_at=date) for n, date in enumerate(dates)
    )

    def span(month):
        return [f"{time:%m-%d}" for time in metadata.span(datetime(2026, month, 2, tzinfo=UTC))]

    assert span(4) == ["01-09", "03-01"]
    assert span(6) == ["01-09", "05-11"]
    assert metadata.span(datetime(2025, 1, 1, tzinfo=UTC)) == (None, None)
    undated, _ = Metadata.of([Article(id="a", title="Hail")])
    assert undated.span(datetime(2026, 6, 1, tzinfo=UTC)) == (None, None)


def test_upcoming_times_are_distinct_and_ascending():
    dates = ("2026-05-11", None, "2026-01-09", "2026-05-11", "2026-03-01")
    metadata, _ = Metadata.of(
        Article(id=str(n), title="Hail", published_at=date) for n, date in enumerate(dates)
    )
    upcoming = metadata.upcoming(datetime(2026, 2, 1, tzinfo=UTC))
    assert [f"{time:%m-%d}" for time in upcoming] == ["03-01", "05-11"]
