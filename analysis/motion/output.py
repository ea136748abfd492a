"""What the core hands back for each push."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import chain
from typing import NamedTuple, Self, overload

import numpy as np

from analysis.events.calibration import Calibration
from analysis.events.day import PostureState
from analysis.events.event import Derived
from analysis.events.movement import Lift
from analysis.motion.block import RATE_HZ, FloatArray
from analysis.motion.ended import Ended

_SECOND = round(RATE_HZ)


class Second(NamedTuple):
    """One finished second of posture.

    Attributes
    ----------
    sample
        First sample of the second (a multiple of the rate).
    utc_ns
        Its UTC, ns since 1970; None where nobody knows.
    state, confidence
        The posture and how sure it is (0 to 1); None where no posture can be said.
    steps
        Steps taken within the second.
    sitting_since_sample, sitting_since_utc_ns
        Start of the sitting bout that this second belongs to; None outside.
    shifts
        Shifts in the seat so far in that bout.
    """

    sample: int
    utc_ns: int | None
    state: PostureState | None
    confidence: float
    steps: int
    sitting_since_sample: int | None
    sitting_since_utc_ns: int | None
    shifts: int = 0


@dataclass(frozen=True, slots=True)
class SecondRun:
    """Consecutive finished seconds of one posture, and in one bout of sitting or in none.

    Attributes
    ----------
    first_sample
        First sample of the first second.
    state
        The posture of all; and `since` the start of the bout that all belong to, sample and UTC.
    confidence, steps, shifts, utc_ns
        As in :class:`Second`, of each; confidence not yet rounded.
    """

    first_sample: int
    state: PostureState | None
    confidence: Sequence[float]
    utc_ns: Sequence[int | None]
    steps: Sequence[int]
    shifts: Sequence[int]
    since: tuple[int | None, int | None] = (None, None)

    def __len__(self) -> int:
        return len(self.confidence)

    @property
    def last_second(self) -> int:
        """Number of the last second."""
        return self.first_sample // _SECOND + len(self) - 1

    def __iter__(self) -> Iterator[Second]:
        samples = range(self.first_sample, self.first_sample + _SECOND * len(self), _SECOND)
        rounded = (round(confidence, 3) for confidence in self.confidence)
        since, since_ns = self.since
        columns = (samples, self.utc_ns, rounded, self.steps, self.shifts)
        for sample, utc_ns, confidence, steps, shifts in zip(*columns, strict=True):
            yield Second(sample, utc_ns, self.state, confidence, steps, since, since_ns, shifts)


class Seconds(Sequence[Second]):
    """Finished seconds in runs: for most of them nobody asks, so they are made when someone does."""

    def __init__(self, runs: Iterable[SecondRun] = ()) -> None:
        self.runs = tuple(runs)

    @cached_property
    def _made(self) -> tuple[Second, ...]:
        return tuple(chain.from_iterable(self.runs))

    def __len__(self) -> int:
        return sum(map(len, self.runs))

    @overload
    def __getitem__(self, at: int) -> Second: ...

    @overload
    def __getitem__(self, at: slice) -> Sequence[Second]: ...

    def __getitem__(self, at: int | slice) -> Second | Sequence[Second]:
        return self._made[at]

    def __iter__(self) -> Iterator[Second]:
        return iter(self._made)

    def __eq__(self, other: object) -> bool:
        return self._made == other._made if isinstance(other, Seconds) else NotImplemented

    def __hash__(self) -> int:
        return hash(self._made)


TiltsDeg = tuple[FloatArray | None, FloatArray | None]
"""Tilts of pelvis and trunk, (n,) each, deg; None where there is no such pod."""


@dataclass(frozen=True)
class Angles:
    """Angles and orientations of the samples pushed, one row each; NaN where unknown.

    Of most samples nobody asks for the angles, so they are computed when someone does.

    Attributes
    ----------
    first_sample, count
        Index of the first row, and how many there are.
    upper_quat, lower_quat
        Pod's own axes -> earth, (n, 4); None: there is no such pod.
    tilts_deg
        Computes the tilts.
    delay_s
        How much older than its row an angle really is; 0 with gyroscopes.
    """

    first_sample: int
    count: int
    upper_quat: FloatArray | None
    lower_quat: FloatArray | None
    tilts_deg: Callable[[], TiltsDeg] = lambda: (None, None)
    delay_s: float = 0.0

    @classmethod
    def none(cls, first_sample: int) -> Self:
        """Return the angles of no samples."""
        return cls(first_sample, 0, None, None)

    def __len__(self) -> int:
        return self.count

    @cached_property
    def _tilts(self) -> tuple[FloatArray, FloatArray]:
        pelvis, trunk = (
            np.full(self.count, np.nan) if tilt_deg is None else tilt_deg for tilt_deg in self.tilts_deg()
        )
        return pelvis, trunk

    @property
    def pelvis_tilt_deg(self) -> FloatArray:
        """Tilt of the lower pod, (n,), deg."""
        return self._tilts[0]

    @property
    def trunk_tilt_deg(self) -> FloatArray:
        """Tilt of the upper pod, (n,), deg."""
        return self._tilts[1]

    @property
    def lumbar_flexion_deg(self) -> FloatArray:
        """Their difference, (n,), deg."""
        return self.trunk_tilt_deg - self.pelvis_tilt_deg


@dataclass(frozen=True, slots=True)
class Output:
    """Results of one push; events and seconds are final when they appear."""

    events: tuple[Derived, ...]
    calibrations: tuple[Calibration, ...]
    seconds: Seconds
    angles: Angles
    ended: tuple[Ended, ...] = ()

    @property
    def bends(self) -> tuple[Lift, ...]:
        """The bends that have just ended, as the lifts that they will be unless they turn out to be none.

        They are for the eye, never for the record.
        """
        return tuple(one.lift for one in self.ended)

    @classmethod
    def nothing(cls, angles: Angles) -> Self:
        """Return what a push that makes nothing known but angles hands back."""
        return cls((), (), Seconds(), angles)


def together(outputs: list[Output]) -> Output:
    """Return the outputs of successive pushes as if they had been one."""
    if len(outputs) == 1:
        return outputs[0]
    pieces = [output.angles for output in outputs if len(output.angles)] or [outputs[0].angles]
    return Output(
        tuple(event for output in outputs for event in output.events),
        tuple(calibration for output in outputs for calibration in output.calibrations),
        Seconds(run for output in outputs for run in output.seconds.runs),
        pieces[0] if len(pieces) == 1 else _stacked(pieces),
        tuple(bend for output in outputs for bend in output.ended),
    )


def _stacked(pieces: list[Angles]) -> Angles:
    def quats(parts: list[FloatArray | None]) -> FloatArray | None:
        if all(part is None for part in parts):
            return None
        # A pod can fall silent, or come back, within one push.
        unknown = (np.full((len(piece), 4), np.nan) for piece in pieces)
        filled = zip(parts, unknown, strict=True)
        return np.concatenate([nothing if part is None else part for part, nothing in filled])

    def tilts_deg() -> TiltsDeg:
        return (
            np.concatenate([piece.pelvis_tilt_deg for piece in pieces]),
            np.concatenate([piece.trunk_tilt_deg for piece in pieces]),
        )

    return Angles(
        pieces[0].first_sample,
        sum(map(len, pieces)),
        quats([piece.upper_quat for piece in pieces]),
        quats([piece.lower_quat for piece in pieces]),
        tilts_deg,
        pieces[0].delay_s,
    )
