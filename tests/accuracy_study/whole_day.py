"""One simulated day: core and break policy get the samples, and what they say is held against the truth.

The session starts as the live one does and watches for the guided routine from the first sample on; the
policy gets what the gateway gives it. "Single" is the same day without the upper pod.

The truth of a second is the posture at its middle. Dancing is beyond any sensor's and any dictionary's
"walking" or "standing": within it either word is right, and no step is counted on either side.

An alert is found if one of its level comes within 30 s of its due time, and false if none of its level was
due within five minutes; between the two it is missed but not false. The instant of an alert is that at which
the strip would vibrate: the second that raised it, and the delay with which the core tells its seconds.

True walks less than 3 s apart are one bout, and so are found ones; a stair's landing is that short. Bouts
count from 10 s on: a longer true one is found, and a longer found one is right, if the two share half of the
longer of them, however long the other is.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from analysis.care.breaks import BreakPolicy
from analysis.care.sitting import Moment
from analysis.events.day import PostureState
from analysis.events.fields import utc_ns
from analysis.events.movement import Snack, Walk
from analysis.motion.block import RATE_HZ, Block
from analysis.motion.origin import Origin
from analysis.motion.output import Output
from analysis.motion.session import Guided, Session
from firmware_sim.scenarios import Scenario
from firmware_sim.truth import day as true_day
from tests.accuracy_study.day_snacks import SnackScore, snack_score, span_of
from tests.accuracy_study.matching import Span, match
from tests.accuracy_study.person import blocks_of

Pods = Literal["dual", "single"]
MODES: tuple[Pods, ...] = get_args(Pods)
STATES: tuple[PostureState, ...] = get_args(PostureState)
UNKNOWN = len(STATES)
"""Place of a second of which nothing was said."""
ALERT_S, FAR_S = 30.0, 300.0
BOUT_S, _JOINED_S = 10.0, 3.0
_NS, _STEP_NS = 1_000_000_000, round(1e9 / RATE_HZ)
_START_NS = 1_767_261_600 * _NS
_SLOW_S, _PROBE_S = 30, 240
_SECOND = round(RATE_HZ)

Codes = NDArray[np.int8]


@dataclass(frozen=True, slots=True)
class Due:
    """One alert that was due, and how far off it came, s; None: not within five minutes."""

    level: str
    at_s: float
    error_s: float | None


@dataclass(frozen=True, slots=True)
class Told:
    """How one day was told in one mode. Times in s from the scenario's time zero.

    Attributes
    ----------
    accepted
        Whether the routine was accepted.
    delay_s
        How late the core tells a second.
    first
        The first second of the day, of which `true` and `found` hold one place in `STATES` each.
    by_pastime
        Seconds of the day by pastime, true and found posture.
    steps, true_steps
        Of the day, dancing left out.
    walks
        Found and right, found only, true only.
    """

    seed: int
    mode: Pods
    accepted: bool
    delay_s: float
    first: int
    true: Codes
    found: Codes
    by_pastime: Counter[tuple[str, str, str]]
    due: tuple[Due, ...]
    false_alerts: tuple[tuple[str, float], ...]
    steps: int
    true_steps: int
    walks: tuple[int, int, int]
    snacks: SnackScore
    missed_walks: tuple[tuple[str, Span], ...]
    false_walks: tuple[tuple[str, Span], ...]
    """With what was being done."""

    def minutes(self) -> list[tuple[int, int]]:
        """Return of each whole minute the posture that took most of it, true and found."""
        skip = -self.first % 60
        count = (len(self.true) - skip) // 60
        rows = (part[skip : skip + 60 * count].reshape(count, 60) for part in (self.true, self.found))
        true, found = ([int(np.bincount(row).argmax()) for row in table] for table in rows)
        return list(zip(true, found, strict=True))

    def seconds_of(self, state: PostureState) -> tuple[float, float]:
        """Return the time spent in a posture, true and found, s."""
        code = STATES.index(state)
        return float((self.true == code).sum()), float((self.found == code).sum())


def told(life: Scenario, raw: NDArray[np.int16], mode: Pods) -> Told:
    """Return how a day is told whose strip measures `raw`, (n, 12) from power-on."""
    outputs = list(_outputs(raw, mode))
    delay_s = _delay_s(outputs)
    seconds = [second for output in outputs for second in output.seconds]
    first, last = int(np.ceil(life.script.day_start_s)), int(life.duration_s)
    true = _true_codes(life, first, last)
    found = np.full(last - first, UNKNOWN, dtype=np.int8)
    steps = np.zeros(last - first, dtype=np.int64)
    for second in seconds:
        place = second.sample // _SECOND - first
        if 0 <= place < last - first:
            steps[place] = second.steps
            if second.state is not None:
                found[place] = STATES.index(second.state)
    doing = _doing(life, first, last)
    dancing = np.array([what == "dancing" for what in doing])
    upright = [STATES.index("standing"), STATES.index("walking")]
    either = dancing & np.isin(found, upright)
    true[either] = found[either]
    strikes = np.floor(true_day.steps_s(life)).astype(int) - first
    strikes = strikes[(strikes >= 0) & (strikes < last - first)]
    due, false_alerts = _alerts(life, outputs, delay_s)
    walks, missed, false = _walks(life, outputs, doing, first)
    return Told(
        seed=life.seed,
        mode=mode,
        accepted=any(
            one.accepted and one.sit_deg is not None for output in outputs for one in output.calibrations
        ),
        delay_s=delay_s,
        first=first,
        true=true,
        found=found,
        by_pastime=Counter(
            (what, STATES[t], "unknown" if f == UNKNOWN else STATES[f])
            for what, t, f in zip(doing, true.tolist(), found.tolist(), strict=True)
        ),
        due=due,
        false_alerts=false_alerts,
        steps=int(steps[~dancing].sum()),
        true_steps=int((~dancing[strikes]).sum()),
        walks=walks,
        snacks=snack_score(life, [event for output in outputs for event in output.events]),
        missed_walks=missed,
        false_walks=false,
    )


def _outputs(raw: NDArray[np.int16], mode: Pods) -> Iterator[Output]:
    """Yield what the core says: of some minutes of the day second by second, as it would live."""
    session = Session(Origin("study", "study", 0), Guided())
    for at, block in enumerate(blocks_of(raw)):
        utc = _START_NS + (block.first_sample + np.arange(len(block))) * _STEP_NS
        whole = replace(block, utc_ns=utc, upper=None if mode == "single" else block.upper)
        yield from (session.push(part) for part in _cut(whole, _SLOW_S <= at < _SLOW_S + _PROBE_S // 60))
    yield session.finish()


def _cut(block: Block, by_second: bool) -> list[Block]:
    if not by_second:
        return [block]
    return [block[at : at + _SECOND] for at in range(0, len(block), _SECOND)]


def _delay_s(outputs: Sequence[Output]) -> float:
    """Return how long after its end the last of the seconds came that were told second by second."""
    late = [
        (output.angles.first_sample + len(output.angles) - second.sample) / RATE_HZ - 1.0
        for output in outputs
        if len(output.angles) == _SECOND
        for second in output.seconds
    ]
    return max(late, default=0.0)


def _true_codes(life: Scenario, first: int, last: int) -> Codes:
    spans = true_day.spans(life)
    at = np.searchsorted([span.start_s for span in spans], np.arange(first, last) + 0.5, "right") - 1
    codes = np.array([STATES.index(span.state) for span in spans], dtype=np.int8)
    return np.asarray(codes[np.maximum(at, 0)])


def _doing(life: Scenario, first: int, last: int) -> list[str]:
    """Return of each second what it was spent on; what lies within a longer pastime counts."""
    doing = ["between"] * (last - first)
    for one in sorted(life.script.pastimes, key=lambda one: one.start_s - one.end_s):
        start, end = (min(max(round(at_s) - first, 0), last - first) for at_s in (one.start_s, one.end_s))
        doing[start:end] = [one.kind] * (end - start)
    return doing


def _alerts(
    life: Scenario, outputs: Sequence[Output], delay_s: float
) -> tuple[tuple[Due, ...], tuple[tuple[str, float], ...]]:
    policy = BreakPolicy("study", "study")
    raised = []
    for output in outputs:
        moments = [
            Moment(second.utc_ns + _NS, second.state, second.steps, second.sitting_since_utc_ns)
            for second in output.seconds
            if second.utc_ns is not None
        ]
        reminders = policy.push(moments)
        for event in output.events:
            if isinstance(event, Snack) and event.end is not None:
                reminders += policy.take_snack(utc_ns(event.end), moments[-1].utc_ns)
        for one in reminders:
            assert one.alert.start is not None
            if one.alert.action == "raised":
                at_s = (utc_ns(one.alert.start) - _START_NS) / _NS
                raised.append((one.alert.level, at_s + delay_s))
    judged, left = [], list(raised)
    for due in true_day.alerts_due(life, true_day.spans(life)):
        if due.action != "raised":
            continue
        near = [one for one in left if one[0] == due.level and abs(one[1] - due.at_s) <= FAR_S]
        nearest = min(near, key=lambda one: abs(one[1] - due.at_s), default=None)
        if nearest is not None:
            left.remove(nearest)
        judged.append(Due(due.level, due.at_s, None if nearest is None else nearest[1] - due.at_s))
    return tuple(judged), tuple(left)


def _walks(
    life: Scenario, outputs: Sequence[Output], doing: Sequence[str], first: int
) -> tuple[tuple[int, int, int], tuple[tuple[str, Span], ...], tuple[tuple[str, Span], ...]]:
    true = _joined([Span(walk.start_s, walk.end_s) for walk in true_day.walks(life)])
    told_walks = [event for output in outputs for event in output.events if isinstance(event, Walk)]
    found = _joined([span_of(walk) for walk in told_walks])

    def during(span: Span) -> str:
        place = int(0.5 * (span.start_s + span.end_s)) - first
        return doing[min(max(place, 0), len(doing) - 1)]

    found = [span for span in found if span.start_s >= first and during(span) != "dancing"]
    matches = match(true, found)
    pairs = [(i, j) for i, j in matches.pairs if max(_length_s(true[i]), _length_s(found[j])) > BOUT_S]
    missed = tuple((during(true[i]), true[i]) for i in matches.missed if _length_s(true[i]) > BOUT_S)
    extra = tuple((during(found[j]), found[j]) for j in matches.extra if _length_s(found[j]) > BOUT_S)
    return (len(pairs), len(extra), len(missed)), missed, extra


def _length_s(span: Span) -> float:
    return span.end_s - span.start_s


def _joined(spans: Sequence[Span]) -> list[Span]:
    """Return spans in order of time, those close together as one."""
    bouts: list[Span] = []
    for span in sorted(spans, key=lambda span: span.start_s):
        if bouts and span.start_s - bouts[-1].end_s < _JOINED_S:
            bouts[-1] = Span(bouts[-1].start_s, max(span.end_s, bouts[-1].end_s))
        else:
            bouts.append(span)
    return bouts
