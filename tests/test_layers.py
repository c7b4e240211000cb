"""The structure of the code: who imports whom, how long files are, what is loaded to serve."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import recommender
import service

ROOT = Path(recommender.__file__).parent.parent
LONGEST = 300

# What each module of recommender/ may import of ours; the table is the architecture.
ALLOWED = {
    "errors": set(),
    "text": set(),
    "strings": set(),
    "kernel": set(),
    "article": {"errors"},
    "words": set(),
    "languages": {"words"},
    "highlight": {"words"},
    "links": {"text"},
    "cutting": {"article", "links", "text"},
    "nearness": set(),
    "evaluation": {"errors"},
    "options": {"article", "errors"},
    "freshness": {"nearness"},
    "modelfiles": {"errors"},
    "database": {"errors"},
    "readers": {"article", "errors"},
    "coverage": set(),
    "mining": {"article", "cutting", "errors", "evaluation", "links"},
    "scan": {"kernel", "words"},
    "tags": set(),
    "facets": {"article", "strings", "tags"},
    "cards": {"article", "errors", "facets", "nearness", "strings", "text"},
    "rules": {"article", "errors", "facets"},
    "tokens": {"article", "cutting", "kernel", "languages", "scan", "tags"},
    "counts": {"kernel", "tokens"},
    "vocabulary": {"counts", "kernel", "tokens"},
    "weights": {"counts", "kernel"},
    "pairscores": {"counts", "kernel", "weights"},
    "rows": {"kernel", "weights"},
    "postings": {"kernel", "rows", "weights"},
    "graph": {"kernel", "postings", "rows", "tokens", "weights"},
    "calibration": {"evaluation"},
    "tables": {"article", "database", "nearness"},
    "overlay": {"article", "nearness"},
    "segment": {"kernel", "postings", "rows"},
    "approximate": {"graph", "kernel", "postings", "rows", "tokens", "weights"},
    "unseen": {"strings", "tokens"},
    "taghygiene": {"cards", "tags"},
    "reportcharts": {"errors"},
    "memory": set(),
    "index": {
        "approximate", "graph", "kernel", "memory", "nearness", "postings", "rows", "segment",
        "tokens",
    },
    "vectors": {
        "article", "counts", "languages", "memory", "rows", "strings", "tags", "tokens", "unseen",
        "vocabulary", "weights", "words",
    },
    "explain": {"rows", "vectors", "weights"},
    "estimators": {"article", "kernel", "rows", "vectors"},
    "topics": {"cards", "index", "nearness", "rows", "tags", "vectors", "weights", "words"},
    "config": {"calibration", "errors", "nearness", "vectors"},
    "reasons": {"explain", "rows", "vectors", "weights", "words"},
    "shingles": {"cutting", "kernel"},
    "sketches": {"article", "cutting", "kernel", "shingles"},
    "copies": {"article", "cards", "nearness", "sketches"},
    "queries": {"article", "cards", "nearness", "rows", "sketches", "vectors", "weights"},
    "filters": {"cards", "freshness", "nearness", "options", "queries"},
    "ranking": {"cards", "copies", "explain", "filters", "nearness", "options", "queries", "rows"},
    "editorial": {
        "cards", "explain", "filters", "kernel", "nearness", "queries", "ranking", "rules",
    },
    "bundle": {
        "approximate", "cards", "config", "copies", "counts", "coverage", "errors", "facets",
        "index", "kernel", "postings", "rows", "segment", "sketches", "strings", "tags", "vectors",
    },
    "steps": {"copies", "editorial", "ranking"},
    "listing": {"cards", "explain", "ranking", "reasons"},
    "finding": {
        "cards", "database", "languages", "listing", "nearness", "options", "tags", "words",
    },
    "why": {"cards", "explain", "listing", "ranking"},
    "batch": {"errors", "filters", "listing", "options", "queries"},
    "catalog": {"article", "database", "finding", "listing", "nearness", "options", "tables"},
    "importing": {"article", "catalog", "errors", "readers"},
    "recommender": {
        "article", "batch", "bundle", "cards", "config", "copies", "editorial", "errors",
        "filters", "index", "listing", "modelfiles", "nearness", "options", "overlay", "queries",
        "ranking", "rules", "sketches", "steps", "tokens", "topics", "vectors", "why",
    },
    "store": {"approximate", "errors", "modelfiles", "recommender"},
    "alllists": {"cards", "copies", "index", "nearness"},
    "orphans": {"alllists"},
    "spread": {"alllists", "cards", "nearness"},
    "report": {
        "alllists", "cards", "coverage", "errors", "evaluation", "listing", "nearness", "orphans",
        "recommender", "spread", "taghygiene",
    },
    "reportpage": {"report", "reportcharts"},
    "candidates": {"article", "evaluation", "pairscores", "recommender", "vectors", "weights"},
    "tuning": {
        "article", "calibration", "candidates", "config", "errors", "evaluation", "nearness",
        "recommender", "tokens",
    },
    "timesplit": {
        "article", "cards", "config", "errors", "evaluation", "kernel", "mining", "nearness",
        "postings", "recommender", "rows",
    },
    "echo": set(),
    "console": {"echo", "listing", "store", "topics", "why"},
    "gate": {"config", "evaluation", "recommender"},
    "training": {
        "approximate", "article", "catalog", "config", "errors", "evaluation", "gate", "mining",
        "recommender", "store", "tokens",
    },
}  # fmt: skip
# These may use everything of recommender/.
OUTERMOST = {
    "__init__",
    "cli",
    "cli_backup",
    "cli_evaluate",
    "cli_find",
    "cli_recommend",
    "cli_report",
    "cli_rules",
    "cli_tune",
}
# Where learning libraries may be imported at the top of a module.
LEARNED = {"estimators"}
HEAVY = {"sklearn", "scipy", "ir_measures"}


def modules():
    """Every module of recommender/ by its name; those of readers/ are one."""
    for path in sorted((ROOT / "recommender").rglob("*.py")):
        parts = path.relative_to(ROOT / "recommender").with_suffix("").parts
        yield parts[0], path


def imports(tree, everywhere=True):
    """Absolute dotted names a module imports, but for those only a type checker sees."""
    nodes = ast.walk(tree) if everywhere else tree.body
    hidden = {
        id(inner)
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)
        for inner in ast.walk(node)
    }
    for node in nodes:
        if id(node) in hidden:
            continue
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute"
            yield node.module
            yield from (f"{node.module}.{name.name}" for name in node.names)


def of_ours(names):
    """The modules of recommender/ among dotted names."""
    known = {name for name, _ in modules()}
    parts = (name.split(".") for name in names if name.startswith("recommender."))
    return {part[1] for part in parts if part[1] in known}


def parsed(path):
    return ast.parse(path.read_text(encoding="utf-8"))


@pytest.mark.parametrize(("name", "path"), list(modules()), ids=lambda part: Path(part).name)
def test_a_module_imports_only_what_the_table_allows(name, path):
    used = of_ours(imports(parsed(path))) - {name}
    if name not in OUTERMOST:
        assert name in ALLOWED, f"{name}.py is new: say in the table what it may import"
        assert used <= ALLOWED[name]


def test_the_table_has_no_circles_and_no_module_that_is_gone():
    assert ALLOWED.keys() <= {name for name, _ in modules()}
    left = {name: set(used) for name, used in ALLOWED.items()}
    while left:
        lowest = {name for name, used in left.items() if not used & left.keys()}
        assert lowest, f"a circle in {sorted(left)}"
        left = {name: used for name, used in left.items() if name not in lowest}


def test_the_library_never_imports_the_service_but_for_the_command_that_starts_it():
    for name, path in modules():
        found = imports(parsed(path), everywhere=name != "cli")
        assert not any(name.split(".")[0] == "service" for name in found), path.name


def test_the_service_uses_the_librarys_public_names_and_errors_only():
    public = {f"recommender.{name}" for name in recommender.__all__}
    for path in sorted(Path(service.__file__).parent.rglob("*.py")):
        used = {n for n in imports(parsed(path)) if n.split(".")[0] == "recommender"}
        inner = {
            n for n in used - public - {"recommender"} if not n.startswith("recommender.errors")
        }
        assert not inner, f"{path.name} reaches inside"


def test_the_kernel_needs_numpy_and_numba_with_its_compiler_only():
    tree = parsed(ROOT / "recommender" / "kernel.py")
    outside = {name.split(".")[0] for name in imports(tree)} - set(sys.stdlib_module_names)
    assert outside == {"numpy", "numba", "llvmlite"}


def is_compiled(node):
    """Tell whether a function is numba's; what decorates it says so."""
    decorators = {ast.unparse(decorator).split("(")[0] for decorator in node.decorator_list}
    return bool(decorators & {"compiled", "njit", "_added", "_inlined"})


def compiled_functions(path):
    functions = (node for node in ast.walk(parsed(path)) if isinstance(node, ast.FunctionDef))
    return {node.name: node for node in functions if is_compiled(node)}


def test_a_compiled_function_calls_none_of_another_file():
    """Numba keeps a compiled function until its own file changes, with what it called inside."""
    found = {path: compiled_functions(path) for _, path in modules()}
    assert len({name for functions in found.values() for name in functions}) > 30
    for path, functions in found.items():
        elsewhere = {n for other, some in found.items() if other != path for n in some}
        for name, function in functions.items():
            used = {node.id for node in ast.walk(function) if isinstance(node, ast.Name)}
            assert not used & (elsewhere - functions.keys()), f"{path.name}: {name}"


def test_learning_libraries_are_imported_inside_functions():
    for name, path in modules():
        top = {found.split(".")[0] for found in imports(parsed(path), everywhere=False)}
        assert name in LEARNED or not top & HEAVY, path.name


@pytest.mark.parametrize("package", ["recommender", "service"])
def test_no_file_is_longer_than_three_hundred_lines(package):
    lengths = {
        path.name: len(path.read_text(encoding="utf-8").splitlines())
        for path in (ROOT / package).rglob("*.py")
    }
    # Numba's cache is renewed by the file, so kernels that call each other stay in one.
    lengths.pop("kernel.py", None)
    assert {name: length for name, length in lengths.items() if length > LONGEST} == {}


def test_every_public_name_exists_and_is_documented():
    assert recommender.__all__ == sorted(recommender.__all__)
    for name in recommender.__all__:
        assert getattr(recommender, name).__doc__


# Numba asks for scipy's version itself.
SERVE = """
import sys
import numba
before = set(sys.modules)
from recommender.recommender import Recommender
model = Recommender.load(sys.argv[1])
keys = list(model.articles.ids)
listing = model.recommend(keys[0], limit=50, exclude=keys[10:60], explain=True)
assert len(listing) == len(keys) - 51
import service.server
import recommender.cli
unneeded = ("sklearn", "scipy", "ir_measures", "joblib", "rich", "jinja2")
loaded = {n for n in set(sys.modules) - before if n.split(".")[0] in unneeded}
assert not loaded, loaded
"""


def test_answering_from_disk_loads_neither_what_learns_nor_what_draws_tables_and_pages(saved):
    subprocess.run([sys.executable, "-c", SERVE, str(saved)], check=True)


def test_only_what_learns_imports_learning_libraries_anywhere():
    used = {
        name
        for name, path in modules()
        if {found.split(".")[0] for found in imports(parsed(path))} & HEAVY
    }
    assert used == {"calibration", "estimators", "evaluation", "tuning"}
