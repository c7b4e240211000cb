"""A search finds the articles that match all options, newest first, page by page."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.serving import archive_of

from recommender import Article, Catalog, FindOptions
from recommender.archive.title_index import place
from recommender.errors import CatalogError, OptionError
from recommender.text.languages import fold_accents
from recommender.text.tags import tag_key
from recommender.text.words import words

NOW = datetime(2026, 11, 20, 9, tzinfo=UTC)


def article(article_id, title, day=None, **fields):
    published_at = None if day is None else datetime(2026, 1, day, tzinfo=UTC)
    return Article(id=article_id, title=title, published_at=published_at, **fields)


ARCHIVE = [
    article("old", "Łódź ferry refit delayed", 1, tags=["E-mail", "Ferries"], section="World News"),
    article("new", "Ferry sails to Łódź", 9, tags=["ferries"], section="Sport"),
    article("mid", "Refit ends", 5, tags=["email"], section="world news"),
    article("undated", "An undated ferry"),
    article("ferry", "Its id is a word", 3),
]


@pytest.fixture
def full(catalog):
    """A catalog with the articles of ``ARCHIVE``."""
    catalog.put(ARCHIVE)
    return catalog


def ids(catalog, now=NOW, **options):
    return [article.id for article in catalog.find(FindOptions.of(**options), now).articles]


def test_articles_come_newest_first_and_undated_ones_last(full):
    assert ids(full) == ["new", "mid", "ferry", "old", "undated"]


def test_of_one_publication_time_the_last_written_comes_first(catalog):
    catalog.put([article(name, name, 1) for name in "bca"])
    catalog.put([article("b", "b again", 1)])
    assert ids(catalog) == ["b", "a", "c"]


@pytest.mark.parametrize("query", ["ferry refit", "REFIT Ferry", "lodz delayed", "Łódź, refit!"])
def test_query_matches_titles_with_all_words_in_any_case_and_order(full, query):
    assert ids(full, query=query) == ["old"]


def test_query_matches_whole_words_of_the_title_only(full):
    full.put([article("body", "Title", body="ferry")])
    assert ids(full, query="ferr") == []
    assert "body" not in ids(full, query="ferry")


def test_query_that_is_an_id_finds_that_article_too(full):
    assert ids(full, query="ferry") == ["new", "ferry", "old", "undated"]
    assert ids(full, query="undated") == ["undated"]
    full.put([article("a/b?c d", "Odd"), article("A/B?c d", "Odd")])
    assert ids(full, query="a/b?c d") == ["a/b?c d"]


def test_title_is_found_as_readers_see_it(catalog):
    catalog.put([article("html", "<b>Caf&eacute;</b> opens"), Article(id="none", body="No title")])
    assert ids(catalog, query="café") == ["html"]
    assert ids(catalog, query="b") == []
    [metadata] = catalog.find(FindOptions.of(query="no title"), NOW).articles
    assert (metadata.id, metadata.title) == ("none", "No title")


def test_scripts_without_spaces_are_found_by_substrings(catalog):
    catalog.put([article("a", "東京電力が発表"), article("b", "京都の電力")])
    assert ids(catalog, query="東京電力") == ["a"]
    assert ids(catalog, query="電力") == ["b", "a"]


@pytest.mark.parametrize("spelling", ["email", "e-mail", "E MAIL"])
def test_tags_and_sections_match_in_any_spelling(full, spelling):
    assert ids(full, tag=[spelling]) == ["mid", "old"]
    assert ids(full, section=["WORLD-NEWS"]) == ["mid", "old"]


def test_several_tags_are_ored_and_options_are_anded(full):
    assert ids(full, tag=["email", "FERRIES"]) == ["new", "mid", "old"]
    assert ids(full, tag=["email", "ferries"], section=["sport", "nowhere"]) == ["new"]
    assert ids(full, query="ferry", tag=["email"], section=["World News"]) == ["old"]
    assert ids(full, query="ferry", tag=["nowhere"]) == []


@pytest.mark.parametrize(
    "query",
    ['"', "ferry OR", "NOT ferry", "ferry*", "NEAR(ferry", "id:ferry", "#", "' --", "-ferry", "\0"],
)
def test_signs_in_a_query_have_no_meaning(full, query):
    query_words = set(words(query.lower()))
    expected = {a.id for a in ARCHIVE if query_words and query_words <= set(words(a.title.lower()))}
    assert set(ids(full, query=query)) == expected


def test_long_and_empty_options_are_answered(full):
    assert ids(full, query=" ".join(f"w{n}" for n in range(120))) == []
    assert ids(full, query="  ") == ids(full)
    assert ids(full, tag=[str(n) for n in range(300)] + ["email"]) == ["mid", "old"]
    assert ids(full, tag=["\ud800"]) == []


def test_pages_have_every_article_once_while_others_write(catalog):
    catalog.put([article(f"a{n:02}", f"ferry {n}", n % 7 + 1) for n in range(25)])
    expected, collected, cursor = ids(catalog, limit=100), [], None
    while True:
        page = catalog.find(FindOptions.of(query="ferry", limit=4, cursor=cursor), NOW)
        collected += [article.id for article in page.articles]
        catalog.put([article(f"new{len(collected)}", "ferry", 20)])
        if len(collected) == 8:
            catalog.delete([collected[-1]])  # the next page begins after a deleted article
        if page.next is None:
            break
        cursor = page.next
    assert collected == expected
    assert len(collected) % 4 == 1


def test_full_last_page_has_no_next(full):
    assert full.find(FindOptions.of(limit=5), NOW).next is None
    assert full.find(FindOptions.of(limit=4), NOW).next is not None


@pytest.mark.parametrize("cursor", ["", "x", "0", "8000000000000000", " 000000000000001"])
def test_invalid_cursor_is_an_error(cursor):
    with pytest.raises(OptionError, match="option 'cursor'"):
        FindOptions.of(cursor=cursor)


@pytest.mark.parametrize("options", [{"limit": 0}, {"limit": 101}, {"tags": ["x"]}])
def test_invalid_and_unknown_options_are_errors(options):
    with pytest.raises(OptionError, match=f"option '{next(iter(options))}'"):
        FindOptions.of(**options)


def test_embargoed_article_is_hidden_until_its_microsecond(catalog):
    at = NOW + timedelta(microseconds=5)
    catalog.put([Article(id="secret", title="Ferry sold", published_at=at, tags=["x"])])
    catalog.put([Article(id="far", title="Ferry", published_at="9999-12-31", tags=["x"])])
    for options in ({}, {"query": "ferry"}, {"tag": ["x"]}, {"query": "secret"}):
        assert ids(catalog, now=at - timedelta(microseconds=1), **options) == []
        assert ids(catalog, now=at, **options) == ["secret"]
    assert ids(catalog, now=None) == ["far", "secret"]


def test_changed_and_deleted_articles_are_found_as_they_are_now(full):
    full.put([article("old", "Tram refit", 20, tags=["Trams"])])
    full.delete(["new"])
    assert ids(full, query="ferry") == ["ferry", "undated"]
    assert ids(full, query="refit") == ["old", "mid"]
    assert (ids(full, tag=["ferries"]), ids(full, tag=["trams"])) == ([], ["old"])
    full.put([ARCHIVE[1]])
    assert ids(full, tag=["ferries"]) == ["new"]


def test_failed_write_does_not_change_the_index(full):
    broken = Article.model_construct(**{**dict(ARCHIVE[2]), "id": "x", "body": None})
    with pytest.raises(CatalogError, match="NOT NULL"):
        full.put([article("old", "Tram refit"), broken])
    assert ids(full, query="refit") == ["mid", "old"]


WORDS = st.sampled_from(["Ferry", "refit", "Łódź", "of"])
NAMES = st.sampled_from(["E-mail", "email", "Ferries"])
ARTICLES = st.builds(
    Article,
    id=st.sampled_from(["a", "ferry", "c/d", "E-mail"]),
    title=st.lists(WORDS, min_size=1, max_size=3).map(" ".join),
    tags=st.lists(NAMES, max_size=2),
    section=st.none() | NAMES,
    published_at=st.none() | st.sampled_from([NOW - timedelta(days=n) for n in range(-1, 3)]),
)
OPTIONS = st.fixed_dictionaries(
    {},
    optional={
        "query": st.lists(WORDS | st.just("ferry"), max_size=2).map(" ".join),
        "tag": st.lists(NAMES, max_size=2),
        "section": st.lists(NAMES, max_size=2),
    },
)


@pytest.fixture(scope="module")
def growing_catalog(tmp_path_factory):
    """One catalog for all examples of a property."""
    with Catalog(archive_of(tmp_path_factory.mktemp("growing"))) as catalog:
        yield catalog


def matches(article, options):
    """Whether a published article matches the options of a search, from its fields alone."""
    if article.published_at and article.published_at > NOW:
        return False
    query = options.get("query")
    title = set(words(fold_accents(article.title.lower())))
    query_words = set(words(fold_accents((query or "").lower())))
    if query and not query_words <= title and query != article.id:
        return False
    sections = [article.section] if article.section else []
    values = {"tag": article.tags, "section": sections}
    return all(
        {*map(tag_key, options[name])} & {*map(tag_key, values[name])}
        for name in values
        if options.get(name)
    )


@given(
    batch=st.lists(ARTICLES, max_size=4),
    deleted=st.sampled_from(["a", "ferry"]),
    options=OPTIONS,
)
def test_search_equals_a_scan_of_all_articles(growing_catalog, batch, deleted, options):
    growing_catalog.put(batch)
    growing_catalog.delete([deleted])
    expected = []
    for revision, key, current in growing_catalog.changes(0):
        if current is not None and matches(current, options):
            day = current.published_at or datetime.min.replace(tzinfo=UTC)
            expected.append((day, revision, key))
    newest_first = [key for *_, key in sorted(expected, reverse=True)]
    assert ids(growing_catalog, limit=100, **options) == newest_first


@given(
    st.lists(st.datetimes(timezones=st.just(UTC)), min_size=2, max_size=2), st.integers(1, 2**40)
)
def test_places_are_in_order_of_time_and_fit_the_database(times, revision):
    first, second = [
        place((at - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1), revision)
        for at in sorted(times)
    ]
    assert place(None, revision) < first <= second < 2**63
    assert place(0, 7) != place(0, 8)
