"""Lists: what a reader gets of ranked candidates: items with scores, reasons and explanations.

Read ``listing`` first.
"""
