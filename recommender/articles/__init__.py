"""The article and what its fields are made of: times, and columns of strings on disk.

Read ``article`` first.
"""
