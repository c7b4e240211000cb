"""Scripts that the documentation names are there, and say how to use them."""

import os
import re
import runpy
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGES = [*ROOT.glob("*.md"), *ROOT.glob("docs/*.md")]
DOCUMENTED = {
    name for page in PAGES for name in re.findall(r"scripts/[\w/]+\.py", page.read_text("utf-8"))
}


@pytest.mark.parametrize("script", sorted(DOCUMENTED))
def test_every_documented_script_is_a_command_with_help(script, monkeypatch, capsys):
    assert os.access(ROOT / script, os.X_OK)
    assert (ROOT / script).read_text("utf-8").startswith("#!/usr/bin/env python3\n")
    monkeypatch.setattr("sys.argv", [script, "--help"])
    with pytest.raises(SystemExit) as ended:
        runpy.run_path(str(ROOT / script), run_name="__main__")
    assert ended.value.code in (0, None)
    assert "usage" in capsys.readouterr().out.lower()
