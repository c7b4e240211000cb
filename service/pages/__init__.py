"""Pages for people: the archive, its articles and their lists; server-side HTML, no build step."""
