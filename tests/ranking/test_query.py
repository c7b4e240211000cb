"""A list is made for an article, a draft or a mix of several."""

from datetime import UTC, datetime

import numpy as np
import pytest
from support.references import dense

from recommender import Article, Draft, Recommender
from recommender.articles.times import UNDATED, microseconds
from recommender.errors import ArticleNotFoundError, OptionError
from recommender.ranking.query import UNLIKE_WEIGHT, Query

NOW = datetime(2026, 12, 1, tzinfo=UTC)
WOLVES, FERRY = "hp-2026-0319-wolves-released", "hp-2026-0109-saint-orla-refit-bill"


def ids(listing):
    return [item.article.id for item in listing]


def query_of(model, article_id):
    return Query.of_row(model, model.articles.row(article_id))


def test_draft_with_an_article_s_id_and_text_gets_its_list(model, newsroom):
    for article in newsroom[:10]:
        draft = Draft.model_validate(article.model_dump())
        for_draft = model.recommend_for(draft, limit=20, explain=True)
        for_article = model.recommend(article.id, limit=20, explain=True)
        assert ids(for_draft) == ids(for_article)
        for one, other in zip(for_draft, for_article, strict=True):
            assert one.score == pytest.approx(other.score, abs=2e-6)
            assert one.reason == other.reason


def test_draft_with_an_article_s_text_alone_lists_that_article_first(model, newsroom):
    draft = Draft.model_validate(newsroom[0].model_dump(exclude={"id"}))
    listing = model.recommend_for(draft, duplicates="show")
    assert ids(listing)[0] == newsroom[0].id
    assert listing.to_record()["article"]["id"] is None
    assert listing.article.title == newsroom[0].title


def test_draft_without_a_date_is_dated_now_if_there_is_a_now(model):
    undated, dated = Draft(title="Wolves"), Draft(title="Wolves", published_at="2026-01-01")
    now = microseconds(NOW)
    assert Query.of_draft(model, undated, now).published == now
    assert Query.of_draft(model, undated, None).published == UNDATED
    assert Query.of_draft(model, dated, now).published == microseconds(dated.published_at)


def test_draft_of_unknown_words_gets_an_empty_list_with_the_reason(model):
    listing = model.recommend_for(Draft(title="Xyzzy"))
    assert len(listing) == 0
    assert listing.shortfall.reasons == {"unrelated": len(model.articles)}


def test_mix_of_one_article_gets_its_list(model):
    for key in list(model.articles.ids)[:10]:
        mixed, stored = model.recommend_for(like=[key], limit=20), model.recommend(key, limit=20)
        assert ids(mixed) == ids(stored)
        scores = [item.score for item in stored]
        assert [item.score for item in mixed] == pytest.approx(scores, abs=2e-6)
        assert mixed.article is None


def test_mix_is_the_mean_less_a_part_of_the_unlike_mean_and_not_negative(model):
    like = [query_of(model, key) for key in (WOLVES, FERRY)]
    unlike = [query_of(model, key) for key in list(model.articles.ids)[5:8]]
    means = [
        np.mean([dense(query.vector)[0] for query in queries], axis=0) for queries in (like, unlike)
    ]
    expected = np.maximum(0, means[0] - UNLIKE_WEIGHT * means[1])
    mixed = Query.of_mix(like, unlike)
    weights = dense(mixed.vector)[0]
    assert weights == pytest.approx(expected / np.linalg.norm(expected), rel=0.02, abs=3e-4)
    assert (mixed.vector.data > 0).all()
    assert (np.diff(mixed.vector.indices) > 0).all()


def test_articles_of_a_mix_are_not_listed(model):
    others = ids(model.recommend(WOLVES, limit=6))
    listing = model.recommend_for(like=[WOLVES, others[0]], unlike=others[1:3], limit=50)
    assert not {WOLVES, *others[:3]} & set(ids(listing))
    none = model.recommend_for(like=[WOLVES], unlike=others[:1], limit=50, tag=["nobody has it"])
    assert sum(none.shortfall.reasons.values()) == len(model.articles) - 2


@pytest.mark.parametrize(("unlike", "first"), [("strike", "refit"), ("refit", "strike")])
def test_article_similar_to_an_unlike_one_ranks_lower(unlike, first):
    news = [Article(id=word, title=f"ferry {word}") for word in ("refit", "strike")]
    listing = Recommender.fit(news).recommend_for(
        like=[Draft(title="ferry refit strike")], unlike=[Draft(title=unlike)]
    )
    assert ids(listing)[0] == first


def test_mix_is_dated_as_the_latest_of_the_like(model):
    like = [query_of(model, key) for key in (FERRY, WOLVES)]
    assert Query.of_mix(like, []).published == like[1].published > like[0].published
    assert Query.of_mix(like[:1], like[1:]).published == like[0].published


def test_mix_may_hold_drafts_and_falls_back_to_their_sections(model):
    listing = model.recommend_for(
        like=[Draft(title="Wolves", section="Science")], min_score=1, fallback="section"
    )
    assert {item.source for item in listing} <= {"fallback"}
    assert {item.article.section for item in listing} <= {"Science"}
    assert ids(model.recommend_for(like=[Draft(title="Harrow"), FERRY], limit=50))


def test_mix_without_any_weight_gets_an_empty_list(model):
    twins = Recommender.fit([Article(id=name, title="Ferry late") for name in "ab"])
    assert len(twins.recommend_for(like=["a"], unlike=["b"])) == 0
    assert len(model.recommend_for(like=[Draft(title="Xyzzy")])) == 0


@pytest.mark.parametrize(
    "values",
    [
        {},
        {"unlike": [WOLVES]},
        {"article": Draft(title="x"), "like": [WOLVES]},
        {"article": Draft(title="x"), "unlike": [WOLVES]},
    ],
)
def test_exactly_one_of_an_article_and_like_must_be_given(model, values):
    with pytest.raises(OptionError, match="'article'"):
        model.recommend_for(**values)


def test_unknown_id_in_a_mix_is_an_error_that_names_it(model):
    with pytest.raises(ArticleNotFoundError, match="'nobody'"):
        model.recommend_for(like=[WOLVES], unlike=["nobody"])
