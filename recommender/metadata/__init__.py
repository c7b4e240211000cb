"""Article metadata: the stored fields that lists show, and the facets that filters use.

Read ``metadata`` first.
"""
