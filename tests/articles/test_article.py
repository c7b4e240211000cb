"""An article is validated once, an error is one line, and an article never changes."""

from datetime import UTC, datetime

import pytest
from pydantic import ValidationError

from recommender.articles.article import Article, unknown_keys
from recommender.errors import ArticleError

HAIL = {"id": "a1", "title": "Hail in May", "body": "Crops suffered."}


def test_an_article_cannot_be_changed():
    article = Article(**HAIL)
    with pytest.raises(ValidationError, match="frozen"):
        article.title = "Snow in May"


def test_a_title_or_a_body_is_enough():
    assert Article(id="a1", title="Hail").body == ""
    assert Article(id="a1", body="Hail").title == ""


def test_an_article_survives_a_round_trip_through_its_record():
    article = Article(
        **HAIL,
        summary="Losses",
        tags=["Hail", "Crops"],
        published_at="2026-05-02T10:00:00.000001+02:00",
        url="https://example.org/hail",
        section="Weather",
        author="agencies",
        language="en",
        also_read=["b7"],
    )
    assert Article.from_record(article.to_record()) == article
    assert article.to_record()["published_at"] == "2026-05-02T08:00:00.000001Z"


@pytest.mark.parametrize(
    ("text", "time"),
    [
        ("2026-05-02", datetime(2026, 5, 2, tzinfo=UTC)),
        ("2026-05-02T10:00:00Z", datetime(2026, 5, 2, 10, tzinfo=UTC)),
        ("2026-05-02T10:00:00", datetime(2026, 5, 2, 10, tzinfo=UTC)),  # naive is UTC
        ("2026-05-02t10:00:00+05:30", datetime(2026, 5, 2, 4, 30, tzinfo=UTC)),
        ("", None),
        (None, None),
    ],
)
def test_every_time_is_read_as_utc(text, time):
    assert Article(**HAIL, published_at=text).published_at == time


def test_tags_lose_blanks_and_duplicates_but_not_their_order():
    assert Article(**HAIL, tags=["Hail ", "", "Crops", "Hail"]).tags == ("Hail", "Crops")


def test_a_number_may_be_an_id_but_a_boolean_may_not():
    assert Article(id=17, title="Hail").id == "17"
    with pytest.raises(ArticleError, match="'id'"):
        Article.from_record({"id": True, "title": "Hail"})


def test_a_title_becomes_one_line():
    assert Article(id="a1", title=" Hail\r\n in\tMay ").title == "Hail in May"


@pytest.mark.parametrize(
    ("record", "message"),
    [
        ({"title": "Hail"}, "no 'id'"),
        ({"id": "", "title": "Hail"}, "no 'id'"),
        ({"id": None, "title": "Hail"}, "no 'id'"),
        ({"id": "a1"}, "no 'title' and no 'body'"),
        ({"id": "a1", "title": " ", "body": "\n"}, "no 'title' and no 'body'"),
        ({"id": "x" * 513, "title": "Hail"}, "'id'.*512"),
        ({**HAIL, "published_at": "soon"}, "'published_at': not a date or an RFC 3339 time"),
        ({**HAIL, "published_at": 1763600000}, "'published_at': not a date"),
        ({**HAIL, "tags": "Hail"}, "'tags': should be a list of strings, not 'Hail'"),
        ({**HAIL, "tags": [1]}, "'tags'"),
        ({**HAIL, "tags": [{}]}, "'tags'"),
        ({**HAIL, "body": 7}, "'body'"),
        ({**HAIL, "author": "half of \ud83d"}, "'author'.*surrogate"),
    ],
)
def test_an_invalid_record_is_explained_in_one_line(record, message):
    with pytest.raises(ArticleError, match=message) as error:
        Article.from_record(record)
    assert "\n" not in str(error.value)
    assert len(str(error.value)) < 200


def test_unknown_keys_are_ignored_and_can_be_listed():
    record = {**HAIL, "wordcount": 2, "desk": "night"}
    assert Article.from_record(record) == Article(**HAIL)
    assert unknown_keys(record) == ["wordcount", "desk"]
