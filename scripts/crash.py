#!/usr/bin/env python3
"""Kill a service while it takes writes: see stress/crash.py, or --help."""

from stress.crash import main

if __name__ == "__main__":
    main()
