"""The commands that look into an archive: what they print, and how they end."""

import json
import shlex

import pytest
from conftest import NEWSROOM
from typer.main import get_command

from recommender import FindOptions
from recommender.cli.main import main
from recommender.cli.find import app

WOLVES = "hp-2026-0319-wolves-released"


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """A working folder with the sample imported and trained; tests only read it."""
    folder = tmp_path_factory.mktemp("trained")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        assert ended(patch, f"train {NEWSROOM / 'articles.jsonl'}") == 0
    return folder


@pytest.fixture
def alsoread(trained, monkeypatch, capsys):
    """Run a command in that folder, and return how it ended, its output and its words."""
    monkeypatch.chdir(trained)
    monkeypatch.setenv("COLUMNS", "100")

    def run(command):
        code = ended(monkeypatch, command)
        return (code, *capsys.readouterr())

    return run


def ended(patch, command):
    patch.setattr("sys.argv", ["alsoread", *shlex.split(command)])
    with pytest.raises(SystemExit) as done:
        main()
    return done.value.code


def test_articles_are_found_and_printed_with_whole_ids_newest_first(alsoread):
    code, out, said = alsoread("find WOLVES")
    assert (code, said) == (0, "")
    days = [line.split()[0] for line in out.splitlines() if line[:1] == "2"]
    assert days == sorted(days, reverse=True)
    assert WOLVES in out


def test_pages_are_asked_for_with_the_cursor_that_was_told(alsoread):
    _, out, said = alsoread("find --tag 'saint-orla' --limit 3 --json")
    page = json.loads(out)
    assert said == ""
    assert len(page["articles"]) == 3
    _, _, said = alsoread("find --tag 'saint-orla' --limit 3")
    assert f"--cursor {page['next']}" in said
    _, out, _ = alsoread(f"find --tag 'saint-orla' --limit 3 --json --cursor {page['next']}")
    rest = json.loads(out)
    assert (len(rest["articles"]), rest["next"]) == (2, None)
    assert "no article is like that" in alsoread("find zeppelin --section Sport")[1]


def test_topics_are_printed_with_what_speaks_for_those_that_lack(alsoread):
    code, out, said = alsoread(f"topics {WOLVES}")
    assert (code, said) == (0, "")
    assert "READ MORE ON" in out
    assert "+ wildlife" in out
    assert "of its 10 nearest articles have it" in out


def test_topics_are_the_same_by_url_and_as_json(alsoread):
    record = json.loads(alsoread(f"topics {WOLVES} --json")[1])
    assert record["topics"][0]["tag"] == "Orrenia"
    assert set(record) == {"article", "topics", "suggested", "model"}
    assert json.loads(alsoread(f"topics {record['article']['url']} --json")[1]) == record


def test_every_option_of_finding_is_one_of_the_command():
    find = get_command(app).commands["find"]
    assert set(FindOptions.model_fields) <= {parameter.name for parameter in find.params}


@pytest.mark.parametrize(
    ("command", "code", "said"),
    [
        ("topics nobody", 1, "'nobody'"),
        ("find --cursor x", 1, "option 'cursor'"),
        ("find --limit 101", 2, "--limit"),
        ("find x --archive sqlite:///none.db", 1, "alsoread import"),
    ],
)
def test_errors_say_what_is_wrong_in_words(alsoread, command, code, said):
    ended, out, words = alsoread(command)
    assert (ended, out) == (code, "")
    assert said in words
    assert "Traceback" not in words
