"""Which way was up, second by second: kept until the second's posture is known, for telling slips.

A second's orientations are there a quarter of a minute before it is known whether it was walked, stood or
sat. Most seconds are never looked at, so few of their orientations are kept, and nothing is computed from
them until someone asks.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np

from analysis.motion.block import FloatArray
from analysis.motion.output import Angles
from analysis.motion.rotation import up_in_pod
from analysis.motion.seconds import SECOND, TOGETHER

_FEW = 4
"""So many up directions a second are enough: the back of a standing person sways slower than 1 Hz."""
_THIN = SECOND // _FEW


@dataclass(frozen=True)
class _Run:
    """Consecutive seconds; `quats` are a few orientations of each, (pods, k, few, 4)."""

    first_second: int
    end_second: int
    quats: FloatArray

    @cached_property
    def _up(self) -> FloatArray:
        """Up directions in the pods' own axes, (3, few, pods, k)."""
        return up_in_pod(self.quats.transpose(2, 0, 1, 3))

    @cached_property
    def _mean(self) -> FloatArray:
        """Mean of each second, (3, pods, k)."""
        return np.asarray(np.add.reduce(self._up, axis=1) / _FEW)

    @cached_property
    def ups(self) -> FloatArray:
        """Its direction, (3, pods, k)."""
        x, y, z = self._mean
        return np.asarray(self._mean / np.maximum(np.sqrt(x * x + y * y + z * z), 1e-12))

    @cached_property
    def spread_deg(self) -> FloatArray:
        """How far from the mean the up directions are within each second, at most, (k,), deg."""
        off = self._up - self._mean[:, None]
        off *= off
        return np.asarray(np.degrees(np.sqrt(np.add.reduce(off).max(axis=(0, 1)))))


class Sighting(NamedTuple):
    """Consecutive seconds in which all pods were there: the first, the one after the last, and their run."""

    first: int
    end: int
    run: _Run

    @property
    def ups(self) -> FloatArray:
        """Mean up directions in the pods' own axes, lower pod first, (3, pods, k)."""
        return self.run.ups[..., self.first - self.run.first_second : self.end - self.run.first_second]

    @property
    def spread_deg(self) -> FloatArray:
        """How far from them the up directions were within each second, at most, (k,), deg."""
        return self.run.spread_deg[self.first - self.run.first_second : self.end - self.run.first_second]


@dataclass(frozen=True, slots=True)
class SightingsState:
    """All that the past has left behind. Never changed in place.

    Attributes
    ----------
    rest
        Angles of seconds that are not whole yet, or too few to be worth a run.
    runs
        The seconds before them.
    begun, end
        First sample since the last gap, and the next one.
    """

    rest: tuple[Angles, ...] = ()
    runs: tuple[_Run, ...] = ()
    begun: int = 0
    end: int | None = None


class Sightings:
    """Remembers the newest seconds of some pods ("lower", "upper"), of which all must be there."""

    def __init__(self, pods: tuple[str, ...]) -> None:
        self._pods = pods
        self._rest: list[Angles] = []
        self._runs: list[_Run] = []
        self._begun = 0
        self._end: int | None = None

    @property
    def begun(self) -> int:
        """First sample since the last gap."""
        return self._begun

    def push(self, angles: Angles) -> None:
        """Take the next samples; where some are missing, the second is left out."""
        first, end = angles.first_sample, angles.first_sample + len(angles)
        if self._end is not None and self._end != first:
            self._take(self._end)
            self._rest, self._begun = [], first
        self._end = end
        self._rest.append(angles)
        if first // TOGETHER != end // TOGETHER:
            self._take(end)
            left = end % SECOND
            self._rest = [_tail(angles, left)] if left else []

    def _take(self, end: int) -> None:
        """Make a run of the whole seconds in the rest, which ends before sample `end`."""
        rest = self._rest
        first = rest[0].first_sample if rest else end
        start, stop = -(-first // SECOND), end // SECOND
        if stop <= start:
            return
        # Far apart in memory, which `take` reaches for quicker than a slice.
        few = np.arange(start * SECOND - first + _THIN // 2, stop * SECOND - first, _THIN)
        quats = [_joined([getattr(part, f"{pod}_quat") for part in rest]) for pod in self._pods]
        known = [quat.take(few, axis=0) for quat in quats if quat is not None]
        if len(known) == len(quats):
            self._runs.append(_Run(start, stop, np.stack(known).reshape(len(known), -1, _FEW, 4)))

    def between(self, first: int, end: int) -> Iterator[tuple[int, Sighting | None]]:
        """Yield what was seen in some seconds, each part with its first second.

        It is None where not all pods were there throughout.
        """
        at = first
        for run in self._runs:
            start, stop = max(at, run.first_second), min(end, run.end_second)
            if start < stop:
                if at < start:
                    yield at, None
                yield start, Sighting(start, stop, run)
                at = stop
        if at < end:
            yield at, None

    def forget(self, second: int) -> None:
        """Let go of what is not after `second`."""
        self._runs = [run for run in self._runs if run.end_second > second + 1]

    def state(self) -> SightingsState:
        """Return what :meth:`restore` needs to go on exactly from here."""
        return SightingsState(tuple(self._rest), tuple(self._runs), self._begun, self._end)

    def restore(self, state: SightingsState) -> None:
        """Go on from `state`."""
        self._rest, self._runs = list(state.rest), list(state.runs)
        self._begun, self._end = state.begun, state.end


def _joined(parts: list[FloatArray | None]) -> FloatArray | None:
    known = [part for part in parts if part is not None]
    if len(known) < len(parts):
        return None
    return known[0] if len(known) == 1 else np.concatenate(known)


def _tail(angles: Angles, count: int) -> Angles:
    """Return the last rows of a push; its arrays are copied, to let go of the rest."""
    upper, lower = (
        None if quat is None else quat[-count:].copy() for quat in (angles.upper_quat, angles.lower_quat)
    )
    return Angles(angles.first_sample + len(angles) - count, count, upper, lower)
