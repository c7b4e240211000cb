"""The commands ``models list``, ``activate``, ``verify`` and ``prune``."""

from datetime import UTC, datetime

import pytest
from support.commands import failed, json_of
from support.serving import NEWS

from recommender import Config, train


@pytest.fixture
def versions(catalog, store):
    """Three versions in the folder ``models``, the oldest first; the last is active."""
    catalog.put(NEWS)
    days = [datetime(2026, 11, day, tzinfo=UTC) for day in (20, 21, 22)]
    return [train(catalog, store, Config(), now=day).version for day in days]


def test_versions_are_listed_with_the_active_one(run, versions, tmp_path):
    records = json_of(run(tmp_path, "models", "list", "--json"))
    assert [info["version"] for info in records] == versions
    assert [info["active"] for info in records] == [False, False, True]
    table = run(tmp_path, "models", "list").stdout.splitlines()
    assert [row.split()[-6] for row in table[1:]] == versions
    assert table[3].split()[0] == "active"
    assert table[3].split()[-1] == "exact"


def test_versions_are_printed_whole_on_a_narrow_terminal(run, versions, tmp_path):
    text = run(tmp_path, "models", "list", columns=60).stdout
    assert all(version in text for version in versions)


def test_pruning_deletes_all_but_the_newest_and_the_active(run, versions, tmp_path):
    assert run(tmp_path, "models", "activate", versions[0]).returncode == 0
    pruned = run(tmp_path, "models", "prune", "--keep", "1", "--json")
    assert json_of(pruned)["deleted"] == [versions[1]]
    left = json_of(run(tmp_path, "models", "list", "--json"))
    assert [(info["version"], info["active"]) for info in left] == [
        (versions[0], True),
        (versions[2], False),
    ]


def test_verify_names_the_file_that_was_changed(run, versions, tmp_path):
    assert json_of(run(tmp_path, "models", "verify", "--json"))["verified"] == versions
    rows = tmp_path / "models" / versions[0] / "rows.npy"
    flipped = bytearray(rows.read_bytes())
    flipped[-1] ^= 1
    rows.write_bytes(flipped)
    assert "rows.npy" in failed(run(tmp_path, "models", "verify", versions[0]))
    assert run(tmp_path, "models", "verify", versions[1]).returncode == 0
    (tmp_path / "models" / versions[1] / "manifest.json").write_text("{}")
    assert "manifest.json" in failed(run(tmp_path, "models", "verify", versions[1]))


def test_without_versions_the_list_is_empty_and_verify_fails(run, tmp_path):
    assert json_of(run(tmp_path, "models", "list", "--json")) == []
    assert "alsoread train" in run(tmp_path, "models", "list").stdout
    assert "alsoread train" in failed(run(tmp_path, "models", "verify"))
