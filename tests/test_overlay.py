"""Changes of the archive lie over a model: what is deleted or under embargo is in no list."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recommender import Article, Draft, Recommender, Rules
from recommender.article import parse_time
from recommender.errors import ArticleNotFoundError

NOW = parse_time("2026-06-01")
TEXTS = ["ferry refit", "ferry gearbox refit", "gearbox ferry yard", "yard ferry refit", "hail"]
NEWS = [
    Article(id=str(row), title=text, published_at="2026-01-01", url=f"https://example.org/{row}")
    for row, text in enumerate(TEXTS)
]


@pytest.fixture(scope="module")
def trained():
    return Recommender.fit(NEWS)


def deleted(model, *ids):
    return model.after([(model.known + 1 + at, key, None) for at, key in enumerate(ids)])


def dated(article, time):
    return article.model_copy(update={"published_at": parse_time(time)})


def ids(listing):
    return [item.article.id for item in listing]


def test_a_deleted_article_is_in_no_list_and_not_found_by_id_or_url(trained):
    model = deleted(trained, "1")
    assert "1" in ids(trained.recommend("0"))
    for now in (None, NOW):
        assert "1" not in ids(model.recommend("0", now=now))
        with pytest.raises(ArticleNotFoundError):
            model.articles.row_of_url("https://example.org/1", now)
    assert "1" not in model.ranked("0", 50)
    with pytest.raises(ArticleNotFoundError):
        model.recommend("1")


def test_the_model_that_changes_were_laid_over_is_as_it_was(trained):
    before = ids(trained.recommend("0"))
    deleted(trained, "1", "2")
    assert ids(trained.recommend("0")) == before
    assert (trained.known, len(trained.overlay.masked)) == (0, 0)


def test_a_deleted_article_is_not_counted_among_those_left_out(trained):
    assert trained.recommend("0", limit=50).shortfall.reasons == {"unrelated": 1}
    assert deleted(trained, "4").recommend("0", limit=50).shortfall.reasons == {}


def test_a_list_that_loses_items_is_filled_again():
    many = [Article(id=str(n), title=f"ferry refit {n}") for n in range(300)]
    model = Recommender.fit(many)
    gone = set(model.ranked("0", 200))
    left = deleted(model, *gone)
    assert len(left.recommend("0", limit=50)) == 50
    assert not gone & set(ids(left.recommend("0", limit=50)))
    assert left.ranked("0", 99) == [key for key in model.ranked("0", 299) if key not in gone]


def test_a_new_date_holds_from_then_on(trained):
    ahead = trained.after([(1, "1", dated(NEWS[1], "2026-06-02"))])
    assert "1" not in ids(ahead.recommend("0", now=NOW))
    assert "1" in ids(ahead.recommend("0", now=parse_time("2026-06-02")))
    assert ahead.articles[1].published_at == parse_time("2026-06-02")
    out = ahead.after([(2, "1", dated(NEWS[1], "2026-05-31"))])
    assert "1" in ids(out.recommend("0", now=NOW))
    undated = out.after([(3, "1", dated(NEWS[1], None))])
    assert "1" in ids(undated.recommend("0", now=NOW))
    assert undated.articles[1].published_at is None


def test_how_far_changes_are_known_and_how_many_rows_are_gone(trained):
    model = trained.after([(7, "1", None), (9, "stranger", NEWS[0]), (12, "3", None)])
    assert (model.known, model.overlay.masked.tolist()) == (12, [1, 3])
    again = model.after([(13, "1", NEWS[1])])
    assert (again.known, again.overlay.masked.tolist()) == (13, [3])
    assert again.after([]).known == 13


@given(st.lists(st.tuples(st.sampled_from("012345"), st.booleans()), max_size=12))
def test_any_changes_leave_those_that_a_dictionary_would(trained, steps):
    there = dict.fromkeys("01234", True)
    changes = []
    for at, (key, gone) in enumerate(steps, 1):
        changes.append((at, key, None if gone else NEWS[0].model_copy(update={"id": key})))
        there[key] = not gone
    at_once = trained.after(changes)
    one_by_one = trained
    for change in changes:
        one_by_one = one_by_one.after([change])
    for model in (at_once, one_by_one):
        for asked in "01234":
            if not there[asked]:
                with pytest.raises(ArticleNotFoundError):
                    model.recommend(asked)
                continue
            expected = [key for key in ids(trained.recommend(asked, limit=50)) if there[key]]
            assert ids(model.recommend(asked, limit=50)) == expected


PINNED = Rules(pins=({"show": ("1",), "articles": ("0",)},))
LISTS = {
    "plain": lambda model: model.recommend("0"),
    "filtered": lambda model: model.recommend("0", published_after="2025-01-01"),
    "diverse": lambda model: model.recommend("0", diversity=0.5),
    "fallen back": lambda model: model.recommend("4", fallback="latest"),
    "pinned": lambda model: model.with_rules(PINNED).recommend("0"),
    "of a draft": lambda model: model.recommend_for(Draft(title="ferry gearbox")),
    "of a mix": lambda model: model.recommend_for(like=["0", "2"], unlike=["4"]),
    "of a batch": lambda model: next(model.batch(["0"]))[1],
}


@pytest.mark.parametrize("kind", LISTS)
def test_whatever_list_is_asked_for_a_deleted_article_is_not_in_it(trained, kind):
    assert "1" in ids(LISTS[kind](trained))
    assert "1" not in ids(LISTS[kind](deleted(trained, "1")))


def test_nothing_is_told_of_a_deleted_article(trained):
    model = deleted(trained, "1")
    with pytest.raises(ArticleNotFoundError):
        model.why("0", "1")
    with pytest.raises(ArticleNotFoundError):
        model.topics("1")
    [(_, missing)] = model.batch(["1"])
    assert isinstance(missing, ArticleNotFoundError)


def test_topics_count_no_deleted_article():
    tagged = [article.model_copy(update={"tags": ("Ferries",)}) for article in NEWS]
    model = Recommender.fit(tagged)
    assert model.topics("0").topics[0].articles == 5
    assert deleted(model, "1", "2").topics("0").topics[0].articles == 3
