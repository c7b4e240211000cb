"""The page of figures has what the benchmarks wrote, and keeps the text that people wrote."""

import json

import pytest
from bench import charts

BAR = {"job": "words", "engine": "alsoread", "wall_s": 2.0, "megabytes_per_s": 40.0}
FIGURES = {
    "text": {"Some news": {"articles": 1000, "rows": [BAR, BAR | {"engine": "peer"}]}},
    "scale": {
        "300 words": {
            "rows": [
                {"articles": n, "engine": "alsoread", "train_s": n / 9, "peak_mb": n, "phases": {}}
                for n in (100, 1000)
            ],
            "growth": [{"engine": "alsoread", "from": 100, "to": 1000, "train_s": 1.0}],
        }
    },
}
PAGE = "# Speed\n<!-- figures -->\nold\n<!-- end of figures -->\nThe end\n"


@pytest.fixture
def charted(tmp_path, monkeypatch):
    """A folder with the page and its charts."""
    (tmp_path / "performance.json").write_text(json.dumps(FIGURES))
    (tmp_path / "performance.md").write_text(PAGE)
    monkeypatch.setattr("sys.argv", ["charts.py", str(tmp_path / "performance.json")])
    charts.main()
    return tmp_path


def test_the_page_has_a_table_and_a_chart_of_each_run(charted):
    page = (charted / "performance.md").read_text()
    assert page.startswith("# Speed\n<!-- figures -->\n### text: Some news\narticles 1,000")
    assert "| words | peer | 2.00 | 40.0 |" in page
    assert "| alsoread | 100 | 1,000 | 1.00 |" in page
    assert page.endswith("<!-- end of figures -->\nThe end\n")
    assert "old" not in page
    assert "phases" not in page
    for name in ("performance-text-some-news.png", "performance-scale-300-words.png"):
        assert f"({name})" in page
        assert (charted / name).read_bytes().startswith(b"\x89PNG")


def test_a_second_run_makes_the_same_files(charted):
    before = {path.name: path.read_bytes() for path in charted.iterdir()}
    charts.main()
    assert {path.name: path.read_bytes() for path in charted.iterdir()} == before
