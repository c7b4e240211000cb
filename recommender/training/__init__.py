"""Training: a model of the whole archive, compared, stored as a version and activated.

Read ``training`` first; ``store`` holds the versions, ``gate`` compares two models.
"""
