"""The guided calibration, found in the samples without hints about its phases (CLINICAL.md B2).

Stand quietly three times, walk a little, bend fully three times, hinge five times along a dowel, sit as
usual, slump. The search tries each quiet posture as the neutral one and takes the first that the rest of the
routine fits: stands in it, a series of bends that return to it, then a quiet seat elsewhere. From these come

- each pod's mounting and neutral posture (:mod:`analysis.motion.mounting`), the median over all stands, those
  between two bends as well: no one stands twice alike, and three stands are few;
- the lumbar range: the middle one of the three largest flexions, whatever the order of bends and hinges;
- the hip-led gates: mean + 2 SD of the hinges' share and range used, within CLINICAL.md's clips; and their
  mean curve;
- pelvis tilt of the usual sit and of the slump.

Extra steps, pauses and repetitions do no harm, nor does one missing; full bends and hinges that come mixed
are chores, and no routine. A routine that cannot be used is rejected with what to do about it. The walk is
not needed: bends show the forward direction better. Works badly where the patient holds on to something that
moves.
"""

import itertools
from dataclasses import dataclass, field

import numpy as np

from analysis.events.calibration import Gates, Template
from analysis.motion.block import FloatArray
from analysis.motion.calibration import DEFAULT_GATES, NO_TEMPLATE
from analysis.motion.excursions import Excursion, ExcursionParams, excursions
from analysis.motion.median import median
from analysis.motion.mounting import away_deg, median_up, medians_up, middle_up, mounting, tilts_deg
from analysis.motion.rotation import Matrix, Vector, angle_deg
from analysis.motion.watch import THIN_HZ, Seen, runs

_PER_SECOND = round(THIN_HZ)
_TEMPLATE_POINTS = 40

RANGE_SMALL = "Your full bends were very small. Please bend forward as far as is comfortable, and try again."
RANGE_LARGE = (
    "Your full bends were larger than a back can bend: the strip may have slipped. Please fit it again."
)
MOVED = "You moved while standing still: please try again."
SWAPPED = (
    "The two pods seem to be swapped: the upper one belongs above the waist, the lower one on the sacrum. "
    "Please change them and try again."
)
NO_HINGES = "The dowel hinges were not clear; usual limits are used for hip-led bends."
NO_SEAT = "There was no quiet sit and slump; usual values are used for sitting."
VARIED = "Your stands differed a little from each other; the middle one is taken."


@dataclass(frozen=True, slots=True)
class RoutineParams:
    """What makes a routine."""

    stand_s: int = 3
    """Shortest quiet stand, s (of the 5 s asked for, CLINICAL.md B2)."""
    stands: int = 3
    """How many (CLINICAL.md B2)."""
    pause_stand_s: float = 0.6
    """The calmest part of a pause between bends, s [ours]: people stand there, but not for long."""
    calm_deg: float = 1.5
    """No stand if either pod is then farther from its mean, deg [ours]: sway is below 1."""
    same_deg: float = 10.0
    """Stands within this angle are one posture, deg [ours]: people stand differently each time (29 % change
    their lordosis by a fifth, CLINICAL.md B1), but a seat is 15 away."""
    tried_deg: float = 3.0
    """Postures within this angle need not both be tried as the neutral one, deg [ours]."""
    steady_deg: float = 3.0
    """A larger median distance of the stands from their middle costs quality, deg [ours]."""
    unsteady_deg: float = 7.0
    """With a larger one the stands are no stands, deg [ours]."""
    bends: int = 3
    """Full bends (CLINICAL.md B2)."""
    least_bends: int = 5
    """Fewer bends and hinges together are no routine [ours]."""
    most_bends: int = 10
    """Later ones are no part of it any more [ours]."""
    pause_s: float = 25.0
    """Longest pause between two bends of a routine, s [ours]."""
    hinges: int = 5
    """Dowel hinges asked for (CLINICAL.md B2)."""
    least_hinges: int = 3
    """Fewer give no gates [ours]."""
    hinge_part: float = 0.75
    """A hinge uses less than this part of the range, 1 [ours]."""
    sit_s: int = 15
    """Shortest quiet sit, s (of the 30 s asked for)."""
    slump_s: int = 8
    """Quiet slump that completes the routine, s (of the 10 s asked for)."""
    seat_deg: float = 8.0
    """A seat turns the pelvis at least so far from the stand, deg (CLINICAL.md B5: less tells nothing)."""
    slump_deg: float = 4.0
    """A slump differs from the usual sit by this at either pod, deg [ours]."""
    patience_s: int = 90
    """A routine whose seat does not come within this time of the last bend is taken without, s [ours]."""
    range_deg: tuple[float, float] = (20.0, 85.0)
    """Believable lumbar range, deg (CLINICAL.md B2)."""
    share_clip: tuple[float, float] = (0.25, 0.45)
    """Clip of the share gate, 1 (CLINICAL.md B2)."""
    pct_clip: tuple[float, float] = (30.0, 60.0)
    """Clip of the range gate, % (CLINICAL.md B2)."""
    excursion: ExcursionParams = field(default_factory=ExcursionParams)


@dataclass(frozen=True, slots=True)
class Routine:
    """What a routine yielded; `rejected` is why it cannot be used."""

    lower: Matrix
    upper: Matrix
    lumbar_range_deg: float
    sit_deg: float | None
    slump_deg: float | None
    template: Template
    gates: Gates
    quality: float
    reasons: list[str]
    rejected: str | None

    @property
    def is_complete(self) -> bool:
        """Whether nothing is missing, so that it was hardly something else."""
        return self.rejected is None and self.sit_deg is not None and bool(self.template.trunk_deg)


@dataclass(frozen=True, slots=True)
class _Seat:
    sit: tuple[int, int]
    slump: tuple[int, int]


def find_routine(seen: Seen, params: RoutineParams) -> Routine | None:
    """Return the routine if it is complete in what was seen; None if it is not (yet). Needs both pods."""
    if seen.lower is None or seen.upper is None:
        return None
    quiet = _quiet_postures(seen, params)
    candidates = [here for _, here in quiet]
    # Someone who never stood still is told so; the usual posture will do for that.
    candidates.append(posture(seen, slice(0, params.patience_s * _PER_SECOND)))
    tried: list[dict[str, Vector]] = []
    rejected: Routine | None = None
    for first in candidates:
        if any(are_within(first, other, params.tried_deg) for other in tried):
            continue
        tried.append(first)
        found = _with_neutral(seen, first, quiet, params)
        if found is not None and found.rejected is None:
            return found
        rejected = rejected or found
    return rejected


def quiet_stands(seen: Seen, params: RoutineParams) -> list[tuple[int, int]]:
    """Return quiet seconds in pieces of a stand's length: between stands people may stand still too."""
    return [
        (piece, piece + params.stand_s)
        for start, end in runs(seen.still, params.stand_s)
        for piece in range(start, end - params.stand_s + 1, params.stand_s)
    ]


def _quiet_postures(seen: Seen, params: RoutineParams) -> list[tuple[int, dict[str, Vector]]]:
    """Return the posture of every quiet stand and the second after it."""
    stands = np.array(quiet_stands(seen, params), dtype=np.int64).reshape(-1, 2)
    samples = stands[:, :1] * _PER_SECOND + np.arange(params.stand_s * _PER_SECOND)
    ups = {name: medians_up(pod.up[:, samples]) for name, pod in seen.pods.items()}
    postures = [dict(zip(ups, here, strict=True)) for here in zip(*ups.values(), strict=True)]
    return list(zip(stands[:, 1].tolist(), postures, strict=True))


def posture(seen: Seen, span: slice) -> dict[str, Vector]:
    """Return each pod's up direction in a stretch of the 20 Hz grid."""
    return {name: median_up(pod.up[:, span]) for name, pod in seen.pods.items()}


def are_within(a: dict[str, Vector], b: dict[str, Vector], deg: float) -> bool:
    """Return whether two postures differ by less than `deg` at each pod."""
    return all(angle_deg(a[pod], b[pod]) < deg for pod in a)


def _series(bends: list[Excursion], params: RoutineParams) -> list[Excursion]:
    """Return the first series of enough bends without long pauses; empty if there is none."""
    series: list[Excursion] = []
    for bend in bends:
        if series and bend.start - series[-1].end > params.pause_s * THIN_HZ:
            if len(series) >= params.least_bends:
                break
            series = []
        series.append(bend)
    return series[: params.most_bends] if len(series) >= params.least_bends else []


def _with_neutral(
    seen: Seen, first: dict[str, Vector], quiet: list[tuple[int, dict[str, Vector]]], params: RoutineParams
) -> Routine | None:
    bends = _series(excursions(seen, first, params.excursion), params)
    if not bends:
        return None
    seat = _seat(seen, first, bends[-1], params)
    waited_s = seen.still.shape[0] - bends[-1].end / THIN_HZ
    if seat is None and waited_s < params.patience_s:
        return None
    stands = [
        stand
        for end, stand in quiet
        if end * _PER_SECOND <= bends[-1].start and are_within(stand, first, params.same_deg)
    ]
    if seat is None:
        bends = bends[: params.bends + params.hinges]
    neutral, spread_deg = first, np.inf
    if len(stands) >= params.stands:
        asked = {pod: np.array([stand[pod] for stand in stands]).T for pod in first}
        middle = {pod: median_up(ups) for pod, ups in asked.items()}
        spread_deg = max(median(away_deg(middle[pod], ups)) for pod, ups in asked.items())
        # Those asked for are longer, and nothing still swings after a bend.
        stands = stands * params.stand_s
        stands += [one for one in _between(seen, bends, params) if are_within(one, middle, params.same_deg)]
        neutral = {pod: middle_up(np.array([stand[pod] for stand in stands]).T) for pod in first}
    frames, tilts = {}, {}
    for name, pod in seen.pods.items():
        bent = np.concatenate([pod.up[:, bend.start : bend.end] for bend in bends], axis=1)
        found = mounting(neutral[name], bent)
        if found is None:
            return None
        frames[name] = found.matrix
        tilts[name] = tilts_deg(found.matrix, pod.up)
    return _measured(frames, tilts["lower"], tilts["upper"], bends, seat, spread_deg, params)


def _between(seen: Seen, bends: list[Excursion], params: RoutineParams) -> list[dict[str, Vector]]:
    """Return how the patient stood between two bends: the calmest moment of each pause that has one."""
    width = round(params.pause_stand_s * THIN_HZ)
    stands = []
    for before, after in itertools.pairwise(bends):
        if after.start - before.end < width:
            continue
        windows = {
            name: np.lib.stride_tricks.sliding_window_view(pod.up[:, before.end : after.start], width, axis=1)
            for name, pod in seen.pods.items()
        }
        restless = np.maximum.reduce([_spread(ups) for ups in windows.values()])
        calmest = int(np.argmin(restless))
        if restless[calmest] <= np.radians(params.calm_deg):
            stands.append({name: median_up(ups[:, calmest]) for name, ups in windows.items()})
    return stands


def _spread(windows: FloatArray) -> FloatArray:
    """Return how far the up vectors of each window, (3, windows, width), are from their mean."""
    off = windows - windows.mean(axis=2, keepdims=True)
    return np.asarray(np.sqrt((off * off).sum(axis=0)).max(axis=1))


def _seat(seen: Seen, neutral: dict[str, Vector], last: Excursion, params: RoutineParams) -> _Seat | None:
    """Return the quiet sit and the slump after the last bend, in samples of the 20 Hz grid.

    People may sink so slowly from the one into the other that they are still all the time.
    """
    after = -(-last.end // _PER_SECOND)
    sit: tuple[int, int] | None = None
    usual: dict[str, Vector] = {}
    for start, end in runs(seen.still[after:], params.slump_s):
        first, stop = after + start, after + end
        if sit is None:
            here = posture(seen, slice(first * _PER_SECOND, (first + params.sit_s) * _PER_SECOND))
            if end - start < params.sit_s or angle_deg(neutral["lower"], here["lower"]) < params.seat_deg:
                continue
            sit, usual = (first, first + params.sit_s), here
            first += params.sit_s
        # Steps of a second, and the first stretch that is all slumped.
        for second in range(first, stop - params.slump_s + 1):
            parts = [
                posture(seen, slice(at * _PER_SECOND, (at + params.slump_s // 2) * _PER_SECOND))
                for at in (second, second + params.slump_s - params.slump_s // 2)
            ]
            if all(
                max(angle_deg(usual[pod], part[pod]) for pod in usual) >= params.slump_deg for part in parts
            ):
                slump = (second * _PER_SECOND, stop * _PER_SECOND)
                return _Seat((sit[0] * _PER_SECOND, sit[1] * _PER_SECOND), slump)
    return None


def _is_in_order(flexions: list[float], range_deg: float, params: RoutineParams) -> bool:
    """Return whether full bends and hinges come in turn, not mixed as in a day's chores."""
    is_full = [flexion >= params.hinge_part * range_deg for flexion in flexions]
    turns = sum(one != other for one, other in itertools.pairwise(is_full))
    return sum(is_full) >= params.bends - 1 and turns <= 1


def _measured(
    frames: dict[str, Matrix],
    pelvis: FloatArray,
    trunk: FloatArray,
    bends: list[Excursion],
    seat: _Seat | None,
    spread_deg: float,
    params: RoutineParams,
) -> Routine | None:
    lumbar = trunk - pelvis
    largest = [float(lumbar[bend.start : bend.end].max()) for bend in bends]
    smallest = [float(lumbar[bend.start : bend.end].min()) for bend in bends]
    range_deg = _full(largest, params)
    hinges = [
        bend for bend, flexion in zip(bends, largest, strict=True) if flexion < params.hinge_part * range_deg
    ][: params.hinges]
    reasons, quality = [], 1.0
    low, high = params.range_deg
    if range_deg >= low and not _is_in_order(largest, range_deg, params):
        return None
    rejected = None
    if _full([-flexion for flexion in smallest], params) > max(low, range_deg):
        rejected = SWAPPED
    elif spread_deg > params.unsteady_deg:
        rejected = MOVED
    elif not low <= range_deg <= high:
        rejected = RANGE_SMALL if range_deg < low else RANGE_LARGE
    gates, template = DEFAULT_GATES, NO_TEMPLATE
    if len(hinges) >= params.least_hinges and rejected is None:
        gates, template = _hinge(hinges, pelvis, trunk, range_deg, params)
    else:
        reasons.append(NO_HINGES)
        quality -= 0.1
    if seat is None:
        reasons.append(NO_SEAT)
        quality -= 0.1
    if spread_deg > params.steady_deg:
        reasons.append(VARIED)
        quality -= 0.1
    return Routine(
        frames["lower"],
        frames["upper"],
        range_deg,
        None if seat is None else median(pelvis[slice(*seat.sit)]),
        None if seat is None else median(pelvis[slice(*seat.slump)]),
        template,
        gates,
        quality,
        reasons,
        rejected,
    )


def _full(flexions: list[float], params: RoutineParams) -> float:
    """Return the flexion of a full bend: the middle one of the largest."""
    return median(sorted(flexions)[-params.bends :])


def _hinge(
    hinges: list[Excursion], pelvis: FloatArray, trunk: FloatArray, range_deg: float, params: RoutineParams
) -> tuple[Gates, Template]:
    shares, pcts, curves = [], [], []
    for hinge in hinges:
        span = slice(hinge.start, hinge.end)
        peak = int(np.argmax(trunk[span]))
        shares.append(1.0 - float(pelvis[span][peak] / trunk[span][peak]))
        pcts.append(100.0 * float((trunk[span] - pelvis[span]).max()) / range_deg)
        at = np.linspace(0.0, hinge.end - hinge.start - 1.0, _TEMPLATE_POINTS)
        index = np.arange(hinge.end - hinge.start)
        curves.append((np.interp(at, index, pelvis[span]), np.interp(at, index, trunk[span])))
    gates = Gates(
        hip_share=float(np.clip(np.mean(shares) + 2.0 * np.std(shares, ddof=1), *params.share_clip)),
        hip_range_pct=float(np.clip(np.mean(pcts) + 2.0 * np.std(pcts, ddof=1), *params.pct_clip)),
    )
    mean = np.mean(np.array(curves), axis=0)
    return gates, Template(pelvis_deg=mean[0].tolist(), trunk_deg=mean[1].tolist())
