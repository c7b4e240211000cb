"""Every benchmark runs on a small archive and gives figures that programs can read."""

import json

import bench
import bench_scale
import peers
import pytest
from make_archive import write

RATIOS = {"job", "engine", "wall_s", "cpu_s", "ratio", "cpu_ratio"}


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    path = tmp_path_factory.mktemp("small") / "small.jsonl.gz"
    write(path, 200, words=60)
    return str(path)


@pytest.fixture
def measured(capsys):
    """Run a benchmark with --json and give what it printed."""

    def run(*arguments):
        bench.main([*arguments, "--json", "--jobs", "2"])
        return json.loads(capsys.readouterr().out)

    return run


def by_engine(record, job):
    return {row["engine"]: row for row in record["rows"] if row["job"] == job}


def test_text_compares_words_and_pairs_of_words_with_scikit_learn(measured, source):
    record = measured("text", source, "--repeats", "1")
    for job in ("words", "words and pairs"):
        rows = by_engine(record, job)
        assert set(rows) == {"alsoread", "TfidfVectorizer"}
        assert rows["alsoread"]["ratio"] == 1
        for row in rows.values():
            assert row.keys() == RATIOS | {"megabytes_per_s", "articles_per_s"}
            assert all(value > 0 for value in row.values() if not isinstance(value, str))
    assert record["articles"] == 200
    assert record["machine"]["processors"]


def test_graph_holds_every_list_to_that_of_sparse_dot_topn(measured, source):
    record = measured("graph", source, "--repeats", "1")
    assert len(record["rows"]) == 10
    close = {"score_ratio", "recall"}
    assert all(row.keys() == RATIOS | close and row["ratio"] > 0 for row in record["rows"])
    for row in record["rows"]:
        for name in close:
            is_told = "approximate" in row["engine"]
            assert 0.95 < row[name] < 1.00001 if is_told else row[name] is None


def test_query_finds_what_is_exactly_nearest_whatever_is_asked(measured, source, monkeypatch):
    monkeypatch.setattr(peers, "BM25_BACKEND", "numpy")
    record = measured("query", source, "--queries", "30")
    jobs = {row["job"] for row in record["rows"]}
    assert jobs == {"by id", "by vector", "by text", "filtered, 1% pass", "a factor an article"}
    for job in jobs:
        rows = by_engine(record, job)
        assert all(
            row["queries"] == 30 and 0 < row["p50_ms"] <= row["p99_ms"] for row in rows.values()
        )
        exact = [row["recall"] for name, row in rows.items() if "alsoread" in name]
        assert exact[0] == 1
    rows = by_engine(record, "by vector")
    assert rows["scipy row product"]["recall"] == rows["sparse_dot_topn"]["recall"] == 1
    assert 0.2 < rows["bm25s"]["recall"] < 1
    assert 0.2 < rows["tantivy more-like-this"]["recall"] < 1


def test_scale_measures_import_and_training_in_processes_of_their_own(measured, tmp_path):
    out = tmp_path / "figures.json"
    asked = ("--sizes", "60", "--words", "60", "--peers", "--without-pairs")
    record = measured("scale", *asked, "--folder", str(tmp_path), "--out", str(out))
    ours, peer = record["rows"]
    assert (ours["engine"], peer["engine"]) == ("alsoread", bench_scale.PEER)
    assert ours["articles"] == peer["articles"] == 60
    for row in record["rows"]:
        assert min(row["train_s"], row["cpu_s"], row["peak_mb"], row["model_mb"]) > 0
    assert ours["import_s"] > 0
    files = sum(ours["files_an_article"].values())
    assert ours["bytes_an_article"] + ours["cards_an_article"] == pytest.approx(files)
    assert list(json.loads(out.read_text())["scale"]) == ["60 words, no pairs"]


def test_growth_is_the_exponent_between_neighbouring_sizes():
    rows = [
        {"articles": n, "engine": "alsoread", "graph_s": None}
        | dict.fromkeys(("train_s", "cpu_s"), n**2)
        | dict.fromkeys(("peak_mb", "model_mb"), 7 * n)
        for n in (1000, 10, 100)
    ]
    low, high = bench_scale.growth(rows)
    exponents = {"train_s": 2, "cpu_s": 2, "peak_mb": 1, "model_mb": 1}
    assert low == pytest.approx({"from": 10, "to": 100, **exponents} | {"engine": "alsoread"})
    assert (high["from"], high["to"]) == (100, 1000)


def test_figures_are_put_beside_those_of_other_runs_and_printed_as_a_table(
    source, tmp_path, capsys
):
    out = tmp_path / "figures.json"
    for name in ("first", "second"):
        bench.main(["text", source, "--repeats", "1", "--out", str(out), "--name", name])
    assert list(json.loads(out.read_text())["text"]) == ["first", "second"]
    head, *lines = capsys.readouterr().out.splitlines()[:5]
    assert head.split()[:4] == ["job", "engine", "wall_s", "cpu_s"]
    assert [line.split()[0] for line in lines] == ["words"] * 4
