"""The command ``report``: as text, as JSON and as a page."""

import sys

import pytest
from support.commands import QRELS, failed, json_of


@pytest.fixture
def report(run, shared_newsroom_folder):
    """Report on the sample archive."""
    return lambda *words: run(shared_newsroom_folder, "report", *words)


def test_the_text_has_lists_orphans_and_no_quality(report):
    text = report().stdout
    assert "full lists: 100.0%" in text
    assert "in no list: 0 (3 more are behind a copy)" in text
    assert "nDCG" not in text


def test_judgments_add_quality(report):
    assert "nDCG@10: 0.9" in report("--qrels", QRELS).stdout


def test_the_json_names_the_model(report):
    record = json_of(report("--json", "--named", "2"))
    assert record["articles"] == 65
    assert record["model"].keys() == {"version", "revision"}
    assert len(record["hubs"]["named"]) == 2


def test_the_page_is_one_file_with_charts(report, tmp_path):
    page = tmp_path / "report.html"
    done = report("--html", page)
    assert (done.returncode, done.stdout) == (0, "")
    assert f"wrote the report to {page}" in done.stderr
    assert page.read_text(encoding="utf-8").count("data:image/svg+xml") == 6
    missing = report("--html", tmp_path / "no" / "report.html")
    assert "no/report.html: cannot be written" in failed(missing)


def test_only_the_page_needs_matplotlib(report, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    message = failed(report("--html", tmp_path / "report.html"))
    assert "pip install 'alsoread[report]'" in message
    assert json_of(report("--json"))["articles"] == 65


def test_without_a_model_the_error_says_what_to_do(run, tmp_path):
    assert "alsoread train" in failed(run(tmp_path, "report"))
