"""The page of figures is made of what the benchmarks wrote, and keeps what people wrote."""

import json

import charts
import pytest

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
def made(tmp_path, monkeypatch):
    """Make the page; give its folder."""
    (tmp_path / "performance.json").write_text(json.dumps(FIGURES))
    (tmp_path / "performance.md").write_text(PAGE)
    monkeypatch.setattr("sys.argv", ["charts.py", str(tmp_path / "performance.json")])
    charts.main()
    return tmp_path


def test_the_page_has_a_table_and_a_chart_of_each_run(made):
    page = (made / "performance.md").read_text()
    assert page.startswith("# Speed\n<!-- figures -->\n### text: Some news\narticles 1,000")
    assert "| words | peer | 2.00 | 40.0 |" in page
    assert "| alsoread | 100 | 1,000 | 1.00 |" in page
    assert page.endswith("<!-- end of figures -->\nThe end\n")
    assert "old" not in page
    assert "phases" not in page
    for name in ("performance-text-some-news.png", "performance-scale-300-words.png"):
        assert f"({name})" in page
        assert (made / name).read_bytes().startswith(b"\x89PNG")


def test_made_again_it_is_the_same(made):
    before = {path.name: path.read_bytes() for path in made.iterdir()}
    charts.main()
    assert {path.name: path.read_bytes() for path in made.iterdir()} == before
