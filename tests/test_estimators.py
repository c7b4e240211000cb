"""ArticleVectorizer and SparseNeighbors behave as scikit-learn's own estimators do."""

import numpy as np
import pytest
from scipy.sparse import csr_matrix, random
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.neighbors import NearestNeighbors
from sklearn.pipeline import make_pipeline
from sklearn.utils.estimator_checks import parametrize_with_checks

from recommender import Article
from recommender.estimators import ArticleVectorizer, SparseNeighbors
from recommender.vectors.settings import VectorSettings

NEWS = [
    Article(
        id="a",
        title="Ferry refit delayed",
        body="The Hallin ferry stays in the yard.",
        tags=["Ferries"],
    ),
    Article(id="b", title="Ferry back", body="The Hallin ferry sails on Monday."),
    Article(id="c", title="Wolves seen", body="Two wolves crossed the valley."),
]


@parametrize_with_checks([SparseNeighbors()])
def test_sparse_neighbors_passes_the_checks_of_scikit_learn(estimator, check):
    check(estimator)


def test_the_vectorizers_arguments_are_the_settings_and_their_defaults():
    assert ArticleVectorizer().get_params() == VectorSettings().model_dump()


def test_the_vectorizer_can_be_cloned_and_set():
    vectorizer = clone(ArticleVectorizer(idf_power=2.0)).set_params(lead_weight=0)
    assert vectorizer.get_params()["idf_power"] == 2.0
    assert vectorizer.get_params()["lead_weight"] == 0
    with pytest.raises(NotFittedError):
        vectorizer.transform(NEWS)


def test_fit_then_transform_gives_what_fit_transform_gives():
    rows = ArticleVectorizer().fit_transform(NEWS)
    again = ArticleVectorizer().fit(NEWS).transform(iter(NEWS))
    assert (rows != again).nnz == 0
    # Lengths are 1 up to the rounding of weights to levels.
    np.testing.assert_allclose(rows.multiply(rows).sum(axis=1), 1, rtol=0.034)


def test_features_are_named_in_the_order_of_the_columns():
    vectorizer = ArticleVectorizer()
    rows = vectorizer.fit_transform(NEWS)
    names = vectorizer.get_feature_names_out().tolist()
    assert rows.shape == (3, len(names))
    assert {names[column] for column in rows[0].indices} == {
        "ferry", "refit", "delayed", "hallin", "stays", "yard", "hallin ferry", "tag=ferries",
    }  # fmt: skip


def test_both_work_in_a_pipeline():
    pipeline = make_pipeline(ArticleVectorizer(), SparseNeighbors(n_neighbors=1))
    pipeline.fit(NEWS)
    rows = pipeline[-1].kneighbors(return_distance=False)
    assert rows[:2].ravel().tolist() == [1, 0]


@pytest.mark.parametrize("query", [None, "others"])
def test_neighbours_are_those_of_nearest_neighbors(query):
    generator = np.random.default_rng(7)
    data = random(300, 40, 0.2, format="csr", dtype=np.float32, rng=generator)
    others = None if query is None else random(20, 40, 0.2, format="csr", rng=generator)
    theirs = NearestNeighbors(n_neighbors=7, metric="cosine", algorithm="brute").fit(data)
    ours = SparseNeighbors(n_neighbors=7).fit(data)
    distances, rows = ours.kneighbors(others)
    expected, _ = theirs.kneighbors(others)
    np.testing.assert_allclose(distances, expected, atol=2e-6)
    assert rows.shape == (300 if others is None else 20, 7)
    assert np.all(np.diff(distances) >= 0)


def test_an_equal_row_is_a_neighbour_and_a_row_is_not_its_own():
    rows = SparseNeighbors(n_neighbors=2).fit(csr_matrix([[1.0, 2], [1, 2], [2, 1]]))
    assert rows.kneighbors(return_distance=False).tolist() == [[1, 2], [0, 2], [0, 1]]


def test_rows_that_share_nothing_fill_the_list_in_ascending_order():
    rows = SparseNeighbors(n_neighbors=3).fit(np.eye(4))
    distances, neighbours = rows.kneighbors()
    assert neighbours.tolist() == [[1, 2, 3], [0, 2, 3], [0, 1, 3], [0, 1, 2]]
    assert np.all(distances == 1)


def test_the_graph_has_a_row_for_each_query_with_its_distances():
    neighbors = SparseNeighbors(n_neighbors=1).fit(csr_matrix([[1.0, 0], [1, 1], [0, 1]]))
    graph = neighbors.kneighbors_graph(mode="distance")
    assert graph.shape == (3, 3)
    assert graph[0, 1] == pytest.approx(1 - 0.5**0.5)
    assert neighbors.kneighbors_graph().sum() == 3
    with pytest.raises(ValueError, match="mode is 'near'"):
        neighbors.kneighbors_graph(mode="near")


@pytest.mark.parametrize("k", [0, 3, 1.5])
def test_a_wrong_number_of_neighbours_is_refused(k):
    with pytest.raises(ValueError, match="n_neighbors"):
        SparseNeighbors(n_neighbors=k).fit(np.eye(3)).kneighbors()
