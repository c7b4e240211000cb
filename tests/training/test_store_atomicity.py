"""Readers of a store see whole versions only, also while others write, fail or are killed."""

import os
import shutil
import subprocess
import sys
import threading
from dataclasses import replace

import pytest

from recommender import ModelStore
from recommender.errors import ModelError
from recommender.training.store import CURRENT


def dead_process():
    """The id of a process that has ended."""
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return process.pid


@pytest.mark.parametrize("cleaner", ["save", "prune"])
def test_leftovers_of_killed_trainings_are_removed_and_no_others(store, put, hidden, cleaner):
    put(1)
    killed = store.path / f".building-{dead_process()}-abcd"
    running = store.path / f".building-{os.getpid()}-abcd"
    for path in (killed, running):
        path.mkdir()
        (path / "rows.npy").write_bytes(b"half")
    put(2) if cleaner == "save" else store.prune()
    assert hidden() == [running.name]


def test_the_leftover_of_a_killed_activation_is_removed(store, put, hidden):
    put(1)
    (store.path / f".{CURRENT}-{dead_process()}-abcd").write_text("x")
    store.prune()
    assert hidden() == []


def test_an_unfinished_version_is_not_listed(store, put, saved):
    put(1)
    shutil.copytree(saved, store.path / f".building-{os.getpid()}-abcd")
    assert len(store.versions()) == 1


def test_a_store_that_cannot_be_written_is_a_model_error(tmp_path, tiny, noon):
    (tmp_path / "models").write_text("a file")
    with pytest.raises(ModelError, match="models"):
        ModelStore(tmp_path / "models").save(tiny, noon)


def test_a_model_that_fails_to_save_leaves_nothing(store, put, hidden, tiny, noon):
    put(1)
    with pytest.raises(AttributeError):
        store.save(replace(tiny, config=None), noon)
    assert len(store.versions()) == 1
    assert hidden() == []


def test_concurrent_readers_always_load_a_whole_model(store, put, hidden):
    names = put(1, 2)
    store.activate(names[0])
    done = threading.Event()
    revisions, failures = set(), []

    def read():
        while not done.is_set():
            try:
                model = store.load()
                assert [item.article.id for item in model.recommend("a")] == ["b"]
                revisions.add(model.revision)
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
    assert revisions == {1, 2}
    assert hidden() == []


def test_several_activations_at_once_leave_one_of_them(store, put, hidden):
    names = put(1, 2)
    threads = [threading.Thread(target=store.activate, args=[name]) for name in names * 4]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert store.current in names
    assert hidden() == []
