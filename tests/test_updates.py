"""Changes of the archive lie over a model: what is deleted or under embargo is in no list."""

from random import Random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.from_scratch import assert_same_lists, from_scratch

from recommender import Article, Config, Draft, Recommender, Rules
from recommender.articles.times import parse_time
from recommender.errors import ArticleNotFoundError
from recommender.articles.times import NEVER, microseconds
from recommender.updates import affected

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
    return model.apply_changes([(model.applied_revision + 1 + at, key, None) for at, key in enumerate(ids)])


def dated(article, time):
    return article.model_copy(update={"published_at": parse_time(time)})


def card_of(model, article_id):
    return model.articles[model.articles.row(article_id)]


def renamed(article, article_id):
    return article.model_copy(update={"id": article_id})


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
    assert (trained.known, len(trained.live.masked)) == (0, 0)


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
    ahead = trained.apply_changes([(1, "1", dated(NEWS[1], "2026-06-02"))])
    assert "1" not in ids(ahead.recommend("0", now=NOW))
    assert "1" in ids(ahead.recommend("0", now=parse_time("2026-06-02")))
    assert card_of(ahead, "1").published_at == parse_time("2026-06-02")
    out = ahead.apply_changes([(2, "1", dated(NEWS[1], "2026-05-31"))])
    assert "1" in ids(out.recommend("0", now=NOW))
    undated = out.apply_changes([(3, "1", dated(NEWS[1], None))])
    assert "1" in ids(undated.recommend("0", now=NOW))
    assert card_of(undated, "1").published_at is None


def test_how_far_changes_are_known_and_which_rows_are_masked(trained):
    model = trained.apply_changes([(7, "1", None), (9, "new", renamed(NEWS[0], "new")), (12, "3", None)])
    assert (model.applied_revision, model.live.masked.tolist()) == (12, [1, 3])
    again = model.apply_changes([(13, "1", NEWS[1]), (14, "0", NEWS[0])])
    assert (again.known, again.live.masked.tolist()) == (14, [0, 1, 3])
    assert again.apply_changes([]).known == 14


POOL = [*TEXTS, "maglev ferry", "maglev refit", "maglev", "", "ferry refit ferry refit"]


@settings(deadline=None)
@given(
    st.lists(
        st.tuples(
            st.sampled_from("0123456789"),
            st.none() | st.tuples(st.sampled_from(POOL), st.integers(1, 28) | st.none()),
        ),
        max_size=24,
    ),
    st.integers(1, 5),
)
def test_any_changes_give_the_lists_that_vectors_made_from_scratch_give(trained, steps, at_once):
    there = {article.id: article for article in NEWS}
    changes = []
    for revision, (key, given_) in enumerate(steps, 1):
        article = None
        if given_:
            text, day = given_
            date = None if day is None else f"2026-01-{day:02}"
            article = Article(id=key, title=text or key, body=text, published_at=date, tags=["New"])
        there[key] = article
        changes.append((revision, key, article))
    model = trained
    for low in range(0, len(changes), at_once):
        model = model.apply_changes(changes[low : low + at_once])
        for key in "05":
            if key in model.articles.ids.found:
                model.index.nearest(model.articles.ids.find(key), 5)  # fills what is kept
    assert_same_lists(model, [article for article in there.values() if article])
    for key in (key for key, article in there.items() if article is None):
        with pytest.raises(ArticleNotFoundError):
            model.recommend(key)


def test_thousands_of_newer_articles_are_listed_as_from_scratch():
    random = Random(1)
    names = [f"word{number}" for number in range(200)]
    news = [
        Article(id=str(n), title=" ".join(random.choices(names, k=6)), published_at="2026-01-01")
        for n in range(6000)
    ]
    model = Recommender.fit(news[:300]).apply_changes([(n, each.id, each) for n, each in enumerate(news)])
    assert len(model.index.live) == 6000
    assert max(map(len, model.index.live.blocks)) <= 4096
    scores = from_scratch(model, news)
    for at in (0, 299, 300, 4321, 5999):
        found = [item.score for item in model.recommend(str(at), limit=50, duplicates="show")]
        wanted = np.sort(np.delete(scores[at], at))[::-1][:50]
        assert found == pytest.approx(wanted.tolist(), abs=2e-6)


def test_newer_articles_on_a_new_story_find_each_other_and_an_older_lone_one():
    model = Recommender.fit([*NEWS, Article(id="lone", title="Maglev")])
    model = model.apply_changes(
        [(n, str(n), Article(id=str(n), title=f"Hyperloop maglev {n}")) for n in (90, 91)]
    )
    assert ids(model.recommend("90")) == ["91", "lone"]
    assert ids(model.recommend("lone")) == ["90", "91"]
    assert model.recommend("90")[0].reason == "Both about Maglev and Hyperloop"
    why = model.why("90", "91")
    assert [term.term for term in why.explanation.terms] == ["Maglev", "Hyperloop"]


def test_a_tag_that_is_new_is_told_as_a_tag(trained):
    new = [Article(id=key, title="Storm", tags=["Åland Islands"]) for key in ("a", "b")]
    model = trained.apply_changes([(1, "a", new[0]), (2, "b", new[1])])
    [item] = model.recommend("a", explain=True)
    assert item.explanation.tags == ("Åland Islands",)
    assert item.reason == "Both about Åland Islands and Storm"
    [topic] = model.topics("a").topics
    assert (topic.tag, topic.articles) == ("Åland Islands", 2)


def test_a_newer_copy_is_hidden_and_told():
    words = " ".join(f"gearbox{number}" for number in range(60))
    news = [
        Article(id=key, title="Ferry", body=f"{words} {key * 3}", published_at=f"2026-01-0{day}")
        for day, key in enumerate("ab", 1)
    ]
    model = Recommender.fit([news[0], Article(id="x", title="Ferry gearbox1")])
    model = model.apply_changes([(1, "b", news[1])])
    [item] = model.recommend("x")
    assert (item.article.id, item.duplicates) == ("a", ("b",))
    assert ids(model.recommend("b")) == ["x"]
    assert set(ids(model.recommend("x", duplicates="show"))) == {"a", "b"}


def test_affected_are_all_whose_list_a_change_alters():
    random = Random(2)
    names = [f"word{number}" for number in range(40)]

    def article(key):
        return Article(id=key, title=" ".join(random.choices(names, k=5)))

    model = Recommender.fit([article(str(n)) for n in range(120)], Config(neighbours=20))
    for revision in range(1, 21):
        key = str(random.randrange(130))
        is_there = model.articles.ids.find(key) is not None
        gone = random.random() < 0.4 and is_there
        changed = model.apply_changes([(revision, key, None if gone else article(key))])
        told = affected(changed, changed.live.latest[revision])
        assert told.complete
        assert set(told.first) <= set(told.all)
        for row, other in enumerate(model.articles.ids):
            if other == key or model.articles.published[row] == NEVER:
                continue
            if model.articles.ids.find(other) != row:
                continue
            lists = [
                {limit: ids(each.recommend(other, limit=limit)) for limit in (5, 15)}
                for each in (model, changed)
            ]
            if lists[0][15] != lists[1][15]:
                assert other in told.all
            if lists[0][5] != lists[1][5]:
                assert other in told.first
        model = changed


def test_nothing_is_affected_by_what_is_under_embargo(trained):
    model = trained.apply_changes([(1, "new", renamed(dated(NEWS[0], "2026-06-02"), "new"))])
    rows = model.live.latest[1]
    assert affected(model, rows, microseconds(NOW)).all == ()
    assert "1" in affected(model, rows, microseconds(parse_time("2026-06-03"))).first


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


def test_it_is_advised_to_train_once_much_is_newer_or_new_to_the_model():
    model = Recommender.fit([Article(id=str(n), title=f"ferry refit {n}") for n in range(1000)])
    few = [Article(id=f"n{n}", title="ferry refit") for n in range(80)]
    assert model.apply_changes([(n, each.id, each) for n, each in enumerate(few)]).live.advice is None
    many = [Article(id=f"m{n}", title="ferry refit") for n in range(120)]
    newer = model.apply_changes([(n, each.id, each) for n, each in enumerate(many)])
    assert newer.live.advice == "120 of 1,120 rows are newer than the model: train again"
    strange = [Article(id=f"s{n}", title=f"maglev hyperloop{n} ferry") for n in range(80)]
    new = model.apply_changes([(n, each.id, each) for n, each in enumerate(strange)])
    assert (
        new.live.advice == "67% of the terms of newer articles are new to the model: train again"
    )


def test_of_many_newer_articles_at_once_only_the_nearest_are_looked_at():
    news = [Article(id=str(n), title=f"ferry refit name{n % 30}") for n in range(300)]
    model = Recommender.fit(news[:50]).apply_changes([(n, each.id, each) for n, each in enumerate(news)])
    model = model.apply_changes([(900, "x", Article(id="x", title="ferry refit name7"))])
    told = affected(model, model.live.latest[900])
    assert (told.complete, told.all) == (False, None)
    assert set(told.first) <= {each.id for each in news}
    assert "37" in told.first
