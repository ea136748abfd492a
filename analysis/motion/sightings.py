"""Which way was up, second by second: kept until the second's posture is known, for telling slips.

A second's orientations are there a quarter of a minute before it is known whether it was walked, stood or
sat. Most seconds are never looked at, so few of their orientations are kept, and nothing is computed from
them until someone asks.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np

from analysis.motion.block import FloatArray
from analysis.motion.output import Angles
from analysis.motion.rotation import Vector, up_in_pod
from analysis.motion.seconds import SECOND, TOGETHER

Ups = tuple[Vector, ...]
"""The up direction in each pod's own axes, the lower pod first."""

_THIN = 25
"""Four up directions a second are enough: the back of a standing person sways slower than 1 Hz."""


class Sighting(NamedTuple):
    """One second: the mean up direction of each pod in its own axes, and the farthest from it, deg."""

    ups: Ups
    spread_deg: float


@dataclass(frozen=True)
class _Run:
    """Consecutive seconds; `quats` are a few orientations of each, (few k, 4) of each pod."""

    first_second: int
    end_second: int
    quats: tuple[FloatArray, ...]

    @cached_property
    def sightings(self) -> list[Sighting]:
        """Its seconds."""
        count = self.end_second - self.first_second
        means, spreads = [], []
        for quats in self.quats:
            up = up_in_pod(quats).reshape(3, count, -1)
            mean = up.mean(axis=2, keepdims=True)
            x, y, z = mean[..., 0]
            length = np.maximum(np.sqrt(x * x + y * y + z * z), 1e-12)
            means.append(zip(*((axis / length).tolist() for axis in (x, y, z)), strict=True))
            off = up - mean
            spreads.append(np.sqrt((off * off).sum(axis=0)).max(axis=1))
        spread_deg = np.degrees(np.maximum.reduce(spreads)).tolist()
        return [Sighting(*seen) for seen in zip(zip(*means, strict=True), spread_deg, strict=True)]


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
        few = slice(start * SECOND - first + _THIN // 2, stop * SECOND - first, _THIN)
        quats = [_joined([getattr(part, f"{pod}_quat") for part in rest]) for pod in self._pods]
        known = tuple(quat[few].copy() for quat in quats if quat is not None)
        if len(known) == len(quats):
            self._runs.append(_Run(start, stop, known))

    def at(self, second: int) -> Sighting | None:
        """Return what was seen in a second; None if not all pods were there throughout."""
        for run in self._runs:
            if run.first_second <= second < run.end_second:
                return run.sightings[second - run.first_second]
        return None

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
