#!/usr/bin/env python3
"""Compare lists of new articles before and after training: see measure/newer.py, or --help."""

from measure.newer import main

if __name__ == "__main__":
    main()
