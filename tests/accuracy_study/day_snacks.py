"""How the movement snacks of a simulated day are told.

A snack is found if a told one shares half of the longer of the two with it; a told one that does not is
false. A part is in its place if both its ends are within 5 s of the true ones and it is of the true kind. Of
the bouts of sitting that a snack directly followed, those that were told are judged by what they say ended
them.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from analysis.events.day import Sitting
from analysis.events.event import Derived
from analysis.events.movement import Snack
from analysis.motion.block import RATE_HZ
from firmware_sim.person.script import Snack as TrueSnack
from firmware_sim.scenarios import Scenario
from firmware_sim.truth import day as true_day
from tests.accuracy_study.matching import Span, match

_OFF_S = 5.0


@dataclass(frozen=True, slots=True)
class SnackScore:
    """How the snacks of a day were told.

    Attributes
    ----------
    counts
        Found and right, found only, true only.
    parts
        Of each part of a found snack, whether it is in its place.
    ends
        Of each bout of sitting that a snack directly followed, whether its event says so.
    missed, false
        When.
    """

    counts: tuple[int, int, int]
    parts: tuple[bool, ...]
    ends: tuple[bool, ...]
    missed: tuple[Span, ...]
    false: tuple[Span, ...]


def snack_score(life: Scenario, events: Sequence[Derived]) -> SnackScore:
    """Return how the snacks of a day were told."""
    true, told = life.script.snacks, [event for event in events if isinstance(event, Snack)]
    true_spans, told_spans = [Span(one.start_s, one.end_s) for one in true], [span_of(one) for one in told]
    matches = match(true_spans, told_spans)
    return SnackScore(
        (len(matches.pairs), len(matches.extra), len(matches.missed)),
        tuple(is_placed for i, j in matches.pairs for is_placed in _placed(true[i], told[j])),
        tuple(_ends(life, [event for event in events if isinstance(event, Sitting)])),
        tuple(true_spans[i] for i in matches.missed),
        tuple(told_spans[j] for j in matches.extra),
    )


def span_of(event: Derived) -> Span:
    """Return where an event is, s from the scenario's time zero."""
    return Span(event.first_sample / RATE_HZ, (event.last_sample + 1) / RATE_HZ)


def _placed(true: TrueSnack, told: Snack) -> list[bool]:
    start_s = span_of(told).start_s
    by_kind = {part.kind: part for part in told.parts}
    placed = []
    for part in true.parts:
        one = by_kind[part.kind]
        at_s = start_s + one.after_s
        off_s = max(abs(at_s - part.start_s), abs(at_s + one.duration_s - part.end_s))
        placed.append(off_s <= _OFF_S)
    return placed


def _ends(life: Scenario, told: Sequence[Sitting]) -> list[bool]:
    spans, said = true_day.spans(life), []
    for i, span in enumerate(spans[:-1]):
        if span.state == "sitting" and true_day.ended_by(life, span, spans[i + 1 :]) == "snack":
            one = [event for event in told if span_of(event).meets(Span(span.start_s, span.end_s))]
            if one:
                said.append(one[-1].ended_by == "snack")
    return said
