"""Whoever reads the store sees a whole model: the old one or the new one."""

import json
import os
import shutil
import subprocess
import sys
import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest

from recommender import ModelStore, Recommender
from recommender.articles.article import Article
from recommender.errors import DamagedModelError, ModelError, NoModelError
from recommender.persistence.files import MANIFEST
from recommender.training.store import CURRENT

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
TINY = Recommender.fit([Article(id="a", title="Ferry late"), Article(id="b", title="Ferry early")])


def numbered(revision):
    return replace(TINY, revision=revision)


@pytest.fixture
def store(tmp_path):
    return ModelStore(tmp_path / "models")


def stored(store, *revisions):
    """Store models a minute apart; return their names."""
    return [store.save(numbered(r), NOON + timedelta(minutes=r)) for r in revisions]


def dead_process():
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return process.pid


def hidden(store):
    return sorted(path.name for path in store.path.iterdir() if path.name.startswith("."))


def test_an_empty_store_has_no_model(store):
    assert (store.current, store.versions()) == (None, [])
    with pytest.raises(NoModelError, match="alsoread train"):
        store.load()
    assert store.prune() == []


def test_a_saved_version_is_active_only_when_activated(store):
    [version] = stored(store, 1)
    assert store.current is None
    with pytest.raises(NoModelError):
        store.load()
    store.activate(version)
    assert store.current == version
    assert store.load().revision == store.load(version).revision == 1


def test_versions_are_named_by_their_time_and_listed_oldest_first(store):
    names = stored(store, 3, 1, 2)
    store.activate(names[0])
    found = store.versions()
    assert [info.version[:16] for info in found] == [f"20261122T12{n:02}00Z" for n in (1, 2, 3)]
    assert [(info.revision, info.active) for info in found] == [(1, False), (2, False), (3, True)]
    assert {info.articles for info in found} == {2}
    for info in found:
        files = (store.path / info.version).glob("*.npy")
        assert info.bytes == sum(file.stat().st_size for file in files)


def test_a_version_is_named_in_utc_whatever_the_zone_of_now(store):
    east = NOON.astimezone(timezone(timedelta(hours=9)))
    assert store.save(TINY, east).startswith("20261122T120000Z-")


def test_the_same_model_at_the_same_time_is_one_version(store):
    assert stored(store, 1) == stored(store, 1)
    assert len(store.versions()) == 1
    assert hidden(store) == []


def test_activating_an_older_version_is_the_rollback(store):
    old, new = stored(store, 1, 2)
    store.activate(new)
    store.activate(old)
    assert (store.current, store.load().revision) == (old, 1)


def damage(path, how):
    file = path / "rows.npy"
    sound = file.read_bytes()
    if how == "missing":
        file.unlink()
    elif how == "truncated":
        file.write_bytes(sound[:-1])
    elif how == "a flipped byte":
        file.write_bytes(sound[:-1] + bytes([sound[-1] ^ 1]))
    else:
        (path / MANIFEST).write_text("{}")


@pytest.mark.parametrize("how", ["missing", "truncated", "a flipped byte", "manifest"])
def test_a_damaged_version_is_not_activated_and_the_active_one_stays(store, how):
    old, new = stored(store, 1, 2)
    store.activate(old)
    before = (store.path / CURRENT).read_bytes()
    damage(store.path / new, how)
    with pytest.raises(DamagedModelError, match=new):
        store.activate(new)
    assert (store.path / CURRENT).read_bytes() == before
    assert store.load().revision == 1
    assert hidden(store) == []


@pytest.mark.parametrize("how", ["missing", "truncated", "a flipped byte"])
def test_verify_names_what_is_damaged(store, how):
    old, new = stored(store, 1, 2)
    damage(store.path / new, how)
    store.verify(old)
    with pytest.raises(DamagedModelError, match=rf"{new}.*rows\.npy"):
        store.verify(new)


NAMES = ["unknown", "", ".", "..", "a/b", "/", "x" * 300, "a\x00b", "\ud800", ".building-1-x"]


@pytest.mark.parametrize("name", NAMES, ids=ascii)
def test_what_is_no_versions_name_is_refused_and_nothing_changes(store, saved, name):
    [version] = stored(store, 1)
    store.activate(version)
    shutil.copytree(saved, store.path / ".building-1-x")  # a training at work, or killed
    for outside in (store.path, store.path.parent):  # what '.' and '..' would reach
        shutil.copytree(saved, outside, dirs_exist_ok=True)
    for call in (store.activate, store.verify):
        with pytest.raises(NoModelError, match="no version"):
            call(name)
    if name:  # no name is the active version
        with pytest.raises(NoModelError, match="no version"):
            store.load(name)
    assert store.current == version


def test_a_path_to_a_version_is_not_its_name(store):
    [version] = stored(store, 1)
    for name in (f"../models/{version}", f"./{version}", f"{version}/", str(store.path / version)):
        with pytest.raises(NoModelError, match=version):
            store.activate(name)
    assert store.current is None


def test_an_unknown_version_is_answered_with_the_known_ones(store):
    one, two = stored(store, 1, 2)
    with pytest.raises(NoModelError, match=f"{one}, {two}"):
        store.load("unknown")


@pytest.mark.parametrize("content", ["gone", "..", "../models", "\x00", "x" * 5000])
def test_a_current_that_names_no_version_is_a_missing_model(store, content):
    stored(store, 1)
    (store.path / CURRENT).write_text(content)
    with pytest.raises(NoModelError):
        store.load()


def test_a_current_that_cannot_be_read_is_a_model_error(store):
    stored(store, 1)
    (store.path / CURRENT).write_bytes(b"\xff\xfe")
    with pytest.raises(ModelError, match=CURRENT):
        store.load()
    (store.path / CURRENT).unlink()
    (store.path / CURRENT).mkdir()
    with pytest.raises(ModelError, match=CURRENT):
        store.load()


GARBAGE = ["", "{}", '{"format": 3}', '{"format": 3, "files": [1]}', '{"format": 3, "files": {}}']


@pytest.mark.parametrize("manifest", GARBAGE)
def test_a_folder_that_is_no_model_does_not_hide_the_others(store, manifest):
    [version] = stored(store, 1)
    (store.path / "zzz").mkdir()
    (store.path / "zzz" / MANIFEST).write_text(manifest)
    (store.path / "README.md").write_text("models")
    assert [info.version for info in store.versions()] == [version]


def test_prune_keeps_the_newest_and_the_active_one(store):
    names = stored(store, 1, 2, 3, 4, 5)
    store.activate(names[0])
    assert store.prune(keep=3) == names[1:2]
    assert [info.version for info in store.versions()] == [names[0], *names[2:]]
    assert store.load().revision == 1
    assert store.prune(keep=3) == []


@pytest.mark.parametrize(("keep", "gone"), [(0, [0, 2]), (1, [0])])
def test_prune_never_deletes_the_active_one(store, keep, gone):
    names = stored(store, 1, 2, 3)
    store.activate(names[1])
    assert store.prune(keep=keep) == [names[number] for number in gone]
    assert store.load().revision == 2
    assert hidden(store) == []


def test_prune_without_an_active_version_keeps_the_newest(store):
    names = stored(store, 1, 2, 3)
    assert store.prune(keep=2) == names[:1]


def test_a_loaded_model_answers_on_after_its_version_was_pruned(store):
    names = stored(store, 1, 2)
    model = store.load(names[0])
    store.activate(names[1])
    store.prune(keep=1)
    assert [item.article.id for item in model.recommend("a")] == ["b"]


@pytest.mark.parametrize("cleaner", ["save", "prune"])
def test_what_killed_trainings_left_is_swept_and_what_living_ones_build_is_not(store, cleaner):
    stored(store, 1)
    left = store.path / f".building-{dead_process()}-abcd"
    living = store.path / f".building-{os.getpid()}-abcd"
    for path in (left, living):
        path.mkdir()
        (path / "rows.npy").write_bytes(b"half")
    stored(store, 2) if cleaner == "save" else store.prune()
    assert hidden(store) == [living.name]


def test_a_killed_activations_draft_is_swept(store):
    stored(store, 1)
    (store.path / f".{CURRENT}-{dead_process()}-abcd").write_text("x")
    store.prune()
    assert hidden(store) == []


def test_an_unfinished_version_is_in_no_list(store, saved):
    stored(store, 1)
    shutil.copytree(saved, store.path / f".building-{os.getpid()}-abcd")
    assert len(store.versions()) == 1


def test_a_store_that_cannot_be_written_is_a_model_error(tmp_path):
    (tmp_path / "models").write_text("a file")
    with pytest.raises(ModelError, match="models"):
        ModelStore(tmp_path / "models").save(TINY, NOON)


def test_a_model_that_fails_to_save_leaves_nothing(store):
    stored(store, 1)
    broken = replace(TINY, config=None)
    with pytest.raises(AttributeError):
        store.save(broken, NOON)
    assert len(store.versions()) == 1
    assert hidden(store) == []


def test_concurrent_readers_always_see_a_whole_model(store):
    names = stored(store, 1, 2)
    store.activate(names[0])
    done = threading.Event()
    seen, failures = set(), []

    def read():
        while not done.is_set():
            try:
                model = store.load()
                assert [item.article.id for item in model.recommend("a")] == ["b"]
                seen.add(model.revision)
            except Exception as error:
                failures.append(error)
                return

    readers = [threading.Thread(target=read) for _ in range(4)]
    for reader in readers:
        reader.start()
    for turn in range(40):
        store.activate(names[turn % 2])
    done.set()
    for reader in readers:
        reader.join()
    assert not failures
    assert seen == {1, 2}
    assert hidden(store) == []


def test_two_activations_at_once_leave_one_of_the_two(store):
    names = stored(store, 1, 2)
    threads = [threading.Thread(target=store.activate, args=[name]) for name in names * 4]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert store.current in names
    assert hidden(store) == []


def test_the_manifest_says_what_the_model_is(store):
    [version] = stored(store, 7)
    manifest = json.loads((store.path / version / MANIFEST).read_text())
    assert manifest["revision"] == 7
    assert manifest["config"] == TINY.config.model_dump(mode="json")
    assert manifest["metrics"]["articles"] == 2
    assert {"python", "numpy", "numba", "alsoread"} <= manifest["libraries"].keys()
