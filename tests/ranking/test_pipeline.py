"""The pipeline searches until a list is full, then says how many articles each cause left out."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from support.references import all_scores, assert_best

from recommender import Article, Config, Recommender
from recommender.errors import OptionError
from recommender.ranking import pipeline
from recommender.ranking.options import Options
from recommender.ranking.query import Query

WORDS = [f"{head}{tail}" for head in "bdfgkl" for tail in ("ane", "orn", "ilt", "ush")]
BEGIN = datetime(2026, 1, 1, tzinfo=UTC)


def invented(n):
    """Articles a day apart, of a few made-up words each, so that most are related to most."""
    random = np.random.default_rng(1)
    return [
        Article(
            id=f"a{number}",
            title=" ".join(random.choice(WORDS, 3)),
            body=" ".join(random.choice(WORDS, 12)),
            published_at=BEGIN + timedelta(days=number),
        )
        for number in range(n)
    ]


@pytest.fixture(scope="module")
def large():
    """A model of four times as many articles as its graph stores neighbours."""
    return Recommender.fit(invented(200))


@pytest.fixture(scope="module")
def scores(large):
    """The score of every two of its articles."""
    return all_scores(large.index.vectors, large.index.times)


def ids(listing):
    return [item.article.id for item in listing]


def assert_reference(model, scores, key, listing, k, excluded=()):
    """A list is the ``k`` best of the reference, except for some ids."""
    expected = scores[model.articles.row(key)].copy()
    expected[[model.articles.row(other) for other in excluded]] = 0
    # Rounded scores may be equal, and then rows are in any order.
    items = sorted((-item.score, model.articles.row(item.article.id)) for item in listing)
    assert_best([row for _, row in items], [-score for score, _ in items], expected, k)


@pytest.mark.parametrize("limit", [1, 50])
def test_list_is_full_when_more_are_excluded_than_the_graph_stores(large, scores, limit):
    for key in ("a0", "a77", "a199"):
        excluded = ids(large.recommend(key, limit=50))
        excluded += ids(large.recommend(key, limit=10, exclude=excluded))
        assert len(set(excluded)) == 60
        listing = large.recommend(key, limit=limit, exclude=excluded)
        assert len(listing) == limit
        assert_reference(large, scores, key, listing, limit, excluded)


def test_list_is_full_when_the_limit_is_beyond_the_graph():
    model = Recommender.fit(invented(120), Config(neighbours=3))
    scores = all_scores(model.index.vectors, model.index.times)
    for key in ("a0", "a50"):
        listing = model.recommend(key, limit=40)
        assert len(listing) == 40
        assert_reference(model, scores, key, listing, 40)


def test_list_is_full_when_related_articles_are_under_embargo(large, scores):
    now = BEGIN + timedelta(days=99)
    hidden = [f"a{number}" for number in range(100, 200)]
    for key in ("a0", "a150"):
        listing = large.recommend(key, limit=50, now=now)
        assert not set(ids(listing)) & {key, *hidden}
        assert_reference(large, scores, key, listing, 50, hidden)


@pytest.mark.parametrize("limit", [5, 50])
@pytest.mark.parametrize("excluded", [0, 40, 199])
def test_shortfall_accounts_for_every_other_article(large, limit, excluded):
    others = [key for key in large.articles.ids if key != "a3"]
    listing = large.recommend("a3", limit=limit, exclude=others[:excluded])
    if len(listing) == limit:
        assert listing.shortfall is None
    else:
        shortfall = listing.shortfall
        assert (shortfall.requested, shortfall.returned) == (limit, len(listing))
        assert shortfall.returned + sum(shortfall.reasons.values()) == 199
        assert all(shortfall.reasons.values())


@pytest.mark.parametrize("n", [5, 200])
@pytest.mark.parametrize(
    "options", [{}, {"half_life_days": 1}, {"diversity": 1}, {"direction": "past"}], ids=str
)
def test_small_archives_give_lists_with_every_kind_of_option(n, options):
    model, now = Recommender.fit(invented(n)), BEGIN + timedelta(days=n)
    lists = [model.recommend(key, now=now, **options) for key in model.articles.ids]
    assert sum(map(len, lists)) >= (n if "direction" in options else 3 * n)


@pytest.mark.parametrize(
    "options",
    [{"diversity": 0}, {"min_score": 0}, {"fallback": "latest"}, {"direction": "any"}],
    ids=str,
)
def test_option_without_effect_gives_the_plain_list(large, options):
    now = BEGIN + timedelta(days=150)
    assert large.recommend("a1", now=now, **options) == large.recommend("a1", now=now)


def test_half_life_needs_a_time_from_which_ages_are_counted(large):
    with pytest.raises(OptionError, match="'half_life_days'"):
        large.recommend("a1", half_life_days=3)


def test_observer_gets_each_step_in_order(large):
    steps = []
    options = {"min_score": 1e-3, "diversity": 0.5, "fallback": "latest"}
    large.recommend("a1", limit=50, observer=steps.append, **options)
    assert steps == ["candidates", "min_score", "near_duplicates", "diversity", "fallback"]


def test_search_is_repeated_for_more_until_the_list_is_full():
    model, steps = Recommender.fit(invented(200), Config(neighbours=5)), []
    stored = ids(model.recommend("a1", limit=5))
    listing = model.recommend("a1", limit=5, exclude=stored, observer=steps.append)
    assert len(listing) == 5
    assert steps.count("candidates") == 2


def test_search_stops_once_candidates_score_below_the_minimum(large):
    steps = []
    listing = large.recommend("a1", min_score=0.5, observer=steps.append)
    assert len(listing) < 5
    assert steps.count("candidates") == 1


def test_trace_has_the_candidates_after_each_step(large):
    options = Options.of(diversity=0.5, exclude=["a2"])
    context = pipeline.context(large, Query.of_row(large, 1), options, None)
    trace = pipeline.trace(large, context)
    names = [stage.name for stage in pipeline.stages(large, context)]
    assert [name for name, _ in trace] == ["candidates", *names]
    assert trace[-1][1].rows.tolist() == pipeline.run(large, context).rows.tolist()


def test_rules_of_a_model_are_looked_up_once(large):
    assert pipeline.editorial(large) is pipeline.editorial(large)
