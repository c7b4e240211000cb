"""Every command and every line of Python in the README works as it stands there."""

import os
import re
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest

from recommender import Rules
from recommender.metadata.metadata import Metadata
from recommender.ranking.editorial import matches

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
# These make the environment or run this test; .ci/run runs them.
RUN_BY_CI = ("scripts/demo", "scripts/test", "scripts/check")


def blocks(language):
    return re.findall(rf"```{language}\n(.*?)```", README, re.DOTALL)


def exported():
    """What the README has its reader set in the environment, but for the path."""
    lines = [line.split("#")[0].strip() for block in blocks("bash") for line in block.splitlines()]
    pairs = [line.removeprefix("export ").split("=", 1) for line in lines if "export " in line]
    return {name: value for name, value in pairs if name != "PATH"}


def commands():
    lines = [line.split("#")[0].strip() for block in blocks("bash") for line in block.splitlines()]
    return [line for line in lines if line and not line.startswith("export ")]


@pytest.fixture
def workplace(tmp_path):
    for name in ("tests", "scripts", "pyproject.toml"):
        (tmp_path / name).symlink_to(ROOT / name)
    return tmp_path


def test_the_rules_of_the_readme_are_right_and_each_is_for_an_article(workplace, newsroom):
    [text] = blocks("toml")
    (workplace / "rules.toml").write_text(text)
    cards, _ = Metadata.of(newsroom)
    told = matches(Rules.of(workplace / "rules.toml"), cards)
    assert len(told) == 5
    assert all(each["articles"] and not each["unknown"] for each in told)


@pytest.fixture
def environment():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    return {**os.environ, **exported(), "PATH": path, "ALSOREAD_PORT": port}


def answers(url, until):
    while time.monotonic() < until:
        try:
            with urllib.request.urlopen(url) as reply:
                return reply.status == 200
        except OSError:
            time.sleep(0.1)
    return False


def test_every_command_of_the_readme_runs(workplace, environment):
    served = None
    port = environment["ALSOREAD_PORT"]
    try:
        for command in commands():
            if command.startswith(RUN_BY_CI):
                continue
            if command == "alsoread serve":
                served = subprocess.Popen(command.split(), cwd=workplace, env=environment)
                assert answers(f"http://127.0.0.1:{port}/readyz", time.monotonic() + 60)
                continue
            shell = command.replace("curl ", "curl -sSf ").replace(":8000/", f":{port}/")
            done = subprocess.run(
                shell, shell=True, cwd=workplace, env=environment, capture_output=True, text=True
            )
            assert done.returncode == 0, f"{command}\n{done.stderr}"
            assert done.stdout + done.stderr, command
    finally:
        if served:
            served.terminate()
            assert served.wait(20) == 0


def test_the_commands_that_set_up_are_run_by_ci():
    ci = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    for command in commands():
        if command.startswith(RUN_BY_CI):
            assert command in ci
            assert os.access(ROOT / command, os.X_OK)


def test_the_python_of_the_readme_runs(workplace, environment):
    for code in blocks("python"):
        done = subprocess.run(
            [sys.executable, "-W", "error", "-c", code],
            cwd=workplace,
            env=environment,
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stderr
        assert len(done.stdout.splitlines()) == 5


def test_the_list_that_the_readme_shows_is_the_one_that_is_given(workplace, environment):
    [shown] = blocks("text")
    command, expected = shown.split("\n", 1)
    source = "tests/data/newsroom/articles.jsonl"
    environment = {**environment, "COLUMNS": "100"}
    for line in (f"alsoread train {source}", command.removeprefix("$ ")):
        done = subprocess.run(
            line.split(), cwd=workplace, env=environment, capture_output=True, text=True
        )
        assert done.returncode == 0, done.stderr
    assert [line.rstrip() for line in done.stdout.splitlines()] == expected.splitlines()
