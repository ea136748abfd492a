"""Samples in the archive that the core has not gone over yet, or not in their order.

The archive itself is the ledger of what is missing and what has come: a gap that the core went over stands in
the journal by boot and first sample, and whether its samples have come since is seen by looking.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from analysis.recording.archive import Archive, Segment
from analysis.recording.spans import Spans

_FOR_EVER = 1 << 62


@dataclass(frozen=True, slots=True)
class Overdue:
    """A segment that is to be gone over and finished.

    Attributes
    ----------
    boot, first_sample, end_sample
        Where it lies; `end_sample` None: it ends where the samples do.
    segment
        The segment; None: there is none yet.
    again_from
        From where on it is to be analysed again; None: it was only cut off, or never begun.
    """

    boot: int
    first_sample: int
    end_sample: int | None
    segment: Segment | None
    again_from: int | None


def overdue(archive: Archive, boot: int) -> Iterator[Overdue]:
    """Yield what is overdue of a boot, in the order of its samples."""
    segments = [segment for segment in archive.segments if segment.start.boot == boot]
    held = archive.held(boot)
    begins = [segment.start.first_sample for segment in segments]
    for first, _ in held.within(0, min(begins, default=_FOR_EVER)):
        yield Overdue(boot, first, min(begins, default=None), None, None)
        break
    for segment, limit in zip(segments, [*begins[1:], _FOR_EVER], strict=False):
        late = _late(segment, held, limit)
        if late is not None or not segment.is_finished:
            end = None if limit == _FOR_EVER else limit
            yield Overdue(boot, segment.start.first_sample, end, segment, late)


def _late(segment: Segment, held: Spans, limit: int) -> int | None:
    """Return from where on the core has to go over it: a gap, or its end, after which samples have come."""
    gaps = ((gap.first_sample, gap.last_sample + 1) for gap in segment.gaps)
    firsts = [first for first, end in gaps if held.within(first, end)]
    if segment.is_finished and segment.end_sample is not None and held.within(segment.end_sample, limit):
        firsts.append(segment.end_sample)
    return min(firsts, default=None)
