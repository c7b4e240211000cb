"""The measured structure: floors of imports, circles and sizes of a small tree."""

import json

import pytest
from measure import structure

TREE = {
    "recommender/__init__.py": "from recommender.top import top\n",
    "recommender/top.py": "from recommender import middle\nimport recommender.text.words\n",
    "recommender/middle.py": """from typing import TYPE_CHECKING
if TYPE_CHECKING:
    from recommender.text.words import Words
""",
    "recommender/text/__init__.py": "",
    "recommender/text/words.py": "def f():\n    from recommender.text.tokens import g\n",
    "recommender/text/tokens.py": "from recommender.text import words\n",
    "service/__init__.py": "import numpy\nfrom recommender import top\n",
    "tests/test_top.py": "\n" * 40,
}


@pytest.fixture
def figures(tmp_path, monkeypatch, capsys):
    for name, text in TREE.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    monkeypatch.setattr("sys.argv", ["structure.py", str(tmp_path), "--json"])
    structure.main()
    return json.loads(capsys.readouterr().out)


def test_floors_count_the_longest_chain_of_imports_and_each_circle(figures):
    assert figures["circles"] == [["recommender.text.tokens", "recommender.text.words"]]
    floors = {
        each["package"]: (each["floors inside"], each["floors to the ground"])
        for each in figures["packages"]
    }
    # words and tokens (2), middle, top, recommender; the service imports top alone.
    assert floors == {"recommender": (3, 5), "recommender/text": (2, 2), "service": (1, 5)}
    assert (figures["modules"], figures["floors"]) == (7, 5)


def test_sizes_are_lines_of_python(figures):
    assert figures["largest file"] == {"file": "tests/test_top.py", "lines": 40}
    assert figures["largest package"]["package"] == "recommender"
    assert figures["lines"] == {"recommender": 9, "service": 2, "tests": 40, "scripts": 0}
