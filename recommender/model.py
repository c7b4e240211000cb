"""Model: the frozen parts of a trained archive, and the live changes applied to them."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from recommender.config import Config
from recommender.copies.groups import CopyGroups
from recommender.metadata.metadata import Metadata
from recommender.rules import Rules
from recommender.search.index import Index
from recommender.vectors.term_space import TermSpace

# Advice to train again starts past so many live rows, and past these shares of live rows and of
# terms in them that the model does not know.
FEW_ROWS, LIVE_SHARE, UNSEEN_SHARE = 64, 0.1, 0.1


@dataclass(frozen=True)
class LiveChanges:
    """What the archive's changes since training did to a model's rows.

    ``revision`` is the archive's after the last change, 0 before any; ``masked`` (int32,
    ascending) are the rows of articles that were deleted or replaced. ``entries`` counts the terms
    of the rows that were added, and ``unseen`` those of them that the model does not know.
    ``latest`` has the rows, old and new, of the last few changes, by revision; None if they were
    many.
    """

    revision: int = 0
    masked: NDArray[np.int32] = field(default_factory=lambda: np.zeros(0, np.int32))
    entries: int = 0
    unseen: int = 0
    latest: dict[int, tuple[int, ...]] | None = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Status:
    """What a model serves at the moment, in numbers.

    ``articles`` can be listed, and ``tags`` is the number of tags of the model. Since training
    there were ``behind`` changes: ``live_rows`` were added, ``masked_rows`` deleted or replaced.
    ``unseen_share`` is the share of terms in live rows that the model does not know; ``advice`` is
    why to train again, or None.
    """

    articles: int
    tags: int
    live_rows: int
    masked_rows: int
    unseen_share: float
    behind: int
    advice: str | None


@dataclass(frozen=True, eq=False)
class Model:
    """A trained archive: complete and immutable.

    ``revision`` is the archive's when it was trained. ``live`` and ``rules``, the editorial rules,
    are not part of what is saved.
    """

    config: Config
    articles: Metadata
    space: TermSpace
    index: Index
    copies: CopyGroups
    revision: int = 0
    live: LiveChanges = field(default_factory=LiveChanges)
    rules: Rules = field(default_factory=Rules)

    @property
    def applied_revision(self) -> int:
        """The archive's revision up to which changes are applied."""
        return max(self.revision, self.live.revision)

    def status(self) -> Status:
        """Return what the model serves at the moment, in numbers."""
        rows, live, masked = len(self.articles), len(self.index.live), len(self.live.masked)
        unseen = self.live.unseen / max(1, self.live.entries)
        advice = None
        if live > max(FEW_ROWS, LIVE_SHARE * rows):
            advice = f"{live:,} of {rows:,} rows are newer than the model: train again"
        elif live > FEW_ROWS and unseen > UNSEEN_SHARE:
            advice = (
                f"{unseen:.0%} of the terms of newer articles are new to the model: train again"
            )
        behind = self.applied_revision - self.revision
        return Status(rows - masked, len(self.space.tags), live, masked, unseen, behind, advice)
