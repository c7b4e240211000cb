"""The command 'report' tells people, programs and pages the same."""

import json
import subprocess
import sys

import pytest


@pytest.fixture(scope="module")
def folder(newsroom, tmp_path_factory):
    from support.serving import trained

    folder = tmp_path_factory.mktemp("newsroom")
    trained(folder, newsroom)
    return folder


def alsoread(folder, *arguments, code=0):
    command = [sys.executable, "-W", "error", "-c", "from recommender.cli import main; main()"]
    done = subprocess.run(
        [*command, *arguments], cwd=folder, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == code, done.stderr
    return done


def test_people_are_told_in_lines(folder):
    told = alsoread(folder, "report").stdout
    assert "full lists: 100.0%" in told
    assert "in nobody's list: 0 (3 more stand behind a copy)" in told
    assert "nDCG" not in told


def test_programs_get_json_with_the_model(folder, newsroom):
    found = json.loads(alsoread(folder, "report", "--json", "--named", "2").stdout)
    assert found["articles"] == len(newsroom)
    assert found["model"].keys() == {"version", "revision"}
    assert len(found["hubs"]["named"]) == 2


def test_judgments_give_quality(folder):
    from conftest import NEWSROOM

    qrels = str(NEWSROOM / "qrels.txt")
    assert "nDCG@10: 0.9" in alsoread(folder, "report", "--qrels", qrels).stdout


def test_a_page_is_one_file_with_charts(folder):
    done = alsoread(folder, "report", "--html", "report.html")
    assert done.stdout == ""
    assert "the report is in report.html" in done.stderr
    text = (folder / "report.html").read_text(encoding="utf-8")
    assert text.count("data:image/svg+xml") == 6
    failed = alsoread(folder, "report", "--html", "no/such/report.html", code=1)
    assert "no/such/report.html: cannot be written" in failed.stderr


def test_without_matplotlib_a_page_says_how_to_get_it_and_the_rest_needs_none(folder):
    without = (
        "import sys; sys.modules['matplotlib'] = None\nfrom recommender.cli import main; main()"
    )
    command = [sys.executable, "-W", "error", "-c", without, "report"]
    done = subprocess.run(
        [*command, "--html", "x.html"], cwd=folder, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 1
    assert "pip install 'alsoread[report]'" in done.stderr
    done = subprocess.run([*command, "--json"], cwd=folder, capture_output=True, timeout=120)
    assert done.returncode == 0


def test_without_a_model_it_says_what_to_do(tmp_path):
    assert "alsoread train" in alsoread(tmp_path, "report", code=1).stderr
