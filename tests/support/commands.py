"""The command line in a process of its own, and what its tests share.

Where a test needs no process of its own, the fixture ``run`` of tests/cli is quicker.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
SAMPLE = ROOT / "tests" / "data" / "newsroom" / "articles.jsonl"
QRELS = SAMPLE.with_name("qrels.txt")
WOLVES, RETURN = "hp-2026-0319-wolves-released", "hp-2026-0128-wolves-to-return"
ALSOREAD = [sys.executable, "-W", "error", "-c", "from recommender.cli import main; main()"]


def environment():
    """The environment without settings of alsoread, and 100 columns of text."""
    names = [name for name in os.environ if not name.startswith("ALSOREAD_")]
    return {name: os.environ[name] for name in names} | {"COLUMNS": "100"}


def alsoread(folder, *words, command=ALSOREAD):
    """Run a command in a folder; returns the finished process."""
    return subprocess.run(
        [*command, *words],
        cwd=folder,
        env=environment(),
        capture_output=True,
        text=True,
        timeout=120,
    )


def failed(done, code=1):
    """The message of a command that must have failed, without a result or a traceback."""
    assert done.returncode == code, done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""
    return done.stderr.strip()


def json_of(done):
    """The JSON that a command printed that must have succeeded."""
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def line(**fields):
    """A line of JSON Lines with one article."""
    return json.dumps({"id": "a1", "title": "Ferry refit delayed"} | fields) + "\n"
