"""HTTP: replies and their cache, errors as problem details, keys, CORS, and the middleware.

Read ``replies.py`` first, then ``middleware.py``, which every request passes.
"""
