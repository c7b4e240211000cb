"""The archive of articles, in a database: read ``catalog`` first.

``importing`` and ``readers`` bring files into it; ``title_index`` finds articles by title or tag.
"""
