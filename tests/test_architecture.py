"""The generated parts of ARCHITECTURE.md are what the code says; running this file renews them."""

import inspect
import re

from support.modules import ROOT, modules
from test_layers import LAYERS

from recommender.ranking import stages

PAGE = ROOT / "ARCHITECTURE.md"
PART = re.compile(r"(<!-- (packages|stages): .*? -->\n)(.*?)(<!-- end -->)", re.DOTALL)


def first_sentence(name):
    """The first sentence of a module's docstring, without the name that it may begin with."""
    text = modules()[name].read_text(encoding="utf-8").split('"""')[1]
    sentence = re.split(r"(?<=\.)\s", " ".join(text.split()))[0]
    return sentence.removesuffix(".")


def packages():
    """A row for each package of the list: what it holds, and its modules."""
    yield from ("| package | holds | modules |", "|---|---|---|")
    for name in LAYERS:
        if name in ("recommender", "service"):
            continue
        inside = [other for other in modules() if other.rpartition(".")[0] == name]
        inside = [other.rpartition(".")[2] for other in inside if other not in LAYERS]
        path = name.replace(".", "/") + ("/" if inside else ".py")
        yield f"| `{path}` | {first_sentence(name)} | {', '.join(sorted(inside))} |"


def stage_rows():
    """A row for each stage: its name in explanations, and what it does."""
    yield from ("| stage | does |", "|---|---|")
    for stage in vars(stages).values():
        if isinstance(stage, type) and isinstance(getattr(stage, "name", None), str):
            summary = inspect.getdoc(stage).splitlines()[0].removesuffix(".")
            yield f"| `{stage.name}` | {summary.replace('``', '`')} |"


def renewed(text):
    """The page with its generated parts made again."""
    parts = {"packages": packages, "stages": stage_rows}
    return PART.sub(lambda m: m[1] + "\n".join(parts[m[2]]()) + "\n" + m[4], text)


def test_generated_parts_of_the_architecture_page_match_the_code():
    text = PAGE.read_text(encoding="utf-8")
    assert text == renewed(text), "run .venv/bin/python tests/test_architecture.py"


def test_every_file_that_the_architecture_page_names_exists():
    text = PAGE.read_text(encoding="utf-8")
    names = set(re.findall(r"`([a-z_/]+(?:\.py|/))", text))
    assert len(names) > 40
    for name in names:
        assert any((ROOT / top / name).exists() for top in ("", "recommender")), name


if __name__ == "__main__":
    PAGE.write_text(renewed(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
