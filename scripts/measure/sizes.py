#!/usr/bin/env python3
"""Print the files and lines of each package, and the ten slowest tests of the last run.

scripts/measure/sizes.py
"""

from collections import Counter
from pathlib import Path
from xml.etree import ElementTree

ROOT = Path(__file__).resolve().parents[2]
# Written by scripts/test.
RUN = ROOT / ".pytest_cache" / "tests.xml"
SLOWEST = 10


def main() -> None:
    """Print both tables."""
    files: Counter[str] = Counter()
    lines: Counter[str] = Counter()
    for top in ("recommender", "service", "scripts", "tests"):
        for path in (ROOT / top).rglob("*.py"):
            package = path.parent.relative_to(ROOT).as_posix()
            count = len(path.read_text(encoding="utf-8").splitlines())
            for name in (top, package) if package != top else (top,):
                files[name] += 1
                lines[name] += count
    print("package                     files   lines")
    for name in sorted(files):
        print(f"{name:<26} {files[name]:6} {lines[name]:7}")
    if RUN.exists():
        print(f"\nthe {SLOWEST} slowest tests of the last run, in seconds")
        cases = ElementTree.parse(RUN).iter("testcase")
        slowest = sorted(cases, key=lambda case: -float(case.attrib["time"]))[:SLOWEST]
        for case in slowest:
            seconds, where = float(case.attrib["time"]), case.attrib["classname"]
            print(f"{seconds:6.1f}  {where}  {case.attrib['name']}")


if __name__ == "__main__":
    main()
