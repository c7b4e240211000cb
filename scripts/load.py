#!/usr/bin/env python3
"""Read at full load while articles are written and models swapped: see bench/load.py, or --help."""

from bench.load import main

if __name__ == "__main__":
    main()
