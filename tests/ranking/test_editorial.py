"""Lists keep to the rules of editors, each of them both ways, and say so."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recommender import Article, Recommender, Rules
from recommender.ranking.editorial import matches

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)


def ferry(name, words, **fields):
    return Article(id=name, title=f"Ferry {words}", **fields)


@pytest.fixture(scope="module")
def harbour():
    """Every ferry is related to every other; nearest to 'a' are b, c, d, e, f in this order."""
    return Recommender.fit(
        [
            ferry("a", "amber birch copper dune ember", section="News", tags=["Harbour"]),
            ferry("b", "amber birch copper dune fjord", section="News"),
            ferry("c", "amber birch copper gravel", section="Court", tags=["Court  cases"]),
            ferry("d", "amber birch heron", section="Court"),
            ferry("e", "amber iris", section="Sport"),
            ferry("f", "jade", published_at="2027-01-01"),
            Article(id="owl", title="Owls", section="Nature"),
        ]
    )


def ids(model, article_id, rules, **options):
    listing = model.with_rules(Rules.model_validate(rules)).recommend(article_id, **options)
    return [item.article.id for item in listing]


def why(model, article_id, rules, **options):
    listing = model.with_rules(Rules.model_validate(rules)).recommend(article_id, **options)
    return listing.shortfall.reasons


def pin(show, **where):
    return {"pins": [{"show": show, **(where or {"articles": ["a"]})}]}


def test_without_rules_the_list_is_by_score(harbour):
    assert ids(harbour, "a", {}) == ["b", "c", "d", "e", "f"]
    assert harbour.rules == Rules()


def test_pins_come_first_in_their_order_and_the_rest_as_before(harbour):
    assert ids(harbour, "a", pin(["e", "c"])) == ["e", "c", "b", "d", "f"]
    assert ids(harbour, "b", pin(["e", "c"])) == ids(harbour, "b", {})


def test_a_pin_changes_the_rank_and_never_the_score(harbour):
    plain = {item.article.id: item for item in harbour.recommend("a", explain=True)}
    for item in harbour.with_rules(Rules.model_validate(pin(["e"]))).recommend("a", explain=True):
        before = plain[item.article.id]
        assert (item.score, item.reason) == (before.score, before.reason)
        assert item.explanation == before.explanation
        assert item.source == ("pinned" if item.article.id == "e" else "similar")


def test_an_unrelated_pin_has_the_score_0_and_says_who_chose_it(harbour):
    ruled = harbour.with_rules(Rules.model_validate(pin(["owl"])))
    listing = ruled.recommend("a", limit=2, explain=True)
    assert [item.article.id for item in listing] == ["owl", "b"]
    assert (listing[0].rank, listing[0].score, listing[0].source) == (1, 0, "pinned")
    assert listing[0].reason == "Picked by the editors"
    assert listing[0].explanation.terms == ()


def test_the_score_of_a_pin_beyond_the_candidates_is_that_of_the_search(model):
    rules = pin(list(model.articles.ids), sections=["News"])
    for key in model.articles.ids:
        if model.articles[model.articles.row(key)].section != "News":
            continue
        plain = {item.article.id: item.score for item in model.recommend(key, limit=50)}
        only = {"no_list": {"articles": [key]}}
        ruled = model.with_rules(Rules.model_validate(rules | only))
        listing = ruled.recommend(key, limit=50)
        assert len(listing) == 50
        for item in listing:
            if item.article.id in plain:
                assert item.score == pytest.approx(plain[item.article.id], abs=2e-6)


@pytest.mark.parametrize(
    ("where", "under"),
    [
        ({"articles": ["a", "d"]}, {"a", "d"}),
        ({"sections": ["court "]}, {"c", "d"}),
        ({"tags": ["COURT cases"]}, {"c"}),
        ({"tags": ["Harbour"], "sections": ["Sport"], "articles": ["b"]}, {"a", "b", "e"}),
        ({"sections": ["Weather"]}, set()),
    ],
)
def test_a_pin_holds_for_articles_tags_and_sections(harbour, where, under):
    rules = pin(["owl"], **where)
    shown = {key for key in "abcdef" if "owl" in ids(harbour, key, rules)}
    assert shown == under


def test_an_articles_own_pins_stand_before_its_tags_and_those_before_its_sections(harbour):
    rules = {
        "pins": [
            {"show": ["e", "b"], "sections": ["News"]},
            {"show": ["d", "c"], "tags": ["Harbour"]},
            {"show": ["owl", "d"], "articles": ["a"]},
        ]
    }
    assert ids(harbour, "a", rules) == ["owl", "d", "c", "e", "b"]


def test_an_article_is_never_pinned_to_itself(harbour):
    rules = pin(["a", "b"], sections=["News"])
    assert ids(harbour, "a", rules)[0] == "b"
    assert ids(harbour, "b", rules)[0] == "a"
    assert "b" not in ids(harbour, "b", rules)


def test_a_pin_ends_at_the_second_it_says(harbour):
    rules = pin(["e"], articles=["a"], until=NOON)
    assert ids(harbour, "a", rules, now=NOON - SECOND)[0] == "e"
    assert ids(harbour, "a", rules, now=NOON)[0] == "b"
    assert ids(harbour, "a", rules)[0] == "e"


def test_a_pin_that_ends_with_a_day_holds_through_it(harbour):
    rules = pin(["e"], articles=["a"], until="2026-06-01")
    midnight = datetime(2026, 6, 2, tzinfo=UTC)
    assert ids(harbour, "a", rules, now=midnight - SECOND)[0] == "e"
    assert ids(harbour, "a", rules, now=midnight)[0] == "b"


def test_a_pin_under_embargo_is_not_shown_until_its_time(harbour):
    rules, opens = pin(["f"]), datetime(2027, 1, 1, tzinfo=UTC)
    assert "f" not in ids(harbour, "a", rules, now=opens - SECOND)
    assert ids(harbour, "a", rules, now=opens)[0] == "f"
    assert why(harbour, "a", rules, now=opens - SECOND) == {"unrelated": 1}


def test_an_excluded_pin_is_not_shown(harbour):
    assert ids(harbour, "a", pin(["e", "c"]), exclude=["e"]) == ["c", "b", "d", "f"]


def test_a_pin_that_the_model_does_not_hold_is_passed_over(harbour):
    assert ids(harbour, "a", pin(["gone", "c", "c"])) == ["c", "b", "d", "e", "f"]


def test_a_list_that_pins_are_for_does_not_hang_on_its_own_articles_alone(harbour):
    def hangs(rules, article_id):
        ruled = harbour.with_rules(Rules.model_validate(rules))
        return not ruled.recommend(article_id, limit=2).from_graph

    for shown in ("e", "gone"):
        assert hangs(pin([shown]), "a")
        assert not hangs(pin([shown]), "b")
    assert not hangs({"banned": {"articles": ["e"]}}, "a")


def test_more_pins_than_places_fill_the_list(harbour):
    assert ids(harbour, "a", pin(["e", "d", "owl"]), limit=2) == ["e", "d"]


def test_a_banned_article_is_in_no_list_but_has_its_own(harbour):
    rules = {"banned": {"articles": ["b"], "tags": ["court cases"]}}
    assert ids(harbour, "a", rules) == ["d", "e", "f"]
    assert why(harbour, "a", rules) == {"banned": 2, "unrelated": 1}
    assert ids(harbour, "b", rules)[0] == "a"


def test_a_ban_beats_a_pin(harbour):
    assert ids(harbour, "a", pin(["b", "e"]) | {"banned": {"articles": ["b"]}})[0] == "e"


def test_what_is_never_listed_may_be_pinned_and_has_its_own_list(harbour):
    rules = {"never_listed": {"sections": ["Court"]}}
    assert ids(harbour, "a", rules) == ["b", "e", "f"]
    assert why(harbour, "a", rules) == {"never_listed": 2, "unrelated": 1}
    assert ids(harbour, "a", pin(["c"]) | rules) == ["c", "b", "e", "f"]
    assert ids(harbour, "c", rules)[0] == "b"


def test_where_there_is_no_automatic_list_only_pins_appear_and_the_shortfall_says_so(harbour):
    rules = {"no_list": {"sections": ["Court"], "tags": ["harbour"]}}
    assert ids(harbour, "a", rules) == []
    assert why(harbour, "a", rules) == {"no_list": 6}
    assert ids(harbour, "c", pin(["owl"], articles=["c"]) | rules) == ["owl"]
    assert why(harbour, "c", pin(["owl"], articles=["c"]) | rules) == {"no_list": 5}
    assert "c" in ids(harbour, "b", rules)


def test_articles_kept_apart_are_not_under_each_other(harbour):
    rules = {"apart": [{"articles": ["a", "b"]}]}
    assert ids(harbour, "a", rules) == ["c", "d", "e", "f"]
    assert "a" not in ids(harbour, "b", rules)
    assert why(harbour, "a", rules) == {"apart": 1, "unrelated": 1}


def test_articles_kept_apart_are_not_in_one_list_and_the_first_stays(harbour):
    rules = {"apart": [{"articles": ["b", "d"]}, {"articles": ["d", "e"]}]}
    assert ids(harbour, "a", rules) == ["b", "c", "e", "f"]
    assert ids(harbour, "a", pin(["d"]) | rules) == ["d", "c", "f"]


def test_the_shortfall_counts_both_ways_of_keeping_apart(harbour):
    rules = {"apart": [{"articles": ["a", "b"]}, {"articles": ["c", "d"]}]}
    assert why(harbour, "a", rules) == {"apart": 2, "unrelated": 1}


def test_of_a_group_kept_apart_one_is_listed(harbour):
    rules = {"apart": [{"articles": ["b", "c", "d", "gone"]}]}
    assert ids(harbour, "a", rules) == ["b", "e", "f"]


def test_a_pin_gives_way_to_what_keeps_apart(harbour):
    assert "c" not in ids(harbour, "a", pin(["c"]) | {"apart": [{"articles": ["a", "c"]}]})


def test_other_rules_are_other_models_and_change_nothing_in_the_first(harbour):
    ruled = harbour.with_rules(Rules.model_validate({"banned": {"articles": ["b"]}}))
    again = ruled.with_rules(Rules())
    assert ruled.recommend("a")[0].article.id == "c"
    assert again.recommend("a") == harbour.recommend("a")


def test_rules_are_no_part_of_a_saved_model(harbour, tmp_path):
    harbour.with_rules(Rules.model_validate(pin(["e"]))).save(tmp_path / "model")
    assert Recommender.load(tmp_path / "model").rules == Rules()


def test_lists_are_filled_up_past_what_the_rules_keep_out():
    articles = [ferry(f"a{number}", f"word{number}") for number in range(150)]
    model = Recommender.fit(articles)
    plain = ids(model, "a0", {}, limit=50)
    assert len(plain) == 50
    rules = {"banned": {"articles": plain}}
    assert len(ids(model, "a0", rules, limit=50)) == 50


def test_a_pin_passes_the_filters_of_the_list_or_is_not_shown(harbour):
    assert ids(harbour, "a", pin(["e", "owl"]), section=["Nature", "News"]) == ["owl", "b"]


def test_the_least_score_and_variety_leave_pins_where_they_are(harbour):
    rules = pin(["owl", "e"])
    assert ids(harbour, "a", rules, min_score=0.2)[:2] == ["owl", "e"]
    assert ids(harbour, "a", rules, diversity=0.9)[:2] == ["owl", "e"]
    assert sorted(ids(harbour, "a", rules, diversity=1, limit=6)) == [
        "b",
        "c",
        "d",
        "e",
        "f",
        "owl",
    ]


def test_a_fallback_keeps_to_the_rules(harbour):
    now = datetime(2027, 6, 1, tzinfo=UTC)
    asked = {"fallback": "latest", "section": ["Nature", "Weather"], "now": now}
    dated = Recommender.fit(
        [
            ferry("a", "amber", section="News"),
            Article(id="owl", title="Owls", section="Nature", published_at="2026-01-01"),
            Article(id="hail", title="Hail", section="Weather", published_at="2026-01-02"),
        ]
    )
    assert ids(dated, "a", {}, **asked) == ["hail", "owl"]
    assert ids(dated, "a", {"never_listed": {"sections": ["weather"]}}, **asked) == ["owl"]
    assert ids(dated, "a", {"apart": [{"articles": ["owl", "hail"]}]}, **asked) == ["hail"]
    assert ids(dated, "a", {"no_list": {"articles": ["a"]}}, **asked) == []
    assert ids(dated, "a", pin(["owl"]), **asked) == ["owl", "hail"]


def test_a_pin_is_as_fresh_as_it_is(harbour):
    asked = {"half_life_days": 10, "now": datetime(2027, 1, 11, tzinfo=UTC), "explain": True}
    plain = {item.article.id: item for item in harbour.recommend("a", **asked)}
    ruled = harbour.with_rules(Rules.model_validate(pin(["f"]) | {"no_list": {"articles": ["a"]}}))
    [item] = ruled.recommend("a", **asked)
    assert item.score == pytest.approx(plain["f"].score, abs=2e-6)
    assert item.explanation.effects.keys() == plain["f"].explanation.effects.keys()


def test_the_boxes_of_a_page_share_no_pin(harbour):
    ruled = harbour.with_rules(Rules.model_validate(pin(["e"], sections=["News"])))
    boxes = dict(ruled.batch(["a", "b"], distinct=True, limit=2))
    assert [item.article.id for item in boxes["a"]] == ["e", "b"]
    assert [item.article.id for item in boxes["b"]] == ["a", "c"]


def test_rules_hold_for_drafts_by_their_tags_and_sections(harbour):
    rules = pin(["owl"], sections=["Court"]) | {
        "banned": {"articles": ["b"]},
        "no_list": {"tags": ["harbour"]},
    }
    ruled = harbour.with_rules(Rules.model_validate(rules))
    listing = ruled.recommend_for(ferry("new", "amber birch", section="COURT"))
    assert listing[0].article.id == "owl"
    assert "b" not in [item.article.id for item in listing]
    assert len(ruled.recommend_for(ferry("new", "amber birch", tags=["Harbour"]))) == 0
    assert "b" not in [item.article.id for item in ruled.recommend_for(like=["a"])]


@pytest.mark.parametrize(
    ("rules", "code"),
    [
        ({"banned": {"articles": ["b"]}}, "banned"),
        ({"never_listed": {"sections": ["news"]}}, "never_listed"),
        ({"no_list": {"articles": ["a"]}}, "no_list"),
        ({"apart": [{"articles": ["a", "b"]}]}, "apart"),
        ({"apart": [{"articles": ["c", "b"]}]} | pin(["c"]), "apart"),
        (pin(["c", "d"]), "pins"),
    ],
)
def test_why_not_names_the_rule_that_kept_an_article_out(harbour, rules, code):
    found = harbour.with_rules(Rules.model_validate(rules)).why("a", "b", limit=2)
    assert (found.rank, found.left_out_by.code) == (None, code)
    assert found.left_out_by.detail


def test_why_tells_that_a_pin_moved_an_article(harbour):
    found = harbour.with_rules(Rules.model_validate(pin(["e"]))).why("a", "e")
    assert (found.rank, found.left_out_by) == (1, None)
    assert ("pins", 1) in [(each.step, each.after) for each in found.steps]


WORDS = st.lists(st.sampled_from(["ferry", "dock", "owl", "mahler"]), min_size=1, max_size=4)
ARCHIVE = st.lists(
    st.tuples(WORDS, st.sampled_from([None, "News", "Court"]), st.sampled_from(["x", "y", ""])),
    min_size=1,
    max_size=9,
)
IDS = st.lists(st.integers(0, 9).map(str), max_size=4)
SCOPE = st.fixed_dictionaries(
    {
        "articles": IDS,
        "tags": st.lists(st.sampled_from(["X", "y"]), max_size=1),
        "sections": st.lists(st.sampled_from(["news", "Court"]), max_size=1),
    }
)
PINS = st.builds(
    lambda show, scope: {"show": show or ["0"], **scope, "articles": [*scope["articles"], "1"]},
    IDS,
    SCOPE,
)
RULES = st.fixed_dictionaries(
    {
        "pins": st.lists(PINS, max_size=3),
        "apart": st.lists(IDS.map(lambda some: {"articles": [*some, "0", "2"]}), max_size=2),
        "banned": SCOPE,
        "never_listed": SCOPE,
        "no_list": SCOPE,
    }
)


def holds(scope, article):
    return (
        article.id in scope["articles"]
        or any(tag.lower() in article.tags for tag in scope["tags"])
        or (article.section or "-").lower() in [name.lower() for name in scope["sections"]]
    )


OPTIONS = st.fixed_dictionaries(
    {},
    optional={
        "diversity": st.just(0.5),
        "min_score": st.just(0.3),
        "fallback": st.just("latest"),
        "half_life_days": st.just(9),
        "exclude": st.just(["3"]),
        "section": st.just(["News"]),
    },
)


@given(ARCHIVE, RULES, st.integers(1, 10), OPTIONS)
def test_no_rule_is_ever_broken_whatever_is_asked(archive, rules, limit, options):
    articles = {
        str(number): Article(
            id=str(number),
            title=" ".join(words),
            section=section,
            tags=[tag],
            published_at=NOON - number * SECOND if number % 3 else None,
        )
        for number, (words, section, tag) in enumerate(archive)
    }
    model = Recommender.fit(articles.values()).with_rules(Rules.model_validate(rules))
    for key, article in articles.items():
        listing = model.recommend(key, limit=limit, now=NOON, **options)
        listed = [item.article.id for item in listing]
        assert len(set(listed)) == len(listed) <= limit
        assert key not in listed
        for item in listing:
            other = articles[item.article.id]
            pinned = [p for p in rules["pins"] if other.id in p["show"] and holds(p, article)]
            assert not holds(rules["banned"], other)
            assert (item.source == "pinned") == bool(pinned)
            assert other.id not in options.get("exclude", ())
            assert not options.get("section") or other.section == "News"
            if not pinned:
                assert item.score > 0 or item.source == "fallback"
                assert not holds(rules["never_listed"], other)
                assert not holds(rules["no_list"], article)
        for group in rules["apart"]:
            assert len({key, *listed} & set(group["articles"])) <= 1
        if listing.shortfall:
            left = sum(listing.shortfall.reasons.values())
            assert left + len(listing) == len(articles) - 1


def test_a_match_tells_how_many_articles_a_rule_is_for_and_what_is_nobodys(harbour):
    rules = Rules.model_validate(
        {
            "pins": [{"show": ["owl", "gone"], "sections": ["NEWS", "Nwes"], "articles": ["e"]}],
            "apart": [{"articles": ["a", "gone"]}],
            "never_listed": {"tags": ["Court Cases", "Obituraies"], "sections": ["Court"]},
        }
    )
    assert matches(rules, harbour.articles) == [
        {
            "rule": "pins",
            "says": {"articles": ["e"], "sections": ["NEWS", "Nwes"], "show": ["owl", "gone"]},
            "articles": 3,
            "unknown": ["Nwes", "gone"],
        },
        {
            "rule": "apart",
            "says": {"articles": ["a", "gone"]},
            "articles": 1,
            "unknown": ["gone"],
        },
        {
            "rule": "never_listed",
            "says": {"tags": ["Court Cases", "Obituraies"], "sections": ["Court"]},
            "articles": 2,
            "unknown": ["Obituraies"],
        },
    ]


def test_what_is_ranked_for_evaluation_keeps_to_the_rules_too(harbour):
    ruled = harbour.with_rules(Rules.model_validate({"banned": {"articles": ["b"]}}))
    assert ruled.ranked("a", 2) == ["c", "d"]


def test_candidates_of_a_list_without_pins_are_left_as_they_are(harbour):
    rows = [harbour.articles.row(item.article.id) for item in harbour.recommend("a")]
    assert rows == np.array(harbour.index.neighbours[harbour.articles.row("a")])[:5].tolist()
