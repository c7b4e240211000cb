"""The catalog stores articles as they are, and each write is done completely or not at all."""

import sqlite3
from datetime import UTC

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.serving import archive_of

from recommender import Article, Catalog
from recommender.archive.changes import Changes
from recommender.errors import CatalogError

HAIL = Article(id="a1", title="Hail in May", body="Crops suffered.", url="https://example.org/1")
SNOW = Article(id="a2", title="Snow in June", tags=["weather"])
FERRY = Article(id="a3", title="Ferry refit delayed")


def stored(catalog):
    with catalog.snapshot() as snapshot:
        return list(snapshot.articles())


def test_every_field_and_character_is_stored(catalog):
    exotic = Article(
        id="a/1 é\u0301 😀\x00",
        title='"naïve" «да» 東京 👩\u200d👧 \u202eabc',
        summary="'; DROP TABLE articles; --",
        body="One\r\ntwo\u2028three\x00four\ufeff \U0001d518",
        tags=["a|b", '["c"]', "d,e"],
        published_at="1969-12-31T23:59:59.999999Z",
        url="https://example.org/é?b=c#d",
        section="Wörld",
        author="agencies",
        language="en",
        also_read=["b7", "A headline, with a comma"],
    )
    catalog.put([exotic])
    assert catalog.get(exotic.id) == exotic
    assert stored(catalog) == [exotic]
    assert catalog.put([exotic]).unchanged == 1


TEXTS = st.text(max_size=30)
ARTICLES = st.builds(
    Article,
    id=st.text(min_size=1, max_size=20),
    title=TEXTS.map("x{}".format),
    summary=st.none() | TEXTS,
    body=TEXTS,
    tags=st.lists(TEXTS, max_size=3),
    published_at=st.none() | st.datetimes(timezones=st.just(UTC)),
    also_read=st.lists(TEXTS, max_size=2),
)


@pytest.fixture(scope="module")
def growing_catalog(tmp_path_factory):
    """One catalog for all examples of a property."""
    with Catalog(archive_of(tmp_path_factory.mktemp("growing"))) as catalog:
        yield catalog


@given(batch=st.lists(ARTICLES, max_size=4))
def test_any_articles_are_read_back_equal(growing_catalog, batch):
    growing_catalog.put(batch)
    last = {article.id: article for article in batch}
    assert {key: growing_catalog.get(key) for key in last} == last
    ids = growing_catalog.ids()
    assert ids == sorted(ids)  # by code point, as Python sorts
    unchanged = Changes(growing_catalog.revision, unchanged=len(last))
    assert growing_catalog.put(batch) == unchanged


def test_last_of_two_articles_with_one_id_wins(catalog):
    first = SNOW.model_copy(update={"title": "Not yet"})
    assert catalog.put([first, SNOW]) == Changes(1, created=1)
    assert catalog.get("a2") == SNOW


def test_deleted_article_is_gone_and_can_be_put_again(catalog):
    catalog.put([HAIL, SNOW])
    assert catalog.delete(["a1", "a1", "nobody", "\ud83d"]) == Changes(3, deleted=1, unknown=2)
    assert catalog.get("a1") is catalog.find_url(HAIL.url) is None
    assert (len(catalog), catalog.ids(), stored(catalog)) == (1, ["a2"], [SNOW])
    assert catalog.delete(["a1"]) == Changes(3, unknown=1)
    assert catalog.put([HAIL]) == Changes(4, created=1)
    assert catalog.get("a1") == HAIL


def test_tombstone_of_a_deleted_article_has_no_content(catalog, tmp_path):
    catalog.put([HAIL])
    catalog.delete(["a1"])
    with sqlite3.connect(tmp_path / "archive.db") as connection:
        [row] = connection.execute("SELECT * FROM articles").fetchall()
    connection.close()
    assert not any(text in str(row) for text in ("Hail", "Crops", "example"))


def test_entry_is_an_article_with_its_revision(catalog):
    catalog.put([HAIL, SNOW])
    assert catalog.entry("a2") == (2, SNOW)
    catalog.delete(["a2"])
    assert catalog.entry("a2") is catalog.entry("nobody") is catalog.entry("\ud83d") is None


def test_url_finds_the_article_that_was_changed_last(catalog):
    moved = SNOW.model_copy(update={"url": HAIL.url})
    catalog.put([HAIL])
    assert catalog.find_url(HAIL.url) == HAIL
    catalog.put([moved])
    assert catalog.find_url(HAIL.url) == moved
    assert catalog.find_url("https://example.org/none") is None
    assert catalog.find_url("\ud83d") is None


def test_batch_is_written_completely_or_not_at_all(catalog):
    # No reader yields such an article; the database refuses it after it has taken the first one.
    broken = Article.model_construct(**{**dict(SNOW), "id": None})
    with pytest.raises(CatalogError, match="NOT NULL"):
        catalog.put([HAIL, broken])
    assert (len(catalog), catalog.revision) == (0, 0)


class ConflictError(Exception):
    """Raised by a check to stop a write."""


def test_check_gets_stored_revisions_and_can_stop_a_write(catalog):
    catalog.put([HAIL])
    calls = []

    def check(article_id, revision):
        calls.append((article_id, revision))
        if article_id != "a3":
            raise ConflictError

    with pytest.raises(ConflictError):
        catalog.put([FERRY, SNOW], check)
    with pytest.raises(ConflictError):
        catalog.delete(["a1"], check)
    assert calls == [("a3", None), ("a2", None), ("a1", 1)]
    assert stored(catalog) == [HAIL]
    assert catalog.put([FERRY], check).created == 1  # no lock is left


def test_snapshot_does_not_change_while_others_write(catalog):
    many = [Article(id=f"{n:04}", title=f"Hail {n}") for n in range(1000)]
    catalog.put(many)
    with catalog.snapshot() as snapshot:
        articles = snapshot.articles()
        first = next(articles)
        catalog.put([HAIL, many[500].model_copy(update={"title": "Changed"})])
        catalog.delete(["0999"])
        assert [first, *articles] == many
        assert (snapshot.revision, snapshot.count) == (1000, 1000)
    assert (catalog.revision, len(catalog)) == (1003, 1000)
