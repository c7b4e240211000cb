#!/usr/bin/env python3
"""Measure the structure of a tree of code: sizes, floors of imports and import circles.

scripts/measure/structure.py [TREE] [--json]

Floors are the length of the longest chain of imports: inside a package alone, and from a package
down to the ground. An import circle of n modules adds n floors. Imports inside functions and under
TYPE_CHECKING count.
"""

import argparse
import ast
import json
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

CODE = ("recommender", "service")
TOPS = (*CODE, "tests", "scripts")
# The modules that each module imports.
Graph = Mapping[str, set[str]]


def modules_of(tree: Path) -> dict[str, Path]:
    """Return the path of each module of the code, by its dotted name."""
    paths = [path for top in CODE for path in sorted((tree / top).rglob("*.py"))]
    names = {".".join(path.relative_to(tree).with_suffix("").parts): path for path in paths}
    return {name.removesuffix(".__init__"): path for name, path in names.items()}


def imports_of(path: Path, modules: Mapping[str, Path]) -> Iterator[str]:
    """Yield the modules of the code that a file imports anywhere."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name in modules)
        elif isinstance(node, ast.ImportFrom) and node.module:
            for alias in node.names:
                submodule = f"{node.module}.{alias.name}"
                name = submodule if submodule in modules else node.module
                yield from [name] if name in modules else []


def reachable(graph: Graph, start: str) -> set[str]:
    """Return the modules that a module imports, directly or through others."""
    names: set[str] = set()
    unvisited = [start]
    while unvisited:
        imported = graph[unvisited.pop()] - names
        names |= imported
        unvisited += imported
    return names


def circles_of(graph: Graph) -> dict[str, frozenset[str]]:
    """Return each module's strongly connected component: itself, or its import circle."""
    below = {name: reachable(graph, name) for name in graph}
    return {
        name: frozenset({name, *(other for other in below[name] if name in below[other])})
        for name in graph
    }


def floors_of(graph: Graph) -> dict[str, int]:
    """Return each module's floor: 1 if it imports none of the graph's modules."""
    circles = circles_of(graph)

    @cache
    def floor(circle: frozenset[str]) -> int:
        imported = set().union(*(graph[name] for name in circle)) - circle
        return len(circle) + max((floor(circles[name]) for name in imported), default=0)

    return {name: floor(circles[name]) for name in graph}


def line_count(path: Path) -> int:
    """Return the number of lines of a file."""
    return len(path.read_text(encoding="utf-8").splitlines())


def structure(tree: Path) -> dict[str, Any]:
    """Return the figures of a tree."""
    modules = modules_of(tree)
    graph = {name: {*imports_of(path, modules)} - {name} for name, path in modules.items()}
    floors = floors_of(graph)
    folders: dict[str, list[str]] = {}
    for name, path in modules.items():
        folders.setdefault(str(path.parent.relative_to(tree)), []).append(name)
    packages = []
    for folder, names in sorted(folders.items()):
        inside = {name: graph[name] & set(names) for name in names}
        packages.append(
            {
                "package": folder,
                "modules": len(names),
                "lines": sum(line_count(modules[name]) for name in names),
                "floors inside": max(floors_of(inside).values()),
                "floors to the ground": max(floors[name] for name in names),
            }
        )
    circles = {circle for circle in circles_of(graph).values() if len(circle) > 1}
    lines = {
        top: {str(path.relative_to(tree)): line_count(path) for path in (tree / top).rglob("*.py")}
        for top in TOPS
    }
    files = {path: count for counts in lines.values() for path, count in counts.items()}
    largest = max(files, key=lambda path: files[path])
    return {
        "packages": packages,
        "modules": len(modules),
        "floors": max(floors.values()),
        "circles": sorted(sorted(circle) for circle in circles),
        "largest file": {"file": largest, "lines": files[largest]},
        "largest package": max(packages, key=lambda package: package["lines"]),
        "lines": {top: sum(counts.values()) for top, counts in lines.items()},
    }


def print_table(figures: dict[str, Any]) -> None:
    """Print the figures as a table a package, and a line for each other figure."""
    packages = figures["packages"]
    width = max(len(package["package"]) for package in packages)
    heads = list(packages[0])
    for cells in [heads, *(list(package.values()) for package in packages)]:
        rest = (f"{cell:>{len(head)}}" for head, cell in zip(heads[1:], cells[1:], strict=True))
        print(f"{cells[0]:{width}}", *rest, sep="  ")
    file, package = figures["largest file"], figures["largest package"]
    print(f"\nmodules: {figures['modules']}, floors: {figures['floors']}")
    print(f"import circles: {len(figures['circles'])}")
    for circle in figures["circles"]:
        print(f"  {len(circle)} modules: {', '.join(circle)}")
    print(f"largest file: {file['file']}, {file['lines']} lines")
    print(f"largest package: {package['package']}, {package['lines']} lines")
    print("lines:", ", ".join(f"{top} {count:,}" for top, count in figures["lines"].items()))


def main() -> None:
    """Print the figures of a tree as a table, or JSON with --json."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    root = Path(__file__).resolve().parents[2]
    parser.add_argument("tree", type=Path, nargs="?", default=root, help="default: this project")
    parser.add_argument("--json", action="store_true", help="print JSON")
    arguments = parser.parse_args()
    figures = structure(arguments.tree.resolve())
    if arguments.json:
        print(json.dumps(figures, indent=2))
    else:
        print_table(figures)


if __name__ == "__main__":
    main()
