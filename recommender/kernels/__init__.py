"""Compiled code that several packages use: top-k search over packed rows and postings.

A weight is one byte, a level; the codebook (float32) holds the weight of each level. Every kernel
runs on one thread without the GIL; callers that want more threads call it from several. Results
are in the order score descending, then row ascending, and hold scores above 0 only.
"""
