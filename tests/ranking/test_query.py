"""A list is asked of an article, a draft or a mix of several."""

from datetime import UTC, datetime

import numpy as np
import pytest
from support.references import dense

from recommender import Article, Recommender
from recommender.articles.article import Draft
from recommender.errors import ArticleNotFoundError, OptionError
from recommender.articles.times import UNDATED, microseconds
from recommender.ranking.query import UNLIKE_SHARE, Query

NOW = datetime(2026, 12, 1, tzinfo=UTC)
WOLVES, FERRY = "hp-2026-0319-wolves-released", "hp-2026-0109-saint-orla-refit-bill"


def ids(listing):
    return [item.article.id for item in listing]


def row_query(model, article_id):
    row = model.articles.row(article_id)
    return Query.of_row(model.articles, model.index.vectors, row)


def test_a_draft_that_is_word_for_word_an_article_gets_its_list(model, newsroom):
    for article in newsroom[:10]:
        draft = Draft.model_validate(article.model_dump())
        drafted, stored = (
            model.recommend_for(draft, limit=20, explain=True),
            model.recommend(article.id, limit=20, explain=True),
        )
        assert ids(drafted) == ids(stored)
        for one, other in zip(drafted, stored, strict=True):
            assert one.score == pytest.approx(other.score, abs=2e-6)
            assert one.reason == other.reason


def test_a_draft_without_an_id_of_the_archive_finds_that_article_first(model, newsroom):
    draft = Draft.model_validate(newsroom[0].model_dump(exclude={"id"}))
    listing = model.recommend_for(draft, duplicates="show")
    assert ids(listing)[0] == newsroom[0].id
    assert listing.to_record()["article"]["id"] is None
    assert listing.article.title == newsroom[0].title


def test_a_draft_without_a_date_is_dated_now_and_nobody_else_is(model):
    vector = model.articles, model.space
    undated, dated = Draft(title="Wolves"), Draft(title="Wolves", published_at="2026-01-01")
    assert Query.of_draft(*vector, undated, microseconds(NOW)).published == microseconds(NOW)
    assert Query.of_draft(*vector, undated, None).published == UNDATED
    later = Query.of_draft(*vector, dated, microseconds(NOW))
    assert later.published == microseconds(dated.published_at)


def test_a_draft_of_unknown_words_gets_an_empty_list_that_says_so(model):
    listing = model.recommend_for(Draft(title="Xyzzy"))
    assert len(listing) == 0
    assert listing.shortfall.reasons == {"unrelated": len(model.articles)}


def test_a_mix_of_one_article_gets_its_list(model):
    for key in list(model.articles.ids)[:10]:
        mixed, stored = model.recommend_for(like=[key], limit=20), model.recommend(key, limit=20)
        assert ids(mixed) == ids(stored)
        assert [item.score for item in mixed] == pytest.approx([i.score for i in stored], abs=2e-6)
        assert mixed.article is None


def test_a_mix_is_the_mean_less_a_share_of_the_mean_of_the_unlike_and_nothing_below_0(model):
    like = [row_query(model, key) for key in (WOLVES, FERRY)]
    unlike = [row_query(model, key) for key in list(model.articles.ids)[5:8]]
    liked, away = (
        np.mean([dense(query.vector)[0] for query in some], axis=0) for some in (like, unlike)
    )
    expected = np.maximum(0, liked - UNLIKE_SHARE * away)
    mixed = Query.of_mix(like, unlike)
    found = dense(mixed.vector)[0]
    assert found == pytest.approx(expected / np.linalg.norm(expected), rel=0.02, abs=3e-4)
    assert (mixed.vector.data > 0).all()
    assert (np.diff(mixed.vector.indices) > 0).all()


def test_what_is_liked_and_unliked_is_not_listed(model):
    others = ids(model.recommend(WOLVES, limit=6))
    listing = model.recommend_for(like=[WOLVES, others[0]], unlike=others[1:3], limit=50)
    assert not {WOLVES, *others[:3]} & set(ids(listing))
    wide = model.recommend_for(like=[WOLVES], unlike=others[:1], limit=50, tag=["nobody has it"])
    assert sum(wide.shortfall.reasons.values()) == len(model.articles) - 2


def test_what_is_like_the_unlike_falls():
    news = [Article(id=word, title=f"ferry {word}") for word in ("refit", "strike")]
    small, like = Recommender.fit(news), [Draft(title="ferry refit strike")]
    for unlike, first in [("strike", "refit"), ("refit", "strike")]:
        assert ids(small.recommend_for(like=like, unlike=[Draft(title=unlike)]))[0] == first


def test_a_mix_is_dated_as_the_latest_that_is_liked(model):
    like = [row_query(model, key) for key in (FERRY, WOLVES)]
    assert Query.of_mix(like, []).published == like[1].published > like[0].published
    assert Query.of_mix(like[:1], like[1:]).published == like[0].published


def test_a_mix_may_hold_drafts_and_fall_back_to_the_sections_liked(model):
    listing = model.recommend_for(
        like=[Draft(title="Wolves", section="Science")], min_score=1, fallback="section"
    )
    assert {item.source for item in listing} <= {"fallback"}
    assert {item.article.section for item in listing} <= {"Science"}
    assert ids(model.recommend_for(like=[Draft(title="Harrow"), FERRY], limit=50))


def test_a_mix_of_which_nothing_is_left_gets_an_empty_list(model):
    twins = [Article(id=name, title="Ferry late") for name in "ab"]
    small = Recommender.fit(twins)
    assert len(small.recommend_for(like=["a"], unlike=["b"])) == 0
    assert len(model.recommend_for(like=[Draft(title="Xyzzy")])) == 0


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"unlike": [WOLVES]},
        {"article": Draft(title="x"), "like": [WOLVES]},
        {"article": Draft(title="x"), "unlike": [WOLVES]},
    ],
)
def test_it_is_an_error_to_give_neither_or_both_of_an_article_and_what_it_is_like(model, given):
    with pytest.raises(OptionError, match="'article'"):
        model.recommend_for(**given)


def test_an_unknown_id_in_a_mix_is_an_error_that_names_it(model):
    with pytest.raises(ArticleNotFoundError, match="'nobody'"):
        model.recommend_for(like=[WOLVES], unlike=["nobody"])
