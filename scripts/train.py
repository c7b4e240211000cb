#!/usr/bin/env python3
"""Train a model: the same as ``alsoread train``."""

import sys

from recommender.cli.main import main

if __name__ == "__main__":
    sys.argv.insert(1, "train")
    main()
