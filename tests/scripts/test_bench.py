"""Every benchmark runs on a small archive and returns figures that programs can read."""

import json
from argparse import Namespace

import pytest
from bench import add, main, options, peers, scale
from bench.make_archive import write

RATIOS = {"job", "engine", "wall_s", "cpu_s", "ratio", "cpu_ratio"}


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    path = tmp_path_factory.mktemp("small") / "small.jsonl.gz"
    write(path, 200, words=60)
    return str(path)


@pytest.fixture
def measured(capsys):
    """Run a benchmark with --json and return what it printed."""

    def run(*arguments):
        main.main([*arguments, "--json"])
        return json.loads(capsys.readouterr().out)

    return run


def by_engine(record, job):
    return {row["engine"]: row for row in record["rows"] if row["job"] == job}


def test_text_compares_words_and_bigrams_with_scikit_learn(measured, source):
    record = measured("text", source, "--repeats", "1", "--jobs", "2")
    for job in ("words", "words and bigrams"):
        rows = by_engine(record, job)
        assert set(rows) == {"alsoread", "TfidfVectorizer"}
        assert rows["alsoread"]["ratio"] == 1
        for row in rows.values():
            assert row.keys() == RATIOS | {"megabytes_per_s", "articles_per_s"}
            assert all(value > 0 for value in row.values() if not isinstance(value, str))
    assert record["articles"] == 200
    assert record["machine"]["processors"]


def test_graph_checks_every_list_against_sparse_dot_topn(measured, source):
    record = measured("graph", source, "--repeats", "1", "--jobs", "2")
    assert len(record["rows"]) == 10
    quality = {"score_ratio", "recall"}
    assert all(row.keys() == RATIOS | quality and row["ratio"] > 0 for row in record["rows"])
    for row in record["rows"]:
        for name in quality:
            is_approximate = "approximate" in row["engine"]
            assert 0.95 < row[name] < 1.00001 if is_approximate else row[name] is None


def test_query_lists_the_exact_nearest_in_every_job(measured, source, monkeypatch):
    monkeypatch.setattr(peers, "BM25_BACKEND", "numpy")
    record = measured("query", source, "--queries", "30", "--jobs", "2")
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


def test_scale_measures_training_in_a_process_of_its_own(measured, tmp_path):
    out = tmp_path / "figures.json"
    settings = ("--sizes", "60", "--words", "60", "--peers", "--without-pairs", "--jobs", "2")
    record = measured("scale", *settings, "--folder", str(tmp_path), "--out", str(out))
    ours, peer = record["rows"]
    assert (ours["engine"], peer["engine"]) == ("alsoread", scale.PEER)
    assert ours["articles"] == peer["articles"] == 60
    for row in record["rows"]:
        assert min(row["train_s"], row["cpu_s"], row["peak_mb"], row["model_mb"]) > 0
    assert ours["import_s"] > 0
    files = sum(ours["files_an_article"].values())
    assert ours["bytes_an_article"] + ours["stored_fields_an_article"] == pytest.approx(files)
    assert list(json.loads(out.read_text())["scale"]) == ["60 words, no pairs"]


def test_growth_is_the_exponent_between_neighbouring_sizes():
    rows = [
        {"articles": n, "engine": "alsoread"}
        | dict.fromkeys(("train_s", "cpu_s"), n**2)
        | dict.fromkeys(("peak_mb", "model_mb"), 7 * n)
        for n in (1000, 10, 100)
    ]
    low, high = scale.growth(rows)
    exponents = {"train_s": 2, "cpu_s": 2, "peak_mb": 1, "model_mb": 1}
    assert low == pytest.approx({"from": 10, "to": 100, **exponents} | {"engine": "alsoread"})
    assert (high["from"], high["to"]) == (100, 1000)


def test_options_and_add_have_a_row_for_each_step(shared_newsroom_folder):
    arguments = Namespace(
        source=shared_newsroom_folder / "archive.db",
        models=shared_newsroom_folder / "models",
        queries=2,
        adds=2,
    )
    record = options.options(arguments)
    assert {"plain", "a draft", "why", "topics"} <= {row["list"] for row in record["rows"]}
    steps = {row["step"]: row["p50 ms"] for row in add.add(arguments)["rows"]}
    assert min(steps.values()) > 0
    assert {"in process: affected", "over HTTP: PUT, with affected"} <= steps.keys()


def test_figures_are_added_to_those_of_other_runs(source, tmp_path, capsys):
    out = tmp_path / "figures.json"
    for name in ("first", "second"):
        main.main(["text", source, "--repeats", "1", "--out", str(out), "--name", name])
    assert list(json.loads(out.read_text())["text"]) == ["first", "second"]
    head, *lines = capsys.readouterr().out.splitlines()[:5]
    assert head.split()[:4] == ["job", "engine", "wall_s", "cpu_s"]
    assert [line.split()[0] for line in lines] == ["words"] * 4
