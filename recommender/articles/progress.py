"""Progress: how long-running work reports what it has done."""

from __future__ import annotations

from collections.abc import Callable

# Called with the phase, the number of articles done and the total (None while it is unknown).
Progress = Callable[[str, int, int | None], None]
