"""The rules at the command line: checked with their lines, and obeyed by lists."""

import json

import pytest
from support.commands import SAMPLE, WOLVES, alsoread, failed

BAN = """
[banned]
articles = ["hp-2026-0128-wolves-to-return", "gone"]
sections = ["Weather"]

[[pins]]
show = ["hp-2026-0830-guard-dogs"]
tags = ["wolves"]
until = 2026-12-31
"""


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    folder = tmp_path_factory.mktemp("trained")
    assert alsoread(folder, "train", str(SAMPLE)).returncode == 0
    return folder


@pytest.fixture
def folder(trained):
    yield trained
    (trained / "rules.toml").unlink(missing_ok=True)


def listed(folder, *words):
    done = alsoread(folder, "recommend", WOLVES, "--json", *words)
    return [item["id"] for item in json.loads(done.stdout)["items"]]


def test_a_list_keeps_to_the_rules_beside_the_archive_or_those_that_are_named(folder):
    first = listed(folder)[0]
    assert first == "hp-2026-0128-wolves-to-return"
    (folder / "rules.toml").write_text(BAN)
    assert listed(folder)[0] == "hp-2026-0830-guard-dogs"
    assert first not in listed(folder)
    (folder / "none.toml").write_text("")
    assert listed(folder, "--rules", "none.toml")[0] == first
    shown = alsoread(folder, "recommend", WOLVES).stdout
    assert "(pinned)" in shown


@pytest.mark.parametrize("command", [("recommend", WOLVES), ("recommend", WOLVES, "--json")])
def test_a_list_is_not_given_under_rules_that_cannot_be_read(folder, command):
    assert "nowhere.toml: cannot be read" in failed(
        alsoread(folder, *command, "--rules", "nowhere.toml")
    )
    (folder / "rules.toml").write_text("[banned]\nid = ['x']\n")
    assert "rules.toml:2: banned.id: unknown" in failed(alsoread(folder, *command))


def test_check_tells_what_each_rule_is_for_and_what_is_nobodys(folder):
    (folder / "rules.toml").write_text(BAN)
    done = alsoread(folder, "rules", "check", "--json")
    assert done.returncode == 0
    told = json.loads(done.stdout)
    assert (told["file"], told["problems"]) == ("rules.toml", [])
    assert [(each["rule"], each["articles"], each["unknown"]) for each in told["rules"]] == [
        ("pins", 6, []),
        ("banned", 1, ["gone", "Weather"]),
    ]
    table = alsoread(folder, "rules", "check")
    assert "no mistakes" in table.stderr
    assert "Weather" in table.stdout


def test_check_tells_every_mistake_with_its_line_and_fails(folder):
    (folder / "rules.toml").write_text("[banned]\nid = ['x']\n[no_list]\ntags = 5\n")
    lines = failed(alsoread(folder, "rules", "check")).splitlines()
    assert [line.split(": ")[0] for line in lines] == ["rules.toml:2", "rules.toml:4"]
    done = alsoread(folder, "rules", "check", "rules.toml", "--json")
    assert done.returncode == 1
    assert len(json.loads(done.stdout)["problems"]) == 2


def test_check_needs_no_model_and_no_file_but_one_that_is_named(tmp_path):
    nothing = alsoread(tmp_path, "rules", "check")
    assert (nothing.returncode, nothing.stdout) == (0, "")
    assert "rules.toml: no such file, so no rules" in nothing.stderr
    assert "nowhere.toml: cannot be read" in failed(
        alsoread(tmp_path, "rules", "check", "nowhere.toml")
    )
    (tmp_path / "rules.toml").write_text(BAN)
    done = alsoread(tmp_path, "rules", "check")
    assert done.returncode == 0
    assert "alsoread train" in done.stderr
