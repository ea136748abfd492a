"""How the core asks for memory: rows that begin on a cache line, and nothing cleared anew for every piece."""

import math

import numpy as np
from numpy.typing import NDArray

from analysis.motion.block import Float

_LINE_BYTES = 64
_KEPT_BYTES = 31 << 20
"""More than any one array that a piece needs; of more than 32 MB glibc would take no notice."""


def aligned(kind: type[Float], *shape: int) -> NDArray[Float]:
    """Return an array that begins on a cache line.

    numpy's own begin in the middle of one, so that each store of 64 bytes touches two lines, and to add two
    rows into a third takes twice as long.
    """
    count, width = math.prod(shape), np.dtype(kind).itemsize
    room = np.empty(count + _LINE_BYTES // width, dtype=kind)
    first = -room.__array_interface__["data"][0] % _LINE_BYTES // width
    return room[first : first + count].reshape(shape)


def keep_memory() -> None:
    """Let the C library keep memory that is given back, instead of asking the system for it piece by piece.

    glibc takes blocks as large as the largest one given back from what it keeps. Without this, a seventh of
    the time went into memory that the system cleared anew for every piece.
    """
    np.empty(_KEPT_BYTES, dtype=np.uint8)
