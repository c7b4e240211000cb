"""The direction of imports: a module uses its own package and those above it in the list."""

import ast
from graphlib import TopologicalSorter

from support.modules import modules

# Ground first. ARCHITECTURE.md says what each holds.
LAYERS = """
recommender.errors recommender.memory recommender.kernels recommender.articles recommender.text
recommender.vectors recommender.metadata recommender.search recommender.copies
recommender.archive.readers recommender.archive recommender.calibration recommender.config
recommender.rules recommender.estimators recommender.model recommender.ranking recommender.lists
recommender.persistence recommender.updates recommender.recommender recommender.evaluation
recommender.training recommender.report recommender.cli recommender
service.settings service.logs service.http service.rules_file service.archive service.live
service.metrics service.api service.pages service.app service.server service
""".split()
# The command that starts the service.
EXCEPT = {("recommender.cli.serve", "service"), ("recommender.cli.serve", "service.server")}


def imports(path, known):
    """The modules of ours that a file imports anywhere, also only for a type checker."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from known & {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: imports are absolute"
            names = {f"{node.module}.{alias.name}" for alias in node.names}
            yield from known & names or known & {node.module}


def layer(name):
    """The place in the list of a module or of the package that it lies in."""
    above = [name, *(name.rsplit(".", n)[0] for n in range(1, name.count(".")))]
    entries = [entry for entry in above if entry in LAYERS]
    assert entries, f"{name} is in no package of the list"
    return LAYERS.index(entries[0])


def test_imports_follow_the_list_and_make_no_circle():
    known = modules()
    graph = {name: {*imports(path, known.keys())} - {name} for name, path in known.items()}
    edges = {(name, used) for name in graph for used in graph[name]} - EXCEPT
    layers = {name: layer(name) for name in graph}
    wrong = [f"{name} imports {used}" for name, used in edges if layers[used] > layers[name]]
    assert sorted(wrong) == []
    TopologicalSorter({name: {used for n, used in edges if n == name} for name in graph}).prepare()
