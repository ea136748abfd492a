"""What calibration looks at: both pods' up directions and forces at 20 Hz, still seconds and walked ones.

A second is still when both pods turn slowly on average, and walked as :mod:`analysis.motion.walking` says.
Nothing is known here of mounting or neutral posture.

A pod that comes or goes (:mod:`analysis.motion.silence`) begins everything anew: postures of one pod and of
two cannot be compared.
"""

from dataclasses import dataclass, field, replace

import numpy as np

from analysis.motion.angles import GRAVITY_MPS2
from analysis.motion.block import RATE_HZ, Block, BoolArray, FloatArray, PodSamples
from analysis.motion.filters import averaged
from analysis.motion.output import Angles
from analysis.motion.rotation import up_in_pod
from analysis.motion.seconds import SECOND
from analysis.motion.walking import WalkingParams, WalkingStage, WalkingState

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
    walking: WalkingParams = field(default_factory=WalkingParams)


@dataclass(frozen=True, slots=True)
class PodPieces:
    """One pod: up direction and mean specific force (m/s2) in its axes, (3, 20 a second) each."""

    up: tuple[FloatArray, ...] = ()
    force: tuple[FloatArray, ...] = ()

    def with_seconds(self, up: FloatArray, acc_mps2: FloatArray) -> "PodPieces":
        """Return the pieces with some whole seconds more; `up` is at 20 Hz already."""
        beside = np.ascontiguousarray(acc_mps2.T).reshape(3, -1, THIN)
        force = beside[..., 0].copy()
        for later in range(1, THIN):
            force += beside[..., later]
        force /= THIN
        return PodPieces((*self.up, up), (*self.force, force))


@dataclass(frozen=True, slots=True)
class Pieces:
    """What has been seen so far, in the pieces in which it came; whole seconds.

    Attributes
    ----------
    lower, upper
        The pods; None where there is no such pod.
    still, walked
        Whether each second was; walking is known a second late.
    gait
        State of the walking stage.
    forgotten_s
        Seconds seen before these, of an attempt that was rejected.
    begun
        The second that is not whole yet.
    """

    lower: PodPieces | None = None
    upper: PodPieces | None = None
    still: tuple[bool, ...] = ()
    walked: tuple[bool, ...] = ()
    gait: WalkingState = field(default_factory=WalkingState)
    forgotten_s: int = 0
    begun: tuple[tuple[Block, Angles], ...] = ()


@dataclass(frozen=True, slots=True)
class SeenPod:
    """One pod at 20 Hz, in its own axes: up direction and specific force (m/s2), (3, n)."""

    up: FloatArray
    force_mps2: FloatArray


@dataclass(frozen=True, slots=True)
class Seen:
    """The same, joined: the pods at 20 Hz or None; stillness and walking of each second."""

    lower_pod: SeenPod | None
    upper_pod: SeenPod | None
    still: BoolArray
    walked: BoolArray

    @property
    def lower(self) -> FloatArray | None:
        """Up direction of the lower pod, (3, n)."""
        return None if self.lower_pod is None else self.lower_pod.up

    @property
    def upper(self) -> FloatArray | None:
        """Up direction of the upper pod, (3, n)."""
        return None if self.upper_pod is None else self.upper_pod.up

    @property
    def pods(self) -> dict[str, SeenPod]:
        """The pods that are there, by name."""
        pods = {"lower": self.lower_pod, "upper": self.upper_pod}
        return {name: pod for name, pod in pods.items() if pod is not None}

    @property
    def sampled_still(self) -> BoolArray:
        """Stillness at 20 Hz."""
        return np.repeat(self.still, SECOND // THIN)

    @property
    def sampled_walked(self) -> BoolArray:
        """Walking at 20 Hz."""
        return np.repeat(self.walked, SECOND // THIN)


@dataclass(slots=True)
class Watch:
    """Collects whole seconds on the absolute grid; what a gap or the start leaves incomplete is left out."""

    params: WatchParams
    _pieces: Pieces = field(default_factory=Pieces)

    def push(self, part: Block, angles: Angles) -> bool:
        """Take samples with their orientations; return whether what has been seen is now whole seconds.

        They may be a part of one second, or several seconds up to a whole one.
        """
        pieces = self._pieces
        begun = pieces.begun
        if begun and (begun[-1][0].end_sample != part.first_sample or _pods(begun[-1][0]) != _pods(part)):
            begun = ()
        begun = (*begun, (part, angles))
        if part.end_sample % SECOND:
            self._pieces = replace(pieces, begun=begun)
            return False
        if begun[0][0].first_sample % SECOND:
            self._pieces = replace(pieces, begun=())
            return False
        if pieces.still and _pods(part) != self.pods:
            pieces = Pieces(forgotten_s=self.total_seconds)
        self._pieces = self._with_seconds(pieces, begun)
        return True

    def _with_seconds(self, pieces: Pieces, begun: tuple[tuple[Block, Angles], ...]) -> Pieces:
        blocks = [block for block, _ in begun]
        lower, upper = _whole([block.lower for block in blocks]), _whole([block.upper for block in blocks])
        lower_quats = _joined([angles.lower_quat for _, angles in begun])
        upper_quats = _joined([angles.upper_quat for _, angles in begun])
        lowest, quats = (lower, lower_quats) if lower is not None else (upper, upper_quats)
        assert lowest is not None
        assert quats is not None
        vertical_mps2 = _vertical_mps2(lowest.acc_mps2, up_in_pod(quats))
        walking = WalkingStage(self.params.walking)
        walking.restore(pieces.gait)
        gait = walking.push(len(pieces.still), averaged(vertical_mps2, THIN))
        return replace(
            pieces,
            lower=_with_seconds(pieces.lower, lower, lower_quats),
            upper=_with_seconds(pieces.upper, upper, upper_quats),
            still=(*pieces.still, *self._still([pod for pod in (lower, upper) if pod is not None])),
            walked=(*pieces.walked, *gait.walking.tolist()),
            gait=walking.state(),
            begun=(),
        )

    def forget(self) -> None:
        """Start over, as after a rejected attempt; time goes on."""
        self._pieces = Pieces(forgotten_s=self.total_seconds)

    def _still(self, pods: list[PodSamples]) -> list[bool]:
        """Return of each second whether all pods were still."""
        still: list[bool] = np.logical_and.reduce([self._is_still(pod) for pod in pods]).tolist()
        return still

    def _is_still(self, pod: PodSamples) -> BoolArray:
        if pod.gyr_radps is None:
            acc = pod.acc_mps2.reshape(-1, SECOND, 3)
            spread = acc - acc.mean(axis=1, keepdims=True)
            return np.asarray(np.sqrt((spread * spread).sum(axis=2).mean(axis=1)) < self.params.still_mps2)
        x, y, z = pod.gyr_radps.T
        speed = np.sqrt(x * x + y * y + z * z).reshape(-1, SECOND)
        return np.asarray(np.degrees(speed.mean(axis=1)) < self.params.still_dps)

    @property
    def pods(self) -> tuple[bool, bool]:
        """Whether there is a lower and an upper pod."""
        return self._pieces.lower is not None, self._pieces.upper is not None

    @property
    def seconds(self) -> int:
        """How many seconds were seen since the last start."""
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
        walked = np.zeros(len(pieces.still), dtype=np.bool_)
        walked[: len(pieces.walked)] = pieces.walked
        return Seen(_seen(pieces.lower), _seen(pieces.upper), np.array(pieces.still, dtype=np.bool_), walked)

    def state(self) -> Pieces:
        """Return what :meth:`restore` needs to go on exactly from here."""
        return self._pieces

    def restore(self, state: Pieces) -> None:
        """Go on from `state`."""
        self._pieces = state


def _pods(block: Block) -> tuple[bool, bool]:
    return block.lower is not None, block.upper is not None


def _with_seconds(
    pieces: PodPieces | None, pod: PodSamples | None, quats: FloatArray | None
) -> PodPieces | None:
    if pod is None or quats is None:
        return None
    return (pieces or PodPieces()).with_seconds(up_in_pod(quats[THIN // 2 :: THIN]), pod.acc_mps2)


def _seen(pieces: PodPieces | None) -> SeenPod | None:
    if pieces is None:
        return None
    return SeenPod(np.concatenate(pieces.up, axis=1), np.concatenate(pieces.force, axis=1))


def _vertical_mps2(acc_mps2: FloatArray, up: FloatArray) -> FloatArray:
    up_x, up_y, up_z = up
    x, y, z = acc_mps2.T
    return np.asarray(up_x * x + up_y * y + up_z * z - GRAVITY_MPS2)


def _joined(quats: list[FloatArray | None]) -> FloatArray | None:
    known = [part for part in quats if part is not None]
    if not known:
        return None
    return known[0] if len(known) == 1 else np.concatenate(known)


def _whole(parts: list[PodSamples | None]) -> PodSamples | None:
    pods = [part for part in parts if part is not None]
    if not pods:
        return None
    if len(pods) == 1:
        return pods[0]
    gyrs = [pod.gyr_radps for pod in pods if pod.gyr_radps is not None]
    is_complete = len(gyrs) == len(pods)
    return PodSamples(
        np.concatenate([pod.acc_mps2 for pod in pods]), np.concatenate(gyrs) if is_complete else None
    )


def runs(condition: BoolArray, least: int) -> list[tuple[int, int]]:
    """Return start and end (exclusive) of every stretch of truth that is at least so long."""
    edges = np.flatnonzero(np.diff(np.concatenate(([False], condition, [False])).astype(np.int8)))
    return [(int(a), int(b)) for a, b in edges.reshape(-1, 2) if b - a >= least]
