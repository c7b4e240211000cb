"""Pinned articles come first in the lists they are pinned to, with the score of any other."""

from datetime import UTC, datetime, timedelta

import pytest

from recommender import Article, Recommender, Rules

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)


def pin(show, **where):
    return {"pins": [{"show": show, **(where or {"articles": ["a"]})}]}


def test_pins_come_first_in_their_order_and_the_rest_as_before(ids_under):
    assert ids_under(pin(["e", "c"]), "a") == ["e", "c", "b", "d", "f"]
    assert ids_under(pin(["e", "c"]), "b") == ids_under({}, "b")


def test_pin_changes_the_rank_and_never_the_score(harbour, under):
    plain = {item.article.id: item for item in harbour.recommend("a", explain=True)}
    for item in under(pin(["e"])).recommend("a", explain=True):
        before = plain[item.article.id]
        assert (item.score, item.reason) == (before.score, before.reason)
        assert item.explanation == before.explanation
        assert item.source == ("pinned" if item.article.id == "e" else "similar")


def test_unrelated_pin_has_the_score_0_and_the_editors_as_its_reason(under):
    listing = under(pin(["owl"])).recommend("a", limit=2, explain=True)
    assert [item.article.id for item in listing] == ["owl", "b"]
    assert (listing[0].rank, listing[0].score, listing[0].source) == (1, 0, "pinned")
    assert listing[0].reason == "Picked by the editors"
    assert listing[0].explanation.terms == ()


def test_pin_beyond_the_candidates_has_the_score_of_the_search(model):
    # Without a list of their own the pins have no candidates to take their scores from.
    news = [key for key in model.articles.ids if article_of(model, key).section == "News"]
    rules = pin(list(model.articles.ids), sections=["News"]) | {"no_list": {"sections": ["News"]}}
    ruled = model.with_rules(Rules.model_validate(rules))
    for key in news:
        scores = {item.article.id: item.score for item in model.recommend(key, limit=50)}
        listing = ruled.recommend(key, limit=50)
        assert len(listing) == 50
        assert len([item for item in listing if item.article.id in scores]) > 30
        for item in listing:
            if item.article.id in scores:
                assert item.score == pytest.approx(scores[item.article.id], abs=2e-6)


def article_of(model, key):
    return model.articles[model.articles.row(key)]


def test_pin_is_as_fresh_as_any_item(harbour, under):
    options = {"half_life_days": 10, "now": datetime(2027, 1, 11, tzinfo=UTC), "explain": True}
    plain = {item.article.id: item for item in harbour.recommend("a", **options)}
    [item] = under(pin(["f"]) | {"no_list": {"articles": ["a"]}}).recommend("a", **options)
    assert item.score == pytest.approx(plain["f"].score, abs=2e-6)
    assert item.explanation.effects.keys() == plain["f"].explanation.effects.keys()


@pytest.mark.parametrize(
    ("where", "lists"),
    [
        ({"articles": ["a", "d"]}, {"a", "d"}),
        ({"sections": ["court "]}, {"c", "d"}),
        ({"tags": ["COURT cases"]}, {"c"}),
        ({"tags": ["Harbour"], "sections": ["Sport"], "articles": ["b"]}, {"a", "b", "e"}),
        ({"sections": ["Weather"]}, set()),
    ],
)
def test_pins_are_for_articles_tags_and_sections(ids_under, where, lists):
    rules = pin(["owl"], **where)
    assert {key for key in "abcdef" if "owl" in ids_under(rules, key)} == lists


def test_pins_of_the_article_precede_those_of_its_tags_and_sections(ids_under):
    rules = {
        "pins": [
            {"show": ["e", "b"], "sections": ["News"]},
            {"show": ["d", "c"], "tags": ["Harbour"]},
            {"show": ["owl", "d"], "articles": ["a"]},
        ]
    }
    assert ids_under(rules, "a") == ["owl", "d", "c", "e", "b"]


def test_article_is_never_pinned_to_itself(ids_under):
    rules = pin(["a", "b"], sections=["News"])
    assert ids_under(rules, "a")[0] == "b"
    assert ids_under(rules, "b")[0] == "a"
    assert "b" not in ids_under(rules, "b")


@pytest.mark.parametrize(
    ("until", "end"),
    [(NOON, NOON), ("2026-06-01", datetime(2026, 6, 2, tzinfo=UTC))],
    ids=["time", "whole day"],
)
def test_pin_ends_at_its_time_or_after_its_day(ids_under, until, end):
    rules = pin(["e"], articles=["a"], until=until)
    assert ids_under(rules, "a", now=end - SECOND)[0] == "e"
    assert ids_under(rules, "a", now=end)[0] == "b"
    assert ids_under(rules, "a")[0] == "e"


def test_pin_under_embargo_is_hidden_until_its_time(ids_under, causes_under):
    rules, opens = pin(["f"]), datetime(2027, 1, 1, tzinfo=UTC)
    assert "f" not in ids_under(rules, "a", now=opens - SECOND)
    assert ids_under(rules, "a", now=opens)[0] == "f"
    assert causes_under(rules, "a", now=opens - SECOND) == {"unrelated": 1}


def test_pin_that_does_not_pass_the_filters_is_not_shown(ids_under):
    assert ids_under(pin(["e", "c"]), "a", exclude=["e"]) == ["c", "b", "d", "f"]
    assert ids_under(pin(["e", "owl"]), "a", section=["Nature", "News"]) == ["owl", "b"]


def test_pin_of_an_unknown_article_is_ignored(ids_under):
    assert ids_under(pin(["gone", "c", "c"]), "a") == ["c", "b", "d", "e", "f"]


def test_more_pins_than_places_fill_the_list(ids_under):
    assert ids_under(pin(["e", "d", "owl"]), "a", limit=2) == ["e", "d"]


@pytest.mark.parametrize("options", [{"min_score": 0.2}, {"diversity": 0.9}])
def test_min_score_and_diversity_leave_pins_first(ids_under, options):
    assert ids_under(pin(["owl", "e"]), "a", **options)[:2] == ["owl", "e"]


def test_diversity_loses_no_candidate_after_pins(ids_under):
    listed = ids_under(pin(["owl", "e"]), "a", diversity=1, limit=6)
    assert sorted(listed) == ["b", "c", "d", "e", "f", "owl"]


@pytest.mark.parametrize("shown", ["e", "gone"])
def test_list_with_pins_may_change_with_articles_other_than_its_own(under, shown):
    assert not under(pin([shown])).recommend("a", limit=2).from_graph
    assert under(pin([shown])).recommend("b", limit=2).from_graph


def test_distinct_lists_share_no_pin(under):
    lists = dict(under(pin(["e"], sections=["News"])).batch(["a", "b"], distinct=True, limit=2))
    assert [item.article.id for item in lists["a"]] == ["e", "b"]
    assert [item.article.id for item in lists["b"]] == ["a", "c"]


def test_pins_hold_for_drafts_by_their_sections(under):
    draft = Article(id="new", title="Ferry amber birch", section="COURT")
    assert under(pin(["owl"], sections=["Court"])).recommend_for(draft)[0].article.id == "owl"


def test_why_says_at_which_step_an_article_was_pinned(under):
    why = under(pin(["e"])).why("a", "e")
    assert (why.rank, why.left_out_by) == (1, None)
    assert ("pins", 1) in [(step.step, step.after) for step in why.steps]


def test_pins_are_not_saved_with_a_model(under, tmp_path):
    under(pin(["e"])).save(tmp_path / "model")
    assert Recommender.load(tmp_path / "model").rules == Rules()
