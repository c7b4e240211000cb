#!/usr/bin/env python3
"""Measure how many copies are found: see measure/copies.py, or --help."""

from measure.copies import main

if __name__ == "__main__":
    main()
