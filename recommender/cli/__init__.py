"""The command line: progress and errors on stderr, results on stdout."""

from recommender.cli.main import main

__all__ = ["main"]
