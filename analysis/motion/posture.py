"""Lying, sitting, standing or walking, second by second.

A hidden Markov model, decoded by Viterbi's algorithm with a fixed lag: each second scores the four states,
each change of state costs, and the state of a second is read off the best path `lag_s` later, when what
follows has spoken too.

Evidence, in nats:

- Changes of seat (:mod:`analysis.motion.rising`). Sitting and standing can look alike on the back, so
  changing between them is dear unless the pelvis was seen to rise or fall with a lean, and the clearer it was
  the cheaper. No one walks off a seat without a rise, or gets up from lying but by way of a seat: those
  changes are impossible. What came back to where it began, such as a bend or a reach from a chair, changed
  nothing. A pelvis that went up by the height of a seat has left it, lean or no lean; one that went down so
  far and stays there sits, for few squat for so long.
- The pelvis's tilt against the patient's own stand and sit, as a likelihood of either: stands are much alike,
  seats are not. One posture is one observation: its weight falls as one over the time for which it is held,
  because a doubtful tilt does not become surer by being held for an hour. With both pods the lumbar spine
  counts too: a seat flexes the spine and rolls the pelvis back, a bend flexes it and tips the pelvis forward.
  People also sit in the posture of a stand (:mod:`analysis.motion.decoding`): between rises tilt alone never
  turns sitting into standing, only steps show that a rise was missed. What the wearer says of a tilt
  ("I was standing") makes it one of the wearer's own stands.
- Steps; and a lean beyond 65 deg (Vaeha-Ypyae et al. 2018 for a hip sensor: 64.9 deg) for lying.

Works badly: someone who takes a seat without a rest before or after and then sits as upright as in a stand;
high stools; squats that pause like a seat; and a device on the table looks like lying.
"""

import math
from dataclasses import dataclass, field, replace

import numpy as np

from analysis.events.day import PostureState
from analysis.motion.block import FloatArray
from analysis.motion.decoding import (
    START,
    DecodingParams,
    Paths,
    Scores,
    begun,
    decided,
    price,
    returned,
    step,
    taken,
)


@dataclass(frozen=True, slots=True)
class PostureParams:
    """Weights of the evidence, in nats, and limits."""

    decoding: DecodingParams = field(default_factory=DecodingParams)
    """What changes cost."""
    stand_spread_deg: float = 6.0
    """Spread of the pelvis's tilt over stands, deg [ours]."""
    lumbar_part: float = 0.7
    """Part of the lumbar flexion that counts as the pelvis rolled back, 1 [ours]: a seat flexes the spine and
    rolls the pelvis back (Endo12), a bend flexes it and tips the pelvis forward; who leans on a desk shows
    the seat by the spine alone."""
    sit_lumbar_deg: float = 12.0
    """Lumbar flexion on a seat, deg [ours]: Endo12 has 17 in radiographs, skin and habit take some."""
    usual_sit_deg: float = -15.0
    """Pelvis tilt on a seat against the stand, deg (Endo12)."""
    sit_spread_deg: float = 12.0
    """Its spread over seats and people, deg [ours]."""
    own_sit_spread_deg: float = 9.0
    """Its spread over the seats of one person whose usual sit is known, deg [ours]."""
    stray: float = 0.1
    """Part of all stands and sits whose tilt is anything, 1 [ours]."""
    stray_spread_deg: float = 25.0
    """Spread of those, deg [ours]."""
    least_separation_deg: float = 8.0
    """Stand and sit closer than this say little, deg (CLINICAL.md B5)."""
    same_deg: float = 4.0
    """Tilts within this angle are one observation, however long they are held, deg [ours]."""
    least_weight: float = 0.015
    """What each further second of one observation weighs, 1 [ours]."""
    moving_dps: float = 10.0
    """A pelvis that turns faster on average shows no posture, deg/s [ours]."""
    bent_deg: float = 20.0
    """Beyond this lean of the trunk the pelvis says little, deg [ours]."""
    bent_over_deg: float = 45.0
    """Few stay bent over so far on a seat, deg [ours]."""
    tipped_deg: float = 15.0
    """And with the pelvis so far forward, deg [ours]: a bend of 45 tips it by 19 and more (the lumbar spine
    has 0.58 of it at most, CLINICAL.md B2), who leans on the forearms on a seat hardly tips it."""
    bent_over: float = 0.5
    """What that says against one [ours]."""
    taught: int = 5
    """So many stands, and seats, that the wearer named are remembered [ours]."""
    vague_weight: float = 0.2
    """How little a moving or bent pelvis says, 1 [ours]."""
    steps: float = 4.0
    """What steps, or none, say [ours]."""
    lying_lean_deg: float = 65.0
    """Lean, deg (Vaeha18 for a hip sensor); pillows raise the trunk, so but forward it is the pods' mean."""
    lying: float = 4.0
    """What such a lean, or none, says [ours]."""
    lying_forward: float = 0.6
    """The same when the lean is forward, as in a deep bend [ours]."""
    still_dps: float = 5.0
    """Below this mean angular speed it did not, deg/s (CLINICAL.md B1: slower is noise)."""
    low: float = 0.4
    """What each second says against a stand while the pelvis is so low [ours]: few squat for so long."""
    longest_low_s: int = 20
    """What it says grows no longer than that, s [ours]."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """What consecutive whole seconds show, arrays (k,).

    Attributes
    ----------
    pelvis_deg, lumbar_deg, bend_deg
        Mean tilts; NaN where there is no lower pod, or not both.
    lean_deg
        Mean lean from the vertical: of the straighter of the pods if it is forward, else their mean.
    speed_dps
        Mean angular speed of the bending pod.
    walking
        Steps or none.
    rose, fell
        How clearly a rise from a seat, or a fall onto one, took place in this second, 0 to 1.
    back_s
        For how many seconds a movement lasted that has ended in the posture in which it began; 0 without.
    climb
        How surely the pelvis went up (positive) or down by the height of a seat in this second, -1 to 1.
    """

    pelvis_deg: FloatArray
    lumbar_deg: FloatArray
    bend_deg: FloatArray
    lean_deg: FloatArray
    speed_dps: FloatArray
    walking: np.ndarray[tuple[int], np.dtype[np.bool_]]
    rose: FloatArray
    fell: FloatArray
    back_s: np.ndarray[tuple[int], np.dtype[np.int64]]
    climb: FloatArray


@dataclass(frozen=True, slots=True)
class Taught:
    """Tilts that the wearer named, deg, newest last: of stands, and of seats."""

    stands_deg: tuple[float, ...] = ()
    sits_deg: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class PostureMemory:
    """For each state that the newest second may have: the score of its best path, and that path.

    A path is a number in base eight whose last digit is the newest second; `length` is how many digits count.
    `changed` is what rising and falling cost in the second before, `held_deg` and `held_s` the tilt observed
    last, `low` how surely the pelvis is low, and for how many seconds that has spoken. `since_deg` are sum
    and count of the tilts held since the posture told last, `last`, began; `taught` what the wearer named.
    """

    scores: Scores | None = None
    paths: Paths = START
    length: int = 0
    changed: tuple[float, float] = (math.inf, math.inf)
    held_deg: float = math.nan
    held_s: int = 0
    low: tuple[float, int] = (0.0, 0)
    last: PostureState | None = None
    since_deg: tuple[float, int] = (0.0, 0)
    taught: Taught = Taught()


class PostureStage:
    """The decoder."""

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
        self._params = params
        self._sit_deg = params.usual_sit_deg if sit_deg is None else sit_deg
        if lumbar_known:
            self._sit_deg -= params.lumbar_part * params.sit_lumbar_deg
        self._spread_deg = params.sit_spread_deg if sit_deg is None else params.own_sit_spread_deg
        self._weight = min(1.0, abs(self._sit_deg) / params.least_separation_deg)
        self._pelvis_known, self._before = pelvis_known, before
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
        scores, paths = taken(state, p.decoding)
        self._state = replace(
            memory, scores=scores, paths=paths, low=(0.0, 0), last=state, since_deg=(0.0, 0), taught=taught
        )
        return True

    def push(self, evidence: Evidence) -> list[tuple[PostureState, float]]:
        """Return state and confidence of the seconds that are now decided, oldest first."""
        p, q, memory = self._params, self._params.decoding, self._state
        scores, paths, length = memory.scores, memory.paths, memory.length
        (rise_nats, fall_nats), held_deg, held_s = memory.changed, memory.held_deg, memory.held_s
        low, low_s = memory.low
        last, (since_deg, since_s) = memory.last, memory.since_deg
        told: list[tuple[PostureState, float]] = []
        tilt_deg = self._tilt_deg(evidence)
        # What a change of seat costs that was not seen, as in most seconds.
        unseen, unseen_still = price(0.0, 0.0, 0.0, q, is_still=False), price(0.0, 0.0, 0.0, q, is_still=True)
        for (
            lying,
            seat,
            walk,
            seated,
            is_vague,
            now_deg,
            is_still,
            is_walking,
            rises,
            falls,
            back_s,
            climb,
        ) in zip(
            *self._said(evidence),
            self._seated(tilt_deg),
            self._vague(evidence),
            tilt_deg.tolist(),
            (evidence.speed_dps < p.still_dps).tolist(),
            evidence.walking.tolist(),
            evidence.rose.tolist(),
            evidence.fell.tolist(),
            evidence.back_s.tolist(),
            evidence.climb.tolist(),
            strict=True,
        ):
            # One posture is one observation: that it is held for long makes it little surer.
            if not abs(now_deg - held_deg) <= p.same_deg:
                held_deg, held_s = now_deg, 0
            held_s += 1
            weight = max(1.0 / (held_s + 1), p.least_weight)
            if is_vague:
                weight *= p.vague_weight
            elif now_deg == now_deg:
                since_deg, since_s = since_deg + now_deg, since_s + 1
            by_tilt = weight * seated
            stand = -by_tilt
            if low and low_s < p.longest_low_s:
                stand -= p.low * low
                low_s += 1
            if climb < 0.0:
                low, low_s = -climb, 0
            elif climb > 0.0 or rises > 0.0 or back_s or is_walking:
                low = 0.0
            was_rise, was_fall = rise_nats, fall_nats
            if rises or falls or climb:
                rise_nats = price(rises, q.cost_up, climb, q, is_still=is_still)
                fall_nats = price(falls, q.cost_down, -climb, q, is_still=is_still)
            else:
                rise_nats = fall_nats = unseen_still if is_still else unseen
            said = lying, seat + by_tilt, seat - by_tilt, stand, walk
            if scores is None:
                scores, length = begun(said, self._before, q), 1
                continue
            if length > q.lag_s:
                told.append(decided(scores, paths, q.lag_s))
                if told[-1][0] != last:
                    last, since_deg, since_s = told[-1][0], 0.0, 0
            length = min(length + 1, q.memory_s)
            # A change of seat counts in the second in which it was seen and in the next.
            rise, fall = min(rise_nats, was_rise), min(fall_nats, was_fall)
            scores, paths = step(said, scores, paths, q, rise=rise, fall=fall, stay=q.stay * abs(climb))
            if 0 < back_s <= length:
                scores = returned(scores, paths, back_s, q.back)
        self._state = PostureMemory(
            scores,
            paths,
            length,
            (rise_nats, fall_nats),
            held_deg,
            held_s,
            (low, low_s),
            last,
            (since_deg, since_s),
            memory.taught,
        )
        return told

    def finish(self) -> list[tuple[PostureState, float]]:
        """Return the seconds still within the lag, and start afresh."""
        state, self._state = self._state, PostureMemory(taught=self._state.taught)
        if state.scores is None:
            return []
        return [
            decided(state.scores, state.paths, place)
            for place in reversed(range(min(state.length, self._params.decoding.lag_s + 1)))
        ]

    def _vague(self, evidence: Evidence) -> list[bool]:
        """Return of each second whether the pelvis shows no posture."""
        p = self._params
        vague: list[bool] = ((evidence.speed_dps > p.moving_dps) | (evidence.bend_deg > p.bent_deg)).tolist()
        return vague

    def _tilt_deg(self, evidence: Evidence) -> FloatArray:
        """Return the pelvis's tilt, farther back where the lumbar spine is flexed."""
        rounded = np.maximum(np.nan_to_num(evidence.lumbar_deg), 0.0)
        return np.asarray(evidence.pelvis_deg - self._params.lumbar_part * rounded)

    def _seated(self, tilt_deg: FloatArray) -> list[float]:
        """Return half of what a tilt says for a seat and against a stand."""
        p = self._params
        if not self._pelvis_known:
            return [0.0] * tilt_deg.shape[0]

        def log_likelihood(middles_deg: tuple[float, ...], spread_deg: float) -> FloatArray:
            near = np.zeros(tilt_deg.shape[0])
            for middle_deg in middles_deg:
                near += np.exp(-0.5 * ((tilt_deg - middle_deg) / spread_deg) ** 2)
            near *= (1.0 - p.stray) / (spread_deg * len(middles_deg))
            stray = p.stray / p.stray_spread_deg * np.exp(-0.5 * (tilt_deg / p.stray_spread_deg) ** 2)
            return np.asarray(np.log(near + stray))

        taught = self._state.taught
        sit = log_likelihood((self._sit_deg, *taught.sits_deg), self._spread_deg)
        stand = log_likelihood((0.0, *taught.stands_deg), p.stand_spread_deg)
        seated: list[float] = (0.5 * self._weight * (sit - stand)).tolist()
        return seated

    def _said(self, evidence: Evidence) -> tuple[list[float], list[float], list[float]]:
        """Return what each second says for lying, for a seat and for walking, but for the tilt."""
        p = self._params
        steps = np.where(evidence.walking, p.steps, -p.steps)
        flat = evidence.lean_deg > p.lying_lean_deg
        lying = np.where(flat, np.where(evidence.bend_deg > 0, p.lying_forward, p.lying), -p.lying)
        seat = -0.5 * np.maximum(steps, 0.0)
        is_over = (evidence.bend_deg > p.bent_over_deg) & ~(evidence.pelvis_deg <= p.tipped_deg)
        seat -= p.bent_over * is_over
        walk = steps - np.maximum(lying, 0.0)
        return lying.tolist(), seat.tolist(), walk.tolist()

    def state(self) -> PostureMemory:
        """Return what :meth:`restore` needs to go on exactly from here."""
        return self._state

    def restore(self, state: PostureMemory) -> None:
        """Go on from `state`."""
        self._state = state
