"""What a simulated person was doing, in words that tables are grouped by."""

from firmware_sim.person.script import LiftPlan, Script
from tests.accuracy_study.matching import Span

_LONG_HOLD_S = 3.0


def traits(plan: LiftPlan) -> tuple[str, ...]:
    """Return what is special about a lift; "plain" if nothing is."""
    special = {
        "upright squat": plan.kind == "upright_squat",
        "held at the bottom": plan.hold_s >= _LONG_HOLD_S,
        "hesitant": bool(plan.halts or plan.rise_halts),
        "regripped": bool(plan.regrips),
        "turning": abs(plan.turn_deg) > 0.0,
        "next one before standing up": plan.rise_to > 0.0,
        "twisted or sideways": max(abs(plan.twist_deg), abs(plan.side_deg)) > 10.0,
    }
    return tuple(name for name, holds in special.items() if holds) or ("plain",)


def doings(script: Script) -> list[tuple[str, Span]]:
    """Return all that was done in the day and is no lift, in order of time."""
    done = [(f"{move.style} {move.kind}", Span(move.start_s, move.end_s)) for move in script.seat_moves]
    done += [(deed.kind, Span(deed.start_s, deed.end_s)) for deed in script.deeds]
    done += [("walk", Span(walk.start_s, walk.end_s)) for walk in script.walks]
    return sorted(
        ((name, span) for name, span in done if span.start_s >= script.day_start_s),
        key=lambda one: one[1].start_s,
    )
