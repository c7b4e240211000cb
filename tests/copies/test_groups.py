"""A list gives one slot to copies, and none to those of the article it is for."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from recommender import Article, Draft, Recommender
from recommender.metadata.metadata import ArticleMetadata
from recommender.copies.groups import MIN_CONTAINMENT, CopyGroups, without_copies, is_agency
from recommender.copies.sketches import Sketch, Sketches

RANDOM = np.random.default_rng(11)
MAY = datetime(2026, 5, 1, tzinfo=UTC)
PLACES = "Ferry Hallin Skerrow gearbox refit harbour council Orla dock yard"


def sentences(count):
    """Sentences that stand nowhere else, of words that stand in many."""
    common = PLACES.split()
    return [
        " ".join([*RANDOM.choice(common, 6), *(f"w{n}" for n in RANDOM.integers(1 << 40, size=6))])
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


def test_a_brief_makes_no_copies_of_two_stories_that_both_hold_it():
    brief = STORY[:4]
    long, longer = [*brief, *sentences(12)], [*sentences(16), *brief]
    groups = grouped(text(brief), text(long), text(longer))
    assert groups[1] != groups[2] or groups[1] == -1
    assert groups[0] in (1, 2)


def test_versions_are_no_chain():
    first, second, third = STORY[:8], [*STORY[:6], *OTHER[:9]], OTHER
    assert grouped(text(first), text(second)) == [1, 1]
    assert grouped(*map(text, (first, second, third))) == [-1, 2, 2]


def test_of_equally_long_copies_the_first_names_the_group():
    assert grouped(text(OTHER), text(STORY), text(STORY), text(STORY)) == [-1, 1, 1, 1]


def test_only_neighbours_are_compared():
    sketches = Sketches.of(Article(id=name, body=text(STORY)) for name in "abc")
    neighbours = np.array([[1], [0], [-1]], np.int32)
    assert CopyGroups.of(sketches, neighbours).groups.tolist() == [0, 0, -1]


def test_a_text_that_is_not_there_finds_what_it_copies_the_nearest_first():
    bodies = [OTHER, STORY[:12], [*STORY[:14], *sentences(6)], STORY]
    sketches = Sketches.of(Article(id=str(n), body=text(body)) for n, body in enumerate(bodies))
    archive = CopyGroups.of(sketches, np.full((4, 1), -1, np.int32))
    draft = Sketch.of(Article(id="new", body=text(STORY)))
    assert archive.copies_of(draft, np.arange(4, dtype=np.int32)).tolist() == [1, 3, 2]
    assert archive.copies_of(draft, np.array([0], np.int32)).tolist() == []
    assert 0.5 < MIN_CONTAINMENT < 0.6


def test_rows_are_apart_from_what_is_taken_and_from_those_before_them():
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
def test_an_agency_is_told_by_author_or_section(author, section, agency):
    card = ArticleMetadata("a", "Hail", None, None, section, (), author, None)
    assert is_agency(card) is agency


def day(number):
    return MAY + timedelta(days=number)


LEAD = sentences(4)
NEWS = [
    Article(id="asked", title="Ferry refit", body=text(sentences(12)), published_at=day(0)),
    Article(id="wire", title="Ferry late", body=text(STORY), author="AP", published_at=day(1)),
    Article(id="own", title="Late ferry", body=text([*LEAD, *STORY]), published_at=day(3)),
    Article(id="later", title="The ferry", body=text(STORY[:14]), published_at=day(4)),
    Article(id="undated", title="A ferry", body=text(STORY[:-2])),
    Article(id="other", title="Ferry sold", body=text(OTHER), published_at=day(2)),
]
MODEL = Recommender.fit(NEWS)


def listed(model=MODEL, article_id="asked", **options):
    return {
        item.article.id: set(item.duplicates) for item in model.recommend(article_id, **options)
    }


def test_copies_have_one_slot_which_names_the_others():
    assert listed() == {"own": {"wire", "later", "undated"}, "other": set()}


def test_the_copies_of_an_article_are_not_in_its_own_list():
    for copy in ("wire", "own", "later", "undated"):
        listing = MODEL.recommend(copy)
        assert {item.article.id for item in listing} == {"asked", "other"}
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
    ("gone", "stands"),
    [
        ([], "own"),
        (["own"], "later"),
        (["own", "later"], "undated"),
        (["own", "later", "undated"], "wire"),
    ],
)
def test_an_own_byline_stands_before_an_agencys_then_the_earlier_then_the_undated(gone, stands):
    found = listed(exclude=gone)
    assert stands in found
    assert not found[stands] & set(gone), "what is excluded is not named either"


def test_the_lowest_row_stands_where_nothing_else_tells():
    news = [NEWS[0], *(Article(id=name, title=name, body=text(STORY)) for name in "cab")]
    assert listed(Recommender.fit(news)) == {"c": {"a", "b"}}


def test_a_filter_that_only_a_copy_passes_gives_the_copy():
    assert listed(author=["AP"]) == {"wire": set()}
    assert listed(published_after=day(4)) == {"later": set()}


def test_a_copy_under_embargo_is_neither_listed_nor_named():
    assert listed(now=day(2)) == {"undated": {"wire"}, "other": set()}


def test_the_one_that_stands_for_the_others_has_the_best_place_and_its_own_score():
    shown = {item.article.id: item for item in MODEL.recommend("asked", duplicates="show")}
    [first] = [item for item in MODEL.recommend("asked") if item.article.id == "own"]
    others = [item for item in shown.values() if item.article.id != "other"]
    above = shown["other"].score > max(item.score for item in others)
    assert first.rank == 1 + above
    assert first.score == shown["own"].score


def test_a_list_is_filled_with_the_next_best():
    news = [*NEWS, *(Article(id=f"n{n}", title="Ferry", body=text(sentences(9))) for n in range(9))]
    listing = Recommender.fit(news).recommend("asked", limit=5)
    assert (len(listing), listing.shortfall) == (5, None)
    assert len({"own", "wire", "later", "undated"} & {item.article.id for item in listing}) <= 1


def test_why_says_whose_copy_an_article_is():
    left_out = MODEL.why("asked", "wire").left_out_by
    assert (left_out.code, left_out.detail) == ("duplicate", "a copy of own")
    left_out = MODEL.why("own", "wire").left_out_by
    assert (left_out.code, left_out.detail) == ("duplicate", "a copy of the article")


def test_a_draft_does_not_list_what_it_copies_unless_asked_to():
    draft = Draft(title="Ferry late again", body=text(STORY[:15]))
    assert {item.article.id for item in MODEL.recommend_for(draft)} == {"asked", "other"}
    shown = MODEL.recommend_for(draft, duplicates="show")
    assert len(shown) == 5
    mixed = MODEL.recommend_for(like=[draft, "asked"])
    assert {item.article.id for item in mixed} == {"other"}


def test_a_fallback_takes_one_of_a_group():
    lonely = Article(id="owl", title="Owl", section="News", body="Nothing else is like it")
    model = Recommender.fit([*NEWS, lonely])
    found = listed(model, "owl", fallback="latest")
    assert len(found) == 3
    assert len({"own", "wire", "later"} & set(found)) == 1
    assert len(listed(model, "owl", fallback="latest", duplicates="show")) == 5


def test_a_saved_model_knows_the_same_copies(tmp_path):
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
