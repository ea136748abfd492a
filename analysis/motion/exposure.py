"""What the back was exposed to, minute by minute on the absolute grid of 6000 samples.

Sums and histograms, never percentiles, so that minutes add up to hours and days. Angles are counted sample by
sample; postures, extension and slump second by second, once they are decided. A minute is told when all that
belongs to it is settled, about half a minute after it; one that the data cover in part has smaller sums.
"""

import math
from dataclasses import dataclass, field, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from analysis.events.calibration import Calibration
from analysis.events.day import TILT_EDGES_DEG, VELOCITY_EDGES_DPS, Minute, PostureState
from analysis.motion.angles import Motion, Row
from analysis.motion.block import RATE_HZ, AnyFloatArray, IntArray
from analysis.motion.seconds import SECOND
from analysis.motion.sitting import tells_flexion, tells_slump
from analysis.motion.spell import Spell
from analysis.motion.statement import Saying, Wearer

MINUTE: Final = 60 * SECOND
_TILT_BINS, _SPEED_BINS = len(TILT_EDGES_DEG) - 1, len(VELOCITY_EDGES_DPS) - 1


@dataclass(frozen=True, slots=True)
class ExposureParams:
    """What is counted."""

    extension_deg: float = -5.0
    """Lumbar flexion below this while standing is extension, deg (DESIGN.md section 8)."""
    back_bend_deg: float = -8.0
    """Trunk tilt below this while standing is a back bend, deg (CLINICAL.md C)."""
    settled_s: int = 18
    """A minute is told when posture is decided this far beyond it, s [ours]: longest bend and margin."""


@dataclass(slots=True)
class _Tally:
    """One minute so far: samples in the histograms, seconds in the rest. Copied into and out of states."""

    first_sample: int
    end_sample: int
    tilt: IntArray
    speed: IntArray
    over_half: int
    postures: dict[PostureState, int] = field(default_factory=dict)
    steps: int = 0
    lifts: int = 0
    extension_s: int = 0
    back_bends: int = 0
    slumped_s: int = 0


@dataclass(frozen=True, slots=True)
class ExposureState:
    """Minutes not yet told, and whether the last second was bent back."""

    tallies: dict[int, _Tally] = field(default_factory=dict)
    bent_back: bool = False


class ExposureStage:
    """Sums up."""

    def __init__(self, params: ExposureParams, wearer: Wearer) -> None:
        self._params, self._wearer = params, wearer
        self._half_deg = _half(wearer.calibration)
        self._tallies: dict[int, _Tally] = {}
        self._bent_back = False

    def push(self, motion: Motion) -> None:
        """Count the samples of whole seconds."""
        is_over = None if self._half_deg is None else motion.lumbar_deg > self._half_deg
        first, at = motion.first_sample, motion.first_sample
        for tilt, speed in zip(*_histograms(motion), strict=True):
            minute = at // MINUTE
            end = min((minute + 1) * MINUTE, motion.end_sample)
            over_half = 0 if is_over is None else int(np.count_nonzero(is_over[at - first : end - first]))
            tally = self._tallies.get(minute)
            if tally is None:
                self._tallies[minute] = _Tally(at, end, tilt, speed, over_half)
            else:
                tally.end_sample = end
                tally.tilt = tally.tilt + tilt
                tally.speed = tally.speed + speed
                tally.over_half += over_half
            at = end

    @property
    def due(self) -> float:
        """The second that settles the oldest minute. Infinite without one.

        A spell in which another stage may tell something must end with it.
        """
        # Minutes are begun in their order, so the first is the oldest.
        return 60 * (next(iter(self._tallies), math.inf) + 1) + self._params.settled_s

    def decided(self, spell: Spell) -> list[Saying]:
        """Count decided seconds; return the minutes that are settled by the last of them."""
        for minute, part in spell.minutes():
            self._count(self._tallies[minute], spell, part)
        if self.due > spell.last:
            return []
        settled = (spell.last - self._params.settled_s) // 60
        return [self._saying(key) for key in list(self._tallies) if key < settled]

    def _count(self, tally: _Tally, spell: Spell, part: slice) -> None:
        p, state, features = self._params, spell.state, spell.features
        tally.postures[state] = tally.postures.get(state, 0) + part.stop - part.start
        if state == "standing":
            tally.extension_s += sum(lumbar_deg < p.extension_deg for lumbar_deg in features.lumbar_deg[part])
            was_back = self._bent_back
            for bend_deg in features.bend_deg[part]:
                is_back = bend_deg <= p.back_bend_deg
                tally.back_bends += is_back and not was_back
                was_back = is_back
            self._bent_back = was_back
            return
        self._bent_back = False
        if state == "walking":
            tally.steps += sum(features.steps[part])
        tally.slumped_s += sum(spell.slumped[part])

    def lift(self, peak: int) -> None:
        """Count a lift in the minute of its peak; in the oldest still open if that one has been told."""
        if self._tallies:
            minute = max(peak // MINUTE, min(self._tallies))
            if minute in self._tallies:
                self._tallies[minute].lifts += 1

    def finish(self) -> list[Saying]:
        """Return all minutes not yet told, and start afresh."""
        self._bent_back = False
        return [self._saying(key) for key in list(self._tallies)]

    def _saying(self, minute: int) -> Saying:
        tally = self._tallies.pop(minute)
        return lambda: [self._told(tally)]

    def _told(self, tally: _Tally) -> Minute:
        wearer = self._wearer
        is_flexion_known = tells_flexion(wearer.calibration)
        is_half_known = is_flexion_known and self._half_deg is not None
        seconds = {state: float(count) for state, count in tally.postures.items()}
        return wearer.states(
            Minute,
            tally.first_sample,
            tally.end_sample - 1,
            start=wearer.utc_text(tally.first_sample),
            end=wearer.utc_text(tally.end_sample),
            lying_s=seconds.get("lying", 0.0),
            sitting_s=seconds.get("sitting", 0.0),
            standing_s=seconds.get("standing", 0.0),
            walking_s=seconds.get("walking", 0.0),
            not_worn_s=seconds.get("not_worn", 0.0),
            steps=tally.steps,
            lifts=tally.lifts,
            tilt_hist_s=(tally.tilt / RATE_HZ).tolist(),
            velocity_hist_s=(tally.speed / RATE_HZ).tolist(),
            lumbar_over_half_s=tally.over_half / RATE_HZ if is_half_known else None,
            standing_extension_s=float(tally.extension_s) if is_flexion_known else None,
            back_bends=tally.back_bends if is_flexion_known else None,
            slumped_s=float(tally.slumped_s) if tells_slump(wearer.calibration) else None,
        )

    def state(self) -> ExposureState:
        """Return what :meth:`restore` needs to go on exactly from here."""
        return ExposureState(_copied(self._tallies), self._bent_back)

    def restore(self, state: ExposureState) -> None:
        """Go on from `state`."""
        self._tallies, self._bent_back = _copied(state.tallies), state.bent_back


def _copied(tallies: dict[int, _Tally]) -> dict[int, _Tally]:
    return {minute: replace(tally, postures=dict(tally.postures)) for minute, tally in tallies.items()}


def _half(calibration: Calibration) -> float | None:
    return None if calibration.lumbar_range_deg is None else 0.5 * calibration.lumbar_range_deg


def _histograms(motion: Motion) -> tuple[IntArray, IntArray]:
    """Return how many samples of each minute are in each bin of tilt, and of speed; (minutes, bins) each.

    Both bins of a sample are one number. A body holds it for a while, so runs of it are counted, by length.
    """
    kind = _bins(motion.kept(Row.SPEED_DPS), 20, _SPEED_BINS)
    kind *= _TILT_BINS
    kind += _bins(motion.kept(Row.BEND_DEG) - TILT_EDGES_DEG[0], 5, _TILT_BINS)
    first, count = motion.first_sample, len(motion)
    is_begun = np.empty(count, dtype=np.bool_)
    np.not_equal(kind[1:], kind[:-1], out=is_begun[1:])
    is_begun[0] = is_begun[-first % MINUTE :: MINUTE] = True
    begun = np.flatnonzero(is_begun)
    length = np.empty_like(begun)
    np.subtract(begun[1:], begun[:-1], out=length[:-1])
    length[-1] = count - begun[-1]
    minute = (first + begun) // MINUTE - first // MINUTE
    shape = int(minute[-1]) + 1, _SPEED_BINS, _TILT_BINS
    place = minute * (_SPEED_BINS * _TILT_BINS) + kind[begun]
    samples = np.bincount(place, weights=length, minlength=math.prod(shape))
    by_minute = samples.astype(np.int64).reshape(shape)
    return by_minute.sum(axis=1), by_minute.sum(axis=2)


def _bins(values: AnyFloatArray, width: int, bins: int) -> NDArray[np.int32]:
    """Return the bin of each value, the first one from 0 on; those beyond count in the outermost."""
    # Whole numbers are divided faster, and with the same result.
    place = values.astype(np.int32)
    place //= width
    return place.clip(0, bins - 1, out=place)
