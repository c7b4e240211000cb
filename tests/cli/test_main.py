"""The command line as a user meets it: help, errors and settings."""

import sys

import pytest
from support.commands import ROOT, SAMPLE, WOLVES, alsoread, failed, json_of
from typer.main import get_command

from recommender.cli.options import app


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        (["recommend", "nobody"], 1, "'nobody'"),
        (["recommend", WOLVES, "--limit", "99"], 2, "--limit"),
        (["recommend", WOLVES, "--limits", "9"], 2, "--limits"),
        (["recommend", WOLVES, "--models", "nowhere"], 1, "alsoread train"),
        (["explain", WOLVES, "nobody"], 1, "'nobody'"),
        (["topics", "nobody"], 1, "'nobody'"),
        (["find", "--cursor", "x"], 1, "option 'cursor'"),
        (["find", "--limit", "101"], 2, "--limit"),
        (["find", "x", "--archive", "sqlite:///none.db"], 1, "alsoread import"),
        (["models", "activate", "../archive"], 1, "no version"),
        (["train", "missing.jsonl"], 1, "missing.jsonl"),
        (["train", "--archive", "postgres"], 1, "database URL"),
    ],
)
def test_errors_name_what_is_wrong(run, shared_newsroom_folder, words, code, message):
    error = failed(run(shared_newsroom_folder, *words), code)
    assert message in error
    assert code == 2 or error.count("\n") == 0


def commands_of(group, prefix=""):
    for name, command in group.commands.items():
        yield prefix + name, command
        yield from commands_of(command, f"{name} ") if hasattr(command, "commands") else ()


def test_every_command_and_option_has_a_help_text(run, tmp_path):
    assert run(tmp_path, "--help").returncode == 0
    commands = dict(commands_of(get_command(app)))
    assert {"import", "train", "recommend", "serve", "models list", "rules check"} < set(commands)
    for name, command in commands.items():
        assert command.help, name
        assert all(parameter.help for parameter in command.params), name


def test_serve_is_a_command_though_its_process_imports_no_other(tmp_path):
    done = alsoread(tmp_path, "serve", "--help")
    assert done.returncode == 0
    assert "alsoread serve [OPTIONS]" in done.stdout
    assert "--port" in done.stdout
    assert "--ports" in failed(alsoread(tmp_path, "serve", "--ports", "1"), 2)


def test_settings_are_read_from_a_dotenv_file(shared_newsroom_folder, tmp_path):
    (tmp_path / ".env").write_text(f"ALSOREAD_MODELS={shared_newsroom_folder / 'models'}\n")
    assert alsoread(tmp_path, "recommend", WOLVES).returncode == 0


def test_an_unreadable_dotenv_file_is_an_error(run, tmp_path):
    (tmp_path / ".env").write_bytes(b"A=\xff\n")
    assert ".env: cannot be read" in failed(run(tmp_path, "models", "list"))


def test_the_train_script_is_the_command_train(tmp_path):
    script = [sys.executable, ROOT / "scripts" / "train.py"]
    assert json_of(alsoread(tmp_path, SAMPLE, "--json", command=script))["articles"] == 65
    assert (tmp_path / "models" / "CURRENT").exists()
