#!/usr/bin/env python3
"""Time alsoread beside its peers: see bench/main.py, or --help."""

from bench.main import main

if __name__ == "__main__":
    main()
