"""Why, and why not: it agrees with the list, and names the first thing that kept an article out."""

import json
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


@pytest.mark.parametrize("options", OPTIONS)
def test_it_agrees_with_the_list_on_who_is_in_it_where_and_with_what_score(model, options):
    for key in list(model.articles.ids)[::13]:
        listing = model.recommend(key, now=NOW, **options)
        listed = {item.article.id: item for item in listing}
        for other in model.articles.ids:
            told = model.why(key, other, now=NOW, **options)
            assert (told.rank is not None) == (other in listed) == (told.left_out_by is None)
            if other in listed:
                assert told.rank == listed[other].rank
                if listed[other].source == "similar":
                    assert told.score == listed[other].score
            parts = told.explanation.similarity + sum(told.explanation.effects.values())
            if told.left_out_by is None or told.left_out_by.code != "same_article":
                assert parts == pytest.approx(told.score, abs=1e-6)


@pytest.mark.parametrize("options", OPTIONS)
def test_what_keeps_articles_out_is_what_a_shortfall_counts(options):
    listing = MODEL.recommend("a", now=NOW, **options)
    counts = {}
    for other in "bcde":
        if out := why(other, **options).left_out_by:
            counts[out.code] = counts.get(out.code, 0) + 1
    if listing.shortfall:
        told = listing.shortfall.reasons
        if not options.get("min_score"):
            assert counts == told
        else:
            # In a list without a search to the end, the unrelated score too little as well.
            assert sum(counts.values()) == sum(told.values())


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
        ("b", {"exclude": ["b"], "section": ["Owls"]}, "excluded", "it was to be excluded"),
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
def test_the_first_thing_that_kept_an_article_out_is_named_in_words(other, options, code, detail):
    told = why(other, **options)
    assert (told.rank, told.left_out_by.code, told.left_out_by.detail) == (None, code, detail)


def test_an_article_without_a_date_has_nothing_before_or_after_it():
    told = why("b", "d", direction="past").left_out_by
    assert (told.code, told.detail) == ("not_past", "the article has no date")


def test_a_low_score_is_told():
    told = why("d", min_score=0.9)
    assert told.left_out_by.code == "below_min_score"
    assert told.left_out_by.detail == f"its score, {told.score:.6g}, is below 0.9"


def test_who_is_past_the_limit_is_told_its_rank():
    last = MODEL.recommend("a", now=NOW)[2].article.id
    told = why(last, limit=2)
    assert told.left_out_by.code == "limit"
    assert told.left_out_by.detail == f"its score, {told.score:.6g}, is not among the best 2"
    assert [(step.step, step.before, step.after) for step in told.steps] == [
        ("candidates", None, 3),
        ("near_duplicates", 3, 3),
    ]


def test_each_step_tells_the_rank_before_and_after_it():
    told = why("c", section=["News", "Owls"], diversity=0.5)
    assert [(s.step, s.before, s.after) for s in told.steps] == [
        ("candidates", None, None),
        ("near_duplicates", None, None),
        ("diversity", None, None),
    ]
    told = why("b", half_life_days=20, limit=1, min_score=1e-6, diversity=0.1)
    assert [(s.step, s.before, s.after) for s in told.steps] == [
        ("candidates", None, 3),
        ("min_score", 3, 3),
        ("near_duplicates", 3, 3),
        ("diversity", 3, 3),
    ]


def test_what_variety_pushes_out_is_told():
    twins = [Article(id=name, title="Ferry refit late") for name in "xyz"]
    model = Recommender.fit([*twins, Article(id="other", title="Ferry refit sold")])
    told = model.why("x", "z", limit=2, diversity=0.9)
    assert told.steps[-1].before == 2
    assert told.left_out_by.code == "diversity"


def test_what_only_fills_the_list_up_is_listed_without_likeness():
    told = why("e", fallback="latest", limit=4)
    assert (told.rank, told.score, told.explanation.terms) == (4, 0.0, ())
    assert (told.steps[-1].step, told.steps[-1].before, told.steps[-1].after) == (
        "fallback",
        None,
        4,
    )


def test_as_json_it_is_the_contracts():
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
def test_an_unknown_id_is_an_error_that_names_it(one, other):
    with pytest.raises(ArticleNotFoundError, match="'nobody'"):
        MODEL.why(one, other)


def test_a_wrong_option_is_an_error():
    with pytest.raises(OptionError, match="'limits'"):
        MODEL.why("a", "b", limits=3)
