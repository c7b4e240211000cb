#!/usr/bin/env python3
"""Write a synthetic archive of news: see bench/make_archive.py, or --help."""

from bench.make_archive import main

if __name__ == "__main__":
    main()
