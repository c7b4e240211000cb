"""Terms that a space has not learned are numbered, named, and as rare as those of one article."""

import numpy as np

from recommender.articles.article import Article
from recommender.articles.strings import Strings
from recommender.vectors.unseen import OutOfVocabulary
from recommender.vectors.term_space import TermSpace
from recommender.vectors.settings import VectorSettings

NEWS = [
    Article(id="a", title="Ferry late", tags=["Ferries"]),
    Article(id="b", title="Ferry refit", tags=["Ferries"]),
]
NEW = Article(id="c", title="Maglev ferry", body="A maglev, a maglev", tags=["Rail", "Ferries"])


def learned():
    return TermSpace.fit(NEWS, VectorSettings())[0]


def named(space, vectors):
    names = [space.name(int(column)) for column in vectors.indices]
    return dict(zip(names, vectors.data.tolist(), strict=True))


def test_what_is_unseen_stands_in_columns_after_all_others_and_is_named_as_written():
    space = learned()
    grown, vectors = space.extended([NEW])
    assert len(grown.unseen) == 2
    assert vectors.indices.tolist() == sorted(vectors.indices.tolist())
    assert set(named(grown, vectors)) == {"Ferry", "Ferries", "maglev", "Rail"}
    tags = grown.tag_mask(vectors.indices)
    assert {grown.name(int(c)) for c in vectors.indices[tags]} == {"Ferries", "Rail"}
    assert [grown.is_tag(int(column)) for column in vectors.indices] == tags.tolist()


def test_an_unseen_word_weighs_as_one_of_a_single_article():
    both = [Article(id="x", title="late maglev")]
    _, vectors = (space := learned()).extended(both)
    weights = named(space.extended(both)[0], vectors)
    assert weights["late"] == weights["maglev"]


def test_who_only_reads_leaves_out_what_is_unseen_to_it():
    space = learned()
    assert set(named(space, space.transform([NEW]))) == {"Ferry", "Ferries"}
    grown, vectors = space.extended([NEW])
    assert np.array_equal(grown.transform([NEW]).indices, vectors.indices)
    # The space that it grew out of is as it was.
    assert set(named(space, space.transform([NEW]))) == {"Ferry", "Ferries"}


def test_a_word_and_a_tag_that_are_spelt_alike_are_two_terms():
    unseen = OutOfVocabulary()
    known = Strings.of([])
    assert unseen.numbers(known, False, grow=True)(["rail"]) == [0]
    assert unseen.numbers(known, True, grow=True)(["rail"]) == [1]
    assert unseen.extended().numbers(known, True)(["rail", "other"]) == [1, -1]


def test_what_grew_twice_out_of_one_keeps_its_numbers():
    old, known = OutOfVocabulary(), Strings.of(["ferry"])
    old.numbers(known, False, grow=True)(["maglev"])
    first = old.extended()
    old.numbers(known, False, grow=True)(["hail", "maglev"])
    second = old.extended()
    assert first.numbers(known, False)(["maglev", "hail"]) == [1, -1]
    assert second.numbers(known, False)(["maglev", "hail"]) == [1, 2]
