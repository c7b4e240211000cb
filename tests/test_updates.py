"""Changes of the archive are applied to a trained model as training on them would show them."""

from random import Random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.from_scratch import assert_same_lists
from support.references import dense

from recommender import Article, Draft, Recommender, Rules
from recommender.articles.times import NEVER, parse_time
from recommender.errors import ArticleNotFoundError
from recommender.search.segment import MOST_ROWS

NOW = parse_time("2026-06-01")
TEXTS = ["ferry refit", "ferry gearbox refit", "gearbox ferry yard", "yard ferry refit", "hail"]
NEWS = [
    Article(id=str(row), title=text, published_at="2026-01-01", url=f"https://example.org/{row}")
    for row, text in enumerate(TEXTS)
]


@pytest.fixture(scope="module")
def trained():
    return Recommender.fit(NEWS)


def with_deleted(model, *ids):
    revision = model.applied_revision + 1
    return model.apply_changes((revision + at, key, None) for at, key in enumerate(ids))


def with_articles(model, articles):
    revision = model.applied_revision + 1
    return model.apply_changes((revision + at, each.id, each) for at, each in enumerate(articles))


def dated(article, time):
    return article.model_copy(update={"published_at": parse_time(time)})


def published_at(model, article_id):
    return model.articles[model.articles.row(article_id)].published_at


def ids(listing):
    return [item.article.id for item in listing]


def test_deleted_article_is_in_no_list_and_unknown_by_id_and_url(trained):
    model = with_deleted(trained, "1")
    assert "1" in ids(trained.recommend("0"))
    for now in (None, NOW):
        assert "1" not in ids(model.recommend("0", now=now))
        with pytest.raises(ArticleNotFoundError):
            model.articles.row_of_url("https://example.org/1", now)
    assert "1" not in model.ranked("0", 50)
    with pytest.raises(ArticleNotFoundError):
        model.recommend("1")
    with pytest.raises(ArticleNotFoundError):
        model.why("0", "1")
    with pytest.raises(ArticleNotFoundError):
        model.topics("1")
    [(_, missing)] = model.batch(["1"])
    assert isinstance(missing, ArticleNotFoundError)


def test_changes_leave_the_model_they_are_applied_to_unchanged(trained):
    before = ids(trained.recommend("0"))
    with_deleted(trained, "1", "2")
    assert ids(trained.recommend("0")) == before
    assert (trained.applied_revision, len(trained.live.masked)) == (0, 0)


def test_deleted_article_is_not_counted_in_a_shortfall(trained):
    assert trained.recommend("0", limit=50).shortfall.reasons == {"unrelated": 1}
    assert with_deleted(trained, "4").recommend("0", limit=50).shortfall.reasons == {}


def test_list_that_loses_items_is_filled_again():
    model = Recommender.fit(Article(id=str(n), title=f"ferry refit {n}") for n in range(300))
    deleted = set(model.ranked("0", 200))
    changed = with_deleted(model, *deleted)
    listed = ids(changed.recommend("0", limit=50))
    assert len(set(listed) - deleted) == 50
    rest = [key for key in model.ranked("0", 299) if key not in deleted]
    assert changed.ranked("0", 99) == rest


def test_changed_date_counts_at_once(trained):
    ahead = with_articles(trained, [dated(NEWS[1], "2026-06-02")])
    assert "1" not in ids(ahead.recommend("0", now=NOW))
    assert "1" in ids(ahead.recommend("0", now=parse_time("2026-06-02")))
    assert published_at(ahead, "1") == parse_time("2026-06-02")
    past = with_articles(ahead, [dated(NEWS[1], "2026-05-31")])
    assert "1" in ids(past.recommend("0", now=NOW))
    undated = with_articles(past, [dated(NEWS[1], None)])
    assert "1" in ids(undated.recommend("0", now=NOW))
    assert published_at(undated, "1") is None


def test_model_knows_its_applied_revision_and_its_masked_rows(trained):
    new = NEWS[0].model_copy(update={"id": "new"})
    model = trained.apply_changes([(7, "1", None), (9, "new", new), (12, "3", None)])
    assert (model.applied_revision, model.live.masked.tolist()) == (12, [1, 3])
    again = model.apply_changes([(13, "1", NEWS[1]), (14, "0", NEWS[0])])
    assert (again.applied_revision, again.live.masked.tolist()) == (14, [0, 1, 3])
    assert again.apply_changes([]).applied_revision == 14
    twice = again.apply_changes([(15, "1", None), (16, "2", None), (17, "1", NEWS[1])])
    assert (twice.applied_revision, len(twice.recommend("1"))) == (17, 2)


POOL = [*TEXTS, "maglev ferry", "maglev refit", "maglev", "", "ferry refit ferry refit"]
# An id, and the text and day of its new version, or None if it is deleted.
CHANGES = st.tuples(
    st.sampled_from("0123456789"),
    st.none() | st.tuples(st.sampled_from(POOL), st.integers(1, 28) | st.none()),
)


@settings(deadline=None)
@given(st.lists(CHANGES, max_size=24), st.integers(1, 5))
def test_any_changes_give_the_lists_of_vectors_made_from_scratch(trained, steps, at_once):
    articles = {article.id: article for article in NEWS}
    changes = []
    for revision, (key, version) in enumerate(steps, 1):
        articles[key] = None
        if version:
            text, day = version
            date = None if day is None else f"2026-01-{day:02}"
            articles[key] = Article(
                id=key, title=text or key, body=text, published_at=date, tags=["New"]
            )
        changes.append((revision, key, articles[key]))
    model = trained
    for low in range(0, len(changes), at_once):
        model = model.apply_changes(changes[low : low + at_once])
        for key in "05":
            row = model.articles.ids.find(key)
            if row is not None and model.articles.published[row] != NEVER:
                # So that the next changes meet a cached list.
                model.index.nearest(row, 5)
    assert_same_lists(model, [article for article in articles.values() if article])
    for key in (key for key, article in articles.items() if article is None):
        with pytest.raises(ArticleNotFoundError):
            model.recommend(key)


def test_thousands_of_live_articles_are_listed_as_from_scratch():
    random, words = Random(1), [f"word{number}" for number in range(200)]
    news = [
        Article(id=str(n), title=" ".join(random.choices(words, k=6)), published_at="2026-01-01")
        for n in range(6000)
    ]
    model = with_articles(Recommender.fit(news[:300]), news)
    assert len(model.index.live) == 6000
    assert max(map(len, model.index.live.blocks)) <= MOST_ROWS
    # All have one date, so a score is a dot product.
    _, vectors = model.space.extended(news)
    weights = dense(vectors)
    for at in (0, 299, 300, 4321, 5999):
        listed = [item.score for item in model.recommend(str(at), limit=50, duplicates="show")]
        expected = np.sort(np.delete(weights @ weights[at], at))[::-1][:50]
        assert listed == pytest.approx(expected.tolist(), abs=2e-6)


def test_live_articles_share_words_the_model_has_not_learned():
    model = Recommender.fit([*NEWS, Article(id="lone", title="Maglev")])
    new = [Article(id=key, title=f"Hyperloop maglev {key}") for key in ("90", "91")]
    model = with_articles(model, new)
    assert ids(model.recommend("90")) == ["91", "lone"]
    assert ids(model.recommend("lone")) == ["90", "91"]
    assert model.recommend("90")[0].reason == "Both about Maglev and Hyperloop"
    terms = model.why("90", "91").explanation.terms
    assert [term.term for term in terms] == ["Maglev", "Hyperloop"]


def test_new_tag_is_explained_and_counted_like_any_tag(trained):
    new = [Article(id=key, title="Storm", tags=["Åland Islands"]) for key in ("a", "b")]
    model = with_articles(trained, new)
    [item] = model.recommend("a", explain=True)
    assert item.explanation.tags == ("Åland Islands",)
    assert item.reason == "Both about Åland Islands and Storm"
    [topic] = model.topics("a").topics
    assert (topic.tag, topic.articles) == ("Åland Islands", 2)


def test_live_copy_of_an_article_is_hidden_and_named():
    words = " ".join(f"gearbox{number}" for number in range(60))
    news = [
        Article(id=key, title="Ferry", body=f"{words} {key * 3}", published_at=f"2026-01-0{day}")
        for day, key in enumerate("ab", 1)
    ]
    model = Recommender.fit([news[0], Article(id="x", title="Ferry gearbox1")])
    model = with_articles(model, news[1:])
    [item] = model.recommend("x")
    assert (item.article.id, item.duplicates) == ("a", ("b",))
    assert ids(model.recommend("b")) == ["x"]
    assert set(ids(model.recommend("x", duplicates="show"))) == {"a", "b"}


PINNED = Rules.model_validate({"pins": [{"show": ["1"], "articles": ["0"]}]})
LISTS = {
    "plain": lambda model: model.recommend("0"),
    "filtered": lambda model: model.recommend("0", published_after="2025-01-01"),
    "diverse": lambda model: model.recommend("0", diversity=0.5),
    "with fallback": lambda model: model.recommend("4", fallback="latest"),
    "pinned": lambda model: model.with_rules(PINNED).recommend("0"),
    "of a draft": lambda model: model.recommend_for(Draft(title="ferry gearbox")),
    "of a mix": lambda model: model.recommend_for(like=["0", "2"], unlike=["4"]),
    "of a batch": lambda model: next(model.batch(["0"]))[1],
}


@pytest.mark.parametrize("kind", LISTS)
def test_deleted_article_leaves_every_kind_of_list(trained, kind):
    assert "1" in ids(LISTS[kind](trained))
    assert "1" not in ids(LISTS[kind](with_deleted(trained, "1")))


def test_topics_count_no_deleted_article():
    model = Recommender.fit(each.model_copy(update={"tags": ("Ferries",)}) for each in NEWS)
    assert model.topics("0").topics[0].articles == 5
    assert with_deleted(model, "1", "2").topics("0").topics[0].articles == 3


def test_training_is_advised_once_much_is_live_or_unknown_to_the_model():
    model = Recommender.fit(Article(id=str(n), title=f"ferry refit {n}") for n in range(1000))

    def advice(n, words):
        articles = [Article(id=f"n{at}", title=words.format(at)) for at in range(n)]
        return with_articles(model, articles).status().advice

    assert advice(80, "ferry refit") is None
    rows = "120 of 1,120 rows are newer than the model: train again"
    assert advice(120, "ferry refit") == rows
    terms = "67% of the terms of newer articles are new to the model: train again"
    assert advice(80, "maglev hyperloop{} ferry") == terms


def test_status_counts_what_the_model_serves(trained):
    model = trained.apply_changes([(3, "1", None), (5, "9", Article(id="9", title="maglev"))])
    status = model.status()
    assert (status.articles, status.live_rows, status.masked_rows, status.behind) == (5, 1, 1, 5)
    assert (status.unseen_share, status.tags, status.advice) == (1, 0, None)
