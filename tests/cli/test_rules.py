"""Editorial rules at the command line: applied to lists, and checked with their lines."""

import json

import pytest
from support.commands import RETURN, WOLVES, failed, json_of

RULES = """
[banned]
articles = ["hp-2026-0128-wolves-to-return", "gone"]
sections = ["Weather"]

[[pins]]
show = ["hp-2026-0830-guard-dogs"]
tags = ["wolves"]
until = 2999-12-31
"""
WRONG = "[banned]\nid = ['x']\n[no_list]\ntags = 5\n"


@pytest.fixture
def alsoread(run, newsroom_folder):
    """Run a command in ``newsroom_folder``."""
    return lambda *words: run(newsroom_folder, *words)


def test_a_list_follows_the_rules_beside_the_archive(alsoread, newsroom_folder):
    def ids(*words):
        return [item["id"] for item in json_of(alsoread("recommend", WOLVES, *words))["items"]]

    assert ids("--json")[0] == RETURN
    (newsroom_folder / "rules.toml").write_text(RULES)
    assert ids("--json")[0] == "hp-2026-0830-guard-dogs"
    assert RETURN not in ids("--json")
    assert "(pinned)" in alsoread("recommend", WOLVES).stdout
    (newsroom_folder / "none.toml").write_text("")
    assert ids("--json", "--rules", "none.toml")[0] == RETURN


@pytest.mark.parametrize("command", [("recommend", WOLVES), ("explain", WOLVES, RETURN)])
def test_rules_that_cannot_be_read_are_an_error(alsoread, newsroom_folder, command):
    missing = alsoread(*command, "--json", "--rules", "nowhere.toml")
    assert "nowhere.toml: cannot be read" in failed(missing)
    (newsroom_folder / "rules.toml").write_text(WRONG)
    assert "rules.toml:2: banned.id: unknown" in failed(alsoread(*command))


def test_check_prints_what_each_rule_covers_and_unknown_names(alsoread, newsroom_folder):
    (newsroom_folder / "rules.toml").write_text(RULES)
    record = json_of(alsoread("rules", "check", "--json"))
    assert (record["file"], record["problems"]) == ("rules.toml", [])
    assert [(each["rule"], each["articles"], each["unknown"]) for each in record["rules"]] == [
        ("pins", 6, []),
        ("banned", 1, ["gone", "Weather"]),
    ]
    table = alsoread("rules", "check")
    assert table.stderr == "rules.toml: no mistakes\n"
    assert "Weather" in table.stdout


def test_check_fails_with_the_line_of_every_mistake(alsoread, newsroom_folder):
    (newsroom_folder / "rules.toml").write_text(WRONG)
    lines = failed(alsoread("rules", "check")).splitlines()
    assert [line.split(": ")[0] for line in lines] == ["rules.toml:2", "rules.toml:4"]
    done = alsoread("rules", "check", "rules.toml", "--json")
    assert done.returncode == 1
    assert len(json.loads(done.stdout)["problems"]) == 2


def test_check_needs_neither_a_model_nor_the_default_file(run, tmp_path):
    done = run(tmp_path, "rules", "check")
    assert (done.returncode, done.stdout) == (0, "")
    assert "rules.toml: no such file, so no rules" in done.stderr
    missing = run(tmp_path, "rules", "check", "nowhere.toml")
    assert "nowhere.toml: cannot be read" in failed(missing)
    (tmp_path / "rules.toml").write_text(RULES)
    done = run(tmp_path, "rules", "check")
    assert done.returncode == 0
    assert "alsoread train" in done.stderr
