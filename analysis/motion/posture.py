"""Lying, sitting, standing or walking, second by second.

A hidden Markov model, decoded by Viterbi's algorithm with a fixed lag (:mod:`analysis.motion.decoding`): each
second scores the four states (:mod:`analysis.motion.evidence` says by what), each change of state costs, and
the state of a second is read off the best path `lag_s` later, when what follows has spoken too.

Works badly: someone who takes a seat without a rest before or after and then sits as upright as in a stand;
high stools; squats that pause like a seat; and a device on the table looks like lying.
"""

import operator
from dataclasses import dataclass, field, replace
from functools import reduce

import numpy as np

from analysis.events.day import PostureState
from analysis.motion.block import FloatArray
from analysis.motion.decoding import Decided, PathMemory, decode, decode_rest, taken
from analysis.motion.evidence import Evidence, Observed, PostureParams, Scales, Taught


@dataclass(frozen=True, slots=True)
class PostureMemory:
    """What the past has left behind; never changed in place.

    `since_deg` are sum and count of the tilts held since the posture told last, `last`, began; `taught` what
    the wearer named.
    """

    paths: PathMemory = field(default_factory=PathMemory)
    observed: Observed = field(default_factory=Observed)
    last: PostureState | None = None
    since_deg: tuple[float, int] = (0.0, 0)
    taught: Taught = field(default_factory=Taught)


class PostureStage:
    """The decoder of one wearer; `before` is the posture in which others left off."""

    def __init__(
        self,
        params: PostureParams,
        *,
        sit_deg: float | None,
        pelvis_known: bool,
        lumbar_known: bool,
        before: PostureState | None = None,
        taught: Taught | None = None,
    ) -> None:
        self._params, self._before = params, before
        self._scales = Scales(params, sit_deg=sit_deg, pelvis_known=pelvis_known, lumbar_known=lumbar_known)
        self._state = PostureMemory(taught=taught or Taught())

    @property
    def taught(self) -> Taught:
        """What the wearer has named."""
        return self._state.taught

    def correct(self, state: PostureState) -> bool:
        """Take the wearer's word that it was `state` all along since the last change, and learn from it.

        The tilt that was held counts from now on as one of the wearer's own stands, or seats. Returns False,
        and does nothing, where the posture told last is neither sitting nor standing, or is that already.
        """
        memory, p = self._state, self._params
        if {memory.last, state} != {"sitting", "standing"}:
            return False
        total, count = memory.since_deg
        taught = memory.taught
        if count:
            held = total / count
            kept = slice(1 - p.taught, None)
            if state == "standing":
                taught = replace(taught, stands_deg=(*taught.stands_deg[kept], held))
            else:
                taught = replace(taught, sits_deg=(*taught.sits_deg[kept], held))
        self._state = PostureMemory(
            taken(state, memory.paths, p.decoding),
            replace(memory.observed, low=0.0, low_s=0),
            last=state,
            taught=taught,
        )
        return True

    def push(self, evidence: Evidence) -> Decided:
        """Return states and confidences of the seconds that are now decided, oldest first."""
        memory = self._state
        weighed = self._scales.weigh(evidence, memory.observed, memory.taught)
        decided, paths = decode(weighed.said, memory.paths, self._params.decoding, self._before)
        last, since_deg = _since(memory, decided[0], weighed.tilt_deg)
        self._state = PostureMemory(paths, weighed.observed, last, since_deg, memory.taught)
        return decided

    def finish(self) -> Decided:
        """Return the seconds still within the lag, and start afresh."""
        state, self._state = self._state, PostureMemory(taught=self._state.taught)
        return decode_rest(state.paths, self._params.decoding)

    def state(self) -> PostureMemory:
        """Return what :meth:`restore` needs to go on exactly from here."""
        return self._state

    def restore(self, state: PostureMemory) -> None:
        """Go on from `state`."""
        self._state = state


def _since(
    memory: PostureMemory, states: list[PostureState], tilt_deg: FloatArray
) -> tuple[PostureState | None, tuple[float, int]]:
    """Return the posture told last, and the tilts held since it was first told: their sum and count.

    Each of `states` was told with one tilt, the last with the last.
    """
    (total_deg, count), last, told = memory.since_deg, memory.last, len(states)
    if told and (last is None or states.count(last) < told):
        last = states[-1]
        same = next((back for back in range(1, told) if states[-1 - back] != last), told)
        # The tilt with which it was first told still was of the posture before.
        total_deg, count, tilt_deg = 0.0, 0, tilt_deg[len(tilt_deg) - same + 1 :]
    held_deg = tilt_deg[~np.isnan(tilt_deg)].tolist()
    # One by one, as any other cut of the seconds would add them.
    return last, (reduce(operator.add, held_deg, total_deg), count + len(held_deg))
