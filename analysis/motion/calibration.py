"""Making calibrations: the event that says how the pods sit and what this back can do.

Three sources, from best to worst: the guided routine (:mod:`analysis.motion.routine`), what the data happen
to show (:mod:`analysis.motion.found`), and ``--aligned``: the file's axes are taken as the neutral posture.
Later a slip of the strip (:mod:`analysis.motion.slip`) renews the neutral posture.
"""

from typing import Final

from analysis.events.calibration import Calibration, Gates, Neutral, Template
from analysis.events.event import ALGORITHM, derived_id
from analysis.events.fields import utc_text
from analysis.motion.origin import Origin

DEFAULT_GATES: Final = Gates(hip_share=0.38, hip_range_pct=50.0)
"""Limits of a hip-led bend without the patient's own hinges (CLINICAL.md B2 [ours])."""
ALIGNED_QUALITY: Final = 0.6
"""Most that anything said without a personal range is worth (DESIGN.md section 5)."""
NO_TEMPLATE: Final = Template(pelvis_deg=[], trunk_deg=[])
_UP: Final = [0.0, 0.0, 1.0]
_IDENTITY: Final = [1.0, 0.0, 0.0, 0.0]


def aligned(origin: Origin, *, dual: bool, utc_ns: int | None = None) -> Calibration:
    """Return the calibration of a recording whose axes are the body frame of the neutral posture.

    Parameters
    ----------
    origin
        Whose samples they are.
    dual
        Whether there is an upper pod too.
    utc_ns
        From when on it holds, ns since 1970; None where nobody knows.
    """
    return calibration_event(
        origin,
        sample=0,
        utc_ns=(utc_ns, utc_ns),
        upper=(_IDENTITY, _UP) if dual else None,
        lower=(_IDENTITY, _UP),
        quality=ALIGNED_QUALITY,
        reasons=["The file's axes were taken as the neutral posture; there is no personal range."],
    )


def is_aligned(calibration: Calibration) -> bool:
    """Return whether a calibration only says that the pods' axes are the neutral posture."""
    quats = (calibration.mounting_upper_quat, calibration.mounting_lower_quat)
    neutral = (calibration.neutral.upper, calibration.neutral.lower)
    return all(quat in (None, _IDENTITY) for quat in quats) and all(up in (None, _UP) for up in neutral)


def renewed(
    calibration: Calibration,
    origin: Origin,
    *,
    sample: int,
    start: str | None,
    valid_from: str | None,
    neutral: Neutral,
    quality: float,
    reasons: list[str],
) -> Calibration:
    """Return a calibration that follows another: the same back and mounting, another neutral posture.

    It holds from `sample` on; `start` and `valid_from` are as in :class:`Calibration`.
    """
    fields = {name: getattr(calibration, name) for name in calibration.model_fields_set}
    fresh = {
        "event_id": _event_id(origin, sample),
        "patient": origin.patient,
        "device": origin.device,
        "start": start,
        "end": valid_from,
        "valid_from": valid_from,
        "algorithm": ALGORITHM,
        "neutral": neutral,
        "quality": quality,
        "reasons": reasons,
    }
    return Calibration(**{**fields, **fresh})


def calibration_event(
    origin: Origin,
    *,
    sample: int,
    utc_ns: tuple[int | None, int | None],
    upper: tuple[list[float], list[float]] | None,
    lower: tuple[list[float], list[float]] | None,
    quality: float,
    reasons: list[str],
    lumbar_range_deg: float | None = None,
    sit_deg: float | None = None,
    slump_deg: float | None = None,
    template: Template = NO_TEMPLATE,
    gates: Gates = DEFAULT_GATES,
    accepted: bool = True,
) -> Calibration:
    """Return a calibration event.

    Parameters
    ----------
    origin
        Whose samples they are.
    sample
        The first sample it holds for, which also names the event.
    utc_ns
        Start of the samples it was made from, and the instant from which it holds.
    upper, lower
        Mounting quaternion and neutral up vector of each pod; None: there is no such pod.
    """
    start, valid_from = (None if at is None else utc_text(at) for at in utc_ns)
    return Calibration(
        event_id=_event_id(origin, sample),
        patient=origin.patient,
        device=origin.device,
        start=start,
        end=valid_from,
        mode=None,
        algorithm=ALGORITHM,
        quality=quality,
        mounting_upper_quat=None if upper is None else upper[0],
        mounting_lower_quat=None if lower is None else lower[0],
        neutral=Neutral(
            upper=None if upper is None else upper[1],
            lower=None if lower is None else lower[1],
        ),
        lumbar_range_deg=lumbar_range_deg,
        sit_deg=sit_deg,
        slump_deg=slump_deg,
        template=template,
        gates=gates,
        valid_from=valid_from,
        accepted=accepted,
        reasons=reasons,
    )


def _event_id(origin: Origin, sample: int) -> str:
    return derived_id(
        origin.patient,
        origin.device,
        Calibration.topic_kind(),
        boot=origin.boot,
        first_sample=sample,
        revision=origin.revision,
    )
