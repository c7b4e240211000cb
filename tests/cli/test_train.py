"""The command ``train``: what it reports, refuses and leaves behind."""

import json
import signal
import subprocess
import time
from contextlib import suppress
from functools import partial
from pathlib import Path

import pytest
from support.commands import ALSOREAD, environment, failed, json_of, line
from support.serving import archive_of, put, trained

from recommender import Article


def test_training_without_an_archive_says_what_to_do(run, tmp_path):
    assert "alsoread import" in failed(run(tmp_path, "train"))
    assert not (tmp_path / "archive.db").exists()


def test_training_reports_version_time_and_memory(run, shared_newsroom_folder, tmp_path):
    archive = ("--archive", archive_of(shared_newsroom_folder))
    done = run(tmp_path, "train", *archive, "--json")
    summary = json_of(done)
    assert (summary["articles"], summary["approximate"]) == (65, None)
    assert f"trained {summary['version']} on 65 articles in" in done.stderr
    assert "approximate" not in done.stderr
    assert summary["peak_megabytes"] > 10
    assert summary["seconds"] > 0


def test_an_approximate_graph_is_named_with_its_quality(run, shared_newsroom_folder, tmp_path):
    archive = ("--archive", archive_of(shared_newsroom_folder))
    done = run(tmp_path, "train", "--approximate", *archive, "--json")
    assert "its graph is approximate: of the best 10 of 65 articles" in done.stderr
    quality = json_of(done)["approximate"]
    assert quality["sampled"] == 65
    assert 0.99 < quality["score_ratio"] <= 1.000001
    assert 0.9 < quality["recall"] <= 1
    [version] = json_of(run(tmp_path, "models", "list", "--json"))
    assert version["approximate"] == quality
    table = run(tmp_path, "models", "list").stdout
    assert f"approximate ({quality['score_ratio']:.2%})" in table
    manifest = tmp_path / "models" / version["version"] / "manifest.json"
    assert json.loads(manifest.read_text())["approximate"] == quality


def test_a_wrong_setting_is_named_with_its_file(run, shared_newsroom_folder, tmp_path):
    (tmp_path / "wrong.toml").write_text("[vectors]\ntitel_weight = 1\n")
    message = failed(run(shared_newsroom_folder, "train", "--config", tmp_path / "wrong.toml"))
    assert "wrong.toml: setting 'vectors.titel_weight'" in message


def has_open(pid, name):
    """Whether a process has opened a file by now, so that it is at work."""
    with suppress(FileNotFoundError):
        return any(fd.readlink().name == name for fd in Path(f"/proc/{pid}/fd").iterdir())
    return False


@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGTERM])
def test_stopped_training_leaves_the_active_model_alone(tmp_path, ending):
    trained(tmp_path, [Article.from_record(json.loads(line()))])
    before = sorted(path.name for path in (tmp_path / "models").iterdir())
    text = "Ferry {0} harbour " + "word{0} quay{1} " * 150
    put(
        tmp_path,
        [Article(id=str(n), title="Ferry", body=text.format(n, n % 97)) for n in range(4_000)],
    )
    # Without the gate no model is open when the archive is.
    training = subprocess.Popen(
        [*ALSOREAD, "train", "--no-gate"],
        cwd=tmp_path,
        env=environment(),
        stderr=subprocess.PIPE,
        text=True,
        # A shell's background job ignores Ctrl-C; this process must not.
        preexec_fn=partial(signal.signal, signal.SIGINT, signal.SIG_DFL),
    )
    while not has_open(training.pid, "archive.db"):
        assert training.poll() is None
        time.sleep(0.01)
    training.send_signal(ending)
    _, message = training.communicate(timeout=60)
    assert training.returncode == 1
    assert "Traceback" not in message
    assert sorted(path.name for path in (tmp_path / "models").iterdir()) == before
