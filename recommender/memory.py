"""Memory: the peak memory of the process, and giving freed memory back to the system."""

from __future__ import annotations

import ctypes
import sys
from contextlib import suppress


def release_memory() -> None:
    """Give freed memory back to the system, if the C library is glibc.

    Training frees many small blocks at once, and glibc does not give them back by itself: a quarter
    of the memory of a million articles.

    Examples
    --------
    >>> release_memory()
    """
    # Without glibc: AttributeError with other C libraries, TypeError or OSError on other systems.
    with suppress(AttributeError, TypeError, OSError):
        ctypes.CDLL(None).malloc_trim(0)


def peak_megabytes() -> int:
    """Return the peak memory of this process, in megabytes."""
    import resource

    # In bytes on macOS, in kilobytes elsewhere.
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return round(peak / (1e6 if sys.platform == "darwin" else 1e3))
