#!/usr/bin/env python3
"""Measure nDCG@10 on judged archives: see measure/quality.py, or --help."""

from measure.quality import main

if __name__ == "__main__":
    main()
