"""Filters act before the search: articles that pass are never starved by others."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.references import all_scores, assert_best

from recommender import Article, Recommender
from recommender.articles.times import DAY, UNDATED, microseconds
from recommender.ranking.filters import freshness

WORDS = [f"{head}{tail}" for head in "bdfgkl" for tail in ("ane", "orn", "ilt", "ush")]
BEGIN = datetime(2026, 1, 1, tzinfo=UTC)
NOW = BEGIN + timedelta(days=150)
SECTIONS, TAGS, AUTHORS = ("News", "Sport", None), ("Ferries", "Wolves", "Snow"), ("Crane", "Okoro")
LANGUAGES = (None, "en", "en-GB", "pt-BR")


def invented(n, seed):
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


NEWS = invented(180, seed=1)
MODEL = Recommender.fit(NEWS)
SCORES = all_scores(MODEL.index.vectors, MODEL.index.times)
PUBLISHED = MODEL.articles.published


def ids(listing):
    return [item.article.id for item in listing]


def visible(article):
    return article.published_at is None or article.published_at <= NOW


def passes(article, other, options):
    """Whether ``other`` may be in the list of ``article``."""
    date, own, direction = other.published_at, article.published_at, options.get("direction", "any")

    def has(facet, values):
        return not options.get(facet) or bool(set(options[facet]) & values)

    def in_window():
        after, before = options.get("published_after"), options.get("published_before")
        if direction == "any" and after is None and before is None:
            return True
        if date is None or (direction != "any" and own is None):
            return False
        in_direction = direction == "any" or (date <= own) == (direction == "past")
        return in_direction and not (after and date < after) and not (before and date >= before)

    language = (other.language or "").lower()
    return (
        other.id != article.id
        and visible(other)
        and other.id not in options.get("exclude", ())
        and has("section", {other.section})
        and has("tag", set(other.tags))
        and has("author", {other.author})
        and has("language", {language, language.split("-")[0]})
        and in_window()
    )


def one_or_two(values):
    return st.lists(st.sampled_from([*values, "nobody"]), min_size=1, max_size=2, unique=True)


DATES = st.integers(-10, 190).map(lambda day: BEGIN + timedelta(days=day))
OPTIONS = st.fixed_dictionaries(
    {"limit": st.integers(1, 50)},
    optional={
        "section": one_or_two(["News", "Sport"]),
        "tag": one_or_two(TAGS),
        "author": one_or_two(AUTHORS),
        "language": one_or_two(["en", "en-gb", "pt"]),
        "published_after": DATES,
        "published_before": DATES,
        "direction": st.sampled_from(["any", "past", "future"]),
        "exclude": st.lists(st.sampled_from([article.id for article in NEWS]), max_size=90),
        "half_life_days": st.sampled_from([0.01, 3, 30, 1e6]),
        "min_score": st.sampled_from([0, 0.05, 0.3]),
    },
)


@given(st.integers(0, len(NEWS) - 1), OPTIONS)
def test_list_is_the_best_that_pass_and_a_shortfall_counts_the_others(row, options):
    listing, limit = MODEL.recommend(f"a{row}", now=NOW, **options), options["limit"]
    expected = SCORES[row] * [passes(NEWS[row], other, options) for other in NEWS]
    if half_life := options.get("half_life_days"):
        median = int(np.median(PUBLISHED[PUBLISHED != UNDATED]))
        expected *= freshness(PUBLISHED, microseconds(NOW), half_life, median)
    expected[np.round(expected, 6) < options.get("min_score", 0)] = 0
    items = [(-item.score, MODEL.articles.row(item.article.id)) for item in listing]
    # Rounded scores may be equal, and then rows are in any order.
    items.sort()
    assert_best([row for _, row in items], [-score for score, _ in items], expected, limit, 3e-6)
    if len(listing) == limit:
        assert listing.shortfall is None
    else:
        others = sum(map(visible, NEWS)) - visible(NEWS[row])
        assert len(listing) + sum(listing.shortfall.reasons.values()) == others
        assert all(listing.shortfall.reasons.values())


def test_few_articles_of_many_that_pass_are_all_listed():
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
def test_shortfall_counts_each_article_by_its_first_cause(options, reasons):
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


@pytest.mark.parametrize("direction", ["past", "future"])
def test_no_article_is_before_or_after_an_undated_one(direction):
    assert NEWS[0].published_at is None
    assert len(MODEL.recommend("a0", direction=direction)) == 0


@pytest.mark.parametrize("half_life", [0.01, 10, 1e6])
def test_freshness_never_raises_a_score_and_never_makes_it_0(half_life):
    for row in range(0, len(NEWS), 9):
        plain = {item.article.id: item for item in MODEL.recommend(f"a{row}", limit=50, now=NOW)}
        listing = MODEL.recommend(f"a{row}", limit=50, now=NOW, half_life_days=half_life)
        assert all(item.score > 0 for item in listing)
        both = [item for item in listing if item.article.id in plain]
        assert all(item.score <= plain[item.article.id].score for item in both)


TIMES = st.integers(-(10**17), 10**17)
HALF_LIVES = st.floats(0.01, 1e6)


def freshness_of(published, now, half_life, usual=UNDATED):
    return float(freshness(np.array([published], np.int64), now, half_life, usual)[0])


@pytest.mark.parametrize(("age", "factor"), [(0, 1), (1, 0.5), (2, 0.25), (-1, 1), (3, 0.125)])
def test_freshness_halves_per_half_life_and_is_1_for_future_articles(age, factor):
    assert freshness_of(-age * 30 * DAY, 0, 30) == factor


@given(TIMES, TIMES, TIMES, HALF_LIVES)
def test_older_article_never_has_the_greater_freshness(one, other, now, half_life):
    older, newer = sorted((one, other))
    assert 0 < freshness_of(older, now, half_life) <= freshness_of(newer, now, half_life) <= 1


@given(TIMES, TIMES, TIMES, HALF_LIVES)
def test_freshness_never_grows_with_time(published, one, other, half_life):
    early, late = sorted((one, other))
    assert freshness_of(published, late, half_life) <= freshness_of(published, early, half_life)


@given(TIMES, TIMES, HALF_LIVES, HALF_LIVES)
def test_longer_half_life_never_lowers_freshness(published, now, one, other):
    short, long = sorted((one, other))
    assert freshness_of(published, now, short) <= freshness_of(published, now, long)


@given(TIMES, TIMES, HALF_LIVES)
def test_undated_articles_are_as_fresh_as_the_usual_date(usual, now, half_life):
    usual_freshness = freshness_of(usual, now, half_life)
    assert freshness_of(UNDATED, now, half_life, usual) == usual_freshness


def test_undated_articles_of_an_undated_archive_are_fresh():
    assert freshness_of(UNDATED, 10**17, 1) == 1
