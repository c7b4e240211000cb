"""Ranking: from a query and its options to the candidates of a list, stage by stage.

Read ``pipeline`` first, then ``stages``.
"""
