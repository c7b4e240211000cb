#!/usr/bin/env python3
"""Make the page of the benchmarks' figures: see bench/charts.py, or --help."""

from bench.charts import main

if __name__ == "__main__":
    main()
