"""The command that measures: its table, its JSON and its exit codes."""

import json
import shutil
import subprocess
import sys
from datetime import UTC, datetime

import pytest
from conftest import NEWSROOM

from recommender import Article, Catalog, Config, ModelStore, train
from recommender.cli.main import main

QRELS = str(NEWSROOM / "qrels.txt")
NOW = datetime(2026, 11, 22, tzinfo=UTC)
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


def prepared(path, articles):
    """Make an archive and a model of it in a folder."""
    with Catalog(f"sqlite:///{path}/archive.db") as catalog:
        catalog.put(articles)
        train(catalog, ModelStore(path / "models"), Config(), now=NOW)
    return path


@pytest.fixture(scope="module")
def sample(newsroom, tmp_path_factory):
    return prepared(tmp_path_factory.mktemp("newsroom"), newsroom)


@pytest.fixture(scope="module")
def linked(tmp_path_factory):
    return prepared(tmp_path_factory.mktemp("linked"), LINKED)


@pytest.fixture
def evaluate(monkeypatch, capsys):
    """Run the command in a folder; returns its exit code, what it printed and what it said."""

    def run(folder, *arguments):
        monkeypatch.chdir(folder)
        monkeypatch.setattr(sys, "argv", ["alsoread", "evaluate", *arguments])
        with pytest.raises(SystemExit) as ended:
            main()
        return ended.value.code, *capsys.readouterr()

    return run


def test_the_json_has_everything_that_was_measured(sample, evaluate):
    code, out, _ = evaluate(sample, "--qrels", QRELS, "--json")
    found = json.loads(out)
    assert code == 0
    assert list(found["measures"]) == MEASURES
    for value in found["measures"].values():
        assert 0 < value["low"] < value["mean"] < value["high"] <= 1
    assert found["measures"]["nDCG@10"]["mean"] > 0.9
    assert (found["queries"], found["revision"]) == (59, 65)
    assert found["version"] == ModelStore(sample / "models").current
    source = {"from": QRELS, "pairs": 308, "linking": None, "unresolved": None}
    assert found["judgments"] == source
    assert found["leakage"] == {"pairs": 308, "leaked": 0, "share": 0}
    assert found["coverage"]["mean_length"] == 10
    assert set(found["coverage"]) == {"covered", "orphans", "gini", "mean_length", "full"}
    assert found["compared"] is found["split_date"] is None


def test_the_table_says_it_to_people(sample, evaluate):
    code, out, _ = evaluate(sample, "--qrels", QRELS)
    assert code == 0
    assert [line.split()[0] for line in out.splitlines()[1:5]] == MEASURES
    assert "59 judged articles" in out
    assert "leakage: 0 of 308" in out


def test_two_runs_say_the_same(sample, evaluate):
    assert evaluate(sample, "--qrels", QRELS, "--json") == evaluate(
        sample, "--qrels", QRELS, "--json"
    )


def test_without_judgments_the_archives_own_links_are_taken(linked, evaluate):
    found = json.loads(evaluate(linked, "--json")[1])
    assert found["judgments"] == {"from": "archive", "pairs": 3, "linking": 2, "unresolved": 1}
    assert found["queries"] == 2
    # c lists d, then a and b in some order: gains 0, 1, 3 or 0, 3, 1; d lists c first.
    assert found["measures"]["RR"]["mean"] == 0.75
    assert found["leakage"] == {"pairs": 3, "leaked": 0, "share": 0}
    assert "1 entries of also_read name no article" in evaluate(linked)[1]


def test_a_model_compared_with_itself_differs_by_nothing(sample, evaluate):
    version = ModelStore(sample / "models").current
    for rival in (version, f"models/{version}"):
        code, out, _ = evaluate(sample, "--qrels", QRELS, "--compare", rival, "--json")
        compared = json.loads(out)["compared"]
        assert (code, compared["with"]) == (0, rival)
        assert compared["measures"] == json.loads(out)["measures"]
        for value in compared["difference"].values():
            assert value == {"mean": 0, "low": 0, "high": 0}


def test_a_config_is_trained_and_compared(sample, evaluate, tmp_path):
    config = tmp_path / "titles.json"
    config.write_text('{"vectors": {"stop_words": false, "pair_weight": 0, "idf_power": 0}}')
    code, out, _ = evaluate(sample, "--qrels", QRELS, "--compare", str(config), "--json")
    found = json.loads(out)
    gain = found["compared"]["difference"]["nDCG@10"]
    assert code == 0
    assert 0 < gain["low"] < gain["mean"] < gain["high"]
    means = [part["measures"]["nDCG@10"]["mean"] for part in (found, found["compared"])]
    assert gain["mean"] == pytest.approx(means[0] - means[1])
    table = evaluate(sample, "--qrels", QRELS, "--compare", str(config))[1]
    assert f"the active model minus {config}" in table
    assert f"{gain['mean']:+.4f}" in table


def test_a_split_looks_only_back(linked, evaluate):
    code, out, _ = evaluate(linked, "--split-date", "2026-02-15", "--json")
    found = json.loads(out)
    assert (code, found["split_date"]) == (0, "2026-02-15T00:00:00Z")
    assert (found["queries"], found["coverage"]) == (2, None)
    # Without d, which is from later, c lists a and b first.
    assert found["measures"]["RR"]["mean"] == 1
    assert found["measures"]["R@10"]["mean"] == 1


def test_a_split_compares_settings(sample, evaluate, tmp_path):
    config = tmp_path / "config.toml"
    config.write_text("[nearness]\npower = 0.0\n")
    options = ("--split-date", "2026-06-01", "--compare", str(config), "--json")
    code, out, _ = evaluate(sample, "--qrels", QRELS, *options)
    assert code == 0
    assert json.loads(out)["compared"]["difference"]["RR"]


def test_a_changed_archive_is_told_of(linked, evaluate, tmp_path):
    shutil.copytree(linked, tmp_path / "copy")
    with Catalog(f"sqlite:///{tmp_path}/copy/archive.db") as catalog:
        catalog.put([Article(id="e", title="Ferry sold")])
    code, _, said = evaluate(tmp_path / "copy")
    assert code == 0
    assert "has changed since this model was trained" in said


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        ((), 1, "no judgments: no article of the archive links to another"),
        (("--qrels", "none.txt"), 1, "none.txt: No such file"),
        (("--qrels", QRELS, "--compare", "nope"), 1, "no version 'nope'"),
        (("--qrels", QRELS, "--split-date", "2020-01-01"), 1, "no article was published before"),
        (("--qrels", QRELS, "--split-date", "2030-01-01"), 1, "split earlier"),
        (("--qrels", QRELS, "--archive", "sqlite:///x.db"), 1, "no archive at x.db"),
        (("--qrels", QRELS, "--models", "nowhere"), 1, "run 'alsoread train'"),
        (("--split-date", "soon"), 2, "--split-date"),
        (("--unknown",), 2, "No such option"),
    ],
)
def test_what_is_wrong_is_said(sample, evaluate, arguments, code, message):
    ended, out, said = evaluate(sample, *arguments)
    assert ended == code
    assert message in said
    assert out == ""


def test_without_ir_measures_the_extra_is_named(sample, evaluate, monkeypatch):
    monkeypatch.setitem(sys.modules, "ir_measures", None)
    code, _, said = evaluate(sample, "--qrels", QRELS)
    assert code == 1
    assert "pip install 'alsoread[evaluate]'" in said


def test_the_command_is_there():
    code = "from recommender.cli import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", code, "evaluate", "--help"], capture_output=True, text=True
    )
    assert done.returncode == 0
    assert "--split-date" in done.stdout
