"""The list of an article: its nearest others with the reasons, also from a saved model."""

import time
from dataclasses import FrozenInstanceError
from datetime import UTC, datetime, timedelta

import pytest
from support.references import all_scores, assert_best

from recommender import Article, Config, Recommender
from recommender.errors import ArticleError, ArticleNotFoundError, ModelError, OptionError
from recommender.kernels.tiling import Tiling

MICROSECOND = timedelta(microseconds=1)


def ids(listing):
    return [item.article.id for item in listing]


def all_lists(model, **options):
    return {key: model.recommend(key, **options).to_record() for key in model.articles.ids}


def files_of(path):
    return {file.name: file.read_bytes() for file in path.iterdir()}


def test_every_list_of_the_sample_archive_is_that_of_the_reference(model):
    scores = all_scores(model.index.vectors, model.index.times)
    for row, key in enumerate(model.articles.ids):
        listing = model.recommend(key, limit=10, duplicates="show")
        # Rounded scores may be equal, and then rows are in any order.
        items = sorted((-item.score, model.articles.row(item.article.id)) for item in listing)
        assert_best([row for _, row in items], [-score for score, _ in items], scores[row], 10)


def test_items_are_ranked_from_1_by_descending_score_above_0(model):
    for key in model.articles.ids:
        listing = model.recommend(key, limit=50, duplicates="show")
        assert [item.rank for item in listing] == list(range(1, len(listing) + 1))
        scores = [item.score for item in listing]
        assert scores == sorted(scores, reverse=True)
        assert min(scores) > 0


def test_limit_is_five_by_default_and_takes_the_best(model):
    key = model.articles.ids[0]
    listing = model.recommend(key)
    assert (len(listing), listing.shortfall) == (5, None)
    assert ids(model.recommend(key, limit=2)) == ids(listing)[:2]
    assert len(model.recommend(key, limit=50)) == 50


def test_article_is_never_in_its_own_list_even_with_a_twin():
    twins = [Article(id=name, title="Ferry late", body="In the yard") for name in "abc"]
    model = Recommender.fit([*twins, Article(id="d", title="Owl")])
    assert [ids(model.recommend(name, duplicates="show")) for name in "abcd"] == [
        ["b", "c"],
        ["a", "c"],
        ["a", "b"],
        [],
    ]


def test_unrelated_articles_are_not_listed_but_counted():
    titles = {"a": "Ferry", "b": "Ferry", "c": "x"}
    model = Recommender.fit(Article(id=key, title=title) for key, title in titles.items())
    listing = model.recommend("a")
    assert ids(listing) == ["b"]
    assert (listing.shortfall.requested, listing.shortfall.returned) == (5, 1)
    assert listing.shortfall.reasons == {"unrelated": 1}


def test_excluded_articles_are_replaced_by_the_next_best(model):
    key = model.articles.ids[0]
    first = ids(model.recommend(key, limit=10))
    rest = ids(model.recommend(key, limit=5, exclude=[first[0], first[3], first[3], "unknown"]))
    assert rest == [first[1], first[2], first[4], first[5], first[6]]


def test_list_without_any_article_left_is_empty_and_has_the_reasons(model):
    key, *others = model.articles.ids
    listing = model.recommend(key, exclude=[key, *others])
    assert len(listing) == 0
    reasons = listing.shortfall.reasons
    assert reasons.keys() <= {"excluded", "unrelated"}
    assert sum(reasons.values()) == len(others)


def test_article_under_embargo_is_in_no_list_until_its_time():
    opens = datetime(2026, 3, 1, 12, tzinfo=UTC)
    model = Recommender.fit(
        [
            Article(id="a", title="Ferry late", published_at="2026-01-01"),
            Article(id="b", title="Ferry late again", published_at=opens),
            Article(id="c", title="Ferry"),
        ]
    )
    hidden = model.recommend("a", now=opens - MICROSECOND)
    assert (ids(hidden), hidden.shortfall.reasons) == (["c"], {})
    for now in (opens, opens + MICROSECOND, None):
        assert set(ids(model.recommend("a", now=now))) == {"b", "c"}
    own = model.recommend("b", now=opens - MICROSECOND)
    assert (own.article.id, set(ids(own))) == ("b", {"a", "c"})


def test_time_without_a_zone_is_utc(monkeypatch):
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    time.tzset()
    model = Recommender.fit(
        [
            Article(id="a", title="Ferry late"),
            Article(id="b", title="Ferry late again", published_at="2026-03-01T12:00:00"),
        ]
    )
    noon = datetime(2026, 3, 1, 12)
    try:
        lists = [ids(model.recommend("a", now=now)) for now in (noon, noon - MICROSECOND)]
    finally:
        monkeypatch.undo()
        time.tzset()
    assert lists == [["b"], []]


@pytest.mark.parametrize("unknown", ["", "a", "x" * 10_000, "\x00"])
def test_unknown_id_is_an_error_that_names_it(model, unknown):
    with pytest.raises(ArticleNotFoundError) as caught:
        model.recommend(unknown)
    assert f"no article has the id {unknown!r}" in str(caught.value)


@pytest.mark.parametrize(("option", "value"), [("limits", 3), ("limit", 51)])
def test_wrong_or_unknown_option_is_an_error_that_names_it(model, option, value):
    with pytest.raises(OptionError, match=f"'{option}'"):
        model.recommend(model.articles.ids[0], **{option: value})


def test_two_articles_with_one_id_are_an_error_that_names_it():
    with pytest.raises(ArticleError, match="'a1'"):
        Recommender.fit([Article(id="a1", title="Ferry"), Article(id="a1", title="again")])


def test_articles_may_be_a_stream_that_is_read_once(newsroom, model):
    streamed = Recommender.fit(article for article in newsroom)
    assert all_lists(streamed) == all_lists(model)


def test_tiling_and_jobs_change_no_list(newsroom, model):
    tiling = Tiling(
        1000, 3, 500, block_rows=7, dense_share=0.1, dense_slots=5, sparse_df=3, parts=3
    )
    tiled = Recommender.fit(newsroom, jobs=2, tiling=tiling)
    assert all_lists(tiled, explain=True) == all_lists(model, explain=True)


@pytest.mark.parametrize("n", [0, 1, 2])
def test_smallest_archives_have_lists_and_can_be_saved(tmp_path, newsroom, n):
    model = Recommender.fit(newsroom[:n])
    model.save(tmp_path / "model")
    loaded = Recommender.load(tmp_path / "model")
    assert all_lists(loaded, explain=True) == all_lists(model, explain=True)
    assert len(loaded.articles) == n


def test_articles_without_words_tags_titles_or_dates_have_lists(tmp_path):
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


def test_titles_have_no_html_and_are_never_empty():
    articles = [
        Article(id="a", title="<b>Ferry</b> &amp; dock"),
        Article(id="b", body="Ferry in the dock"),
    ]
    model = Recommender.fit(articles)
    assert [item.article.title for item in model.recommend("a")] == ["Ferry in the dock"]
    assert [item.article.title for item in model.recommend("b")] == ["Ferry & dock"]


def test_items_have_explanations_only_on_request(model):
    key = model.articles.ids[0]
    assert model.recommend(key)[0].explanation is None
    assert model.recommend(key, explain=True)[0].explanation.terms
    assert ids(model.recommend(key, explain=True)) == ids(model.recommend(key))


def test_saved_model_gives_the_same_lists_within_the_graph_and_beyond(model, saved):
    loaded = Recommender.load(saved)
    key = model.articles.ids[0]
    beyond = {"exclude": ids(model.recommend(key, limit=50)), "limit": 50}
    assert loaded.recommend(key, **beyond) == model.recommend(key, **beyond)
    for options in ({}, {"limit": 20, "explain": True}):
        assert all_lists(loaded, **options) == all_lists(model, **options)


def test_model_that_is_saved_again_has_the_same_bytes(saved, tmp_path):
    Recommender.load(saved).save(tmp_path / "again")
    assert files_of(tmp_path / "again") == files_of(saved)


def test_model_is_not_saved_over_another(model, saved):
    before = files_of(saved)
    with pytest.raises(ModelError, match="newsroom"):
        model.save(saved)
    assert files_of(saved) == before


def test_model_is_immutable(model, saved):
    with pytest.raises(FrozenInstanceError):
        model.revision = 2
    with pytest.raises(ValueError, match="read-only"):
        Recommender.load(saved).index.scores[0, 0] = 1


def test_config_decides_the_lists_and_is_saved_with_the_model(newsroom, tmp_path):
    config = Config.of({"neighbours": 3, "nearness": {"power": 0}})
    timeless = Recommender.fit(newsroom, config)
    timeless.save(tmp_path / "model")
    loaded = Recommender.load(tmp_path / "model")
    assert loaded.config == config
    assert all_lists(loaded, limit=20) == all_lists(timeless, limit=20)
    explanations = [item.explanation for item in loaded.recommend(newsroom[0].id, explain=True)]
    assert all(not explanation.effects for explanation in explanations)


def test_warming_a_model_changes_nothing_in_it(model):
    before = all_lists(model)
    model.warm()
    assert (model.applied_revision, len(model.index.live)) == (0, 0)
    assert all_lists(model) == before
