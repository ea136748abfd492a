"""All that is true of one scenario."""

from dataclasses import dataclass

import numpy as np

from firmware_sim.person.anatomy import Mounting
from firmware_sim.person.script import Deed, Slip, Snack
from firmware_sim.scenarios import Scenario
from firmware_sim.truth import day as true_day
from firmware_sim.truth.angles import Carrier, angles_at, angles_between, lumbar_range_deg
from firmware_sim.truth.day import AlertDue, SittingBout, Span, Transition, TrueWalk
from firmware_sim.truth.lifts import TrueLift, true_lifts
from firmware_sim.truth.minutes import TrueMinute, minutes
from firmware_sim.truth.strategy import own_limits

_TEMPLATE_POINTS = 101


@dataclass(frozen=True, slots=True)
class TrueCalibration:
    """What a perfect calibration would find."""

    start_s: float
    end_s: float
    mounting: Mounting
    neutral_pelvis_deg: float
    neutral_lumbar_deg: float
    """Median of the guided stands, sway and all, from where the angles have their zero."""
    lumbar_range_deg: float
    sit_deg: float
    slump_deg: float
    """Pelvis tilts."""
    template_pelvis_deg: tuple[float, ...]
    template_trunk_deg: tuple[float, ...]
    """The mean dowel hinge at equal steps."""
    hip_share: float
    hip_range_pct: float
    """The person's own gates from the dowel hinges (CLINICAL.md B2)."""


@dataclass(frozen=True, slots=True)
class Truth:
    """What the simulated person did; seconds from the scenario's time zero."""

    duration_s: float
    lifts: tuple[TrueLift, ...]
    """Those of the calibration too; see `context`. All else begins with the day, after the calibration."""
    spans: tuple[Span, ...]
    sitting: tuple[SittingBout, ...]
    transitions: tuple[Transition, ...]
    walks: tuple[TrueWalk, ...]
    snacks: tuple[Snack, ...]
    minutes: tuple[TrueMinute, ...]
    alerts: tuple[AlertDue, ...]
    calibration: TrueCalibration | None
    deeds: tuple[Deed, ...]
    """What could be taken for a lift and is none; plain sitting down and getting up is in `transitions`."""
    slips: tuple[Slip, ...]


def truth_of(scenario: Scenario, carrier: Carrier = "bone") -> Truth:
    """Return all that is true of a scenario.

    Lifts and calibration are told by the angles of `carrier`, all else by the bones'.
    """
    lifts = tuple(true_lifts(scenario, carrier))
    spans = true_day.spans(scenario)
    return Truth(
        duration_s=scenario.duration_s,
        lifts=lifts,
        spans=spans,
        sitting=tuple(true_day.sitting_bouts(scenario, spans)),
        transitions=tuple(true_day.transitions(scenario)),
        walks=tuple(true_day.walks(scenario)),
        snacks=scenario.script.snacks,
        minutes=tuple(minutes(scenario, spans, lifts)),
        alerts=tuple(true_day.alerts_due(scenario, spans)),
        calibration=_calibration(scenario, lifts, carrier),
        deeds=scenario.script.deeds,
        slips=scenario.script.slips,
    )


def _calibration(scenario: Scenario, lifts: tuple[TrueLift, ...], carrier: Carrier) -> TrueCalibration | None:
    phases = scenario.script.phases
    if not phases:
        return None
    asked = [phase for phase in phases if phase.kind == "dowel_hinge"]
    hinges = [lift for lift in lifts if any(p.start_s <= lift.peak_s < p.end_s for p in asked)]
    curves = [
        angles_at(scenario, np.linspace(hinge.start_s, hinge.end_s, _TEMPLATE_POINTS), carrier)
        for hinge in hinges
    ]
    stands = [
        angles_between(scenario, phase.start_s, phase.end_s, carrier)
        for phase in phases
        if phase.kind == "stand"
    ]
    limits = own_limits([(hinge.share, hinge.range_pct) for hinge in hinges])
    return TrueCalibration(
        start_s=phases[0].start_s,
        end_s=phases[-1].end_s,
        mounting=scenario.mounting,
        neutral_pelvis_deg=float(np.median([np.mean(stand.pelvis_deg) for stand in stands])),
        neutral_lumbar_deg=float(np.median([np.mean(stand.lumbar_deg) for stand in stands])),
        lumbar_range_deg=lumbar_range_deg(scenario, carrier),
        sit_deg=scenario.anatomy.sit_pelvis_deg,
        slump_deg=scenario.anatomy.slump_pelvis_deg,
        template_pelvis_deg=tuple(np.mean([curve.pelvis_deg for curve in curves], axis=0).tolist()),
        template_trunk_deg=tuple(np.mean([curve.trunk_deg for curve in curves], axis=0).tolist()),
        hip_share=limits.share,
        hip_range_pct=limits.range_pct,
    )
