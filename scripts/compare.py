#!/usr/bin/env python3
"""Compare alsoread with alternatives on judged archives: see measure/compare.py, or --help."""

from measure.compare import main

if __name__ == "__main__":
    main()
