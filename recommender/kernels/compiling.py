"""Compiling: the decorators of all compiled functions, and the stamp of their disk cache.

Numba stamps a cached function with the content of its own file. Machine code also holds the
functions it calls and the constants it reads, so a change of another file would leave stale code
in use. Here every stamp covers the function's file and all files of this package, and compiled
code uses nothing else: ``tests/test_layers.py`` checks that.
"""

from __future__ import annotations

import hashlib
from importlib import import_module
from pathlib import Path
from typing import Any

from numba import njit
from numba.np import linalg

# Numba's array functions look for a BLAS when the first kernel of a process is loaded, which
# imports all of scipy.linalg; no kernel here uses one. Without it the first filtered list of a
# process takes .95 instead of 1.18 CPU seconds and 16 MB less (medians of nine runs).
if _ensure_blas := getattr(linalg, "ensure_blas", None):
    linalg.ensure_blas = lambda: None
    import_module("numba.np.arraymath")
    linalg.ensure_blas = _ensure_blas


def _package_stamp() -> bytes:
    """Return a hash of the content of every file of this package."""
    digest = hashlib.sha256()
    for path in sorted(Path(__file__).parent.glob("*.py")):
        digest.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.digest()


_PACKAGE_STAMP = _package_stamp()


def _jit(**options: Any) -> Any:
    def decorate(function: Any) -> Any:
        try:
            dispatcher = njit(nogil=True, cache=True, **options)(function)
        except RuntimeError:
            # No writable folder for the cache: each process compiles for itself.
            return njit(nogil=True, **options)(function)
        # Numba has no public way to add to a stamp.
        index = dispatcher._cache._cache_file
        index._source_stamp = (index._source_stamp, _PACKAGE_STAMP)
        return dispatcher

    return decorate


compiled = _jit()
# Sums may be reordered, so that loops over float32 are vectorised; never used where ties matter.
reassociating = _jit(fastmath={"nsz", "nnan", "ninf", "reassoc", "contract"})
# Inlined by numba into the calling function's code, so a NamedTuple argument costs nothing.
inlined = _jit(inline="always")
# Inlined by LLVM; compiled with each caller and not cached by itself.
force_inlined: Any = njit(forceinline=True)
