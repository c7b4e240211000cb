"""The command line in this process."""

import io
import os
import signal
import sys
from subprocess import CompletedProcess

import pytest
from support.commands import environment

from recommender.cli import main


@pytest.fixture
def run(monkeypatch, capsys):
    """Run a command in a folder and this process; returns it as ``subprocess.run`` does."""

    def run(folder, *words, stdin=b"", columns=100):
        handler = signal.getsignal(signal.SIGTERM)
        with monkeypatch.context() as patch:
            patch.chdir(folder)
            for name in os.environ.keys() - environment().keys():
                patch.delenv(name)
            patch.setenv("COLUMNS", str(columns))
            patch.setattr(sys, "argv", ["alsoread", *map(str, words)])
            patch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin)))
            with pytest.raises(SystemExit) as ended:
                main()
        signal.signal(signal.SIGTERM, handler)
        return CompletedProcess(words, ended.value.code or 0, *capsys.readouterr())

    return run
