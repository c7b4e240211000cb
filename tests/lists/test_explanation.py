"""An explanation adds up to the score, and its terms are where it says."""

import re

import numpy as np
import pytest
from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS
from support.references import TOKENS, all_scores, dense

from recommender import Article, Config, Recommender
from recommender.articles.times import parse_time
from recommender.lists.explanation import explain
from recommender.ranking.candidates import DIGITS
from recommender.text.boilerplate import extract_texts
from recommender.text.tags import tag_key
from recommender.vectors.settings import VectorSettings
from recommender.vectors.term_space import TermSpace
from recommender.vectors.weighting import FIELDS

HALF_A_DIGIT = 0.5 * 10**-DIGITS
NOW = parse_time("2026-12-01")


def rows_of(*articles):
    """The term space of some articles and the row of each."""
    space, vectors = TermSpace.fit(articles, VectorSettings())
    return space, [vectors.row(row) for row in range(len(articles))]


def items_of(model):
    """Every item of the lists of a model, after the id of the article."""
    for key in model.articles.ids:
        for item in model.recommend(key, limit=50, explain=True, duplicates="show"):
            yield key, item


@pytest.fixture(scope="module")
def items(model):
    return list(items_of(model))


@pytest.fixture(scope="module", params=["dated", "one day", "undated"])
def archive(request, newsroom):
    """The sample archive with its own dates, with one date, and without."""
    if request.param == "dated":
        return newsroom
    date = parse_time("2026-05-02") if request.param == "one day" else None
    return [article.model_copy(update={"published_at": date}) for article in newsroom]


@pytest.fixture(scope="module")
def archive_model(archive):
    return Recommender.fit(archive, Config.of({"nearness": {"power": 0.1}}))


@pytest.fixture(scope="module")
def archive_items(archive_model):
    return list(items_of(archive_model))


def test_terms_and_rest_add_up_to_the_similarity(archive_items):
    assert len(archive_items) > 2500
    for _, item in archive_items:
        explanation = item.explanation
        total = sum(term.contribution for term in explanation.terms) + explanation.rest
        assert abs(total - explanation.similarity) < HALF_A_DIGIT


def test_similarity_and_effects_add_up_to_the_score(archive_items):
    for _, item in archive_items:
        total = item.explanation.similarity + sum(item.explanation.effects.values())
        assert abs(total - item.score) < HALF_A_DIGIT


def test_similarity_is_the_dot_product_and_nearness_makes_the_score(archive_model, archive_items):
    index = archive_model.index
    matrix, scores = dense(index.vectors), all_scores(index.vectors, index.times)
    for key, item in archive_items:
        row, other = (archive_model.articles.row(each) for each in (key, item.article.id))
        assert item.explanation.similarity == pytest.approx(matrix[row] @ matrix[other], abs=3e-6)
        assert item.score == pytest.approx(scores[row, other], abs=3e-6)


def test_nearness_is_an_effect_only_between_different_days(archive, archive_items):
    published = {article.id: article.published_at for article in archive}
    for key, item in archive_items:
        own, other, effects = published[key], published[item.article.id], item.explanation.effects
        if own == other and (own or not any(published.values())):
            assert effects == {}
        if own and other and abs(own - other).days:
            assert effects["nearness"] < 0


def test_freshness_is_an_effect_on_top_of_similarity_and_nearness(model):
    for key in list(model.articles.ids)[::5]:
        plain = {item.article.id: item for item in model.recommend(key, limit=50, explain=True)}
        for item in model.recommend(key, half_life_days=20, now=NOW, explain=True):
            explanation = item.explanation
            total = explanation.similarity + sum(explanation.effects.values())
            assert total == pytest.approx(item.score, abs=1e-9)
            terms = sum(term.contribution for term in explanation.terms) + explanation.rest
            assert terms == pytest.approx(explanation.similarity, abs=1e-9)
            if before := plain.get(item.article.id):
                lost = explanation.effects["freshness"]
                assert lost == pytest.approx(item.score - before.score, abs=2e-6)
                nearness = before.explanation.effects.get("nearness", 0)
                assert explanation.effects.get("nearness", 0) == pytest.approx(nearness, abs=2e-6)
        assert all("freshness" not in item.explanation.effects for item in plain.values())


def fields_of(article, term):
    """The fields that have a word, or a bigram with at most stop words between its two words."""
    wanted = " ".join(term.replace(" … ", " ").lower().split())
    fields = []
    for field, text in zip(FIELDS, extract_texts(article), strict=False):
        words = [word.lower() for word in TOKENS(text)]
        text = " ".join(word for word in words if word not in ENGLISH_STOP_WORDS)
        if re.search(rf"\b{re.escape(wanted)}\b", text):
            fields.append(field)
    return tuple(fields)


def test_terms_are_in_both_articles_and_in_the_named_fields(newsroom, items):
    by_id = {article.id: article for article in newsroom}
    for key, item in items:
        one, other = by_id[key], by_id[item.article.id]
        for term in item.explanation.terms:
            if term.fields == ("tags",):
                assert all(tag_key(term.term) in map(tag_key, a.tags) for a in (one, other))
            else:
                assert term.fields == fields_of(other, term.term) != ()
                assert fields_of(one, term.term)


def test_terms_are_the_strongest_ten_in_order(items):
    for _, item in items:
        contributions = [term.contribution for term in item.explanation.terms]
        assert contributions == sorted(contributions, reverse=True)
        assert 0 < len(contributions) <= 10
        assert min(contributions) >= 0
        assert item.explanation.rest >= -len(contributions) * HALF_A_DIGIT


def test_tags_are_all_that_both_articles_have(newsroom, items):
    tags = {article.id: set(map(tag_key, article.tags)) for article in newsroom}
    for key, item in items:
        listed = list(map(tag_key, item.explanation.tags))
        assert sorted(listed) == sorted(tags[key] & tags[item.article.id])


def test_rows_that_share_no_term_have_an_empty_explanation():
    space, (one, other, empty) = rows_of(
        Article(id="a", title="Red fox"), Article(id="b", title="Owl"), Article(id="c", title="of")
    )
    for pair in ((one, other), (one, empty), (empty, one), (empty, empty)):
        explanation = explain(space, *pair, 0.0)
        assert (explanation.similarity, explanation.terms, explanation.rest) == (0, (), 0)
        assert (explanation.tags, explanation.effects) == ((), {})


def test_similarity_of_an_article_with_itself_is_about_1():
    space, (one, _) = rows_of(
        Article(id="a", title="Red fox", body="Red hen"), Article(id="b", title="Red owl")
    )
    similarity = explain(space, one, one, 1.0).similarity
    assert similarity == pytest.approx(float((one.data.astype(float) ** 2).sum()), abs=1e-6)
    # As near to 1 as the levels of weights are to each other.
    assert similarity == pytest.approx(1, abs=0.034)


def test_score_that_differs_in_its_last_bits_has_no_effect():
    space, (one, other) = rows_of(
        Article(id="a", title="Red fox"), Article(id="b", title="Red owl")
    )
    similarity = explain(space, one, other, 1.0).similarity
    explanation = explain(space, one, other, similarity + 1e-6)
    assert explanation.effects == {}
    assert explanation.similarity == pytest.approx(similarity + 1e-6, abs=HALF_A_DIGIT)
    total = sum(term.contribution for term in explanation.terms) + explanation.rest
    assert total == pytest.approx(explanation.similarity, abs=HALF_A_DIGIT)
    assert explain(space, one, other, similarity / 2).effects["nearness"] < 0


def test_explanation_is_the_same_both_ways_except_for_the_fields(model):
    vectors = model.index.vectors
    for other in range(1, 20):
        there = explain(model.space, vectors.row(0), vectors.row(other), 0.5)
        back = explain(model.space, vectors.row(other), vectors.row(0), 0.5)
        assert there.similarity == back.similarity
        assert [(term.term, term.contribution) for term in there.terms] == [
            (term.term, term.contribution) for term in back.terms
        ]
        assert np.isclose(there.rest, back.rest)
