"""What each second shows of the posture, in nats.

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
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from analysis.motion.block import BoolArray, FloatArray, IntArray
from analysis.motion.decoding import DecodingParams, Said, price
from analysis.motion.rising import SeatChange


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
    """What consecutive whole seconds show, (k,) each.

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
    changes
        The change of seat that took place in the second, if there was any.
    """

    pelvis_deg: FloatArray
    lumbar_deg: FloatArray
    bend_deg: FloatArray
    lean_deg: FloatArray
    speed_dps: FloatArray
    walking: BoolArray
    changes: Sequence[SeatChange | None]


@dataclass(frozen=True, slots=True)
class Taught:
    """Tilts that the wearer named, deg, newest last: of stands, and of seats."""

    stands_deg: tuple[float, ...] = ()
    sits_deg: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class Observed:
    """What the seconds before have to do with what the next one says.

    Attributes
    ----------
    costs
        Of rising and of falling in the second before.
    held_deg, held_s
        The tilt observed last, and for how many seconds it has been held.
    low, low_s
        How surely the pelvis is low, and for how many seconds that has spoken.
    """

    costs: tuple[float, float] = (math.inf, math.inf)
    held_deg: float = math.nan
    held_s: int = 0
    low: float = 0.0
    low_s: int = 0


class Weighed(NamedTuple):
    """What seconds say; the pelvis's tilt in them, NaN where it shows no posture; and what they leave."""

    said: Said
    tilt_deg: FloatArray
    observed: Observed


class Scales:
    """Weighs what seconds show, for one wearer."""

    def __init__(
        self, params: PostureParams, *, sit_deg: float | None, pelvis_known: bool, lumbar_known: bool
    ) -> None:
        self._params, self._pelvis_known = params, pelvis_known
        self._sit_deg = params.usual_sit_deg if sit_deg is None else sit_deg
        if lumbar_known:
            self._sit_deg -= params.lumbar_part * params.sit_lumbar_deg
        self._spread_deg = params.sit_spread_deg if sit_deg is None else params.own_sit_spread_deg
        self._weight = min(1.0, abs(self._sit_deg) / params.least_separation_deg)
        self._unseen, self._unseen_still = (
            price(0.0, 0.0, 0.0, params.decoding, is_still=still) for still in (False, True)
        )

    def weigh(self, evidence: Evidence, observed: Observed, taught: Taught) -> Weighed:
        """Return what the next seconds say; `observed` is what those before them left."""
        p = self._params
        changes = [(at, one) for at, one in enumerate(evidence.changes) if one is not None]
        tilt_deg = self._tilt_deg(evidence)
        held_s, held_deg = self._held(tilt_deg, observed)
        low_nats, low, low_s = self._low(evidence.walking, changes, observed)
        rise, fall, stay = self._costs(evidence.speed_dps < p.still_dps, changes, observed)
        left = Observed((float(rise[-1]), float(fall[-1])), held_deg, int(held_s[-1]), low, low_s)
        is_vague = (evidence.speed_dps > p.moving_dps) | (evidence.bend_deg > p.bent_deg)
        weight = np.maximum(1.0 / (held_s[1:] + 1.0), p.least_weight)
        weight *= np.where(is_vague, p.vague_weight, 1.0)
        by_tilt = weight * self._seated(tilt_deg, taught)
        tilt_deg[is_vague] = np.nan
        walk = np.where(evidence.walking, p.steps, -p.steps)
        seat = np.where(evidence.walking, -0.5 * p.steps, 0.0)
        # Few lie, and few are bent over.
        lying = np.full(len(walk), -p.lying)
        flat = np.flatnonzero(evidence.lean_deg > p.lying_lean_deg)
        if flat.size:
            lying[flat] = np.where(evidence.bend_deg[flat] > 0.0, p.lying_forward, p.lying)
            walk[flat] -= lying[flat]
        over = np.flatnonzero(evidence.bend_deg > p.bent_over_deg)
        if over.size:
            seat[over[~(evidence.pelvis_deg[over] <= p.tipped_deg)]] -= p.bent_over
        back_s = [0] * len(walk)
        for at, one in changes:
            back_s[at] = one.back_s
        said = Said(
            (lying, seat + by_tilt, seat - by_tilt, -by_tilt - low_nats, walk),
            # A change of seat counts in the second in which it was seen and in the next.
            np.minimum(rise[1:], rise[:-1]),
            np.minimum(fall[1:], fall[:-1]),
            stay,
            back_s,
        )
        return Weighed(said, tilt_deg, left)

    def _tilt_deg(self, evidence: Evidence) -> FloatArray:
        """Return the pelvis's tilt, farther back where the lumbar spine is flexed."""
        rounded = np.fmax(evidence.lumbar_deg, 0.0)
        return np.asarray(evidence.pelvis_deg - self._params.lumbar_part * rounded)

    def _held(self, tilt_deg: FloatArray, observed: Observed) -> tuple[IntArray, float]:
        """Return for how long each tilt has been held, after the one before; and the one held in the end.

        One posture is one observation: that it is held for long makes it little surer.
        """
        same_deg, held_deg, held_s = self._params.same_deg, observed.held_deg, observed.held_s
        all_s = [held_s]
        for now_deg in tilt_deg.tolist():
            if abs(now_deg - held_deg) <= same_deg:
                held_s += 1
            else:
                held_deg, held_s = now_deg, 1
            all_s.append(held_s)
        return np.array(all_s), held_deg

    def _low(
        self, walking: BoolArray, changes: list[tuple[int, SeatChange]], observed: Observed
    ) -> tuple[FloatArray, float, int]:
        """Return what speaks against a stand because the pelvis is low, and what it leaves.

        It does from the second after it went down, until something else is seen, but not for long.
        """
        p, count = self._params, len(walking)
        nats, left = np.zeros(count), (0.0, 0)
        spells = [(0, observed.low, observed.low_s)] if observed.low else []
        spells += [(at + 1, -one.climb, 0) for at, one in changes if one.climb < 0.0]
        for begin, low, said_s in spells:
            ends = [at for at, one in changes if at >= begin and (one.climb or one.rise or one.back_s)]
            ends += (begin + np.flatnonzero(walking[begin:])[:1]).tolist()
            longest_s = min(p.longest_low_s - said_s, min(ends, default=count - 1) + 1 - begin)
            nats[begin : begin + longest_s] = p.low * low
            left = (0.0, 0) if ends or said_s + longest_s == p.longest_low_s else (low, said_s + longest_s)
        return nats, *left

    def _costs(
        self, is_still: BoolArray, changes: list[tuple[int, SeatChange]], observed: Observed
    ) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Return what rising costs in the second before and in each, and falling; and remaining seated."""
        q, count = self._params.decoding, len(is_still)
        # In most seconds no change of seat was seen.
        rise, fall, stay = np.empty(count + 1), np.empty(count + 1), np.zeros(count)
        rise[0], fall[0] = observed.costs
        rise[1:] = fall[1:] = np.where(is_still, self._unseen_still, self._unseen)
        for at, one in changes:
            still = bool(is_still[at])
            rise[at + 1] = price(one.rise, q.cost_up, one.climb, q, is_still=still)
            fall[at + 1] = price(one.fall, q.cost_down, -one.climb, q, is_still=still)
            stay[at] = q.stay * abs(one.climb)
        return rise, fall, stay

    def _seated(self, tilt_deg: FloatArray, taught: Taught) -> FloatArray:
        """Return half of what a tilt says for a seat and against a stand."""
        p = self._params
        if not self._pelvis_known:
            return np.zeros(tilt_deg.shape[0])
        stray = p.stray / p.stray_spread_deg * np.exp(-0.5 * (tilt_deg / p.stray_spread_deg) ** 2)

        def log_likelihood(middle_deg: float, others_deg: tuple[float, ...], spread_deg: float) -> FloatArray:
            near = np.exp(-0.5 * ((tilt_deg - middle_deg) / spread_deg) ** 2)
            for other_deg in others_deg:
                near += np.exp(-0.5 * ((tilt_deg - other_deg) / spread_deg) ** 2)
            near *= (1.0 - p.stray) / (spread_deg * (1 + len(others_deg)))
            near += stray
            return np.asarray(np.log(near))

        sit = log_likelihood(self._sit_deg, taught.sits_deg, self._spread_deg)
        stand = log_likelihood(0.0, taught.stands_deg, p.stand_spread_deg)
        return np.asarray(0.5 * self._weight * (sit - stand))
