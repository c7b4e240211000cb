"""Lists follow the rules of editors, and shortfalls and 'why' name the rule."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recommender import Article, Recommender, Rules
from recommender.ranking.editorial import matches

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)
PIN_C = {"pins": [{"show": ["c"], "articles": ["a"]}]}


def test_list_without_rules_is_by_score(harbour, ids_under):
    assert ids_under({}, "a") == ["b", "c", "d", "e", "f"]
    assert harbour.rules == Rules()
    stored = harbour.index.neighbours[harbour.articles.row("a")][:5]
    assert [harbour.articles.ids[row] for row in stored] == ["b", "c", "d", "e", "f"]


def test_banned_article_is_in_no_list_and_has_its_own(ids_under, causes_under):
    rules = {"banned": {"articles": ["b"], "tags": ["court cases"]}}
    assert ids_under(rules, "a") == ["d", "e", "f"]
    assert causes_under(rules, "a") == {"banned": 2, "unrelated": 1}
    assert ids_under(rules, "b")[0] == "a"


def test_ban_beats_a_pin(ids_under):
    assert ids_under(PIN_C | {"banned": {"articles": ["c"]}}, "a") == ["b", "d", "e", "f"]


def test_never_listed_article_may_be_pinned_and_has_its_own_list(ids_under, causes_under):
    rules = {"never_listed": {"sections": ["Court"]}}
    assert ids_under(rules, "a") == ["b", "e", "f"]
    assert causes_under(rules, "a") == {"never_listed": 2, "unrelated": 1}
    assert ids_under(PIN_C | rules, "a") == ["c", "b", "e", "f"]
    assert ids_under(rules, "c")[0] == "b"


def test_article_without_automatic_list_shows_only_pins(ids_under, causes_under):
    rules = {"no_list": {"sections": ["Court"], "tags": ["harbour"]}}
    assert ids_under(rules, "a") == []
    assert causes_under(rules, "a") == {"no_list": 6}
    pinned = rules | {"pins": [{"show": ["owl"], "articles": ["c"]}]}
    assert ids_under(pinned, "c") == ["owl"]
    assert causes_under(pinned, "c") == {"no_list": 5}
    assert "c" in ids_under(rules, "b")


def test_articles_kept_apart_are_not_in_each_others_lists(ids_under, causes_under):
    rules = {"apart": [{"articles": ["a", "b"]}]}
    assert ids_under(rules, "a") == ["c", "d", "e", "f"]
    assert "a" not in ids_under(rules, "b")
    assert causes_under(rules, "a") == {"apart": 1, "unrelated": 1}


def test_of_articles_kept_apart_only_the_first_is_in_a_list(ids_under):
    assert ids_under({"apart": [{"articles": ["b", "c", "d", "gone"]}]}, "a") == ["b", "e", "f"]
    pairs = {"apart": [{"articles": ["b", "d"]}, {"articles": ["d", "e"]}]}
    assert ids_under(pairs, "a") == ["b", "c", "e", "f"]
    assert ids_under(pairs | {"pins": [{"show": ["d"], "articles": ["a"]}]}, "a") == ["d", "c", "f"]


def test_shortfall_counts_both_ways_of_keeping_apart(causes_under):
    rules = {"apart": [{"articles": ["a", "b"]}, {"articles": ["c", "d"]}]}
    assert causes_under(rules, "a") == {"apart": 2, "unrelated": 1}


def test_keeping_apart_beats_a_pin(ids_under):
    assert "c" not in ids_under(PIN_C | {"apart": [{"articles": ["a", "c"]}]}, "a")


def test_new_rules_replace_the_old_and_leave_other_models_unchanged(harbour, under):
    ruled = under({"banned": {"articles": ["b"]}})
    assert ruled.recommend("a")[0].article.id == "c"
    assert ruled.with_rules(Rules()).recommend("a") == harbour.recommend("a")
    assert harbour.rules == Rules()


def test_lists_are_filled_with_more_than_stored_neighbours_under_rules():
    model = Recommender.fit(Article(id=f"a{n}", title=f"Ferry word{n}") for n in range(150))
    stored = [item.article.id for item in model.recommend("a0", limit=50)]
    ruled = model.with_rules(Rules.model_validate({"banned": {"articles": stored}}))
    assert len(stored) == len(ruled.recommend("a0", limit=50)) == 50


@pytest.mark.parametrize(
    ("rules", "listed"),
    [
        ({}, ["hail", "owl"]),
        ({"never_listed": {"sections": ["weather"]}}, ["owl"]),
        ({"apart": [{"articles": ["owl", "hail"]}]}, ["hail"]),
        ({"no_list": {"articles": ["a"]}}, []),
        ({"pins": [{"show": ["owl"], "articles": ["a"]}]}, ["owl", "hail"]),
    ],
)
def test_fallback_follows_the_rules(rules, listed):
    model = Recommender.fit(
        [
            Article(id="a", title="Ferry", section="News"),
            Article(id="owl", title="Owls", section="Nature", published_at="2026-01-01"),
            Article(id="hail", title="Hail", section="Weather", published_at="2026-01-02"),
        ]
    )
    ruled = model.with_rules(Rules.model_validate(rules))
    listing = ruled.recommend("a", fallback="latest", section=["Nature", "Weather"], now=NOON)
    assert [item.article.id for item in listing] == listed


def test_rules_hold_for_drafts_and_mixes(under):
    ruled = under({"banned": {"articles": ["b"]}, "no_list": {"tags": ["harbour"]}})
    draft = Article(id="new", title="Ferry amber birch")
    tagged = draft.model_copy(update={"tags": ("Harbour",)})
    assert "b" not in [item.article.id for item in ruled.recommend_for(draft)]
    assert "b" not in [item.article.id for item in ruled.recommend_for(like=["a"])]
    assert len(ruled.recommend_for(tagged)) == 0


def test_rules_hold_for_the_lists_that_are_evaluated(under):
    assert under({"banned": {"articles": ["b"]}}).ranked("a", 2) == ["c", "d"]


@pytest.mark.parametrize(
    ("rules", "code"),
    [
        ({"banned": {"articles": ["b"]}}, "banned"),
        ({"never_listed": {"sections": ["news"]}}, "never_listed"),
        ({"no_list": {"articles": ["a"]}}, "no_list"),
        ({"apart": [{"articles": ["a", "b"]}]}, "apart"),
        ({"apart": [{"articles": ["c", "b"]}]} | PIN_C, "apart"),
        ({"pins": [{"show": ["c", "d"], "articles": ["a"]}]}, "pins"),
    ],
)
def test_why_names_the_rule_that_left_an_article_out(under, rules, code):
    why = under(rules).why("a", "b", limit=2)
    assert (why.rank, why.left_out_by.code) == (None, code)
    assert why.left_out_by.detail != code


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
        "apart": st.lists(IDS.map(lambda ids: {"articles": [*ids, "0", "2"]}), max_size=2),
        "banned": SCOPE,
        "never_listed": SCOPE,
        "no_list": SCOPE,
    }
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


def covers(scope, article):
    return (
        article.id in scope["articles"]
        or any(tag.lower() in article.tags for tag in scope["tags"])
        or (article.section or "-").lower() in [name.lower() for name in scope["sections"]]
    )


@given(ARCHIVE, RULES, st.integers(1, 10), OPTIONS)
def test_no_rule_is_ever_broken_whatever_the_options(archive, rules, limit, options):
    articles = {
        str(number): Article(
            id=str(number),
            title=" ".join(words),
            section=section,
            tags=[tag],
            published_at=NOON - timedelta(seconds=number) if number % 3 else None,
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
            pins = [pin for pin in rules["pins"] if covers(pin, article)]
            is_pinned = any(other.id in pin["show"] for pin in pins)
            assert not covers(rules["banned"], other)
            assert (item.source == "pinned") == is_pinned
            assert other.id not in options.get("exclude", ())
            assert not options.get("section") or other.section == "News"
            if not is_pinned:
                assert item.score > 0 or item.source == "fallback"
                assert not covers(rules["never_listed"], other)
                assert not covers(rules["no_list"], article)
        for group in rules["apart"]:
            assert len({key, *listed} & set(group["articles"])) <= 1
        if listing.shortfall:
            left_out = sum(listing.shortfall.reasons.values())
            assert left_out + len(listing) == len(articles) - 1


def test_matches_count_the_articles_of_each_rule_and_name_unknown_ones(harbour):
    rules = {
        "pins": [{"show": ["owl", "gone"], "sections": ["NEWS", "Nwes"], "articles": ["e"]}],
        "apart": [{"articles": ["a", "gone"]}],
        "never_listed": {"tags": ["Court Cases", "Obituraies"], "sections": ["Court"]},
    }
    [pins] = rules["pins"]
    [apart] = rules["apart"]
    assert matches(Rules.model_validate(rules), harbour.articles) == [
        {"rule": "pins", "says": pins, "articles": 3, "unknown": ["Nwes", "gone"]},
        {"rule": "apart", "says": apart, "articles": 1, "unknown": ["gone"]},
        {
            "rule": "never_listed",
            "says": rules["never_listed"],
            "articles": 2,
            "unknown": ["Obituraies"],
        },
    ]
