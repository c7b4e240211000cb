"""Compiled functions are cached on disk, and compiled anew when code that they use changes."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from recommender.kernels import compiling, layout

USING = """
from recommender.kernels.compiling import compiled
from recommender.kernels.layout import WORD_BITS

@compiled
def answer():
    return WORD_BITS
"""
ASK = """
from recommender.using import answer
print(answer(), sum(answer.stats.cache_hits.values()))
"""
SORT = """
from recommender.kernels import topk
top = topk.sorted_top(topk.empty_heaps(1, 2))
assert top.rows.tolist() == [[-1, -1]]
"""


@pytest.fixture
def package(tmp_path):
    """A copy of ``recommender.kernels`` in a package of its own, without compiled code."""
    kernels, package = Path(compiling.__file__).parent, tmp_path / "recommender"
    ignored = shutil.ignore_patterns("__pycache__")
    shutil.copytree(kernels, package / "kernels", ignore=ignored)
    (package / "__init__.py").touch()
    return package


def run(package, code, **environment):
    """What code prints in a new process that imports the copy."""
    path = {"PYTHONPATH": str(package.parent), "NUMBA_CACHE_DIR": ""}
    command = [sys.executable, "-W", "error", "-B", "-c", code]
    return subprocess.run(
        command,
        check=True,
        env={**os.environ, **path, **environment},
        cwd=package.parent,
        stdout=subprocess.PIPE,
        text=True,
    ).stdout


def test_a_changed_constant_of_another_file_is_compiled_in(package):
    (package / "using.py").write_text(USING)
    assert run(package, ASK) == f"{layout.WORD_BITS} 0\n"
    with (package / "kernels" / "layout.py").open("a") as file:
        file.write("\nWORD_BITS = 7\n")
    assert run(package, ASK) == "7 0\n"
    assert run(package, ASK) == "7 1\n", "unchanged, so loaded from the cache"


def test_kernels_work_where_nothing_can_be_written(package):
    # No folder for compiled code can be made: not beside the source, not at home.
    (package / "kernels" / "__pycache__").touch()
    run(package, SORT, HOME="/dev/null", XDG_CACHE_HOME="/dev/null")
