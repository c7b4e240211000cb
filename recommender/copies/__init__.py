"""Copies: near-duplicate articles, by shingles, sketches of these, and groups.

Read ``groups`` first: a list gives each group one place.
"""
