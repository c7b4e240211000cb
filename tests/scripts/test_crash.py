"""A service that is killed while it takes writes has lost nothing that it acknowledged."""

import importlib.util
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[1] / "scripts" / "crash.py"
SPEC = importlib.util.spec_from_file_location("crash", SCRIPT)
crash = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(crash)


@pytest.fixture
def ledger():
    return crash.Ledger(["a"], seed=1)


def test_a_few_kills_lose_nothing(tmp_path):
    command = [sys.executable, "-W", "error", SCRIPT, "--rounds", "3"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr
    rounds, writes = done.stdout.splitlines()[-1].split(" rounds, ")
    assert rounds == "3"
    assert int(writes.split()[0].replace(",", "")) > 0
    assert "none lost" in writes


def test_the_ledger_notices_a_write_that_is_lost(ledger):
    before, after = ledger.made("a"), ledger.made("a")
    for article in (before, after):
        ledger.send("a", article)
        ledger.acknowledge("a")
    assert "not one of" in ledger.settle("a", before)
    assert ledger.settle("a", before) is None  # told once, it goes on from there
    assert ledger.settle("a", None)


def test_the_ledger_notices_half_an_article(ledger):
    whole = ledger.made("a")
    ledger.send("a", whole)
    assert ledger.settle("a", whole.model_copy(update={"body": whole.body[:-1]}))


def test_what_was_under_way_may_be_there_or_not(ledger):
    for found in (None, "first", "second"):
        ledger.known, ledger.maybe = {"a": None}, {"a": []}
        sent = {"first": ledger.made("a"), "second": ledger.made("a")}
        for article in sent.values():
            ledger.send("a", article)
        assert ledger.settle("a", sent.get(found)) is None
        assert ledger.known["a"] == sent.get(found)
