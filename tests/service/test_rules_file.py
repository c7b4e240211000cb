"""The rules file: the service follows it and never loses its last valid version."""

import os
from datetime import UTC, datetime

import pytest
from support.serving import NEWS, archive_of, eventually, ids_of, in_process, manager_of, trained

from recommender import ModelStore, Rules
from service.rules_file import RulesFile

BAN = '[banned]\narticles = ["ferry-2"]\n'
BROKEN = '[banned]\narticle = ["ferry-2"]\n'
ERROR = "rules.toml:2: banned.article: unknown"
LIST = "/v1/recommendations?id=ferry-1"


@pytest.fixture
def path(folder):
    """The path of the rules beside the archive of ``folder``; there are none yet."""
    return folder / "rules.toml"


@pytest.fixture
def file(folder):
    return RulesFile(archive_of(folder))


def test_no_file_beside_the_archive_means_no_rules(file):
    file.refresh()
    assert (file.rules, file.failure) == (Rules(), None)


def test_file_is_followed_as_it_appears_changes_and_disappears(file, path):
    for text in (BAN, BAN + '[no_list]\ntags = ["x"]\n', ""):
        path.write_text(text)
        file.refresh()
        assert (file.rules, file.failure) == (Rules.of(path), None)
    path.unlink()
    file.refresh()
    assert (file.rules, file.failure) == (Rules(), None)


def test_change_that_keeps_the_size_is_noticed(file, path):
    for time, name in enumerate(("ferry-1", "ferry-2"), 1):
        path.write_text(BAN.replace("ferry-2", name))
        os.utime(path, ns=(time, time))
        file.refresh()
        assert file.rules.banned.articles == (name,)


def test_unchanged_file_is_not_read_again(file, path):
    path.write_text(BAN)
    file.refresh()
    rules = file.rules
    file.refresh()
    assert file.rules is rules


def test_broken_file_leaves_the_last_valid_rules_and_says_so(file, path):
    path.write_text(BAN)
    file.refresh()
    path.write_text(BROKEN)
    file.refresh()
    assert file.rules.banned.articles == ("ferry-2",)
    assert ERROR in file.failure
    assert file.failure.endswith("; the previous rules still apply")
    path.write_text(BAN)
    file.refresh()
    assert file.failure is None


def test_file_that_is_named_must_exist(folder, path):
    file = RulesFile(archive_of(folder), path)
    file.refresh()
    assert file.rules is None
    assert "rules.toml: cannot be read" in file.failure
    path.write_text(BAN)
    file.refresh()
    path.unlink()
    file.refresh()
    assert file.rules.banned.articles == ("ferry-2",)
    assert "cannot be read" in file.failure


def test_service_follows_the_rules_without_a_restart(folder, path):
    path.write_text(BAN)
    version = ModelStore(folder / "models").current
    with in_process(folder) as client:
        assert ids_of(client.get(LIST)) == ["a/b"]
        before = client.get("/readyz").json()
        path.write_text(BAN.replace("ferry-2", "a/b"))
        eventually(lambda: client.get("/readyz").json()["rules"] != before["rules"])
        assert ids_of(client.get(LIST)) == ["ferry-2"]
        path.write_text(BROKEN)
        eventually(lambda: client.get("/readyz").json()["status"] == "degraded")
        ready = client.get("/readyz")
        assert ready.status_code == 200
        assert ERROR in ready.json()["detail"]
        assert ids_of(client.get(LIST)) == ["ferry-2"]
        path.unlink()
        eventually(lambda: client.get("/readyz").json()["status"] == "ready")
        assert ids_of(client.get(LIST)) == ["ferry-2", "a/b"]
        assert client.get("/readyz").json()["model"]["version"] == version


def test_pinned_article_is_first_and_marked_until_its_pin_ends(folder, path):
    path.write_text('[[pins]]\nshow = ["orchestra"]\narticles = ["ferry-1"]\n')
    with in_process(folder) as client:
        first = client.get(LIST).json()["items"][0]
        assert (first["id"], first["score"], first["source"]) == ("orchestra", 0, "pinned")
        path.write_text(path.read_text() + "until = 2020-01-01\n")
        eventually(lambda: "orchestra" not in ids_of(client.get(LIST)))


def test_snapshot_is_valid_until_the_next_pin_ends(folder, path):
    path.write_text('[[pins]]\nshow = ["x"]\ntags = ["y"]\nuntil = 2090-01-01T00:00:00Z\n')
    manager = manager_of(folder)
    manager.refresh()
    [end] = [pin.until for pin in Rules.of(path).pins]
    assert manager.snapshot.valid_until(datetime.now(UTC)) == end.timestamp()
    assert manager.snapshot.valid_until(end) > end.timestamp()


def test_no_list_is_served_while_the_rules_were_never_valid(folder, path):
    path.write_text(BROKEN)
    with in_process(folder) as client:
        for address in (LIST, "/readyz"):
            reply = client.get(address)
            assert (reply.status_code, reply.json()["code"]) == (503, "rules_invalid")
        assert ERROR in reply.json()["detail"]
        assert client.get("/healthz").status_code == 200
        path.write_text(BAN)
        eventually(lambda: client.get("/readyz").status_code == 200)
        assert ids_of(client.get(LIST)) == ["a/b"]


def test_failure_is_logged_once(folder, path, caplog):
    manager = manager_of(folder)
    manager.refresh()
    path.write_text(BROKEN)
    manager.refresh()
    manager.refresh()
    [message] = [each.message for each in caplog.records if each.levelname == "WARNING"]
    assert ERROR in message


def test_new_rules_apply_even_if_the_active_model_cannot_be_opened(folder, path):
    manager = manager_of(folder)
    manager.refresh()
    (folder / "models" / "CURRENT").write_text("20990101T000000Z-dead\n")
    path.write_text(BAN)
    manager.refresh()
    assert "20990101T000000Z-dead" in manager.failure
    assert manager.snapshot.model.rules == Rules.of(path)


def test_rules_apply_to_the_next_model_too(folder, path):
    path.write_text(BAN)
    manager = manager_of(folder)
    manager.refresh()
    second = trained(folder, NEWS[:1])
    manager.refresh()
    assert manager.snapshot.version == second
    assert manager.snapshot.model.rules == Rules.of(path)
