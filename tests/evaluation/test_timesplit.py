"""A split by date looks neither at later articles nor at how rare words became later."""

from datetime import UTC, datetime

import numpy as np
import pytest
from support.references import dense

from recommender import Article, Config, Recommender
from recommender.errors import ArticleNotFoundError, InputError
from recommender.evaluation.timesplit import TimeSplit

MARCH = datetime(2026, 3, 1, tzinfo=UTC)


def article(name, title, day, **fields):
    return Article(id=name, title=title, published_at=day and f"2026-{day}", **fields)


def split(news, **settings):
    return TimeSplit.fit(news, Config.of(settings), MARCH)


NEWS = [
    article("old", "Ferry late", "01-05"),
    article("before", "Ferry late again", "03-02"),
    article("query", "Ferry late today", "03-09T10:00Z"),
    article("same time", "Ferry late today", "03-09T10:00Z"),
    article("after", "Ferry late today", "03-09T10:01Z"),
    article("undated", "Ferry late today", None),
    article("other", "Orchestra", "01-06"),
]


def test_only_articles_published_before_are_listed():
    assert Recommender.fit(NEWS).ranked("query", 10)[:2] == ["same time", "after"]
    ranked = split(NEWS).ranked
    assert sorted(ranked("query", 10)) == ["before", "old"]
    assert ranked("before", 10) == ["old"]
    assert len(ranked("after", 10)) == 4
    assert len(ranked("after", 2)) == 2


def test_undated_articles_are_left_out():
    with pytest.raises(ArticleNotFoundError):
        split(NEWS).ranked("undated", 10)


# Before March "strike" is rarer than "ferry", so the article about a strike is nearer to the query;
# later every other article is about a strike.
PAST = [
    article("on strike", "Strike", "02-01"),
    article("on ferry", "Ferry", "02-01"),
    *(article(f"ferry {n}", f"Ferry{n} ferry", "01-01", body="Ferry crossing") for n in range(3)),
]
QUERY = article("query", "Strike ferry", "03-02")
FUTURE = [article(f"strike {n}", f"Strike number{n}", "03-05") for n in range(40)]
PLAIN = {"nearness": {"power": 0}, "vectors": {"pair_weight": 0}}


def test_idf_is_learned_from_the_past():
    two = ["on strike", "on ferry"]
    hindsight = Recommender.fit([*PAST, QUERY, *FUTURE], Config.of(PLAIN)).ranked("query", 99)
    assert [other for other in hindsight if other in two] == two[::-1]
    assert split([*PAST, QUERY, *FUTURE], **PLAIN).ranked("query", 2) == two


def test_later_articles_change_nothing():
    without, with_later = split([*PAST, QUERY]), split([*PAST, QUERY, *FUTURE])
    assert without.ranked("query", 99) == with_later.ranked("query", 99)
    assert without.times.power == with_later.times.power
    assert without.vectors.columns == with_later.vectors.columns


def test_nearness_in_time_is_learned_from_the_past():
    past = [
        article(f"{story}{n}", story, f"{month:02}-{n + 1:02}")
        for month, story in ((1, "Ferry"), (2, "Orchestra"))
        for n in range(4)
    ]
    future = [
        article(f"late {n}", story, f"{n + 3:02}-01")
        for n, story in enumerate(("Orchestra", "Ferry") * 4)
    ]
    power = split([*past, *future]).times.power
    assert power == Recommender.fit(past).index.times.power > 0
    assert power != Recommender.fit([*past, *future]).index.times.power


def test_scores_are_those_of_a_model_of_the_past():
    past = Recommender.fit(PAST, Config.of(PLAIN))
    scores = dense(past.index.vectors) @ dense(past.space.transform([QUERY]))[0]
    expected = [PAST[row].id for row in np.argsort(-scores, kind="stable") if scores[row] > 0]
    assert len(expected) == len(PAST)
    assert split([*PAST, QUERY, *FUTURE], **PLAIN).ranked("query", 99) == expected


def test_all_later_articles_are_read_if_they_are_more_than_a_chunk():
    later = [article(f"l{n}", f"Strike number{n}", "03-05", body="Ferry") for n in range(1100)]
    later.append(article("last", "Orchestra", "03-06"))
    vectors = split([*PAST, *later]).vectors
    assert len(vectors) == len(PAST) + len(later)
    first, last = ([*vectors.row(row).indices] for row in (len(PAST), len(PAST) + 1099))
    assert first == last != []
    assert len(vectors.row(len(PAST) + 1100).indices) == 0


def test_only_judgments_that_a_list_of_the_day_can_satisfy_remain():
    qrels = {
        "query": {"old": 2, "before": 0, "after": 2, "same time": 1, "undated": 1, "gone": 1},
        "before": {"after": 1},
        "old": {"other": 1},
        "undated": {"old": 1},
        "gone": {"old": 1},
    }
    assert split(NEWS).judged(qrels) == {"query": {"old": 2, "before": 0}}
    with pytest.raises(InputError, match="give an earlier split date"):
        split(NEWS).judged({"before": {"after": 1}})


def test_a_split_before_all_articles_is_an_error():
    with pytest.raises(InputError, match="no article was published before 2026-03-01"):
        split(FUTURE)
