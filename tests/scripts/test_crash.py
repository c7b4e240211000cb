"""A service that is killed while it takes writes has lost nothing that it acknowledged."""

import subprocess
import sys
from pathlib import Path

import pytest
from stress.ledger import Ledger

SCRIPT = Path(__file__).parents[2] / "scripts" / "crash.py"


@pytest.fixture
def ledger():
    return Ledger(["a"], seed=1)


def test_killing_the_service_loses_no_acknowledged_write(tmp_path):
    command = [sys.executable, "-W", "error", SCRIPT, "--rounds", "3"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr
    rounds, writes = done.stdout.splitlines()[-1].split(" rounds, ")
    assert rounds == "3"
    assert int(writes.split()[0].replace(",", "")) > 0
    assert "none lost" in writes


def test_ledger_notices_a_lost_write_once(ledger):
    before, after = ledger.new_article("a"), ledger.new_article("a")
    for article in (before, after):
        ledger.send("a", article)
        ledger.acknowledge("a")
    assert "not one of" in ledger.check("a", before)
    assert ledger.check("a", before) is None
    assert ledger.check("a", None)


def test_ledger_notices_half_an_article(ledger):
    whole = ledger.new_article("a")
    ledger.send("a", whole)
    assert ledger.check("a", whole.model_copy(update={"body": whole.body[:-1]}))


@pytest.mark.parametrize("stored", [None, "first", "second"])
def test_ledger_allows_a_pending_write_to_be_there_or_not(ledger, stored):
    sent = {"first": ledger.new_article("a"), "second": ledger.new_article("a")}
    for article in sent.values():
        ledger.send("a", article)
    assert ledger.check("a", sent.get(stored)) is None
    assert ledger.acknowledged["a"] == sent.get(stored)
