"""Filters act before the search: what passes is never starved by what does not."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.references import all_scores, assert_best

from recommender import Article, Recommender
from recommender.errors import OptionError
from recommender.ranking.filters import freshness
from recommender.articles.times import UNDATED, microseconds

WORDS = [f"{head}{tail}" for head in "bdfgkl" for tail in ("ane", "orn", "ilt", "ush")]
BEGIN = datetime(2026, 1, 1, tzinfo=UTC)
NOW = BEGIN + timedelta(days=150)
SECTIONS, TAGS, AUTHORS = ("News", "Sport", None), ("Ferries", "Wolves", "Snow"), ("Crane", "Okoro")
LANGUAGES = (None, "en", "en-GB", "pt-BR")


def invented(n=180, seed=1):
    """Articles of a few made-up words each, so that most are related to most; some undated."""
    random = np.random.default_rng(seed)
    return [
        Article(
            id=f"a{row}",
            title=" ".join(random.choice(WORDS, 3)),
            body=" ".join(random.choice(WORDS, 12)),
            published_at=BEGIN + timedelta(days=int(random.integers(180))) if row % 7 else None,
            section=SECTIONS[row % 3],
            tags=[tag for tag in TAGS if random.random() < 0.4],
            author=AUTHORS[row % 2],
            language=LANGUAGES[row % 4],
        )
        for row in range(n)
    ]


NEWS = invented()
MODEL = Recommender.fit(NEWS)
SCORES = all_scores(MODEL.index.vectors, MODEL.index.times)
PUBLISHED = MODEL.articles.published


def ids(listing):
    return [item.article.id for item in listing]


def passes(row, other, now, options):
    """Whether one article may be in another's list, said once more in plain words."""
    article, date = NEWS[other], NEWS[other].published_at
    asked = NEWS[row].published_at

    def has(facet, values):
        return not options.get(facet) or bool(set(options[facet]) & values)

    language = (article.language or "").lower()
    direction = options.get("direction", "any")
    timely = [
        date >= options["published_after"] if "published_after" in options and date else True,
        date < options["published_before"] if "published_before" in options and date else True,
        direction == "any" or (bool(asked and date) and (date <= asked) == (direction == "past")),
    ]
    needs_date = {"published_after", "published_before"} & options.keys() or direction != "any"
    return (
        other != row
        and (date is None or date <= now)
        and article.id not in options.get("exclude", ())
        and has("section", {article.section})
        and has("tag", set(article.tags))
        and has("author", {article.author})
        and has("language", {language, language.split("-")[0]})
        and (bool(date) or not needs_date)
        and all(timely)
    )


def some(values):
    return st.lists(st.sampled_from([*values, "nobody"]), min_size=1, max_size=2, unique=True)


DATES = st.integers(-10, 190).map(lambda day: BEGIN + timedelta(days=day))
OPTIONS = st.fixed_dictionaries(
    {"limit": st.integers(1, 50)},
    optional={
        "section": some(["News", "Sport"]),
        "tag": some(TAGS),
        "author": some(AUTHORS),
        "language": some(["en", "en-gb", "pt"]),
        "published_after": DATES,
        "published_before": DATES,
        "direction": st.sampled_from(["any", "past", "future"]),
        "exclude": st.lists(st.sampled_from([article.id for article in NEWS]), max_size=90),
        "half_life_days": st.sampled_from([0.01, 3, 30, 1e6]),
        "min_score": st.sampled_from([0, 0.05, 0.3]),
    },
)


@given(st.integers(0, len(NEWS) - 1), OPTIONS)
def test_a_list_is_the_best_of_all_that_pass_and_a_short_one_accounts_for_all(row, options):
    listing = MODEL.recommend(f"a{row}", now=NOW, **options)
    passing = [passes(row, other, NOW, options) for other in range(len(NEWS))]
    wanted = SCORES[row] * passing
    if half_life := options.get("half_life_days"):
        dated = PUBLISHED[PUBLISHED != UNDATED]
        usual = int(np.median(dated))
        wanted *= freshness(PUBLISHED, microseconds(NOW), half_life, usual)
    wanted[np.round(wanted, 6) < options.get("min_score", 0)] = 0
    rows = [MODEL.articles.row(key) for key in ids(listing)]
    scores = [item.score for item in listing]
    order = sorted(range(len(rows)), key=lambda at: (-scores[at], rows[at]))  # rounding makes ties
    limit = options["limit"]
    assert_best([rows[at] for at in order], [scores[at] for at in order], wanted, limit, 3e-6)
    if len(listing) == limit:
        assert listing.shortfall is None
    else:
        told = sum(date is None or date <= NOW for date in (a.published_at for a in NEWS))
        own = NEWS[row].published_at is None or NEWS[row].published_at <= NOW
        assert len(listing) + sum(listing.shortfall.reasons.values()) == told - own
        assert all(listing.shortfall.reasons.values())


def test_a_filter_that_few_of_many_pass_returns_those_few():
    many = [Article(id=str(row), title="Ferry late") for row in range(5_000)]
    rare = [
        Article(id=f"rare{row}", title="A ferry and quite some other things", tags=["Rare"])
        for row in range(6)
    ]
    listing = Recommender.fit([*many, *rare]).recommend("0", limit=50, tag=["rare"])
    assert sorted(ids(listing)) == [f"rare{row}" for row in range(6)]
    assert listing.shortfall.reasons == {"other_tag": 4_999}


@pytest.mark.parametrize(
    ("options", "reasons"),
    [
        ({"section": ["Nowhere"]}, {"other_section": 4}),
        ({"author": ["Crane"], "section": ["News"]}, {"other_section": 2, "other_author": 1}),
        ({"language": ["en"]}, {"other_language": 3}),
        ({"published_after": "2026-01-02"}, {"undated": 1, "too_early": 1}),
        ({"published_before": "2026-01-02"}, {"undated": 1, "too_late": 2}),
        ({"direction": "past"}, {"undated": 1, "not_past": 1}),
        ({"direction": "future"}, {"undated": 1, "not_future": 2}),
        ({"min_score": 1}, {"below_min_score": 4}),
        ({"exclude": ["b", "c", "nobody"]}, {"excluded": 2}),
    ],
)
def test_reasons_count_each_article_under_the_first_thing_that_kept_it_out(options, reasons):
    model = Recommender.fit(
        [
            Article(id="a", title="Ferry", published_at="2026-01-02", section="News"),
            Article(id="b", title="Ferry late", published_at="2026-01-01", section="News"),
            Article(id="c", title="Ferry sold", published_at="2026-01-02", author="Crane"),
            Article(id="d", title="Ferry lost", published_at="2026-01-03", section="news ",
                    author="crane", language="en"),
            Article(id="e", title="Ferry old"),
        ]
    )  # fmt: skip
    assert model.recommend("a", **options).shortfall.reasons == reasons


def test_past_and_future_part_what_is_dated():
    for row in (1, 2, 33):
        options = {"limit": 50, "section": ["News"]}
        both = [MODEL.recommend(f"a{row}", direction=to, **options) for to in ("past", "future")]
        past, future = (set(ids(listing)) for listing in both)
        assert not past & future
        dated = {article.id for article in NEWS if article.published_at}
        assert past | future == set(ids(MODEL.recommend(f"a{row}", **options))) & dated or (
            len(past) + len(future) >= 50
        )


def test_nothing_is_before_or_after_an_article_without_a_date():
    assert NEWS[0].published_at is None
    for direction in ("past", "future"):
        assert len(MODEL.recommend("a0", direction=direction)) == 0


def test_an_old_article_never_gains_from_freshness():
    for row in range(0, len(NEWS), 9):
        plain = {i.article.id: i.score for i in MODEL.recommend(f"a{row}", limit=50, now=NOW)}
        for half_life in (0.01, 10, 1e6):
            fresh = MODEL.recommend(f"a{row}", limit=50, now=NOW, half_life_days=half_life)
            assert all(0 < i.score <= plain.get(i.article.id, 1) for i in fresh)


def test_freshness_is_an_effect_and_the_explanation_adds_up():
    for row in range(0, len(NEWS), 9):
        listing = MODEL.recommend(f"a{row}", now=NOW, half_life_days=20, explain=True)
        for item in listing:
            why = item.explanation
            plain = MODEL.why(f"a{row}", item.article.id, now=NOW)
            assert why.effects["freshness"] == pytest.approx(item.score - plain.score, abs=2e-6)
            nearness = plain.explanation.effects.get("nearness", 0)
            assert why.effects.get("nearness", 0) == pytest.approx(nearness, abs=2e-6)
            assert why.similarity + sum(why.effects.values()) == pytest.approx(item.score, abs=1e-9)
            terms = sum(term.contribution for term in why.terms) + why.rest
            assert terms == pytest.approx(why.similarity, abs=1e-9)
    plain = MODEL.recommend("a1", now=NOW, explain=True)
    assert all("freshness" not in item.explanation.effects for item in plain)


def test_ages_need_a_now_to_be_counted_from():
    with pytest.raises(OptionError, match="'half_life_days'"):
        MODEL.recommend("a1", half_life_days=3)


@pytest.mark.parametrize(
    "options", [{"diversity": 0}, {"min_score": 0}, {"fallback": "latest"}, {"direction": "any"}]
)
def test_an_option_that_is_as_good_as_none_gives_the_plain_list(options):
    assert MODEL.recommend("a1", now=NOW, **options) == MODEL.recommend("a1", now=NOW)


@pytest.mark.parametrize("n", [5, 50, 200])
def test_small_archives_give_lists_with_every_option(n):
    model = Recommender.fit(invented(n, seed=3))
    for options in ({}, {"half_life_days": 1}, {"diversity": 1}, {"direction": "past"}):
        lists = [model.recommend(f"a{row}", now=NOW, **options) for row in range(n)]
        assert sum(map(len, lists)) >= (n if "direction" in options else 3 * n)


def test_a_short_list_is_filled_only_when_asked_and_says_with_what():
    model = Recommender.fit(
        [
            Article(id="a", title="Ferry", section="News"),
            Article(id="b", title="Ferry late", section="News"),
            Article(id="c", title="Owl", section="News", published_at="2026-01-01"),
            Article(id="d", title="Hen", section="Farm", published_at="2026-01-02"),
            Article(id="e", title="Fox", section="News"),
            Article(id="f", title="Elk", section="News", published_at="2027-01-01"),
        ]
    )

    def told(**options):
        listing = model.recommend("a", now=NOW, **options)
        items = [(item.article.id, item.source, item.reason) for item in listing]
        return items, listing.shortfall and listing.shortfall.reasons

    similar = ("b", "similar", "Both about Ferry")
    assert told() == ([similar], {"unrelated": 3})
    from_section = ("c", "fallback", "Latest in News")
    assert told(fallback="section") == ([similar, from_section], {"unrelated": 2})
    latest = [("d", "fallback", "Latest"), ("c", "fallback", "Latest")]
    assert told(fallback="latest") == ([similar, *latest], {"unrelated": 1})
    assert told(fallback="latest", limit=3) == ([similar, *latest], None)
    assert told(fallback="latest", min_score=1, exclude=["c"]) == (
        [("d", "fallback", "Latest")],
        {"excluded": 1, "below_min_score": 2},
    )
    scores = [item.score for item in model.recommend("a", fallback="latest", explain=True)]
    assert scores[0] > 0 == max(scores[1:])
