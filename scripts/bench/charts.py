"""Make the page of the benchmarks' figures: tables in performance.md, charts beside it.

scripts/charts.py docs/performance.json
"""

import argparse
import json
import re
from pathlib import Path
from typing import Any

import matplotlib

matplotlib.use("agg")
from matplotlib import pyplot as plt

from bench.timing import table

Record = dict[str, Any]
OURS, PEERS = "#b3261e", "#9aa0a6"
# The column of each benchmark's chart, its title, and whether the axis is logarithmic.
BARS = {
    "text": ("megabytes_per_s", "Text to vectors, MB/s (more is better)", False),
    "graph": ("wall_s", "The whole neighbour graph, seconds", False),
    "query": ("p50_ms", "One list of ten, median milliseconds", True),
    "http": ("p50_ms", "One list over HTTP, median milliseconds", True),
    "start": ("wall_s", "From start to the first list, seconds", False),
}
LINES = {"train_s": "Text to model on disk, seconds", "peak_mb": "Peak memory, MB"}


def main() -> None:
    """Write tables and charts of all figures in the file."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("figures", type=Path, help="the file that 'scripts/bench.py --out' wrote")
    path = parser.parse_args().figures
    figures = json.loads(path.read_text(encoding="utf-8"))
    parts = []
    for benchmark, records in figures.items():
        for name, record in records.items():
            heading = f"### {benchmark}: {name}\n{_description(record)}"
            parts.append(f"{heading}\n\n{_markdown(record['rows'])}\n")
            if record.get("growth"):
                parts.append(f"Exponents of growth:\n\n{_markdown(record['growth'])}\n")
            if benchmark in (*BARS, "scale"):
                image = path.with_name(f"performance-{benchmark}-{_slug(name)}.png")
                _draw(benchmark, record, image)
                parts.append(f"![{benchmark}: {name}]({image.name})\n")
    _fill(path.with_suffix(".md"), "\n".join(parts))


def _slug(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")


def _description(record: Record) -> str:
    """Return a record's numbers outside tables, and the machine."""
    numbers = {name: value for name, value in record.items() if isinstance(value, (int, float))}
    machine = ", ".join(f"{name} {value}" for name, value in record.get("machine", {}).items())
    return f"{', '.join(f'{name} {value:,}' for name, value in numbers.items())}; {machine}."


def _markdown(rows: list[Record]) -> str:
    heads, *lines = table(rows)
    right = [":---" if rows and isinstance(rows[0].get(head), str) else "---:" for head in heads]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in (heads, right, *lines))


def _fill(page: Path, text: str) -> None:
    """Replace the text between the page's marks."""
    start, end = "<!-- figures -->", "<!-- end of figures -->"
    before, rest = page.read_text(encoding="utf-8").split(start)
    after = rest.split(end)[1]
    page.write_text(f"{before}{start}\n{text}{end}{after}", encoding="utf-8")


def _draw(benchmark: str, record: Record, image: Path) -> None:
    is_scale = benchmark == "scale"
    figure = _growth(record) if is_scale else _bars(record["rows"], *BARS[benchmark])
    figure.savefig(image, dpi=110, bbox_inches="tight", metadata={"Software": None})
    plt.close(figure)


def _bars(rows: list[Record], column: str, title: str, logarithmic: bool) -> plt.Figure:
    rows = [row for row in rows if row.get(column)][::-1]
    figure, axes = plt.subplots(figsize=(8, 0.6 + 0.28 * len(rows)))
    colours = [OURS if row["engine"].startswith("alsoread") else PEERS for row in rows]
    names = [f"{row['job']}: {row['engine']}" for row in rows]
    bars = axes.barh(names, [row[column] for row in rows], color=colours)
    axes.bar_label(bars, fmt="{:,.3g}", padding=3, fontsize=8)
    if logarithmic:
        axes.set_xscale("log")
    axes.margins(x=0.12)
    _style(axes, title)
    return figure


def _growth(record: Record) -> plt.Figure:
    figure, both = plt.subplots(1, len(LINES), figsize=(10, 3.6))
    for axes, (column, title) in zip(both, LINES.items(), strict=True):
        for engine in dict.fromkeys(row["engine"] for row in record["rows"]):
            own = [row for row in record["rows"] if row["engine"] == engine]
            colour = OURS if engine == "alsoread" else PEERS
            sizes = [row["articles"] for row in own]
            axes.loglog(sizes, [row[column] for row in own], "o-", color=colour, label=engine)
        axes.set_xlabel("articles")
        _style(axes, title)
    both[0].legend(frameon=False, fontsize=8)
    return figure


def _style(axes: plt.Axes, title: str) -> None:
    axes.set_title(title, loc="left", fontsize=10)
    axes.tick_params(labelsize=8)
    axes.spines[["top", "right"]].set_visible(False)
