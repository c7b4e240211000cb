"""The list of an article: its nearest others, through the options, with the reasons."""

import time
from dataclasses import FrozenInstanceError
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from support.references import all_scores, assert_best

from recommender import Article, Config, Recommender
from recommender.errors import ArticleError, ArticleNotFoundError, ModelError, OptionError

MICROSECOND = timedelta(microseconds=1)
WORDS = [f"{head}{tail}" for head in "bdfgkl" for tail in ("ane", "orn", "ilt", "ush")]


def invented(n, seed=1):
    """Articles of a few made-up words each, so that most are related to most."""
    random = np.random.default_rng(seed)
    return [
        Article(
            id=f"a{number}",
            title=" ".join(random.choice(WORDS, 3)),
            body=" ".join(random.choice(WORDS, 12)),
            published_at=datetime(2026, 1, 1, tzinfo=UTC) + timedelta(days=int(number)),
        )
        for number in range(n)
    ]


def ids(listing):
    return [item.article.id for item in listing]


def all_lists(model, **options):
    return {
        key: model.recommend(key, **options).to_record() for key in map(str, model.articles.ids)
    }


@pytest.fixture(scope="module")
def big():
    return Recommender.fit(invented(200))


REFERENCES = {}


def reference(model):
    """All scores of a model, computed once."""
    if id(model) not in REFERENCES:
        REFERENCES[id(model)] = model, all_scores(model.index.vectors, model.index.times)
    return REFERENCES[id(model)][1]


def assert_reference(model, key, listing, k, excluded=()):
    """A list is the k best of the reference, but for what is excluded."""
    row = model.articles.row(key)
    scores = reference(model)[row].copy()
    scores[[model.articles.row(other) for other in excluded]] = 0
    rows = [model.articles.row(item.article.id) for item in listing]
    found = [item.score for item in listing]
    order = sorted(range(len(rows)), key=lambda at: (-found[at], rows[at]))  # rounding makes ties
    assert_best([rows[at] for at in order], [found[at] for at in order], scores, k)


def test_every_list_of_the_sample_archive_is_the_references(model):
    for key in model.articles.ids:
        listing = model.recommend(key, limit=10, duplicates="show")
        assert_reference(model, key, listing, 10)


def test_items_are_ranked_from_one_by_falling_score(model):
    for key in model.articles.ids:
        listing = model.recommend(key, limit=50, duplicates="show")
        assert [item.rank for item in listing] == list(range(1, len(listing) + 1))
        scores = [item.score for item in listing]
        assert scores == sorted(scores, reverse=True)
        assert min(scores) > 0


def test_five_items_are_given_unless_asked_otherwise(model):
    key = model.articles.ids[0]
    assert len(model.recommend(key)) == 5
    assert ids(model.recommend(key, limit=2)) == ids(model.recommend(key))[:2]
    assert len(model.recommend(key, limit=50)) == 50


def test_an_article_never_recommends_itself_even_with_a_twin():
    twins = [Article(id=name, title="Ferry late", body="In the yard") for name in "abc"]
    model = Recommender.fit([*twins, Article(id="d", title="Owl")])
    assert [ids(model.recommend(name, duplicates="show")) for name in "abcd"] == [
        ["b", "c"],
        ["a", "c"],
        ["a", "b"],
        [],
    ]


def test_unrelated_articles_are_never_listed_but_counted():
    model = Recommender.fit(
        [Article(id="a", title="Ferry"), Article(id="b", title="Ferry"), Article(id="c", title="x")]
    )
    listing = model.recommend("a")
    assert ids(listing) == ["b"]
    assert listing.shortfall.requested == 5
    assert listing.shortfall.returned == 1
    assert listing.shortfall.reasons == {"unrelated": 1}


def test_a_full_list_has_no_shortfall(model):
    assert model.recommend(model.articles.ids[0]).shortfall is None


def test_excluded_articles_are_replaced_by_the_next_best(model):
    key = model.articles.ids[0]
    first = ids(model.recommend(key, limit=10))
    rest = ids(model.recommend(key, limit=5, exclude=[first[0], first[3], first[3], "unknown"]))
    assert rest == [first[1], first[2], first[4], first[5], first[6]]


@pytest.mark.parametrize("limit", [1, 5, 50])
def test_excluding_more_than_the_graph_holds_still_fills_the_list(big, limit):
    for key in ("a0", "a77", "a199"):
        gone = ids(big.recommend(key, limit=50))
        gone += ids(big.recommend(key, limit=10, exclude=gone))
        assert len(set(gone)) == 60
        listing = big.recommend(key, limit=limit, exclude=gone)
        assert len(listing) == limit
        assert_reference(big, key, listing, limit, gone)


def test_a_limit_beyond_the_graph_still_fills_the_list():
    short = Recommender.fit(invented(120), Config(neighbours=3))
    for key in ("a0", "a50"):
        listing = short.recommend(key, limit=40)
        assert len(listing) == 40
        assert_reference(short, key, listing, 40)


@pytest.mark.parametrize("limit", [5, 50])
@pytest.mark.parametrize("gone", [0, 1, 40, 199])
def test_a_shortfall_accounts_for_every_other_article(big, limit, gone):
    others = [key for key in big.articles.ids if key != "a3"]
    listing = big.recommend("a3", limit=limit, exclude=others[:gone])
    if len(listing) == limit:
        assert listing.shortfall is None
    else:
        shortfall = listing.shortfall
        assert shortfall.requested == limit
        assert shortfall.returned == len(listing)
        assert shortfall.returned + sum(shortfall.reasons.values()) == 199
        assert all(shortfall.reasons.values())


def test_excluding_everyone_leaves_an_empty_list_that_says_why(model):
    key, *others = model.articles.ids
    listing = model.recommend(key, exclude=[key, *others])
    assert len(listing) == 0
    reasons = listing.shortfall.reasons
    assert reasons.keys() <= {"excluded", "unrelated"}
    assert sum(reasons.values()) == len(others)


def test_an_article_under_embargo_is_in_no_list_until_its_time():
    soon = datetime(2026, 3, 1, 12, tzinfo=UTC)
    model = Recommender.fit(
        [
            Article(id="a", title="Ferry late", published_at="2026-01-01"),
            Article(id="b", title="Ferry late again", published_at=soon),
            Article(id="c", title="Ferry"),
        ]
    )

    def told(now):
        listing = model.recommend("a", now=now)
        return set(ids(listing)), sum(listing.shortfall.reasons.values())

    assert told(soon - MICROSECOND) == ({"c"}, 0)
    assert told(soon) == ({"b", "c"}, 0)
    assert told(soon + MICROSECOND) == ({"b", "c"}, 0)
    assert told(None) == ({"b", "c"}, 0)


def test_an_article_under_embargo_can_be_asked_about():
    model = Recommender.fit(
        [
            Article(id="a", title="Ferry late", published_at="2026-01-01"),
            Article(id="b", title="Ferry late again", published_at="2027-01-01"),
        ]
    )
    listing = model.recommend("b", now=datetime(2026, 6, 1, tzinfo=UTC))
    assert (listing.article.id, ids(listing)) == ("b", ["a"])


def test_an_embargo_does_not_shorten_a_list_that_others_can_fill(big):
    now = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(days=99)
    for key in ("a0", "a150"):
        listing = big.recommend(key, limit=50, now=now)
        told = [key for key in big.articles.ids if int(key[1:]) <= 99]
        assert set(ids(listing)) <= set(told) - {key}
        hidden = [other for other in big.articles.ids if other not in told]
        assert_reference(big, key, listing, 50, hidden)


def test_a_time_without_a_zone_is_utc_as_in_articles(monkeypatch):
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    time.tzset()
    model = Recommender.fit(
        [
            Article(id="a", title="Ferry late"),
            Article(id="b", title="Ferry late again", published_at="2026-03-01T12:00:00"),
        ]
    )
    at_noon = datetime(2026, 3, 1, 12)
    try:
        told = [ids(model.recommend("a", now=now)) for now in (at_noon, at_noon - MICROSECOND)]
    finally:
        monkeypatch.undo()
        time.tzset()
    assert told == [["b"], []]


@pytest.mark.parametrize("unknown", ["", "a", "A1", "x" * 10_000, "\x00"])
def test_an_unknown_id_is_an_error_that_names_it(big, unknown):
    with pytest.raises(ArticleNotFoundError, match="no article has the id"):
        big.recommend(unknown)


def test_an_unknown_option_is_an_error_not_ignored(big):
    with pytest.raises(OptionError, match="'limits'"):
        big.recommend("a1", limits=3)
    with pytest.raises(OptionError, match="'limit'"):
        big.recommend("a1", limit=51)


def test_two_articles_with_one_id_are_an_error():
    with pytest.raises(ArticleError, match="'a1'"):
        Recommender.fit([*invented(5), Article(id="a1", title="again")])


def test_a_stream_is_read_once(newsroom, model):
    streamed = Recommender.fit(article for article in newsroom)
    assert all_lists(streamed) == all_lists(model)


@pytest.mark.parametrize("n", [0, 1, 2])
def test_the_smallest_archives_work(tmp_path, n):
    articles = invented(n)
    model = Recommender.fit(articles)
    model.save(tmp_path / "model")
    loaded = Recommender.load(tmp_path / "model")
    assert all_lists(loaded, explain=True) == all_lists(model, explain=True)
    assert len(loaded.articles) == n


def test_articles_without_words_tags_titles_or_dates_work(tmp_path):
    articles = [
        Article(id="only marks", title="!!!"),
        Article(id="only stop words", title="the of"),
        Article(id="no title", body="Ferry late"),
        Article(id="only html", body="<p></p>"),
        Article(id="ferry", title="Ferry"),
    ]
    Recommender.fit(articles).save(tmp_path / "model")
    model = Recommender.load(tmp_path / "model")
    assert {key: ids(model.recommend(key)) for key in model.articles.ids} == {
        "only marks": [],
        "only stop words": [],
        "no title": ["ferry"],
        "only html": [],
        "ferry": ["no title"],
    }


def test_titles_are_shown_without_html_and_never_empty():
    model = Recommender.fit(
        [
            Article(id="a", title="<b>Ferry</b> &amp; dock"),
            Article(id="b", body="Ferry in the dock"),
        ]
    )
    assert [item.article.title for item in model.recommend("a")] == ["Ferry in the dock"]
    assert [item.article.title for item in model.recommend("b")] == ["Ferry & dock"]


def test_explanations_come_only_when_asked_for(model):
    key = model.articles.ids[0]
    assert model.recommend(key)[0].explanation is None
    assert model.recommend(key, explain=True)[0].explanation.terms
    assert ids(model.recommend(key, explain=True)) == ids(model.recommend(key))


def test_a_saved_model_gives_the_same_lists(model, saved):
    loaded = Recommender.load(saved)
    for options in ({}, {"limit": 20, "explain": True}):
        assert all_lists(loaded, **options) == all_lists(model, **options)


def test_a_loaded_model_answers_beyond_its_graph_too(big, tmp_path):
    big.save(tmp_path / "model")
    loaded = Recommender.load(tmp_path / "model")
    gone = ids(big.recommend("a5", limit=50))
    options = {"limit": 50, "exclude": gone}
    assert loaded.recommend("a5", **options) == big.recommend("a5", **options)


def test_a_model_saved_again_has_the_same_bytes(saved, tmp_path):
    Recommender.load(saved).save(tmp_path / "again")
    first = {file.name: file.read_bytes() for file in saved.iterdir()}
    assert {file.name: file.read_bytes() for file in (tmp_path / "again").iterdir()} == first


def test_a_model_does_not_save_over_another(model, saved):
    before = {file.name: file.read_bytes() for file in saved.iterdir()}
    with pytest.raises(ModelError, match="newsroom"):
        model.save(saved)
    assert {file.name: file.read_bytes() for file in saved.iterdir()} == before


def test_a_model_is_immutable(model, saved):
    with pytest.raises(FrozenInstanceError):
        model.revision = 2
    with pytest.raises(ValueError, match="read-only"):
        Recommender.load(saved).index.scores[0, 0] = 1


def test_the_config_decides_and_travels_with_the_model(newsroom, tmp_path):
    config = Config.of({"neighbours": 3, "nearness": {"power": 0}})
    timeless = Recommender.fit(newsroom, config)
    timeless.save(tmp_path / "model")
    loaded = Recommender.load(tmp_path / "model")
    assert loaded.config == config
    assert all_lists(loaded, limit=20) == all_lists(timeless, limit=20)
    explanations = [item.explanation for item in loaded.recommend(newsroom[0].id, explain=True)]
    assert all(not why.effects for why in explanations)
