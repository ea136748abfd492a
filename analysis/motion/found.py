"""A calibration without a routine: neutral posture and forward direction as the data happen to show them.

Neutral: people walk upright, so a quiet posture near the one of walking is a stand. Where nobody walks it is
the quiet posture to which most bends return (ties: the one held longest); where nobody is quiet, the average
posture.

Forward, for each pod by itself (:mod:`analysis.motion.forward`): bends show it best, then walking, then
smaller leans. Where bends and walking contradict each other, several bends are believed, and one or two (of
someone who leans back in a car, say) are not. What little is shown is taken only if it says that the pod is
worn straight or back to front, and of two pods the one that shows less goes by the other, since both lean
together most of the time. Where nothing shows it, the clearer of the slightest lean and the faintest trace of
walking decides between front and back, so that a pod worn the other way round gives the same result; without
any it is taken to be put on the right way round. Either is said, because then forward may be backward.

There is no personal range, so the share alone decides, and quality is low: someone who only sat gets the seat
for a neutral posture.
"""

from dataclasses import dataclass, field

import numpy as np

from analysis.motion.block import BoolArray, FloatArray
from analysis.motion.excursions import ExcursionParams, excursions
from analysis.motion.forward import ForwardParams, left_by_leaning, left_by_walking
from analysis.motion.mounting import Mounting, away_deg, facing, median_up, mounting, tilts_deg
from analysis.motion.rotation import Z_AXIS, Matrix, Vector, angle_deg, cross, dot, unit
from analysis.motion.watch import THIN_HZ, Seen, runs

_PER_SECOND = round(THIN_HZ)
NO_ROUTINE = "There was no complete calibration routine; the posture was found in the movement itself."
NO_FORWARD = (
    "Nothing shows which way the strip faces, so it is taken to be the right way round: "
    "forward may be backward."
)
LITTLE_FORWARD = "Only small leans show which way is forward."
TWO_FORWARDS = "Bends and walking disagree on which way is forward."
NO_QUIET = "There was no quiet moment, so the average posture is taken as neutral."
NO_STAND = "There was no quiet stand, so the posture of walking is taken as neutral."


@dataclass(frozen=True, slots=True)
class FoundParams:
    """Where to look, and what it is worth."""

    quiet_s: int = 3
    """Shortest quiet posture, s [ours]."""
    same_deg: float = 8.0
    """Quiet seconds within this angle are one posture, deg [ours]."""
    walked_s: int = 5
    """Least walking that shows the upright posture, s [ours]."""
    walking_deg: float = 15.0
    """A stand is within this angle of the posture of walking, deg [ours]: a seat turns the pelvis by 18 and
    the lumbar spine by another 17 (CLINICAL.md B5), a walker leans by 3."""
    bends: int = 3
    """So many bends are believed against walking [ours]."""
    agree_deg: float = 60.0
    """Directions within this angle agree, deg [ours]."""
    nominal_deg: float = 45.0
    """What one or two bends or smaller leans show is believed within this angle of the pod's own x axis,
    either way round, deg [ours]: people also lean and lie down sideways. As far from the pod's own z axis a
    posture without bends or walking counts as lying, not as a pod on its side."""
    quality: float = 0.5
    """With bends or walking, 1 [ours]."""
    quality_leaning: float = 0.4
    """With smaller leans, 1 [ours]."""
    quality_guessed: float = 0.3
    """With no or contradictory signs of what is forward, 1 [ours]."""
    excursion: ExcursionParams = field(default_factory=ExcursionParams)
    forward: ForwardParams = field(default_factory=ForwardParams)
    hint: ForwardParams = field(
        default_factory=lambda: ForwardParams(
            walk_strength=0.0, lean_s=60, lean_deg=6.0, upright_deg=80.0, lean_strength=0.0
        )
    )
    """The least that walking or leans may show to tell front from back where nothing better does [ours]."""


@dataclass(frozen=True, slots=True)
class Found:
    """Frames of the pods that are there, what they are worth and why.

    Attributes
    ----------
    lower, upper
        Rotations pod axes -> body frame; None: no such pod.
    quality, reasons
        As in the calibration's event.
    bends
        The bends they were found by, indices of the 20 Hz grid, one row (start, end) each.
    """

    lower: Matrix | None
    upper: Matrix | None
    quality: float
    reasons: list[str]
    bends: list[tuple[int, int]]


@dataclass(frozen=True, slots=True)
class _Neutral:
    up: dict[str, Vector]
    bends: list[tuple[int, int]]
    reasons: list[str]


def find_posture(seen: Seen, params: FoundParams) -> Found:
    """Return the best neutral posture and mounting in what was seen (at least one second)."""
    neutral = _neutral(seen, params)
    frames, worth, reasons = {}, {}, [NO_ROUTINE, *neutral.reasons]
    for name in seen.pods:
        found, quality, reason = _mounting(name, seen, neutral, params)
        frames[name], worth[name] = found.matrix, quality
        if reason is not None and reason not in reasons:
            reasons.append(reason)
    if len(frames) == 2:
        # What shows little by itself goes by the other pod; of two such the trunk's leans are clearer.
        doubtful = "lower" if worth["lower"] <= worth["upper"] else "upper"
        if worth[doubtful] < params.quality and _lean_apart(seen, frames):
            frames[doubtful] = _back_to_front(frames[doubtful])
    return Found(frames.get("lower"), frames.get("upper"), min(worth.values()), reasons, neutral.bends)


def _lean_apart(seen: Seen, frames: dict[str, Matrix]) -> bool:
    lower, upper = (
        np.sin(np.radians(tilts_deg(frames[pod], seen.pods[pod].up))) for pod in ("lower", "upper")
    )
    return float((lower * upper).sum()) < 0.0


def _back_to_front(frame: Matrix) -> Matrix:
    (a, b, c), (d, e, f), up = frame
    return (-a, -b, -c), (-d, -e, -f), up


def _neutral(seen: Seen, params: FoundParams) -> _Neutral:
    ups = {name: pod.up for name, pod in seen.pods.items()}
    walked = seen.sampled_walked
    walking = None
    if walked.sum() >= params.walked_s * THIN_HZ:
        walking = {name: median_up(up[:, walked]) for name, up in ups.items()}
    best: tuple[tuple[int, float], dict[str, Vector], BoolArray] | None = None
    still_ups = {name: up[:, seen.sampled_still] for name, up in ups.items()}
    for start, end in runs(seen.still, params.quiet_s):
        span = slice(start * _PER_SECOND, end * _PER_SECOND)
        here = {name: median_up(up[:, span]) for name, up in ups.items()}
        if walking is not None and _apart_deg(here, walking) > params.walking_deg:
            continue
        # Where somebody walks, bends do not decide.
        bends = len(_bends(seen, here, params)) if walking is None else 0
        if walking is None and not bends and any(_is_lying(up, params) for up in here.values()):
            continue
        away = [away_deg(here[name], up) for name, up in still_ups.items()]
        near = np.maximum.reduce(away) < params.same_deg
        rank = (bends, float(near.sum()))
        if best is None or rank > best[0]:
            best = (rank, here, near)
    if best is not None:
        _, here, near = best
        settled = {name: median_up(up[:, near]) for name, up in still_ups.items()}
        return _Neutral(settled, _bends(seen, here, params), [])
    if walking is not None:
        return _Neutral(walking, _bends(seen, walking, params), [NO_STAND])
    # Bends from an average posture would be anything.
    return _Neutral({name: _average(up, params) for name, up in ups.items()}, [], [NO_QUIET])


def _bends(seen: Seen, neutral: dict[str, Vector], params: FoundParams) -> list[tuple[int, int]]:
    return [(bend.start, bend.end) for bend in excursions(seen, neutral, params.excursion)]


def _average(up: FloatArray, params: FoundParams) -> Vector:
    """Return the average posture, of the upright samples if there are any; while lying, the pod's own up."""
    upright = away_deg(Z_AXIS, up) <= params.nominal_deg
    average = median_up(up[:, upright] if upright.sum() >= _PER_SECOND else up)
    return Z_AXIS if _is_lying(average, params) else average


def _is_lying(up: Vector, params: FoundParams) -> bool:
    """Return whether the pod's own z axis is nearer to level than to up or down."""
    return params.nominal_deg < angle_deg(up, Z_AXIS) < 180.0 - params.nominal_deg


def _apart_deg(a: dict[str, Vector], b: dict[str, Vector]) -> float:
    return max(angle_deg(a[pod], b[pod]) for pod in a)


def _mounting(
    name: str, seen: Seen, neutral: _Neutral, params: FoundParams
) -> tuple[Mounting, float, str | None]:
    """Return a pod's mounting, what it is worth and, where that is little, why."""
    pod, up = seen.pods[name], neutral.up[name]
    walking = left_by_walking(pod, seen.sampled_walked, up, params.forward)
    by_walking = None if walking is None else facing(up, walking.direction)
    by_bends = None
    if neutral.bends:
        by_bends = mounting(up, np.concatenate([pod.up[:, a:b] for a, b in neutral.bends], axis=1))
    has_many = len(neutral.bends) >= params.bends
    if by_bends is not None and by_walking is not None:
        if angle_deg(by_bends.matrix[0], by_walking.matrix[0]) <= params.agree_deg:
            return by_bends, params.quality, None
        return by_bends if has_many else by_walking, params.quality_guessed, TWO_FORWARDS
    nominal = _nominal(up)
    if by_walking is not None:
        return by_walking, params.quality, None
    if by_bends is not None and (has_many or _is_along(by_bends, nominal, params)):
        return by_bends, params.quality, None
    leaning = left_by_leaning(pod, seen, up, params.forward)
    by_leaning = None if leaning is None else facing(up, leaning.direction)
    if by_leaning is not None and _is_along(by_leaning, nominal, params):
        return by_leaning, params.quality_leaning, LITTLE_FORWARD
    # Too little to say it is so, yet more than which way round the pod's own axes happen to point.
    hints = (
        left_by_walking(pod, seen.sampled_walked, up, params.hint),
        left_by_leaning(pod, seen, up, params.hint),
    )
    hint = max((one for one in hints if one is not None), key=lambda one: one.strength, default=None)
    if hint is not None and dot(hint.direction, nominal.matrix[1]) < 0.0:
        nominal = Mounting(_back_to_front(nominal.matrix))
    return nominal, params.quality_guessed, NO_FORWARD


def _is_along(found: Mounting, nominal: Mounting, params: FoundParams) -> bool:
    """Return whether what was found is the pod's own forward axis, either way round."""
    apart_deg = angle_deg(found.matrix[0], nominal.matrix[0])
    return min(apart_deg, 180.0 - apart_deg) <= params.nominal_deg


def _nominal(neutral: Vector) -> Mounting:
    """Return the mounting that keeps the pod's own x axis forward as far as the neutral posture lets it."""
    left = cross(neutral, (1.0, 0.0, 0.0))
    y_axis = unit(left) if max(map(abs, left)) > 1e-6 else (0.0, 1.0, 0.0)
    return Mounting((cross(y_axis, neutral), y_axis, neutral))
