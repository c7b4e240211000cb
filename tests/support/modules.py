"""The modules of recommender/ and service/."""

from pathlib import Path

import recommender

ROOT = Path(recommender.__file__).parents[1]


def modules():
    """The path of each module, by its dotted name."""
    paths = [path for top in ("recommender", "service") for path in (ROOT / top).rglob("*.py")]
    named = {".".join(path.relative_to(ROOT).with_suffix("").parts): path for path in paths}
    return {name.removesuffix(".__init__"): path for name, path in named.items()}
