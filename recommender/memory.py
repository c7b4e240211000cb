"""Memory: how much a process has had, and what it freed goes back to the system."""

from __future__ import annotations

import ctypes
import sys
from contextlib import suppress


def release_memory() -> None:
    """Return freed memory to the system, where the C library keeps it between what is in use.

    Training frees much at once, in pieces that glibc does not return by itself: a quarter of all
    that a million articles take. Elsewhere nothing is done.

    Examples
    --------
    >>> release_memory()
    """
    # AttributeError: another C library; TypeError and OSError: another system.
    with suppress(AttributeError, TypeError, OSError):
        ctypes.CDLL(None).malloc_trim(0)


def peak_megabytes() -> int:
    """Return the most memory this process has had, in megabytes."""
    import resource

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return round(peak / (1e6 if sys.platform == "darwin" else 1e3))
