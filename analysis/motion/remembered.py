"""Orientation that is found once though its samples are gone through twice.

A file without a calibration is searched for one before it is analysed, and orientation is what both cost most
for. It hangs on the samples alone, not on the calibration, so the second time it is taken from the first.
"""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from analysis.motion.block import RATE_HZ, PodSamples
from analysis.motion.orientation import Attitude, OrientationParams, OrientationState, PodOrientation

LONGEST_S: Final = 4000.0
"""As much is remembered as is searched, and a piece more [ours]: 25 MB a pod."""


@dataclass(frozen=True, slots=True)
class _Piece:
    """Samples, what was found of them, and the state after them."""

    samples: PodSamples
    attitude: Attitude
    after: OrientationState


class RememberedOrientation(PodOrientation):
    """Remembers what it finds; after :meth:`rewind` it finds the same again, as long as the same comes again.

    The same are the very objects, in their order from the start. Whatever else comes is computed from there
    on as ever, so a result never hangs on what is remembered.
    """

    def __init__(self, params: OrientationParams) -> None:
        super().__init__(params)
        self._pieces: deque[_Piece] = deque()
        self._remembered = 0
        self._is_first_time = True
        self._now: OrientationState | None = None
        """The state, where it is not the one that is computed with."""

    def rewind(self) -> None:
        """Go back to the start."""
        self._is_first_time = False
        self._now = OrientationState()

    def push(self, samples: PodSamples) -> Attitude:
        """Return the orientation at each of the next samples."""
        if self._is_first_time:
            return self._found(samples)
        if self._pieces and self._pieces[0].samples is samples:
            piece = self._pieces.popleft()
            self._now = piece.after
            return piece.attitude
        self._go_on_alone()
        return super().push(samples)

    def _found(self, samples: PodSamples) -> Attitude:
        attitude = super().push(samples)
        self._remembered += samples.acc_mps2.shape[0]
        if self._remembered <= LONGEST_S * RATE_HZ:
            self._pieces.append(_Piece(samples, attitude, super().state()))
        return attitude

    def _go_on_alone(self) -> None:
        if self._now is not None:
            super().restore(self._now)
        self._now = None
        self._pieces.clear()

    def reset(self) -> None:
        """Forget the past, as after a long gap; what comes after one is not remembered."""
        if self._is_first_time:
            self._remembered = round(LONGEST_S * RATE_HZ)
        else:
            self._go_on_alone()
        super().reset()

    def state(self) -> OrientationState:
        """Return what :meth:`restore` needs to go on exactly from here."""
        return super().state() if self._now is None else self._now

    def restore(self, state: OrientationState) -> None:
        """Go on from `state`."""
        self._now = None
        self._pieces.clear()
        super().restore(state)


class Remembered:
    """What is found of the lower and of the upper pod."""

    def __init__(self, params: OrientationParams | None = None) -> None:
        self._pods = tuple(RememberedOrientation(params or OrientationParams()) for _ in range(2))

    def __iter__(self) -> Iterator[PodOrientation]:
        """Yield the lower and the upper pod's."""
        return iter(self._pods)

    def rewind(self) -> None:
        """Go back to the start."""
        for pod in self._pods:
            pod.rewind()
