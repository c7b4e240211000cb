"""Search: the inverted index, the neighbour graph and the live segment of an archive.

Read ``index`` first: it answers from the stored graph where it can, and else by an exact search.
"""
