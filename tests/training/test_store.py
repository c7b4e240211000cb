"""A store has trained versions, one of them active, and says what is unknown or damaged."""

import json
import shutil
from datetime import timedelta, timezone

import pytest

from recommender.errors import DamagedModelError, ModelError, NoModelError
from recommender.persistence.files import MANIFEST
from recommender.training.store import CURRENT


def test_an_empty_store_has_no_model(store):
    assert (store.current, store.versions()) == (None, [])
    with pytest.raises(NoModelError, match="alsoread train"):
        store.load()
    assert store.prune() == []


def test_a_stored_version_is_active_only_once_activated(store, put):
    [version] = put(1)
    assert store.current is None
    with pytest.raises(NoModelError):
        store.load()
    store.activate(version)
    assert store.current == version
    assert store.load().revision == store.load(version).revision == 1


def test_versions_are_named_by_time_and_listed_oldest_first(store, put):
    names = put(3, 1, 2)
    store.activate(names[0])
    versions = store.versions()
    assert [info.version[:16] for info in versions] == [f"20261122T12{n:02}00Z" for n in (1, 2, 3)]
    assert [(info.revision, info.active) for info in versions] == [
        (1, False),
        (2, False),
        (3, True),
    ]
    for info in versions:
        assert info.articles == 2
        files = (store.path / info.version).glob("*.npy")
        assert info.bytes == sum(file.stat().st_size for file in files)


def test_a_version_is_named_in_utc_whatever_the_zone_of_now(store, tiny, noon):
    east = noon.astimezone(timezone(timedelta(hours=9)))
    assert store.save(tiny, east).startswith("20261122T120000Z-")


def test_the_same_model_at_the_same_time_is_one_version(store, put, hidden):
    assert put(1) == put(1)
    assert len(store.versions()) == 1
    assert hidden() == []


def test_an_older_version_can_be_activated_again(store, put):
    old, new = put(1, 2)
    store.activate(new)
    store.activate(old)
    assert (store.current, store.load().revision) == (old, 1)


def test_the_manifest_says_what_the_model_is(store, put, tiny):
    [version] = put(7)
    manifest = json.loads((store.path / version / MANIFEST).read_text())
    assert manifest["revision"] == 7
    assert manifest["config"] == tiny.config.model_dump(mode="json")
    assert manifest["metrics"]["articles"] == 2
    assert {"python", "numpy", "numba", "alsoread"} <= manifest["libraries"].keys()


def damage(path, how):
    """Change a stored version so that it differs from its manifest."""
    file = path / "rows.npy"
    content = file.read_bytes()
    if how == "missing":
        file.unlink()
    elif how == "truncated":
        file.write_bytes(content[:-1])
    elif how == "a flipped bit":
        file.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    else:
        (path / MANIFEST).write_text("{}")


@pytest.mark.parametrize("how", ["missing", "truncated", "a flipped bit", "manifest"])
def test_a_damaged_version_is_not_activated(store, put, hidden, how):
    old, new = put(1, 2)
    store.activate(old)
    before = (store.path / CURRENT).read_bytes()
    damage(store.path / new, how)
    with pytest.raises(DamagedModelError, match=new):
        store.activate(new)
    assert (store.path / CURRENT).read_bytes() == before
    assert store.load().revision == 1
    assert hidden() == []


@pytest.mark.parametrize("how", ["missing", "truncated", "a flipped bit"])
def test_verify_names_the_damaged_file(store, put, how):
    old, new = put(1, 2)
    damage(store.path / new, how)
    store.verify(old)
    with pytest.raises(DamagedModelError, match=rf"{new}.*rows\.npy"):
        store.verify(new)


NAMES = ["unknown", "", ".", "..", "a/b", "/", "x" * 300, "a\x00b", "\ud800", ".building-1-x"]


@pytest.mark.parametrize("name", NAMES, ids=ascii)
def test_a_name_of_no_version_is_refused_and_changes_nothing(store, put, saved, name):
    [version] = put(1)
    store.activate(version)
    shutil.copytree(saved, store.path / ".building-1-x")  # an unfinished training
    for outside in (store.path, store.path.parent):  # where "." and ".." lead
        shutil.copytree(saved, outside, dirs_exist_ok=True)
    for call in (store.activate, store.verify):
        with pytest.raises(NoModelError, match="no version"):
            call(name)
    if name:  # an empty name loads the active version
        with pytest.raises(NoModelError, match="no version"):
            store.load(name)
    assert store.current == version


def test_a_path_of_a_version_is_not_its_name(store, put):
    [version] = put(1)
    for name in (f"../models/{version}", f"./{version}", f"{version}/", str(store.path / version)):
        with pytest.raises(NoModelError, match=f"known versions: {version}"):
            store.activate(name)
    assert store.current is None


def test_the_error_of_an_unknown_version_lists_the_known_ones(store, put):
    one, two = put(1, 2)
    with pytest.raises(NoModelError, match=f"no version 'unknown'; known versions: {one}, {two}"):
        store.load("unknown")


@pytest.mark.parametrize("content", ["gone", "..", "../models", "\x00", "x" * 5000])
def test_a_current_file_that_names_no_version_is_no_model(store, put, content):
    put(1)
    (store.path / CURRENT).write_text(content)
    with pytest.raises(NoModelError):
        store.load()


def test_a_current_file_that_cannot_be_read_is_a_model_error(store, put):
    put(1)
    (store.path / CURRENT).write_bytes(b"\xff\xfe")
    with pytest.raises(ModelError, match=CURRENT):
        store.load()
    (store.path / CURRENT).unlink()
    (store.path / CURRENT).mkdir()
    with pytest.raises(ModelError, match=CURRENT):
        store.load()


GARBAGE = ["", "{}", '{"format": 3}', '{"format": 3, "files": [1]}', '{"format": 3, "files": {}}']


@pytest.mark.parametrize("manifest", GARBAGE)
def test_a_folder_that_is_no_model_does_not_hide_the_others(store, put, manifest):
    [version] = put(1)
    (store.path / "zzz").mkdir()
    (store.path / "zzz" / MANIFEST).write_text(manifest)
    (store.path / "README.md").write_text("models")
    assert [info.version for info in store.versions()] == [version]


def test_prune_keeps_the_newest_and_the_active_one(store, put):
    names = put(1, 2, 3, 4, 5)
    store.activate(names[0])
    assert store.prune(keep=3) == names[1:2]
    assert [info.version for info in store.versions()] == [names[0], *names[2:]]
    assert store.load().revision == 1
    assert store.prune(keep=3) == []


@pytest.mark.parametrize(("keep", "pruned"), [(0, [0, 2]), (1, [0])])
def test_prune_never_deletes_the_active_version(store, put, hidden, keep, pruned):
    names = put(1, 2, 3)
    store.activate(names[1])
    assert store.prune(keep=keep) == [names[number] for number in pruned]
    assert store.load().revision == 2
    assert hidden() == []


def test_prune_without_an_active_version_keeps_the_newest(store, put):
    names = put(1, 2, 3)
    assert store.prune(keep=2) == names[:1]


def test_a_loaded_model_still_answers_after_its_version_is_pruned(store, put):
    names = put(1, 2)
    model = store.load(names[0])
    store.activate(names[1])
    store.prune(keep=1)
    assert [item.article.id for item in model.recommend("a")] == ["b"]
