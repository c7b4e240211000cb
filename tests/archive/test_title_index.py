"""Finding: what is asked for and nothing else, the newest first, page by page."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recommender import Article, Catalog, FindOptions
from recommender.errors import CatalogError, OptionError
from recommender.archive.title_index import place
from recommender.text.languages import fold_accents
from recommender.text.tags import tag_key
from recommender.text.words import words

NOW = datetime(2026, 11, 20, 9, tzinfo=UTC)


def article(article_id, title, day=None, **fields):
    at = None if day is None else datetime(2026, 1, day, tzinfo=UTC)
    return Article(id=article_id, title=title, published_at=at, **fields)


ARCHIVE = [
    article("old", "Łódź ferry refit delayed", 1, tags=["E-mail", "Ferries"], section="World News"),
    article("new", "Ferry sails to Łódź", 9, tags=["ferries"], section="Sport"),
    article("mid", "Refit ends", 5, tags=["email"], section="world news"),
    article("undated", "An undated ferry"),
    article("ferry", "Its id is a word", 3),
]


@pytest.fixture
def catalog(tmp_path):
    with Catalog(f"sqlite:///{tmp_path}/archive.db") as catalog:
        yield catalog


@pytest.fixture
def full(catalog):
    catalog.put(ARCHIVE)
    return catalog


def ids(catalog, now=NOW, **options):
    return [card.id for card in catalog.find(FindOptions.of(**options), now).articles]


def test_everything_comes_newest_first_and_the_undated_last(full):
    assert ids(full) == ["new", "mid", "ferry", "old", "undated"]


def test_articles_of_one_moment_come_the_last_written_first(catalog):
    catalog.put([article(name, name, 1) for name in "bca"])
    catalog.put([article("b", "b again", 1)])
    assert ids(catalog) == ["b", "a", "c"]


@pytest.mark.parametrize("query", ["ferry refit", "REFIT Ferry", "lodz delayed", "Łódź, refit!"])
def test_all_words_of_a_query_stand_in_the_title_whatever_case_order_and_accents(full, query):
    assert ids(full, query=query) == ["old"]


def test_words_are_whole_and_those_of_the_body_are_not_looked_at(full):
    full.put([article("body", "Title", body="ferry")])
    assert ids(full, query="ferr") == []
    assert "body" not in ids(full, query="ferry")


def test_a_query_that_is_an_id_finds_that_article_too(full):
    assert ids(full, query="ferry") == ["new", "ferry", "old", "undated"]
    assert ids(full, query="undated") == ["undated"]
    full.put([article("a/b?c d", "Odd"), article("A/B?c d", "Odd")])
    assert ids(full, query="a/b?c d") == ["a/b?c d"]


def test_a_title_is_found_as_it_is_shown(catalog):
    catalog.put([article("html", "<b>Caf&eacute;</b> opens"), Article(id="none", body="No title")])
    assert ids(catalog, query="café") == ["html"]
    assert ids(catalog, query="b") == []
    [card] = catalog.find(FindOptions.of(query="no title"), NOW).articles
    assert (card.id, card.title) == ("none", "No title")


def test_scripts_without_spaces_are_found_by_strings_of_characters(catalog):
    catalog.put([article("a", "東京電力が発表"), article("b", "京都の電力")])
    assert ids(catalog, query="東京電力") == ["a"]
    assert ids(catalog, query="電力") == ["b", "a"]


@pytest.mark.parametrize("spelling", ["email", "e-mail", "E MAIL"])
def test_tags_and_sections_match_in_any_spelling(full, spelling):
    assert ids(full, tag=[spelling]) == ["mid", "old"]
    assert ids(full, section=["WORLD-NEWS"]) == ["mid", "old"]


def test_of_several_tags_one_is_enough_and_all_that_is_asked_must_hold(full):
    assert ids(full, tag=["email", "FERRIES"]) == ["new", "mid", "old"]
    assert ids(full, tag=["email", "ferries"], section=["sport", "nowhere"]) == ["new"]
    assert ids(full, query="ferry", tag=["email"], section=["World News"]) == ["old"]
    assert ids(full, query="ferry", tag=["nowhere"]) == []


@pytest.mark.parametrize(
    "query",
    ['"', "ferry OR", "NOT ferry", "ferry*", "NEAR(ferry", "id:ferry", "#", "' --", "-ferry", "\0"],
)
def test_a_query_is_words_whatever_signs_stand_in_it(full, query):
    wanted = set(words(query.lower()))
    held = {one.id for one in ARCHIVE if wanted and wanted <= set(words(one.title.lower()))}
    assert set(ids(full, query=query)) == held


def test_a_query_of_many_words_is_answered(full):
    assert ids(full, query=" ".join(f"w{n}" for n in range(120))) == []
    assert ids(full, query="  ") == ids(full)
    assert ids(full, tag=[str(n) for n in range(300)] + ["email"]) == ["mid", "old"]
    assert ids(full, tag=["\ud800"]) == []


def test_pages_give_every_article_once_whatever_is_written_meanwhile(catalog):
    catalog.put([article(f"a{n:02}", f"ferry {n}", n % 7 + 1) for n in range(25)])
    expected, seen, cursor = ids(catalog, limit=100), [], None
    while True:
        page = catalog.find(FindOptions.of(query="ferry", limit=4, cursor=cursor), NOW)
        seen += [card.id for card in page.articles]
        catalog.put([article(f"new{len(seen)}", "ferry", 20)])
        if len(seen) == 8:
            catalog.delete([seen[-1]])  # a page begins where an article was that is gone
        if page.next is None:
            break
        cursor = page.next
    assert seen == expected
    assert len(seen) % 4 == 1


def test_a_last_page_that_is_full_has_no_next(full):
    assert full.find(FindOptions.of(limit=5), NOW).next is None
    assert full.find(FindOptions.of(limit=4), NOW).next is not None


@pytest.mark.parametrize("cursor", ["", "x", "0", "8000000000000000", " 000000000000001"])
def test_what_is_no_cursor_is_an_error(cursor):
    with pytest.raises(OptionError, match="option 'cursor'"):
        FindOptions.of(cursor=cursor)


@pytest.mark.parametrize("options", [{"limit": 0}, {"limit": 101}, {"tags": ["x"]}])
def test_wrong_and_unknown_options_are_errors(options):
    with pytest.raises(OptionError, match=f"option '{next(iter(options))}'"):
        FindOptions.of(**options)


def test_an_embargo_holds_until_the_very_microsecond(catalog):
    at = NOW + timedelta(microseconds=5)
    catalog.put([Article(id="secret", title="Ferry sold", published_at=at, tags=["x"])])
    catalog.put([Article(id="far", title="Ferry", published_at="9999-12-31", tags=["x"])])
    for options in ({}, {"query": "ferry"}, {"tag": ["x"]}, {"query": "secret"}):
        assert ids(catalog, now=at - timedelta(microseconds=1), **options) == []
        assert ids(catalog, now=at, **options) == ["secret"]
    assert ids(catalog, now=None) == ["far", "secret"]


def test_what_is_changed_or_deleted_is_found_as_it_is_now(full):
    full.put([article("old", "Tram refit", 20, tags=["Trams"])])
    full.delete(["new"])
    assert ids(full, query="ferry") == ["ferry", "undated"]
    assert ids(full, query="refit") == ["old", "mid"]
    assert (ids(full, tag=["ferries"]), ids(full, tag=["trams"])) == ([], ["old"])
    full.put([ARCHIVE[1]])
    assert ids(full, tag=["ferries"]) == ["new"]


def test_a_write_that_fails_leaves_what_is_found_as_it_was(full):
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
ASKED = st.fixed_dictionaries(
    {},
    optional={
        "query": st.lists(WORDS | st.just("ferry"), max_size=2).map(" ".join),
        "tag": st.lists(NAMES, max_size=2),
        "section": st.lists(NAMES, max_size=2),
    },
)


@pytest.fixture(scope="module")
def lasting(tmp_path_factory):
    with Catalog(f"sqlite:///{tmp_path_factory.mktemp('lasting')}/archive.db") as catalog:
        yield catalog


@given(batch=st.lists(ARTICLES, max_size=4), gone=st.sampled_from(["a", "ferry"]), asked=ASKED)
def test_any_archive_is_found_in_as_if_it_were_read_from_end_to_end(lasting, batch, gone, asked):
    lasting.put(batch)
    lasting.delete([gone])
    wanted = set(words(fold_accents(asked.get("query", "").lower())))
    expected = []
    for revision, key, held in lasting.changes(0):
        if held is None or (held.published_at and held.published_at > NOW):
            continue
        title = set(words(fold_accents(held.title.lower())))
        named = not asked.get("query") or wanted <= title or asked["query"] == key
        sections = [held.section] if held.section else []
        for name, own in (("tag", held.tags), ("section", sections)):
            named &= not asked.get(name) or bool(
                {*map(tag_key, asked[name])} & {*map(tag_key, own)}
            )
        if named:
            day = held.published_at or datetime.min.replace(tzinfo=UTC)
            expected.append((day, revision, key))
    assert ids(lasting, limit=100, **asked) == [key for *_, key in sorted(expected, reverse=True)]


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
