"""Pages: the archive, its articles and their lists for people; HTML made here, no build step."""
