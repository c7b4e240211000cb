"""The service follows the file of rules and never loses the last version without a mistake."""

import os
from datetime import UTC, datetime

import pytest
from support.serving import NEWS, in_process, settings, trained
from support.serving import eventually

from recommender import Rules
from service.live import Archive, Live
from service.rulesfile import RulesFile

BAN = '[banned]\narticles = ["ferry-2"]\n'
BROKEN = '[banned]\narticle = ["ferry-2"]\n'
LIST = "/v1/recommendations?id=ferry-1"


@pytest.fixture
def path(tmp_path):
    return tmp_path / "rules.toml"


def file_of(folder, path=None):
    return RulesFile(settings(folder).archive, path)


def live_of(folder):
    where = settings(folder)
    return Live(where.models, Archive(where.archive), file_of(folder))


def listed(client):
    return [item["id"] for item in client.get(LIST).json()["items"]]


def test_no_file_beside_the_archive_is_no_rules(tmp_path):
    file = file_of(tmp_path)
    file.refresh()
    assert (file.rules, file.failure) == (Rules(), None)


def test_a_file_that_comes_changes_and_goes_is_followed(tmp_path, path):
    file = file_of(tmp_path)
    for text in (BAN, BAN + '[no_list]\ntags = ["x"]\n', ""):
        path.write_text(text)
        file.refresh()
        assert (file.rules, file.failure) == (Rules.of(path), None)
    path.unlink()
    file.refresh()
    assert (file.rules, file.failure) == (Rules(), None)


def test_a_change_of_the_same_size_is_seen(tmp_path, path):
    file = file_of(tmp_path)
    for name in ("ferry-1", "ferry-2"):
        path.write_text(BAN.replace("ferry-2", name))
        os.utime(path, ns=(1, 1 if name == "ferry-1" else 2))
        file.refresh()
        assert file.rules.banned.articles == (name,)


def test_a_file_as_it_was_is_not_read_again(tmp_path, path, monkeypatch):
    path.write_text(BAN)
    file = file_of(tmp_path)
    file.refresh()
    held = file.rules
    file.refresh()
    assert file.rules is held


def test_a_broken_file_leaves_the_last_good_version_and_says_so(tmp_path, path):
    path.write_text(BAN)
    file = file_of(tmp_path)
    file.refresh()
    path.write_text(BROKEN)
    file.refresh()
    assert file.rules.banned.articles == ("ferry-2",)
    assert "rules.toml:2: banned.article: unknown" in file.failure
    assert file.failure.endswith("those before still hold")
    path.write_text(BAN)
    file.refresh()
    assert file.failure is None


def test_a_file_that_was_named_must_be_there(tmp_path, path):
    file = file_of(tmp_path, path)
    file.refresh()
    assert file.rules is None
    assert "rules.toml: cannot be read" in file.failure
    path.write_text(BAN)
    file.refresh()
    path.unlink()
    file.refresh()
    assert file.rules.banned.articles == ("ferry-2",)
    assert "cannot be read" in file.failure


def test_rules_are_obeyed_changed_and_kept_without_a_restart(tmp_path, path):
    path.write_text(BAN)
    version = trained(tmp_path, NEWS)
    with in_process(tmp_path) as client:
        assert listed(client) == ["a/b"]
        before = client.get("/readyz").json()
        path.write_text(BAN.replace("ferry-2", "a/b"))
        eventually(lambda: client.get("/readyz").json()["rules"] != before["rules"])
        assert listed(client) == ["ferry-2"]
        path.write_text(BROKEN)
        eventually(lambda: client.get("/readyz").json()["status"] == "degraded")
        ready = client.get("/readyz")
        assert ready.status_code == 200
        assert "rules.toml:2: banned.article: unknown" in ready.json()["detail"]
        assert listed(client) == ["ferry-2"]
        path.unlink()
        eventually(lambda: client.get("/readyz").json()["status"] == "ready")
        assert listed(client) == ["ferry-2", "a/b"]
        assert client.get("/readyz").json()["model"]["version"] == version


def test_a_pin_is_told_as_such_and_its_end_needs_no_change_of_the_file(tmp_path, path):
    path.write_text('[[pins]]\nshow = ["orchestra"]\narticles = ["ferry-1"]\n')
    trained(tmp_path, NEWS)
    with in_process(tmp_path) as client:
        first = client.get(LIST).json()["items"][0]
        assert (first["id"], first["score"], first["source"]) == ("orchestra", 0, "pinned")
        path.write_text(path.read_text() + "until = 2020-01-01\n")
        eventually(lambda: "orchestra" not in listed(client))


def test_a_reply_is_kept_no_longer_than_a_pin(tmp_path, path):
    path.write_text('[[pins]]\nshow = ["x"]\ntags = ["y"]\nuntil = 2090-01-01T00:00:00Z\n')
    trained(tmp_path, NEWS)
    live = live_of(tmp_path)
    live.refresh()
    [end] = [pin.until for pin in Rules.of(path).pins]
    assert live.snapshot.until(datetime.now(UTC)) == end.timestamp()
    assert live.snapshot.until(end) > end.timestamp()


def test_no_list_is_given_while_nobody_knows_what_is_banned(tmp_path, path):
    path.write_text(BROKEN)
    trained(tmp_path, NEWS)
    with in_process(tmp_path) as client:
        for call in (LIST, "/readyz"):
            reply = client.get(call)
            assert (reply.status_code, reply.json()["code"]) == (503, "rules_invalid")
        assert "rules.toml:2: banned.article: unknown" in reply.json()["detail"]
        assert client.get("/healthz").status_code == 200
        path.write_text(BAN)
        eventually(lambda: client.get("/readyz").status_code == 200)
        assert listed(client) == ["a/b"]


def test_trouble_is_logged_once(tmp_path, path, caplog):
    trained(tmp_path, NEWS)
    live = live_of(tmp_path)
    live.refresh()
    path.write_text(BROKEN)
    live.refresh()
    live.refresh()
    [told] = [each.message for each in caplog.records if each.levelname == "WARNING"]
    assert "rules.toml:2: banned.article: unknown" in told


def test_new_rules_hold_even_while_the_active_model_cannot_be_opened(tmp_path, path):
    trained(tmp_path, NEWS)
    live = live_of(tmp_path)
    live.refresh()
    (settings(tmp_path).models / "CURRENT").write_text("20990101T000000Z-dead\n")
    path.write_text(BAN)
    live.refresh()
    assert "20990101T000000Z-dead" in live.failure
    assert live.snapshot.model.rules == Rules.of(path)


def test_another_model_keeps_to_the_rules_too(tmp_path, path):
    path.write_text(BAN)
    trained(tmp_path, NEWS)
    live = live_of(tmp_path)
    live.refresh()
    second = trained(tmp_path, NEWS[:1])
    live.refresh()
    assert live.snapshot.version == second
    assert live.snapshot.model.rules == Rules.of(path)
