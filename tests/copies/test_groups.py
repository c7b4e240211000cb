"""Copies are grouped; a list gives one slot to a group, and none to copies of its own article."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from recommender import Article, Draft, Recommender
from recommender.copies.groups import MIN_CONTAINMENT, CopyGroups, is_agency, without_copies
from recommender.copies.sketches import Sketch, Sketches
from recommender.metadata.metadata import ArticleMetadata

RANDOM = np.random.default_rng(11)
MAY = datetime(2026, 5, 1, tzinfo=UTC)
COMMON = "Ferry Hallin Skerrow gearbox refit harbour council Orla dock yard".split()


@pytest.fixture(autouse=True)
def _same_texts_in_any_order_of_tests(monkeypatch):
    monkeypatch.setitem(globals(), "RANDOM", np.random.default_rng(8))


def sentences(count):
    """Sentences that are in no other text, of words that are in many."""
    return [
        " ".join([*RANDOM.choice(COMMON, 6), *(f"w{n}" for n in RANDOM.integers(1 << 40, size=6))])
        for _ in range(count)
    ]


def text(parts):
    return ". ".join(parts)


def grouped(*bodies):
    """The group of each text, all of which are neighbours."""
    sketches = Sketches.of(Article(id=str(row), body=body) for row, body in enumerate(bodies))
    others = [[other for other in range(len(bodies)) if other != row] for row in range(len(bodies))]
    return CopyGroups.of(sketches, np.array(others, np.int32)).groups.tolist()


STORY = sentences(20)
OTHER = sentences(20)


@pytest.mark.parametrize(
    "copy",
    [
        STORY,
        STORY[:12],
        STORY[5:12],
        [*sentences(3), *STORY[3:]],
        [*STORY[:7], *sentences(5), *STORY[7:]],
        [sentence for at, sentence in enumerate(STORY) if at % 4],
        STORY[::-1],
    ],
    ids=["whole", "cut short", "brief", "new lead", "paragraph added", "edited", "rearranged"],
)
def test_a_copy_is_in_the_group_of_the_longer_text(copy):
    longest = 0 if len(copy) <= len(STORY) else 1
    assert grouped(text(STORY), text(copy), text(OTHER)) == [longest, longest, -1]


def test_a_story_on_the_same_event_is_no_copy():
    quote = STORY[3:8]
    assert grouped(text(STORY), text([*quote, *sentences(15)])) == [-1, -1]


def test_a_brief_in_two_stories_makes_no_copies_of_them():
    brief = STORY[:4]
    long, longer = [*brief, *sentences(12)], [*sentences(16), *brief]
    groups = grouped(text(brief), text(long), text(longer))
    assert groups[1] != groups[2] or groups[1] == -1
    assert groups[0] in (1, 2)


def test_being_a_copy_is_not_transitive():
    first, second, third = STORY[:8], [*STORY[:6], *OTHER[:9]], OTHER
    assert grouped(text(first), text(second)) == [1, 1]
    assert grouped(*map(text, (first, second, third))) == [-1, 2, 2]


def test_of_equally_long_copies_the_first_names_the_group():
    assert grouped(text(OTHER), text(STORY), text(STORY), text(STORY)) == [-1, 1, 1, 1]


def test_only_neighbours_are_compared():
    sketches = Sketches.of(Article(id=name, body=text(STORY)) for name in "abc")
    neighbours = np.array([[1], [0], [-1]], np.int32)
    assert CopyGroups.of(sketches, neighbours).groups.tolist() == [0, 0, -1]


def test_the_copies_of_a_draft_come_nearest_first():
    bodies = [OTHER, STORY[:12], [*STORY[:14], *sentences(6)], STORY]
    sketches = Sketches.of(Article(id=str(n), body=text(body)) for n, body in enumerate(bodies))
    archive = CopyGroups.of(sketches, np.full((4, 1), -1, np.int32))
    draft = Sketch.of(Article(id="new", body=text(STORY)))
    assert archive.copies_of(draft, np.arange(4, dtype=np.int32)).tolist() == [1, 3, 2]
    assert archive.copies_of(draft, np.array([0], np.int32)).tolist() == []
    assert 0.5 < MIN_CONTAINMENT < 0.6


def test_without_copies_keeps_one_row_of_a_group():
    groups = np.array([-1, 1, 1, 3, 3, -1, 1], np.int32)
    rows = np.array([6, 4, 0, 3, 5, 1], np.int32)
    assert without_copies(groups, rows, []).tolist() == [6, 4, 0, 5]
    assert without_copies(groups, rows, [2, 5]).tolist() == [4, 0, 5]


@pytest.mark.parametrize(
    ("author", "section", "agency"),
    [
        ("AP", None, True),
        ("Jane Doe, AP", "News", True),
        ("By ASSOCIATED PRESS", None, True),
        ("Reuters", None, True),
        ("AFP/Jane Doe", None, True),
        ("dpa/lnw", None, True),
        ("PA Media", None, True),
        ("Xinhua", None, True),
        ("EFE", None, True),
        ("ITAR-TASS", None, True),
        ("Kyodo News", None, True),
        ("Wire services", None, True),
        ("News agency", None, True),
        ("Ada Crane", "Wire", True),
        (None, None, False),
        ("Ada Crane", "News", False),
        ("Efe Aydın", "Vereinswire", False),
        ("Tasso Reuter", "APs", False),
    ],
)
def test_an_agency_is_recognised_by_author_or_section(author, section, agency):
    article = ArticleMetadata("a", "Hail", None, None, section, (), author, None)
    assert is_agency(article) is agency


def day(number):
    return MAY + timedelta(days=number)


LEAD = sentences(4)
NEWS = [
    Article(id="query", title="Ferry refit", body=text(sentences(12)), published_at=day(0)),
    Article(id="wire", title="Ferry late", body=text(STORY), author="AP", published_at=day(1)),
    Article(id="own", title="Late ferry", body=text([*LEAD, *STORY]), published_at=day(3)),
    Article(id="later", title="The ferry", body=text(STORY[:14]), published_at=day(4)),
    Article(id="undated", title="A ferry", body=text(STORY[:-2])),
    Article(id="other", title="Ferry sold", body=text(OTHER), published_at=day(2)),
]
MODEL = Recommender.fit(NEWS)


def listed(model=MODEL, article_id="query", **options):
    return {
        item.article.id: set(item.duplicates) for item in model.recommend(article_id, **options)
    }


def test_copies_have_one_item_that_names_the_others():
    assert listed() == {"own": {"wire", "later", "undated"}, "other": set()}


def test_the_copies_of_an_article_are_not_in_its_own_list():
    for copy in ("wire", "own", "later", "undated"):
        listing = MODEL.recommend(copy)
        assert {item.article.id for item in listing} == {"query", "other"}
        assert listing.shortfall.reasons == {"duplicate": 3}


def test_shown_copies_are_items_that_name_each_other():
    assert listed(duplicates="show") == {
        "own": {"wire", "later", "undated"},
        "wire": {"own", "later", "undated"},
        "later": {"wire", "own", "undated"},
        "undated": {"wire", "own", "later"},
        "other": set(),
    }
    assert "own" in listed(article_id="wire", duplicates="show")


@pytest.mark.parametrize(
    ("excluded", "listed_copy"),
    [
        ([], "own"),
        (["own"], "later"),
        (["own", "later"], "undated"),
        (["own", "later", "undated"], "wire"),
    ],
)
def test_own_bylines_come_before_agencies_then_earlier_before_undated(excluded, listed_copy):
    duplicates = listed(exclude=excluded)
    assert listed_copy in duplicates
    assert not duplicates[listed_copy] & set(excluded), "excluded copies are not named either"


def test_of_otherwise_equal_copies_the_first_row_is_listed():
    news = [NEWS[0], *(Article(id=name, title=name, body=text(STORY)) for name in "cab")]
    assert listed(Recommender.fit(news)) == {"c": {"a", "b"}}


def test_the_copy_that_passes_a_filter_is_listed():
    assert listed(author=["AP"]) == {"wire": set()}
    assert listed(published_after=day(4)) == {"later": set()}


def test_an_embargoed_copy_is_neither_listed_nor_named():
    assert listed(now=day(2)) == {"undated": {"wire"}, "other": set()}


def test_the_listed_copy_has_the_best_rank_and_its_own_score():
    shown = {item.article.id: item for item in MODEL.recommend("query", duplicates="show")}
    [first] = [item for item in MODEL.recommend("query") if item.article.id == "own"]
    others = [item for item in shown.values() if item.article.id != "other"]
    above = shown["other"].score > max(item.score for item in others)
    assert first.rank == 1 + above
    assert first.score == shown["own"].score


def test_a_list_is_filled_with_the_next_best():
    news = [*NEWS, *(Article(id=f"n{n}", title="Ferry", body=text(sentences(9))) for n in range(9))]
    listing = Recommender.fit(news).recommend("query", limit=5)
    assert (len(listing), listing.shortfall) == (5, None)
    assert len({"own", "wire", "later", "undated"} & {item.article.id for item in listing}) <= 1


def test_why_names_the_article_that_a_copy_copies():
    left_out = MODEL.why("query", "wire").left_out_by
    assert (left_out.code, left_out.detail) == ("duplicate", "a copy of own")
    left_out = MODEL.why("own", "wire").left_out_by
    assert (left_out.code, left_out.detail) == ("duplicate", "a copy of the article")


def test_a_draft_lists_its_copies_only_on_request():
    draft = Draft(title="Ferry late again", body=text(STORY[:15]))
    assert {item.article.id for item in MODEL.recommend_for(draft)} == {"query", "other"}
    shown = MODEL.recommend_for(draft, duplicates="show")
    assert len(shown) == 5
    mixed = MODEL.recommend_for(like=[draft, "query"])
    assert {item.article.id for item in mixed} == {"other"}


def test_a_fallback_takes_one_of_a_group():
    lonely = Article(id="owl", title="Owl", section="News", body="Nothing else is like it")
    model = Recommender.fit([*NEWS, lonely])
    fallback = listed(model, "owl", fallback="latest")
    assert len(fallback) == 3
    assert len({"own", "wire", "later"} & set(fallback)) == 1
    assert len(listed(model, "owl", fallback="latest", duplicates="show")) == 5


def test_a_saved_model_has_the_same_copies(tmp_path):
    MODEL.save(tmp_path / "model")
    loaded = Recommender.load(tmp_path / "model")
    assert [loaded.recommend(each.id).to_record() for each in NEWS] == [
        MODEL.recommend(each.id).to_record() for each in NEWS
    ]


def test_the_wire_twins_of_the_sample_archive_are_copies(model):
    groups = model.copies.groups
    rows = np.flatnonzero(groups >= 0)
    names = [sorted(model.articles.ids[row] for row in rows[groups[rows] == group])
             for group in np.unique(groups[rows])]  # fmt: skip
    assert sorted(names) == [
        ["hp-2026-0219-gang-claims-hospital", "hp-wire-2026-0219-grey-heron-leak"],
        ["hp-2026-0305-lithium-find", "hp-wire-2026-0306-denholt-brine"],
        ["hp-2026-0319-wolves-released", "hp-wire-2026-0319-predators-back"],
    ]
