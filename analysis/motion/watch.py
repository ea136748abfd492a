"""What calibration looks at: both pods' up directions at 20 Hz, and which seconds were still or walked.

A second is still when both pods turn slowly on average. Nothing is known here of mounting or neutral posture.
"""

from dataclasses import dataclass, field, replace

import numpy as np

from analysis.motion.block import RATE_HZ, Block, BoolArray, FloatArray, PodSamples
from analysis.motion.output import Angles
from analysis.motion.rotation import up_in_pod
from analysis.motion.seconds import SECOND

THIN = 5
"""Every fifth sample is kept."""
THIN_HZ = RATE_HZ / THIN


@dataclass(frozen=True, slots=True)
class WatchParams:
    """What is still."""

    still_dps: float = 4.0
    """Mean angular speed below this is still, deg/s [ours]: sway and breathing stay under 2."""
    still_mps2: float = 0.35
    """The same of the specific force about its mean, m/s2, where there is no gyroscope [ours]."""


@dataclass(frozen=True, slots=True)
class Pieces:
    """What has been seen so far, in the pieces in which it came; whole seconds.

    Attributes
    ----------
    lower, upper
        Up directions, (3, 20) a second; empty where there is no such pod.
    still
        Whether each second was still.
    forgotten_s
        Seconds seen before these, of an attempt that was rejected.
    begun
        The second that is not whole yet.
    """

    lower: tuple[FloatArray, ...] = ()
    upper: tuple[FloatArray, ...] = ()
    still: tuple[bool, ...] = ()
    forgotten_s: int = 0
    begun: tuple[tuple[Block, Angles], ...] = ()


@dataclass(frozen=True, slots=True)
class Seen:
    """The same, joined: up directions (3, n) at 20 Hz or None, and stillness of each second."""

    lower: FloatArray | None
    upper: FloatArray | None
    still: BoolArray

    @property
    def bending(self) -> FloatArray:
        """Up of the pod that bends most: the upper one if there is one."""
        pod = self.lower if self.upper is None else self.upper
        assert pod is not None
        return pod

    @property
    def sampled_still(self) -> BoolArray:
        """Stillness at 20 Hz."""
        return np.repeat(self.still, SECOND // THIN)


@dataclass(slots=True)
class Watch:
    """Collects whole seconds on the absolute grid; what a gap or the start leaves incomplete is left out."""

    params: WatchParams
    _pieces: Pieces = field(default_factory=Pieces)

    def push(self, part: Block, angles: Angles) -> bool:
        """Take a part of one second with its orientations; return whether that second is now whole."""
        pieces = self._pieces
        begun = pieces.begun
        if begun and begun[-1][0].end_sample != part.first_sample:
            begun = ()
        begun = (*begun, (part, angles))
        if part.end_sample % SECOND:
            self._pieces = replace(pieces, begun=begun)
            return False
        if begun[0][0].first_sample % SECOND:
            self._pieces = replace(pieces, begun=())
            return False
        blocks = [block for block, _ in begun]
        pods = [_whole([block.lower for block in blocks]), _whole([block.upper for block in blocks])]
        self._pieces = replace(
            pieces,
            lower=(*pieces.lower, *_thinned([a.lower_quat for _, a in begun])),
            upper=(*pieces.upper, *_thinned([a.upper_quat for _, a in begun])),
            still=(*pieces.still, all(self._is_still(pod) for pod in pods if pod is not None)),
            begun=(),
        )
        return True

    def forget(self) -> None:
        """Start over, as after a rejected attempt; time goes on."""
        self._pieces = Pieces(forgotten_s=self.total_seconds)

    def _is_still(self, pod: PodSamples) -> bool:
        if pod.gyr_radps is None:
            spread = pod.acc_mps2 - pod.acc_mps2.mean(axis=0)
            return bool(np.sqrt((spread * spread).sum(axis=1).mean()) < self.params.still_mps2)
        turning = pod.gyr_radps
        return bool(np.degrees(np.sqrt((turning * turning).sum(axis=1)).mean()) < self.params.still_dps)

    @property
    def seconds(self) -> int:
        """How many seconds were seen."""
        return len(self._pieces.still)

    @property
    def total_seconds(self) -> int:
        """How many seconds were seen, with those forgotten."""
        return self.seconds + self._pieces.forgotten_s

    def still_for(self, seconds: int) -> bool:
        """Return whether the last so many seconds were all still."""
        return self.seconds >= seconds and all(self._pieces.still[-seconds:])

    def seen(self) -> Seen:
        """Return everything seen, joined."""
        pieces = self._pieces
        return Seen(
            np.concatenate(pieces.lower, axis=1) if pieces.lower else None,
            np.concatenate(pieces.upper, axis=1) if pieces.upper else None,
            np.array(pieces.still, dtype=np.bool_),
        )

    def state(self) -> Pieces:
        """Return what :meth:`restore` needs to go on exactly from here."""
        return self._pieces

    def restore(self, state: Pieces) -> None:
        """Go on from `state`."""
        self._pieces = state


def _thinned(parts: list[FloatArray | None]) -> list[FloatArray]:
    quats = [part for part in parts if part is not None]
    return [up_in_pod(np.concatenate(quats)[::THIN])] if quats else []


def _whole(parts: list[PodSamples | None]) -> PodSamples | None:
    pods = [part for part in parts if part is not None]
    if not pods:
        return None
    gyrs = [pod.gyr_radps for pod in pods if pod.gyr_radps is not None]
    return PodSamples(np.concatenate([pod.acc_mps2 for pod in pods]), np.concatenate(gyrs) if gyrs else None)


def runs(condition: BoolArray, least: int) -> list[tuple[int, int]]:
    """Return start and end (exclusive) of every stretch of truth that is at least so long."""
    edges = np.flatnonzero(np.diff(np.concatenate(([False], condition, [False])).astype(np.int8)))
    return [(int(a), int(b)) for a, b in edges.reshape(-1, 2) if b - a >= least]
