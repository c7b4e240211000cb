"""Pages for people: the archive, its articles and their lists, as server-side HTML.

Read ``articles.py`` first, with ``templates/article.html``.
"""
