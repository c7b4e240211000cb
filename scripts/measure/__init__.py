"""Measurements of quality on judged archives, and of the code's structure."""
