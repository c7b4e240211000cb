"""Report: what the lists of all articles are like, as numbers, JSON and an HTML page.

Read ``report`` first; ``records`` holds the parts of its JSON.
"""
