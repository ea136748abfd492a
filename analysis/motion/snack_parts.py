"""The parts of a movement snack: runs of evidence of one kind, and three of them that follow each other."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import get_args

from analysis.events.movement import SnackPartKind
from analysis.motion.block import RATE_HZ


@dataclass(frozen=True, slots=True)
class SnackParams:
    """What makes a snack."""

    part_s: float = 12.0
    """Shortest part, s (CLINICAL.md C [ours])."""
    longest_part_s: float = 45.0
    """Longest series of hinges or bends back, s [ours]: about 20 are asked for."""
    march_s: float = 30.0
    """No more of a walk counts as the march, s [ours]: about 20 are asked for."""
    upright_deg: float = 10.0
    """A march too gentle for a walk leans forward no more than this, deg [ours]."""
    hinges: int = 3
    """Hip-led bends (CLINICAL.md C)."""
    back_deg: float = -8.0
    """Trunk tilt of a bend back, deg (CLINICAL.md C)."""
    back_bends: int = 2
    """Bends back [ours]: one is a stretch."""
    reach_s: float = 1.0
    """The way to the first hinge or bend back, and from the last, belongs to the part, s [ours]."""
    pause_s: float = 5.0
    """Longest pause within a part, s [ours]."""
    step_pause_s: float = 2.0
    """Longest pause between steps of a march, s [ours]."""
    breath_s: float = 10.0
    """Longest pause between two parts, s [ours]."""
    longest_s: float = 150.0
    """Longest snack, s [ours]: a minute is asked for."""
    settle_s: float = 20.0
    """A part is complete when so much is decided after it, s [ours]: pause, longest bend, its posture."""
    after_sitting_s: float = 15.0
    """A snack that begins so soon after rising is what ended the sitting, s [ours]."""


@dataclass(frozen=True, slots=True)
class Run:
    """One run of one kind of evidence; samples, `end` exclusive; `count` of steps, hip-led or back bends."""

    start: int
    end: int
    count: float = 0.0

    @property
    def length_s(self) -> float:
        """Length."""
        return (self.end - self.start) / RATE_HZ

    def joined(self, other: "Run") -> "Run":
        """Return both as one."""
        return Run(min(self.start, other.start), max(self.end, other.end), self.count + other.count)


Part = tuple[SnackPartKind, Run]
Runs = dict[SnackPartKind, tuple[Run, ...]]
"""By kind, in order of time."""
KINDS: tuple[SnackPartKind, ...] = get_args(SnackPartKind)
_KEPT = 8
"""So many runs of a kind are remembered: more than a snack's time holds."""


def extended(runs: tuple[Run, ...], piece: Run, pause_s: float) -> tuple[Run, ...]:
    """Return the latest runs of a kind with one more piece, which goes on with the last if near enough."""
    if runs and piece.start - runs[-1].end <= pause_s * RATE_HZ:
        return (*runs[:-1], runs[-1].joined(piece))
    return (*runs[-_KEPT + 1 :], piece)


def snack_of(
    runs: Runs, off_feet: Sequence[tuple[int, int]], now: int, params: SnackParams, *, is_over: bool
) -> list[Part] | None:
    """Return the three parts of a snack in order of time, or None if there is none.

    Parameters
    ----------
    runs
        What there was of each kind.
    off_feet
        Spans spent neither standing nor walking; samples, ends exclusive.
    now
        All before this sample is decided.
    params
        What makes a snack.
    is_over
        Whether nothing follows.
    """
    settled = now if is_over else now - params.settle_s * RATE_HZ
    for hinge in _long_enough(runs["hinge"], params.hinges, now, params):
        for back in _long_enough(runs["back_bend"], params.back_bends, now, params):
            first, last = sorted((hinge, back), key=lambda run: run.start)
            for walk in runs["march"]:
                march = _near_end(walk, first, last, params)
                parts: list[Part] = [("march", march), ("hinge", hinge), ("back_bend", back)]
                parts.sort(key=lambda part: part[1].start)
                if march.length_s >= params.part_s and _is_whole(parts, off_feet, settled, params):
                    return parts
    return None


def _long_enough(runs: tuple[Run, ...], least: int, now: int, params: SnackParams) -> list[Run]:
    """Return the runs that may be a part, with the ways there and back."""
    reach = round(params.reach_s * RATE_HZ)
    reaching = (
        Run(max(0, run.start - reach), min(now, run.end + reach), run.count)
        for run in runs
        if run.count >= least
    )
    return [run for run in reaching if params.part_s <= run.length_s <= params.longest_part_s]


def _near_end(walk: Run, first: Run, last: Run, params: SnackParams) -> Run:
    """Return of a walk before or after the other parts what is next to them."""
    most = round(params.march_s * RATE_HZ)
    if walk.end - walk.start <= most or (walk.start >= first.start and walk.end <= last.end):
        return walk
    steps = walk.count * most / (walk.end - walk.start)
    if walk.start < first.start:
        return Run(walk.end - most, walk.end, steps)
    return Run(walk.start, walk.start + most, steps)


def _is_whole(
    parts: Sequence[Part], off_feet: Sequence[tuple[int, int]], settled: float, params: SnackParams
) -> bool:
    """Return whether parts follow each other, upright, and nothing can be added to them any more."""
    runs = [run for _, run in parts]
    start, end = runs[0].start, runs[-1].end
    pauses_s = [(later.start - earlier.end) / RATE_HZ for earlier, later in pairwise(runs)]
    return (
        all(-2.0 * params.reach_s <= pause_s <= params.breath_s for pause_s in pauses_s)
        and end - start <= params.longest_s * RATE_HZ
        and not any(off[0] < runs[-1].start and off[1] > runs[0].end for off in off_feet)
        and end <= settled
    )
