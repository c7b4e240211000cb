"""The command ``evaluate``: its table, its JSON, its comparisons and its errors."""

import shutil
import sys

import pytest
from support.commands import QRELS, failed, json_of
from support.serving import put, trained

from recommender import Article, ModelStore

MEASURES = ["nDCG@5", "nDCG@10", "R@10", "RR"]
LINKED = [
    Article(id="a", title="Ferry refit", published_at="2026-01-01", url="https://p.example/a"),
    Article(id="b", title="Ferry late", published_at="2026-02-01", url="https://p.example/b"),
    Article(
        id="c",
        title="Ferry refit late",
        body='<p>See <a href="/a">the refit</a></p>',
        published_at="2026-03-01",
        url="https://p.example/c",
        also_read=["Ferry late", "gone"],
    ),
    Article(id="d", title="Ferry refit late again", published_at="2026-04-01", also_read=["c"]),
]


@pytest.fixture(scope="module")
def linked(tmp_path_factory):
    """A folder with the archive of ``LINKED`` and a model of it; tests only read it."""
    folder = tmp_path_factory.mktemp("linked")
    trained(folder, LINKED)
    return folder


@pytest.fixture
def evaluate(run):
    """Evaluate the model of a folder, by the archive's links unless ``--qrels`` is given."""
    return lambda folder, *words: run(folder, "evaluate", *words)


@pytest.fixture
def judged(evaluate, shared_newsroom_folder):
    """Evaluate the model of the sample archive by its judgments."""
    return lambda *words: evaluate(shared_newsroom_folder, "--qrels", QRELS, *words)


def test_the_json_has_measures_coverage_and_leakage(judged, shared_newsroom_folder):
    record = json_of(judged("--json"))
    assert list(record["measures"]) == MEASURES
    for value in record["measures"].values():
        assert 0 < value["low"] < value["mean"] < value["high"] <= 1
    assert record["measures"]["nDCG@10"]["mean"] > 0.9
    assert (record["queries"], record["revision"]) == (59, 65)
    assert record["version"] == ModelStore(shared_newsroom_folder / "models").current
    source = {"from": str(QRELS), "pairs": 308, "linking": None, "unresolved": None}
    assert record["judgments"] == source
    assert record["leakage"] == {"pairs": 308, "leaked": 0, "share": 0}
    assert record["coverage"]["mean_length"] == 10
    assert set(record["coverage"]) == {"covered", "orphans", "gini", "mean_length", "full"}
    assert record["compared"] is record["split_date"] is None


def test_the_table_has_every_measure_and_the_leakage(judged):
    text = judged().stdout
    assert [line.split()[0] for line in text.splitlines()[1:5]] == MEASURES
    assert "59 judged articles" in text
    assert "leakage: 0 of 308" in text


def test_two_runs_print_the_same(judged):
    assert judged("--json").stdout == judged("--json").stdout


def test_without_judgments_the_links_of_the_archive_are_used(linked, evaluate):
    record = json_of(evaluate(linked, "--json"))
    assert record["judgments"] == {"from": "archive", "pairs": 3, "linking": 2, "unresolved": 1}
    assert record["queries"] == 2
    # c lists d, then a and b in some order: gains 0, 1, 3 or 0, 3, 1; d lists c first.
    assert record["measures"]["RR"]["mean"] == 0.75
    assert record["leakage"] == {"pairs": 3, "leaked": 0, "share": 0}
    assert "1 entries of also_read name no article" in evaluate(linked).stdout


def test_a_model_does_not_differ_from_itself(judged, shared_newsroom_folder):
    version = ModelStore(shared_newsroom_folder / "models").current
    for other in (version, f"models/{version}"):
        record = json_of(judged("--compare", other, "--json"))
        assert record["compared"]["with"] == other
        assert record["compared"]["measures"] == record["measures"]
        for value in record["compared"]["difference"].values():
            assert value == {"mean": 0, "low": 0, "high": 0}


def test_a_config_is_trained_and_compared(judged, tmp_path):
    config = tmp_path / "titles.json"
    config.write_text('{"vectors": {"stop_words": false, "pair_weight": 0, "idf_power": 0}}')
    record = json_of(judged("--compare", config, "--json"))
    gain = record["compared"]["difference"]["nDCG@10"]
    assert 0 < gain["low"] < gain["mean"] < gain["high"]
    means = [each["measures"]["nDCG@10"]["mean"] for each in (record, record["compared"])]
    assert gain["mean"] == pytest.approx(means[0] - means[1])
    table = judged("--compare", config).stdout
    assert f"the active model minus {config}" in table
    assert f"{gain['mean']:+.4f}" in table


def test_a_split_recommends_only_earlier_articles(linked, evaluate):
    record = json_of(evaluate(linked, "--split-date", "2026-02-15", "--json"))
    assert record["split_date"] == "2026-02-15T00:00:00Z"
    assert (record["queries"], record["coverage"]) == (2, None)
    # Without d, which is later, c lists a and b first.
    assert record["measures"]["RR"]["mean"] == 1
    assert record["measures"]["R@10"]["mean"] == 1


def test_a_split_compares_settings(judged, tmp_path):
    config = tmp_path / "config.toml"
    config.write_text("[nearness]\npower = 0.0\n")
    done = judged("--split-date", "2026-06-01", "--compare", config, "--json")
    assert json_of(done)["compared"]["difference"]["RR"]


def test_a_change_of_the_archive_since_training_is_reported(linked, evaluate, tmp_path):
    folder = shutil.copytree(linked, tmp_path / "copy")
    put(folder, [Article(id="e", title="Ferry sold")])
    done = evaluate(folder)
    assert done.returncode == 0
    assert "has changed since this model was trained" in done.stderr


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        (["--qrels", "none.txt"], 1, "none.txt: "),
        (["--compare", "nope"], 1, "no version 'nope'"),
        (["--split-date", "2020-01-01"], 1, "no article was published before"),
        (["--split-date", "2030-01-01"], 1, "earlier"),
        (["--archive", "sqlite:///x.db"], 1, "no archive at x.db"),
        (["--models", "nowhere"], 1, "run 'alsoread train'"),
        (["--split-date", "soon"], 2, "--split-date"),
        (["--unknown"], 2, "No such option"),
    ],
)
def test_errors_name_what_is_wrong(judged, words, code, message):
    assert message in failed(judged(*words), code)


def test_an_archive_without_links_needs_judgments(evaluate, shared_newsroom_folder):
    message = failed(evaluate(shared_newsroom_folder))
    assert "no judgments: no article of the archive links to another" in message


def test_without_ir_measures_the_error_names_the_extra(judged, monkeypatch):
    monkeypatch.setitem(sys.modules, "ir_measures", None)
    assert "pip install 'alsoread[evaluate]'" in failed(judged())
