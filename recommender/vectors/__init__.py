"""Vectors: articles as sparse TF-IDF rows in one term space, packed in memory.

Read ``term_space`` first: it holds the vocabulary and turns texts into vectors.
"""
