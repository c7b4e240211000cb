"""Evaluation: how good lists are by judgments, and settings learned from judgments.

Read ``measures`` first.
"""
