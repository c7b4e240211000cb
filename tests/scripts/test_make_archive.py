"""The synthetic archive is the same every time, imports cleanly and has the statistics of news."""

import gzip
import json

import numpy as np
import pytest
from bench import make_archive
from bench.make_archive import write
from bench.peers import text_of, tfidf
from bench.synthetic_text import FUNCTION, spelled
from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS
from sparse_dot_topn import sp_matmul_topn

from recommender import Recommender, read_articles
from recommender.archive.importing import import_sources

N = 2000


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    path = tmp_path_factory.mktemp("archive") / "articles.jsonl"
    write(path, N)
    return path


@pytest.fixture(scope="module")
def articles(path):
    return list(read_articles(path))


def vocabulary(articles):
    return {word for article in articles for word in article.body.lower().split()}


def test_the_same_seed_gives_the_same_bytes(tmp_path, monkeypatch):
    monkeypatch.setattr(make_archive, "CHUNK", 20)
    for name, seed in ("a.jsonl", 1), ("b.jsonl", 1), ("c.jsonl", 2), ("a.gz", 1), ("b.gz", 1):
        write(tmp_path / name, 50, seed)
    read = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    assert read["a.jsonl"] == read["b.jsonl"] != read["c.jsonl"]
    assert read["a.gz"] == read["b.gz"] != read["a.jsonl"]
    assert gzip.decompress(read["a.gz"]) == read["a.jsonl"]


def test_an_archive_may_have_one_article(tmp_path):
    write(tmp_path / "one.jsonl", 1, words=20)
    assert len(list(read_articles(tmp_path / "one.jsonl"))) == 1


def test_every_article_and_field_is_imported(path, catalog):
    report = import_sources(catalog, [str(path)])
    assert (report.created, report.bad_count, report.unknown, report.duplicates) == (N, 0, {}, {})


def test_lengths_are_spread_around_the_median(articles):
    lengths = [len(article.body.split()) for article in articles]
    assert np.median(lengths) == pytest.approx(300, rel=0.05)
    assert np.std(np.log(lengths)) == pytest.approx(0.64, abs=0.05)


def test_the_vocabulary_grows_by_heaps_law(articles):
    quarter, whole = (len(vocabulary(articles[:n])) for n in (N // 4, N))
    assert 0.35 < np.log(whole / quarter) / np.log(4) < 0.55


def test_about_one_article_in_ten_has_a_near_copy(articles):
    matrix = tfidf(bigrams=False).fit_transform([text_of(article) for article in articles])
    top = sp_matmul_topn(matrix, matrix.T.tocsr(), top_n=2, sort=True)
    second = top.data[top.indptr[1:] - 1]
    assert 0.05 < np.mean(second > 0.8) < 0.15
    assert 0.25 < np.median(second) < 0.45


def test_similar_articles_are_close_in_time(articles):
    assert Recommender.fit(articles).index.times.power > 0.05


def test_every_filter_keeps_some_articles_and_removes_others(path):
    records = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    for key in ("tags", "published_at", "author", "summary", "language"):
        assert 0 < sum(not record[key] for record in records) < N, key
    assert len({record["section"] for record in records}) == 10
    assert len({record["author"] for record in records}) > 100
    assert len({record["url"] for record in records}) == N


def test_words_are_spelled_differently_and_rare_ones_are_no_stop_words():
    ids = np.concatenate([np.arange(200_000), np.geomspace(2e5 + 1, 4e9, 1000).astype(np.int64)])
    words = [row.tobytes().replace(b"\0", b"").decode() for row in spelled(ids)]
    assert len(set(words)) == len(words)
    assert not set(words[len(FUNCTION) :]) & ENGLISH_STOP_WORDS
    assert all(len(word) > 2 and word.isalpha() for word in words[len(FUNCTION) :])
