"""The structure of the code: compiled functions, length of files, what is loaded to serve."""

import ast
import subprocess
import sys

from support.modules import ROOT, modules

import recommender

LONGEST = 300
MOST_PARAMETERS = 8
COMPILING = {"compiled", "reassociating", "inlined", "force_inlined", "njit", "_intrinsic"}
# Imported where they are used, so that serving does without them.
HEAVY = {"sklearn", "scipy", "ir_measures", "matplotlib", "pyarrow", "zstandard"}


def parsed(name):
    return ast.parse(modules()[name].read_text(encoding="utf-8"))


def imported(node):
    """Where each name comes from that is imported somewhere in a part of a module."""
    for inner in ast.walk(node):
        if isinstance(inner, ast.Import):
            yield from ((alias.asname or alias.name, alias.name) for alias in inner.names)
        elif isinstance(inner, ast.ImportFrom):
            yield from ((alias.asname or alias.name, inner.module) for alias in inner.names)


def compiled_functions(tree):
    """The functions of a module that numba compiles."""
    for node in tree.body:
        if isinstance(node, ast.FunctionDef):
            decorators = {ast.unparse(each).split("(")[0] for each in node.decorator_list}
            if decorators & COMPILING:
                yield node


def used_names(node, assigned):
    """The names that a function uses, and those that the module's constants among them use."""
    names, new = set(), {n.id for n in ast.walk(node) if isinstance(n, ast.Name)}
    while new:
        names |= new
        values = [assigned[name] for name in new if name in assigned]
        new = {n.id for value in values for n in ast.walk(value) if isinstance(n, ast.Name)} - names
    return names


def test_compiled_code_uses_its_own_file_and_kernels_only():
    """A cached function is compiled again when its own file or a file of kernels/ changes."""
    count, wrong = 0, []
    for module in modules():
        tree = parsed(module)
        origins = dict(imported(tree))
        pairs = ((n.targets, n.value) for n in tree.body if isinstance(n, ast.Assign))
        assigned = {
            name.id: value
            for targets, value in pairs
            for target in targets
            for name in ast.walk(target)
            if isinstance(name, ast.Name)
        }
        for function in compiled_functions(tree):
            count += 1
            for name in used_names(function, assigned):
                origin = origins.get(name, "")
                if origin.startswith("recommender.") and not origin.startswith(
                    "recommender.kernels"
                ):
                    wrong.append(f"{module}.{function.name} uses {name} of {origin}")
    assert count > 60
    assert wrong == []


def test_no_compiled_function_has_more_than_eight_parameters():
    for module in modules():
        for function in compiled_functions(parsed(module)):
            assert len(function.args.args) <= MOST_PARAMETERS, f"{module}.{function.name}"


def test_kernels_need_numpy_and_numba_only_and_simd_alone_writes_ir():
    for module in modules():
        outside = {origin.split(".")[0] for _, origin in imported(parsed(module))}
        if module.startswith("recommender.kernels."):
            allowed = {"numpy", "numba", "recommender", "llvmlite", *sys.stdlib_module_names}
            assert outside <= allowed, module
        assert "llvmlite" not in outside or module == "recommender.kernels.simd", module


def test_no_file_is_longer_than_three_hundred_lines():
    paths = [
        path
        for top in ("recommender", "service", "tests", "scripts")
        for path in (ROOT / top).rglob("*.py")
    ]
    lengths = {str(path): len(path.read_text(encoding="utf-8").splitlines()) for path in paths}
    assert {path: length for path, length in lengths.items() if length > LONGEST} == {}


def test_service_uses_public_names_and_errors_of_the_library_only():
    public = {*recommender.__all__, "recommender"}
    for module in modules():
        if module.split(".")[0] == "service":
            for name, origin in imported(parsed(module)):
                if origin.split(".")[0] == "recommender":
                    assert origin == "recommender.errors" or name in public, f"{module}: {name}"


def test_heavy_libraries_are_imported_inside_functions():
    for module in modules():
        if module != "recommender.estimators":
            tree = parsed(module)
            top = [node for node in tree.body if isinstance(node, ast.Import | ast.ImportFrom)]
            origins = {origin.split(".")[0] for node in top for _, origin in imported(node)}
            assert not origins & HEAVY, module


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
ids = list(model.articles.ids)
listing = model.recommend(ids[0], limit=50, exclude=ids[10:60], explain=True)
assert len(listing) == len(ids) - 51
import service.server
import recommender.cli
unneeded = ("sklearn", "scipy", "ir_measures", "joblib", "rich", "jinja2")
loaded = {n for n in set(sys.modules) - before if n.split(".")[0] in unneeded}
assert not loaded, loaded
"""


def test_serving_a_model_loads_no_library_for_learning_or_printing(saved):
    subprocess.run([sys.executable, "-c", SERVE, str(saved)], check=True)
