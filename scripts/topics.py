#!/usr/bin/env python3
"""Measure READ MORE ON: see measure/topics.py, or --help."""

from measure.topics import main

if __name__ == "__main__":
    main()
