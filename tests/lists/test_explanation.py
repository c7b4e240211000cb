"""Explanations add up, name the right fields, and reasons use the articles' own words."""

import re
from pathlib import Path
from random import Random

import numpy as np
import pytest
from support import references
from support.references import TOKENS, all_scores, dense
from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS

from recommender import Config, Recommender, read_articles
from recommender.articles.article import Article
from recommender.text.boilerplate import extract_texts
from recommender.ranking.candidates import DIGITS
from recommender.lists.explanation import explain
from recommender.vectors.overlap import overlap
from recommender.lists.reasons import reason
from recommender.text.tags import tag_key
from recommender.vectors.term_space import TermSpace
from recommender.vectors.settings import VectorSettings
from recommender.vectors.weighting import FIELDS

DATA = Path(__file__).parent / "data"
HALF_A_DIGIT = 0.5 * 10**-DIGITS


def fitted(*articles, **settings):
    space, vectors = TermSpace.fit(articles, VectorSettings(**settings))
    return space, [vectors.row(row) for row in range(len(articles))]


def explained(model):
    """Every pair of every list of a model: article id, item."""
    for row in range(len(model.articles)):
        key = model.articles.ids[row]
        for item in model.recommend(key, limit=50, explain=True, duplicates="show"):
            yield key, item


def phrases(sentence):
    assert sentence == "Similar wording" or sentence.startswith("Both about ")
    if sentence == "Similar wording":
        return []
    return re.split(r", | and ", sentence.removeprefix("Both about "))


@pytest.fixture(scope="module")
def items(model):
    return list(explained(model))


@pytest.fixture(scope="module", params=["dated", "one day", "undated"])
def archive(request, newsroom):
    dates = {"one day": "2026-05-02", "undated": None}
    if request.param == "dated":
        return newsroom
    date = Article(id="x", title="x", published_at=dates[request.param]).published_at
    return [article.model_copy(update={"published_at": date}) for article in newsroom]


@pytest.fixture(scope="module")
def pairs(archive):
    model = Recommender.fit(archive, Config.of({"nearness": {"power": 0.1}}))
    return model, list(explained(model))


def test_contributions_and_the_rest_add_up_to_the_similarity(pairs):
    _, found = pairs
    assert len(found) > 2500
    for _, item in found:
        why = item.explanation
        total = sum(term.contribution for term in why.terms) + why.rest
        assert abs(total - why.similarity) < HALF_A_DIGIT


def test_similarity_and_effects_add_up_to_the_score(pairs):
    _, found = pairs
    wrong = [
        (key, item.article.id, item.explanation.similarity, item.explanation.effects, item.score)
        for key, item in found
        if abs(item.explanation.similarity + sum(item.explanation.effects.values()) - item.score)
        >= HALF_A_DIGIT
    ]
    assert not wrong


def test_similarity_is_the_dot_product_and_the_score_has_nearness_in_it(pairs):
    model, found = pairs
    matrix = dense(model.index.vectors)
    scores = all_scores(model.index.vectors, model.index.times)
    for key, item in found:
        row, other = model.articles.row(key), model.articles.row(item.article.id)
        assert item.explanation.similarity == pytest.approx(matrix[row] @ matrix[other], abs=3e-6)
        assert item.score == pytest.approx(scores[row, other], abs=3e-6)


def test_effects_are_told_only_where_time_has_one(pairs, archive):
    _, found = pairs
    published = {article.id: article.published_at for article in archive}
    for key, item in found:
        if published[key] == published[item.article.id]:
            same_day = published[key] is not None or not any(published.values())
            assert not (same_day and item.explanation.effects)
        elif published[key] and published[item.article.id]:
            apart = abs(published[key] - published[item.article.id]).days
            assert apart < 1 or item.explanation.effects["nearness"] < 0


def texts_of(article):
    """The words of each field as written, in order."""
    return dict(zip(FIELDS, map(TOKENS, extract_texts(article)), strict=False))


def has_run(found, wanted):
    size = len(wanted)
    return any(found[at : at + size] == wanted for at in range(len(found) - size + 1))


def fields_of(article, term):
    """In which fields a word stands, or a pair with at most stop words between the two."""
    wanted = term.replace(" … ", " ").lower().split()
    return tuple(
        name
        for name, found in texts_of(article).items()
        if has_run([w.lower() for w in found if w.lower() not in ENGLISH_STOP_WORDS], wanted)
    )


def test_terms_stand_in_both_articles_and_in_the_fields_that_are_named(newsroom, items):
    by_id = {article.id: article for article in newsroom}
    for key, item in items:
        one, other = by_id[key], by_id[item.article.id]
        for term in item.explanation.terms:
            if term.fields == ("tags",):
                assert all(tag_key(term.term) in map(tag_key, a.tags) for a in (one, other))
            else:
                assert term.fields == fields_of(other, term.term) != ()
                assert fields_of(one, term.term)


def test_terms_are_the_strongest_first_and_no_more_than_ten(items):
    for _, item in items:
        contributions = [term.contribution for term in item.explanation.terms]
        assert contributions == sorted(contributions, reverse=True)
        assert 0 < len(contributions) <= 10
        assert min(contributions) >= 0
        assert item.explanation.rest >= -len(contributions) * HALF_A_DIGIT


def test_the_tags_of_an_explanation_are_those_both_have(newsroom, items):
    by_id = {article.id: set(map(tag_key, article.tags)) for article in newsroom}
    for key, item in items:
        found = list(map(tag_key, item.explanation.tags))
        assert sorted(found) == sorted(by_id[key] & by_id[item.article.id])


def test_rows_that_share_nothing_explain_to_nothing():
    space, (one, other, empty) = fitted(
        Article(id="a", title="Red fox"), Article(id="b", title="Owl"), Article(id="c", title="of")
    )
    for pair in ((one, other), (one, empty), (empty, one), (empty, empty)):
        why = explain(space, *pair, 0.0)
        assert (why.similarity, why.terms, why.rest, why.tags, why.effects) == (0, (), 0, (), {})
        assert reason(space, *pair) == "Similar wording"


def test_an_article_and_itself_share_everything():
    space, (one, _) = fitted(
        Article(id="a", title="Red fox", body="Red hen"), Article(id="b", title="Red owl")
    )
    found = explain(space, one, one, 1.0).similarity
    assert found == pytest.approx(float((one.data.astype(float) ** 2).sum()), abs=1e-6)
    # As near to 1 as levels of weights are to each other.
    assert found == pytest.approx(1, abs=0.034)


def test_reasons_are_whole_words_that_stand_so_in_one_of_the_two_articles(newsroom, items):
    by_id = {article.id: article for article in newsroom}
    for key, item in items:
        pair = by_id[key], by_id[item.article.id]
        tags = {tag.lower() for article in pair for tag in article.tags}
        runs = [
            [word.lower() for word in found]
            for article in pair
            for found in texts_of(article).values()
        ]
        for phrase in phrases(item.reason):
            wanted = phrase.lower().split()
            assert phrase.lower() in tags or any(has_run(found, wanted) for found in runs), (
                key,
                item.article.id,
                item.reason,
            )


def test_reasons_name_no_bare_number_and_cut_nothing_short(items):
    for _, item in items:
        assert "…" not in item.reason
        named = phrases(item.reason)
        assert len(named) <= 3
        # What shares only dates and words that are everywhere has a low score.
        assert named or item.score < 0.06
        assert all(any(letter.isalpha() for letter in phrase) for phrase in named)


def test_no_word_is_said_twice_in_a_reason(items):
    for _, item in items:
        said = [phrase.lower() for phrase in phrases(item.reason)]
        assert len(set(said)) == len(said)


def test_a_shared_number_alone_is_no_reason():
    space, (one, other) = fitted(
        Article(id="a", title="Fox 2026 9000"), Article(id="b", title="Owl 2026 9000")
    )
    assert reason(space, one, other) == "Similar wording"


def test_a_reason_never_joins_two_words_that_neither_article_joins():
    others = [
        Article(id=f"{n}", title=f"Bank England number{n}", body=f"filler{n}") for n in range(3)
    ]
    space, rows = fitted(
        Article(id="a", title="Governor of the Bank of England resigns"),
        Article(id="b", title="Bank of England governor quits"),
        *others,
    )
    assert "Bank England" not in reason(space, rows[0], rows[1])


def test_a_reason_never_strings_together_what_another_word_parts():
    space, (one, other) = fitted(
        Article(id="a", title="東京 of 京都"), Article(id="b", title="東京 of 京都 x")
    )
    assert "東京都" not in reason(space, one, other)


def test_shared_tags_come_first_then_names_then_other_words():
    filler = [Article(id=str(n), title=f"Number{n} word{n}", tags=[f"t{n}"]) for n in range(20)]
    space, rows = fitted(
        Article(id="a", title="Hallin ferry late", tags=["Saint Orla"]),
        Article(id="b", title="The ferry of Hallin", body="One late boat", tags=["saint orla"]),
        *filler,
    )
    named = phrases(reason(space, rows[0], rows[1]))
    assert named[:2] == ["Saint Orla", "Hallin"]
    assert len(named) == 3


def test_months_days_and_forms_of_address_are_no_reason():
    space, (one, other) = fitted(
        Article(id="a", title="Mr Hale speaks on Monday, 3 October"),
        Article(id="b", title="October fair: Mr Brandt comes Monday"),
    )
    assert reason(space, one, other) == "Similar wording"


def test_a_name_is_told_in_full_with_the_word_it_mostly_stands_with():
    fillers = [Article(id=str(n), title=f"Tea Party meets number{n}") for n in range(3)]
    space, rows = fitted(
        Article(id="a", title="Anger of the Tea Party", body="Obama leads"),
        Article(id="b", title="Tea Party grows", body="Sleeps Obama"),
        *fillers,
    )
    assert phrases(reason(space, rows[0], rows[1]))[:2] == ["Tea Party", "Obama"]


def test_a_word_and_the_same_with_an_ending_are_told_once():
    space, (one, other) = fitted(
        Article(id="a", title="Yazidi Yazidis flee"), Article(id="b", title="Yazidis and a Yazidi")
    )
    assert len(phrases(reason(space, one, other))) == 1


def test_a_plain_word_that_is_everywhere_is_no_reason():
    articles = [Article(id=str(n), title=f"Own{n}", body="she said so") for n in range(20)]
    space, rows = fitted(*articles)
    assert reason(space, rows[0], rows[1]) == "Similar wording"
    few_space, few = fitted(*articles[:5])
    assert "said" in reason(few_space, few[0], few[1])


def test_a_broad_tag_is_no_reason():
    articles = [Article(id=str(n), title=f"Own{n}", tags=["News"]) for n in range(20)]
    space, rows = fitted(*articles)
    assert reason(space, rows[0], rows[1]) == "Similar wording"


def test_an_explanation_is_the_same_both_ways_but_for_the_fields(model):
    vectors = model.index.vectors
    for other in range(1, 20):
        there = explain(model.space, vectors.row(0), vectors.row(other), 0.5)
        back = explain(model.space, vectors.row(other), vectors.row(0), 0.5)
        assert there.similarity == back.similarity
        assert [(t.term, t.contribution) for t in there.terms] == [
            (t.term, t.contribution) for t in back.terms
        ]
        assert np.isclose(there.rest, back.rest)


def assert_as_the_references_say(space, query, other):
    columns, products, bits = overlap(query, other)
    expected = references.shared(query, other)
    assert list(zip(products, columns, bits, strict=True)) == expected
    assert reason(space, query, other) == references.reason(space, query, other)


@pytest.mark.parametrize("archive", ["newsroom", "kirihama", "kurier"])
def test_what_is_shared_and_the_reason_are_those_of_the_references(archive):
    articles = list(read_articles(f"{DATA}/{archive}/articles.jsonl"))
    space, rows = fitted(*articles)
    for query in rows:
        for other in rows:
            assert_as_the_references_say(space, query, other)


# Numbers are overlap, but tell nothing.
WORDS = ["Hallin", "ferry", "Saint", "Orla", "late", "F3", "of", "東京", "京都", "電力から"] * 3
WORDS += map(str, range(50, 99))
TAGS = ["Saint Orla", "ferry", "東京", "News"]


def made_up(number, random):
    title, body = (" ".join(random.choices(WORDS, k=random.randint(0, k))) for k in (6, 120))
    tags = random.sample(TAGS, random.randint(0, 3))
    return Article(id=str(number), title=f"{title} x{number}", body=body, tags=tags)


@pytest.mark.parametrize("seed", range(40))
def test_any_two_articles_have_the_reason_of_the_references(seed):
    random = Random(seed)
    articles = [made_up(number, random) for number in range(6)]
    space, rows = fitted(*articles, stemming=bool(seed % 2))
    for query in rows:
        for other in rows:
            assert_as_the_references_say(space, query, other)
