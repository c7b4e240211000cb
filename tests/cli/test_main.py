"""The command line as a user meets it: what it prints where, and how it ends."""

import json
import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from functools import partial
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SAMPLE = ROOT / "tests" / "data" / "newsroom" / "articles.jsonl"
WOLVES = "hp-2026-0319-wolves-released"
RUN = [sys.executable, "-W", "error", "-c", "from recommender.cli import main; main()"]


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """A working folder with the sample imported and trained; tests only read it."""
    folder = tmp_path_factory.mktemp("trained")
    assert alsoread(folder, "train", str(SAMPLE)).returncode == 0
    return folder


def environment():
    kept = {name: value for name, value in os.environ.items() if not name.startswith("ALSOREAD_")}
    return {**kept, "COLUMNS": "100"}


def alsoread(folder, *words, stdin=""):
    return subprocess.run(
        [*RUN, *words],
        cwd=folder,
        env=environment(),
        input=stdin,
        capture_output=True,
        text=True,
        timeout=120,
    )


def failed(done, code=1):
    """The one line that an error is, or fail."""
    assert done.returncode == code
    assert "Traceback" not in done.stderr
    assert done.stdout == ""
    return done.stderr.strip()


def article(**fields):
    return json.dumps({"id": "a1", "title": "Ferry refit delayed", **fields}) + "\n"


def test_import_says_on_stderr_what_it_did_and_nothing_on_stdout(tmp_path):
    source = tmp_path / "news.jsonl"
    source.write_text(article(mood="glad") + article(title="Ferry back"))
    done = alsoread(tmp_path, "import", "news.jsonl")
    assert (done.returncode, done.stdout) == (0, "")
    assert "2 articles read: 1 new" in done.stderr
    assert "'a1' came 2 times; the last one was taken" in done.stderr
    assert "'mood' of 1 articles" in done.stderr
    again = alsoread(tmp_path, "import", "news.jsonl", "--json")
    assert json.loads(again.stdout)["unchanged"] == 1


def test_import_reads_standard_input(tmp_path):
    done = alsoread(tmp_path, "import", "-", "--json", stdin=article())
    assert json.loads(done.stdout)["created"] == 1


def test_a_bad_line_stops_the_import_naming_file_and_line_unless_skipped(tmp_path):
    (tmp_path / "news.jsonl").write_text(article() + '{"id": "a2"}\n{"id": \n')
    message = failed(alsoread(tmp_path, "import", "news.jsonl"))
    assert "news.jsonl:2: no 'title'" in message
    assert "news.jsonl:3: " in message
    assert "nothing was imported" in message
    skipped = alsoread(tmp_path, "import", "news.jsonl", "--skip-bad", "--json")
    assert (skipped.returncode, json.loads(skipped.stdout)["created"]) == (0, 1)
    assert "skipped news.jsonl:2" in skipped.stderr


def test_replace_refuses_to_delete_much_without_force(trained, tmp_path):
    (tmp_path / "archive.db").write_bytes((trained / "archive.db").read_bytes())
    (tmp_path / "one.jsonl").write_text(article())
    assert "--force" in failed(alsoread(tmp_path, "import", "one.jsonl", "--replace"))
    done = alsoread(tmp_path, "import", "one.jsonl", "--replace", "--force", "--json")
    assert json.loads(done.stdout)["deleted"] == 65


def test_training_without_an_archive_says_what_to_do_and_makes_none(tmp_path):
    assert "alsoread import" in failed(alsoread(tmp_path, "train"))
    assert not (tmp_path / "archive.db").exists()


def test_training_tells_version_time_and_memory(trained):
    done = alsoread(trained, "train", "--models", "others", "--json")
    facts = json.loads(done.stdout)
    assert facts["articles"] == 65
    assert facts["version"] in done.stderr
    assert facts["peak_megabytes"] > 10


def test_the_script_is_the_command(tmp_path):
    script = [sys.executable, str(ROOT / "scripts" / "train.py"), str(SAMPLE), "--json"]
    done = subprocess.run(
        script, cwd=tmp_path, env=environment(), capture_output=True, text=True, timeout=120
    )
    assert json.loads(done.stdout)["articles"] == 65
    assert (tmp_path / "models" / "CURRENT").exists()


def test_an_approximate_graph_is_made_if_asked_for_and_told_ever_after(trained, tmp_path):
    archive = f"sqlite:///{trained / 'archive.db'}"
    asked = ("--archive", archive, "--json")
    exact = alsoread(tmp_path, "train", *asked)
    assert json.loads(exact.stdout)["approximate"] is None
    assert "approximate" not in exact.stderr
    done = alsoread(tmp_path, "train", "--approximate", *asked)
    assert "its graph is approximate: of the best 10 of 65 articles" in done.stderr
    close = json.loads(done.stdout)["approximate"]
    assert close["sampled"] == 65
    assert 0.99 < close["score_ratio"] <= 1.000001
    assert 0.9 < close["recall"] <= 1
    versions = json.loads(alsoread(tmp_path, "models", "list", "--json").stdout)
    assert {str(one["approximate"]) for one in versions} == {"None", str(close)}
    table = alsoread(tmp_path, "models", "list").stdout
    assert "exact" in table
    assert f"approximate ({close['score_ratio']:.2%})" in table
    folder = tmp_path / "models" / json.loads(done.stdout)["version"]
    assert json.loads((folder / "manifest.json").read_text())["approximate"] == close


def test_a_wrong_setting_is_named_with_its_file(trained, tmp_path):
    (tmp_path / "wrong.toml").write_text("[vectors]\ntitel_weight = 1\n")
    message = failed(alsoread(trained, "train", "--config", str(tmp_path / "wrong.toml")))
    assert "wrong.toml: setting 'vectors.titel_weight'" in message


def has_open(pid, name):
    """Tell whether a process has opened a file by now, so that it is at its work."""
    with suppress(FileNotFoundError):
        return any(fd.readlink().name == name for fd in Path(f"/proc/{pid}/fd").iterdir())
    return False


def test_a_stopped_training_leaves_the_active_model_and_nothing_else(trained, tmp_path):
    news = "".join(
        article(id=str(n), body=f"Ferry {n} harbour " + f"word{n} quay{n % 97} " * 150)
        for n in range(8_000)
    )
    (tmp_path / "many.jsonl").write_text(article())
    assert alsoread(tmp_path, "train", "many.jsonl").returncode == 0
    before = sorted(path.name for path in (tmp_path / "models").iterdir())
    (tmp_path / "many.jsonl").write_text(news)
    assert alsoread(tmp_path, "import", "many.jsonl").returncode == 0
    # Without the gate no model is being opened when the archive is.
    training = subprocess.Popen(
        [*RUN, "train", "--no-gate"],
        cwd=tmp_path,
        env=environment(),
        stderr=subprocess.PIPE,
        text=True,
        # Who runs the tests in the background of a shell has it ignore the signal.
        preexec_fn=partial(signal.signal, signal.SIGINT, signal.SIG_DFL),
    )
    while not has_open(training.pid, "archive.db"):
        assert training.poll() is None
        time.sleep(0.01)
    training.send_signal(signal.SIGINT)
    _, message = training.communicate(timeout=60)
    assert training.returncode == 1
    assert "Traceback" not in message
    assert sorted(path.name for path in (tmp_path / "models").iterdir()) == before


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["recommend", "nobody"], 1, "'nobody'"),
        (["recommend", WOLVES, "--limit", "99"], 2, "--limit"),
        (["recommend", WOLVES, "--limits", "9"], 2, "--limits"),
        (["recommend", WOLVES, "--models", "nowhere"], 1, "alsoread train"),
        (["models", "activate", "../archive"], 1, "no version"),
        (["train", "missing.jsonl"], 1, "missing.jsonl"),
        (["train", "--archive", "postgres"], 1, "database URL"),
    ],
)
def test_errors_say_what_is_wrong_in_words(trained, words, code, said):
    assert said in failed(alsoread(trained, *words), code)


def test_versions_are_listed_verified_activated_and_pruned(trained, tmp_path):
    models = ["--models", str(tmp_path / "models")]
    for _ in range(3):
        assert alsoread(trained, "train", *models).returncode == 0
        time.sleep(1.1)  # versions are named by the second
    listed = json.loads(alsoread(trained, "models", "list", *models, "--json").stdout)
    assert [info["active"] for info in listed] == [False, False, True]
    first = listed[0]["version"]
    assert first in alsoread(trained, "models", "list", *models).stdout
    assert alsoread(trained, "models", "activate", first, *models).returncode == 0
    pruned = alsoread(trained, "models", "prune", "--keep", "1", *models, "--json")
    assert json.loads(pruned.stdout)["deleted"] == [listed[1]["version"]]
    assert alsoread(trained, "models", "verify", *models).returncode == 0
    (tmp_path / "models" / listed[2]["version"] / "manifest.json").write_text("{}")
    assert "manifest.json" in failed(alsoread(trained, "models", "verify", *models))
    assert alsoread(trained, "models", "activate", first, *models).returncode == 0
    data = tmp_path / "models" / first / "rows.npy"
    flipped = bytearray(data.read_bytes())
    flipped[-1] ^= 1
    data.write_bytes(flipped)
    assert "rows.npy" in failed(alsoread(trained, "models", "verify", first, *models))


def test_settings_are_read_from_the_environment_and_a_file(trained, tmp_path):
    (tmp_path / ".env").write_text(f"ALSOREAD_MODELS={trained / 'models'}\n")
    assert alsoread(tmp_path, "recommend", WOLVES).returncode == 0


def test_a_file_of_settings_that_cannot_be_read_is_an_error_in_words(tmp_path):
    (tmp_path / ".env").write_bytes(b"A=\xff\n")
    assert ".env: cannot be read" in failed(alsoread(tmp_path, "models", "list"))


def test_tune_refuses_too_few_judgments(trained):
    qrels = ROOT / "tests" / "data" / "newsroom" / "qrels.txt"
    message = failed(alsoread(trained, "tune", "--qrels", str(qrels)))
    assert "59 judged articles are too few" in message


def test_tune_learns_from_links_and_writes_what_train_takes(tmp_path):
    names = [f"{place} {what}{n}" for n, place in enumerate(["harbour", "castle"] * 15)
             for what in ("ferry", "wolf")]  # fmt: skip
    lines = []
    for story, name in enumerate(names):
        ids = [f"s{story}-{number}" for number in range(3)]
        for article_id in ids:
            links = [other for other in ids if other != article_id]
            lines.append(article(id=article_id, title=name, body=name, also_read=links))
    (tmp_path / "news.jsonl").write_text("".join(lines))
    assert alsoread(tmp_path, "import", "news.jsonl").returncode == 0
    done = alsoread(tmp_path, "tune", "--json")
    facts = json.loads(done.stdout)
    assert facts["searched"] + facts["validated"] == len(lines)
    assert "alsoread train --config tuned.json" in done.stderr
    assert alsoread(tmp_path, "train", "--config", "tuned.json").returncode == 0
    listed = json.loads(alsoread(tmp_path, "recommend", "s0-0", "--json").stdout)
    assert 0 < listed["items"][0]["probability"] < 1
