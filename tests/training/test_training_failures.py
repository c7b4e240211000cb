"""A training that fails, is killed or fills the disk leaves the active model as it was."""

import subprocess
import sys
from datetime import UTC, datetime, timedelta

import pytest

from recommender import Catalog, Config, train
from recommender.articles.article import Article

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


def contents(folder):
    return {path: path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


@pytest.mark.parametrize("phase", ["reading", "neighbours"])
@pytest.mark.parametrize("error", [RuntimeError, KeyboardInterrupt])
@pytest.mark.parametrize("jobs", [1, 2])
def test_a_training_that_fails_changes_nothing(archive, store, phase, error, jobs):
    train(archive, store, Config(), now=NOON)
    before = contents(store.path)

    def fail(step, done, total):
        if step == phase:
            raise error("stop")

    later = NOON + timedelta(hours=1)
    archive.put([Article(id="new", title="Ferry")])
    with pytest.raises(error):
        train(archive, store, Config(), now=later, jobs=jobs, progress=fail)
    assert contents(store.path) == before
    archive.put([Article(id="newer", title="Ferry")])  # the archive is not left locked
    assert train(archive, store, Config(), now=later).articles == 67


DISK_FULL = """
import resource, signal, sys
from datetime import datetime, UTC
from pathlib import Path
from recommender import Catalog, Config, ModelStore, train
from recommender.errors import ModelError
with Catalog(sys.argv[1]) as catalog:
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (2_000, 2_000))
    try:
        train(catalog, ModelStore(Path(sys.argv[2])), Config(), now=datetime.now(UTC))
    except ModelError as error:
        assert "cannot write" in str(error), error
    else:
        raise AssertionError("it was written")
"""


def test_a_full_disk_changes_nothing(archive, store, tmp_path):
    train(archive, store, Config(), now=NOON)
    before = contents(store.path)
    arguments = [f"sqlite:///{tmp_path}/archive.db", str(store.path)]
    subprocess.run([sys.executable, "-c", DISK_FULL, *arguments], check=True)
    assert contents(store.path) == before


# Trains in forked children, each killed at another moment: at chosen writes, then at any time.
KILLED = """
import os, random, signal, sys, time
from datetime import datetime, timedelta, UTC
from pathlib import Path
from recommender import Catalog, Config, ModelStore, train

url, store = sys.argv[1], ModelStore(Path(sys.argv[2]))
started = datetime(2027, 1, 1, tzinfo=UTC)
writes = 0

def die_at(step):
    def counted(call):
        def called(*arguments, **options):
            global writes
            writes += 1
            if writes == step:
                os.kill(os.getpid(), signal.SIGKILL)
            return call(*arguments, **options)
        return called
    os.fsync, os.replace, os.rename = map(counted, (os.fsync, os.replace, os.rename))

def start(number, step):
    process = os.fork()
    if not process:
        die_at(step)
        with Catalog(url) as catalog:
            train(catalog, store, Config(), now=started + timedelta(minutes=number))
        os._exit(writes)
    return process

def exit_code_of(process):
    _, status = os.waitpid(process, 0)
    version = store.current
    store.verify(version)
    assert len(store.load().articles) == 12
    return os.waitstatus_to_exitcode(status)

begun = time.monotonic()
last = exit_code_of(start(0, None))
took = time.monotonic() - begun
assert last > 30, last
for number, step in enumerate([1, 15, *range(last - 5, last + 1)], 1):
    assert exit_code_of(start(number, step)) == -signal.SIGKILL
for number in range(20, 24):
    process = start(number, None)
    time.sleep(random.uniform(0, took))
    os.kill(process, signal.SIGKILL)
    assert exit_code_of(process) in (-signal.SIGKILL, last)
"""


def test_a_training_killed_at_any_moment_leaves_a_whole_model(newsroom, store, tmp_path):
    url = f"sqlite:///{tmp_path}/small.db"
    with Catalog(url) as small:
        small.put(newsroom[:12])
        train(small, store, Config(), now=NOON)
    arguments = [sys.executable, "-W", "ignore", "-c", KILLED, url, str(store.path)]
    subprocess.run(arguments, check=True)
    store.save(store.load(), NOON + timedelta(days=900))
    for info in store.versions():
        store.verify(info.version)
    folders = {path.name for path in store.path.iterdir() if path.is_dir()}
    assert folders == {info.version for info in store.versions()}
