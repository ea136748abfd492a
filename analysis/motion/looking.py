"""Looking through the beginning of a recording for its calibration.

The samples go through the core's orientation in the very pieces in which a session will take them, so that
what is found of them can be remembered for it; the :mod:`watch <analysis.motion.watch>` sees whole seconds.
"""

from collections.abc import Iterable, Iterator

from analysis.motion.block import Block
from analysis.motion.output import Angles
from analysis.motion.pipeline import Pipeline
from analysis.motion.seconds import SECOND
from analysis.motion.watch import Seen, Watch

_ENOUGH_S = 20
"""So many seconds of two pods are worth more than any of one."""


def in_pieces(block: Block, samples: int) -> Iterator[Block]:
    """Yield a block in pieces that end at multiples of so many samples."""
    at, count = 0, len(block)
    while at < count:
        upto = min(count, at + samples - (block.first_sample + at) % samples)
        yield block if upto - at == count else block[at:upto]
        at = upto


def looked_at(
    pieces: Iterable[Block], pipeline: Pipeline, watch: Watch, longest_s: int
) -> tuple[Seen | None, int | None]:
    """Return what shows more pods of the first `longest_s`, or None, and the UTC of the first sample."""
    best: Seen | None = None
    first_utc_ns: int | None = None
    for piece in pieces:
        if first_utc_ns is None and piece.utc_ns is not None:
            first_utc_ns = int(piece.utc_ns[0])
        if watch.seconds and watch.pods != (piece.lower is not None, piece.upper is not None):
            best = _richer(best, watch.seen())
        _look(watch, piece, pipeline.push(piece).angles, longest_s)
        if watch.seconds >= longest_s:
            break
    return _richer(best, watch.seen()) if watch.seconds else best, first_utc_ns


def _look(watch: Watch, piece: Block, angles: Angles, longest_s: int) -> None:
    """Show a piece to the watch, as many whole seconds at once as there are and may be looked at."""
    at, count = 0, len(piece)
    while at < count and watch.seconds < longest_s:
        upto = at + SECOND - (piece.first_sample + at) % SECOND
        if upto - at == SECOND:
            upto = at + SECOND * min(longest_s - watch.seconds, max(1, (count - at) // SECOND))
        upto = min(count, upto)
        if upto - at == count:
            watch.push(piece, angles)
        else:
            watch.push(piece[at:upto], _part(angles, at, upto))
        at = upto


def _part(angles: Angles, start: int, stop: int) -> Angles:
    """Return the orientations of some of the samples."""
    upper, lower = (
        None if quats is None else quats[start:stop] for quats in (angles.upper_quat, angles.lower_quat)
    )
    return Angles(angles.first_sample + start, stop - start, upper, lower)


def _richer(one: Seen | None, other: Seen) -> Seen:
    """Return what shows more pods, if for long enough, or else more seconds."""
    if one is None:
        return other
    return max(
        one, other, key=lambda seen: (len(seen.still) >= _ENOUGH_S and len(seen.pods), len(seen.still))
    )
