"""Out-of-vocabulary terms are numbered and named, and weigh as terms of one article."""

import numpy as np

from recommender.articles.article import Article
from recommender.articles.strings import Strings
from recommender.vectors.settings import VectorSettings
from recommender.vectors.term_space import TermSpace
from recommender.vectors.unseen import OutOfVocabulary

NEWS = [
    Article(id="a", title="Ferry late", tags=["Ferries"]),
    Article(id="b", title="Ferry refit", tags=["Ferries"]),
]
NEW = Article(id="c", title="Maglev ferry", body="A maglev, a maglev", tags=["Rail", "Ferries"])


def learned():
    return TermSpace.fit(NEWS, VectorSettings())[0]


def weights_of(space, vectors):
    """The weight of each term of a row, by name."""
    names = [space.name(int(column)) for column in vectors.indices]
    return dict(zip(names, vectors.data.tolist(), strict=True))


def test_new_terms_have_the_last_columns_and_the_commonest_form():
    space, vectors = learned().extended([NEW])
    assert len(space.unseen) == 2
    assert vectors.indices.tolist() == sorted(vectors.indices.tolist())
    assert set(weights_of(space, vectors)) == {"Ferry", "Ferries", "maglev", "Rail"}
    tags = space.tag_mask(vectors.indices)
    assert {space.name(int(column)) for column in vectors.indices[tags]} == {"Ferries", "Rail"}
    assert [space.is_tag(int(column)) for column in vectors.indices] == tags.tolist()


def test_a_new_word_weighs_as_a_word_of_one_article():
    weights = weights_of(*learned().extended([Article(id="x", title="late maglev")]))
    assert weights["late"] == weights["maglev"]


def test_terms_are_known_to_the_extended_space_only():
    space = learned()
    assert set(weights_of(space, space.transform([NEW]))) == {"Ferry", "Ferries"}
    extended, vectors = space.extended([NEW])
    assert np.array_equal(extended.transform([NEW]).indices, vectors.indices)
    assert set(weights_of(space, space.transform([NEW]))) == {"Ferry", "Ferries"}


def test_a_word_and_a_tag_of_the_same_letters_are_two_terms():
    unseen, known = OutOfVocabulary(), Strings.of([])
    assert unseen.numbering(known, False, extend=True)(["rail"]) == [0]
    assert unseen.numbering(known, True, extend=True)(["rail"]) == [1]
    assert unseen.extended().numbering(known, True)(["rail", "other"]) == [1, -1]


def test_an_extension_keeps_its_numbers_when_another_follows():
    old, known = OutOfVocabulary(), Strings.of(["ferry"])
    old.numbering(known, False, extend=True)(["maglev"])
    first = old.extended()
    old.numbering(known, False, extend=True)(["hail", "maglev"])
    second = old.extended()
    assert first.numbering(known, False)(["maglev", "hail"]) == [1, -1]
    assert second.numbering(known, False)(["maglev", "hail"]) == [1, 2]
