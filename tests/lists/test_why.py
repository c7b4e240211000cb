"""Why, and why not: it agrees with the list and names the first thing that left an article out."""

import json
from collections import Counter
from datetime import UTC, datetime

import pytest

from recommender import Article, Recommender
from recommender.errors import ArticleNotFoundError, OptionError

NOW = datetime(2026, 7, 1, tzinfo=UTC)
NEWS = [
    Article(id="a", title="Ferry refit", section="News", published_at="2026-03-01"),
    Article(id="b", title="Ferry refit late", section="News", published_at="2026-02-01"),
    Article(id="c", title="Ferry refit late again", tags=["Ferries"], published_at="2026-06-01"),
    Article(id="d", title="Ferry", author="Crane", language="en"),
    Article(id="e", title="Owl", section="Owls", published_at="2026-06-30"),
    Article(id="f", title="Ferry to be sold", published_at="2027-01-01"),
]
MODEL = Recommender.fit(NEWS)


def why(other, article_id="a", **options):
    return MODEL.why(article_id, other, now=NOW, **options)


def steps_of(why):
    return [(step.step, step.before, step.after) for step in why.steps]


OPTIONS = [
    {},
    {"limit": 50},
    {"limit": 1},
    {"diversity": 0.9},
    {"half_life_days": 5},
    {"half_life_days": 5, "diversity": 0.7, "direction": "past", "min_score": 0.001},
    {"tag": ["wolves"], "limit": 3},
    {"min_score": 0.2},
    {"fallback": "latest", "min_score": 0.3},
]


@pytest.mark.parametrize("options", OPTIONS, ids=str)
def test_why_agrees_with_the_list_on_ranks_and_scores(model, options):
    for key in list(model.articles.ids)[::13]:
        items = {item.article.id: item for item in model.recommend(key, now=NOW, **options)}
        for other in model.articles.ids:
            pair = model.why(key, other, now=NOW, **options)
            assert (pair.rank is not None) == (other in items) == (pair.left_out_by is None)
            if other in items:
                assert pair.rank == items[other].rank
                if items[other].source == "similar":
                    assert pair.score == items[other].score
            if other != key:
                parts = pair.explanation.similarity + sum(pair.explanation.effects.values())
                assert parts == pytest.approx(pair.score, abs=1e-6)


@pytest.mark.parametrize("options", OPTIONS, ids=str)
def test_why_counts_the_same_causes_as_a_shortfall(options):
    shortfall = MODEL.recommend("a", now=NOW, **options).shortfall
    left_out = [why(other, **options).left_out_by for other in "bcde"]
    causes = Counter(each.code for each in left_out if each)
    if shortfall and options.get("min_score"):
        # A search that stops at the minimum score counts unrelated articles with those below it.
        assert causes.total() == sum(shortfall.reasons.values())
    elif shortfall:
        assert causes == shortfall.reasons


@pytest.mark.parametrize(
    ("other", "options", "code", "detail"),
    [
        ("a", {}, "same_article", "an article is never in its own list"),
        ("e", {}, "unrelated", "the two share no term"),
        ("e", {"section": ["News"]}, "other_section", "its section is Owls"),
        ("d", {"section": ["News"]}, "other_section", "it has no section"),
        ("c", {"tag": ["Owls"]}, "other_tag", "its tags are Ferries"),
        ("b", {"tag": ["Owls"]}, "other_tag", "it has no tags"),
        ("d", {"author": ["Okoro"]}, "other_author", "its author is Crane"),
        ("d", {"language": ["pl"]}, "other_language", "its language is en"),
        ("b", {"exclude": ["b"], "section": ["Owls"]}, "excluded",
         "the option 'exclude' names it"),
        ("d", {"direction": "past"}, "undated", "it has no date"),
        ("c", {"published_before": "2026-06-01"}, "too_late",
         "it was published at 2026-06-01T00:00:00Z, not before published_before"),
        ("b", {"published_after": "2026-06-01"}, "too_early",
         "it was published at 2026-02-01T00:00:00Z, before published_after"),
        ("c", {"direction": "past"}, "not_past",
         "it was published at 2026-06-01T00:00:00Z, the article at 2026-03-01T00:00:00Z"),
        ("b", {"direction": "future"}, "not_future",
         "it was published at 2026-02-01T00:00:00Z, the article at 2026-03-01T00:00:00Z"),
        ("f", {}, "embargo", "it is not published before 2027-01-01T00:00:00Z"),
    ],
)  # fmt: skip
def test_first_cause_is_named_by_code_and_in_words(other, options, code, detail):
    pair = why(other, **options)
    assert (pair.rank, pair.left_out_by.code, pair.left_out_by.detail) == (None, code, detail)


def test_undated_article_has_no_articles_before_or_after_it():
    left_out = why("b", "d", direction="past").left_out_by
    assert (left_out.code, left_out.detail) == ("not_past", "the article has no date")


def test_score_below_the_minimum_is_named():
    pair = why("d", min_score=0.9)
    assert pair.left_out_by.code == "below_min_score"
    assert pair.left_out_by.detail == f"its score, {pair.score:.6g}, is below 0.9"


def test_article_past_the_limit_has_its_rank_in_the_steps():
    last = MODEL.recommend("a", now=NOW)[2].article.id
    pair = why(last, limit=2)
    assert pair.left_out_by.code == "limit"
    assert pair.left_out_by.detail == f"its score, {pair.score:.6g}, is not among the best 2"
    assert steps_of(pair) == [("candidates", None, 3), ("near_duplicates", 3, 3)]


def test_steps_have_the_rank_before_and_after_each():
    assert steps_of(why("c", section=["News", "Owls"], diversity=0.5)) == [
        ("candidates", None, None),
        ("near_duplicates", None, None),
        ("diversity", None, None),
    ]
    assert steps_of(why("b", half_life_days=20, limit=1, min_score=1e-6, diversity=0.1)) == [
        ("candidates", None, 3),
        ("min_score", 3, 3),
        ("near_duplicates", 3, 3),
        ("diversity", 3, 3),
    ]


def test_article_left_out_by_diversity_says_so():
    twins = [Article(id=name, title="Ferry refit late") for name in "xyz"]
    model = Recommender.fit([*twins, Article(id="other", title="Ferry refit sold")])
    pair = model.why("x", "z", limit=2, diversity=0.9)
    assert pair.steps[-1].before == 2
    assert pair.left_out_by.code == "diversity"


def test_fallback_item_has_the_score_0_and_no_terms():
    pair = why("e", fallback="latest", limit=4)
    assert (pair.rank, pair.score, pair.explanation.terms) == (4, 0.0, ())
    assert steps_of(pair)[-1] == ("fallback", None, 4)


def test_why_as_json_has_the_keys_of_the_api():
    record = why("b", limit=1, half_life_days=5).to_record()
    assert json.loads(json.dumps(record)) == record
    assert record["article"] == {"id": "a", "title": "Ferry refit", "url": None}
    assert record["other"] == {"id": "b", "title": "Ferry refit late", "url": None}
    assert list(record) == [
        "article", "other", "listed", "rank", "similarity", "score", "explanation", "steps",
        "left_out_by",
    ]  # fmt: skip
    assert (record["listed"], record["rank"]) == (False, None)
    assert record["left_out_by"]["code"] == "limit"
    assert record["steps"][0] == {"step": "candidates", "before": None, "after": 3}
    assert why("b").to_record()["left_out_by"] is None


@pytest.mark.parametrize(("one", "other"), [("nobody", "a"), ("a", "nobody")])
def test_unknown_id_is_an_error_that_names_it(one, other):
    with pytest.raises(ArticleNotFoundError, match="'nobody'"):
        MODEL.why(one, other)


def test_wrong_option_is_an_error_that_names_it():
    with pytest.raises(OptionError, match="'limits'"):
        MODEL.why("a", "b", limits=3)
