"""Training makes the same model of the same archive, or leaves everything as it was."""

import random
import subprocess
import sys
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from support.references import ndcg
from sklearn.feature_extraction.text import TfidfVectorizer

from recommender import Catalog, Config, ModelStore, Recommender, train
from recommender.vectors import counting as counts
from recommender.search import graph
from recommender.articles.article import Article
from recommender.errors import InputError
from recommender.text.html import plain_text

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
TWINS = [
    ("hp-wire-2026-0219-grey-heron-leak", "hp-2026-0219-gang-claims-hospital"),
    ("hp-wire-2026-0306-denholt-brine", "hp-2026-0305-lithium-find"),
    ("hp-wire-2026-0319-predators-back", "hp-2026-0319-wolves-released"),
]


@pytest.fixture
def store(tmp_path):
    return ModelStore(tmp_path / "models")


@pytest.fixture
def catalog(newsroom, tmp_path):
    with Catalog(f"sqlite:///{tmp_path}/archive.db") as catalog:
        catalog.put(newsroom)
        yield catalog


def contents(folder):
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_training_stores_and_activates_a_model_of_the_whole_archive(catalog, store, newsroom):
    trained = train(catalog, store, Config(), now=NOON)
    assert trained.version.startswith("20261122T120000Z-")
    assert (trained.articles, trained.revision) == (65, 65)
    assert store.current == trained.version
    model = store.load()
    assert list(model.articles.ids) == sorted(article.id for article in newsroom)
    assert model.revision == catalog.revision
    store.verify(trained.version)


def test_a_trained_model_gives_the_lists_of_one_fitted_in_memory(catalog, store, newsroom):
    train(catalog, store, Config(), now=NOON)
    by_id = sorted(newsroom, key=lambda article: article.id)
    fitted, loaded = Recommender.fit(by_id), store.load()
    for article in newsroom:
        assert loaded.recommend(article.id) == fitted.recommend(article.id)


def test_an_empty_archive_is_an_error_and_stores_nothing(store, tmp_path):
    with Catalog(f"sqlite:///{tmp_path}/empty.db") as catalog:
        with pytest.raises(InputError, match="import"):
            train(catalog, store, Config(), now=NOON)
        catalog.put([Article(id="a", title="Hail")])
        catalog.delete(["a"])
        with pytest.raises(InputError, match="import"):
            train(catalog, store, Config(), now=NOON)
    assert not store.path.exists()


def test_the_same_archive_gives_the_same_bytes_for_any_number_of_jobs(
    catalog, tmp_path, monkeypatch
):
    monkeypatch.setattr(graph, "BLOCK", 32)
    monkeypatch.setattr(graph, "RARE", 4)
    monkeypatch.setattr(counts, "CHUNK", 10)
    found = []
    for number, jobs in enumerate([1, 2, 3, None]):
        store = ModelStore(tmp_path / str(number))
        train(catalog, store, Config(), now=NOON, jobs=jobs)
        found.append(contents(store.path))
    assert len(found[0]) > 25
    assert found[1:] == found[:1] * 3


def test_the_order_of_import_changes_no_byte(newsroom, catalog, tmp_path, store):
    train(catalog, store, Config(), now=NOON)
    shuffled = list(newsroom)
    random.Random(5).shuffle(shuffled)
    other = ModelStore(tmp_path / "other")
    with Catalog(f"sqlite:///{tmp_path}/shuffled.db") as again:
        for start in range(0, len(shuffled), 10):
            again.put(shuffled[start : start + 10])
        train(again, other, Config(), now=NOON)
    assert contents(other.path) == contents(store.path)


def test_another_process_makes_the_same_bytes(catalog, store, tmp_path):
    """Nothing depends on the hashes of strings, which differ from process to process."""
    train(catalog, store, Config(), now=NOON)
    script = (
        "import sys; from datetime import datetime, UTC\n"
        "from recommender import *\n"
        "with Catalog(sys.argv[1]) as catalog:\n"
        "    now = datetime(2026, 11, 22, 12, tzinfo=UTC)\n"
        "    train(catalog, ModelStore(__import__('pathlib').Path(sys.argv[2])), Config(), now=now)"
    )
    arguments = [f"sqlite:///{tmp_path}/archive.db", str(tmp_path / "other")]
    subprocess.run([sys.executable, "-c", script, *arguments], check=True)
    assert contents(tmp_path / "other") == contents(store.path)


def test_settings_reach_the_model(catalog, store):
    train(catalog, store, Config(neighbours=3), now=NOON)
    assert store.load().index.neighbours.shape == (65, 3)


def test_progress_counts_to_the_end(catalog, store):
    told = []
    train(catalog, store, Config(), now=NOON, progress=lambda *step: told.append(step))
    assert ("reading", 65, 65) in told
    assert [step for step in told if step[0] == "neighbours"][-1] == ("neighbours", 65, 65)
    assert all(done <= total == 65 for _, done, total in told)


@pytest.mark.parametrize("phase", ["reading", "neighbours"])
@pytest.mark.parametrize("error", [RuntimeError, KeyboardInterrupt])
@pytest.mark.parametrize("jobs", [1, 2])
def test_a_training_that_fails_leaves_everything_as_it_was(catalog, store, phase, error, jobs):
    train(catalog, store, Config(), now=NOON)
    before = contents(store.path)

    def fail(at, done, total):
        if at == phase:
            raise error("stop")

    later = NOON + timedelta(hours=1)
    catalog.put([Article(id="new", title="Ferry")])
    with pytest.raises(error):
        train(catalog, store, Config(), now=later, jobs=jobs, progress=fail)
    assert contents(store.path) == before
    catalog.put([Article(id="newer", title="Ferry")])  # the archive is not left locked
    assert train(catalog, store, Config(), now=later).articles == 67


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


def test_a_full_disk_leaves_everything_as_it_was(catalog, store, tmp_path):
    train(catalog, store, Config(), now=NOON)
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

def dying_at(step):
    def counted(call):
        def called(*arguments, **options):
            global writes
            writes += 1
            if writes == step:
                os.kill(os.getpid(), signal.SIGKILL)
            return call(*arguments, **options)
        return called
    os.fsync, os.replace, os.rename = map(counted, (os.fsync, os.replace, os.rename))

def child(number, step):
    process = os.fork()
    if not process:
        dying_at(step)
        with Catalog(url) as catalog:
            train(catalog, store, Config(), now=started + timedelta(minutes=number))
        os._exit(writes)
    return process

def ended(process):
    _, status = os.waitpid(process, 0)
    version = store.current
    store.verify(version)
    assert len(store.load().articles) == 12
    return os.waitstatus_to_exitcode(status)

begun = time.monotonic()
last = ended(child(0, None))
took = time.monotonic() - begun
assert last > 30, last
for number, step in enumerate([1, 15, *range(last - 5, last + 1)], 1):
    assert ended(child(number, step)) == -signal.SIGKILL
for number in range(20, 24):
    process = child(number, None)
    time.sleep(random.uniform(0, took))
    os.kill(process, signal.SIGKILL)
    assert ended(process) in (-signal.SIGKILL, last)
"""


def test_a_training_that_is_killed_at_any_moment_leaves_a_whole_active_model(
    newsroom, store, tmp_path
):
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


def ranked_by(scores, ids, row):
    order = sorted(range(len(ids)), key=lambda other: (-scores[other], other))
    return [ids[other] for other in order if other != row]


def mean_ndcg(lists, judgments):
    """Mean nDCG@10 over the judged articles; the wire twins were not judged and do not count."""
    twins = {frozenset(pair) for pair in TWINS}
    return np.mean(
        [
            ndcg([other for other in lists[key] if frozenset((key, other)) not in twins], grades)
            for key, grades in judgments.items()
        ]
    )


def test_lists_of_the_sample_archive_are_what_an_editor_would_link(newsroom, model, judgments):
    ours = {
        article.id: [item.article.id for item in model.recommend(article.id, limit=50)]
        for article in newsroom
    }
    quality = mean_ndcg(ours, judgments)

    ids = [article.id for article in newsroom]
    texts = [f"{a.title} {a.summary or ''} {plain_text(a.body)}" for a in newsroom]
    rows = TfidfVectorizer().fit_transform(texts)
    scores = (rows @ rows.T).toarray()
    plain = {key: ranked_by(scores[row], ids, row) for row, key in enumerate(ids)}
    assert len(judgments) > 50
    assert quality > 0.9
    assert quality > mean_ndcg(plain, judgments) + 0.05


@pytest.mark.parametrize(("wire", "own"), TWINS)
def test_wire_twins_come_first_in_each_others_lists(model, wire, own):
    assert model.recommend(wire, duplicates="show")[0].article.id == own
    assert model.recommend(own, duplicates="show")[0].article.id == wire
