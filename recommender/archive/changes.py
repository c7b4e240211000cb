"""Changes: the result of a write to the archive, with the new revision of each article."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple


class WrittenArticle(NamedTuple):
    """The revision of an article after a write, and whether the write created the article."""

    revision: int
    created: bool


@dataclass(frozen=True)
class Changes:
    """The result of a write: the archive's revision after it, and numbers of articles.

    ``written`` has an entry for each article inserted, replaced, unchanged or deleted, by id; an
    unchanged article keeps its revision. ``unknown`` counts the ids to delete that do not exist.

    Examples
    --------
    >>> Changes(revision=812, created=3)
    Changes(revision=812, created=3, changed=0, unchanged=0, deleted=0, unknown=0)
    """

    revision: int
    created: int = 0
    changed: int = 0
    unchanged: int = 0
    deleted: int = 0
    unknown: int = 0
    written: Mapping[str, WrittenArticle] = field(default_factory=dict, repr=False, compare=False)
