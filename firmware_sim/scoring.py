"""What the product said of a simulated person, held against what that person did.

Both sides are events as JSON objects of the same schemas. The truth comes from the body, the other side from
the clinic's store at the far end of everything; nothing here knows how either was made.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

Events = Sequence[Mapping[str, Any]]

STRATEGIES = ("hip_hinge", "shared", "lumbar_flexion", "not_scored")


@dataclass(frozen=True, slots=True)
class Tolerances:
    """How much may be missed before the run counts as failed (the acceptance of the main job)."""

    overlap_share: float = 0.5
    """A detected lift is the true one if they share this part of the longer of the two."""
    missed_lifts: int = 1
    """True lifts that may stay unseen."""
    wrong_strategies: int = 1
    """Lifts seen that may carry another strategy than the true one."""
    extra_lifts: int = 0
    """Lifts reported where there was none."""
    sitting_share: float = 0.05
    """Error of the sitting time, as a share of the true one."""
    sitting_s: float = 15.0
    """Error of the sitting time that is borne anyway, s: the rise that ends the calibration [ours]."""
    alert_s: float = 30.0
    """Error of the instant of a nudge or an alert, s."""


@dataclass(frozen=True, slots=True)
class AlertScore:
    """One nudge or alert that was due."""

    level: str
    due: str
    error_s: float | None
    """Seconds by which it came late (early: negative); None if it never came."""


@dataclass(frozen=True, slots=True)
class Score:
    """How well the truth was told."""

    true_lifts: Counter[str]
    """True lifts by strategy."""
    found_lifts: Counter[str]
    """Of these, found, by true strategy."""
    agreeing_lifts: Counter[str]
    """Of these, with the true strategy."""
    extra_lifts: int
    true_sitting_s: float
    found_sitting_s: float
    alerts: tuple[AlertScore, ...]
    extra_alerts: int

    def faults(self, limits: Tolerances = Tolerances()) -> list[str]:
        """Return what the pipeline missed that it must see, a sentence each; empty if nothing."""
        true, found, agreeing = (
            counts.total() for counts in (self.true_lifts, self.found_lifts, self.agreeing_lifts)
        )
        faults = []
        if true - found > limits.missed_lifts:
            faults.append(f"only {found} of {true} lifts were found")
        if found - agreeing > limits.wrong_strategies:
            faults.append(f"only {agreeing} of {found} lifts got the right strategy")
        if self.extra_lifts > limits.extra_lifts:
            faults.append(f"{self.extra_lifts} lifts were reported that never happened")
        borne_s = max(limits.sitting_s, limits.sitting_share * self.true_sitting_s)
        if abs(self.found_sitting_s - self.true_sitting_s) > borne_s:
            faults.append(
                f"sitting was {self.found_sitting_s / 60:.1f} min, truly {self.true_sitting_s / 60:.1f} min"
            )
        for alert in self.alerts:
            if alert.error_s is None:
                faults.append(f"the {alert.level} due at {alert.due} never came")
            elif abs(alert.error_s) > limits.alert_s:
                faults.append(f"the {alert.level} due at {alert.due} came {alert.error_s:+.0f} s off")
        if self.extra_alerts:
            faults.append(f"{self.extra_alerts} nudges or alerts came that were not due")
        return faults


def score(truth: Events, detected: Events, limits: Tolerances = Tolerances()) -> Score:
    """Hold `detected` against `truth`; both are events as JSON objects, in any order."""
    true_lifts, found_lifts = _of(truth, "lift"), _of(detected, "lift")
    pairs = _matches(true_lifts, found_lifts, limits.overlap_share)
    due, raised = _raised(truth), _raised(detected)
    alerts, used = _alert_scores(due, raised)
    return Score(
        true_lifts=Counter(lift["strategy"] for lift in true_lifts),
        found_lifts=Counter(true["strategy"] for true, _ in pairs),
        agreeing_lifts=Counter(
            true["strategy"] for true, found in pairs if true["strategy"] == found["strategy"]
        ),
        extra_lifts=len(found_lifts) - len(pairs),
        true_sitting_s=sum(_duration_s(span) for span in _sitting(truth)),
        found_sitting_s=sum(_duration_s(span) for span in _sitting(detected)),
        alerts=alerts,
        extra_alerts=len(raised) - used,
    )


def _of(events: Events, kind: str) -> list[Mapping[str, Any]]:
    chosen = [event for event in events if event["schema"] == f"lumbar.{kind}/1"]
    return sorted(chosen, key=lambda event: str(event["start"]))


def _sitting(events: Events) -> Iterable[Mapping[str, Any]]:
    return (span for span in _of(events, "posture") if span["state"] == "sitting")


def _raised(events: Events) -> list[Mapping[str, Any]]:
    return [
        alert
        for alert in _of(events, "alert")
        if alert["kind"] == "prolonged_sitting"
        and alert["action"] == "raised"
        and alert["level"] in {"nudge", "alert"}
    ]


def _instant_s(text: str) -> float:
    return datetime.fromisoformat(text).timestamp()


def _duration_s(event: Mapping[str, Any]) -> float:
    return _instant_s(event["end"]) - _instant_s(event["start"])


def _overlap_share(one: Mapping[str, Any], other: Mapping[str, Any]) -> float:
    start_s = max(_instant_s(one["start"]), _instant_s(other["start"]))
    end_s = min(_instant_s(one["end"]), _instant_s(other["end"]))
    longer_s = max(_duration_s(one), _duration_s(other))
    return max(0.0, end_s - start_s) / longer_s if longer_s > 0 else 0.0


def _matches(
    true: Events, found: Events, overlap_share: float
) -> list[tuple[Mapping[str, Any], Mapping[str, Any]]]:
    """Pair each true lift with at most one found lift, the best overlaps first."""
    candidates = sorted(
        ((_overlap_share(one, other), i, j) for i, one in enumerate(true) for j, other in enumerate(found)),
        reverse=True,
    )
    pairs, used_true, used_found = [], set(), set()
    for share, i, j in candidates:
        if share >= overlap_share and i not in used_true and j not in used_found:
            pairs.append((true[i], found[j]))
            used_true.add(i)
            used_found.add(j)
    return pairs


def _alert_scores(due: Events, raised: Events) -> tuple[tuple[AlertScore, ...], int]:
    """Pair each alert due with the nearest one raised of its level."""
    left = list(raised)
    scores = []
    for alert in due:
        same = [other for other in left if other["level"] == alert["level"]]
        due_s = _instant_s(alert["start"])
        nearest = min(same, key=lambda other: abs(_instant_s(other["start"]) - due_s), default=None)
        error_s = None
        if nearest is not None:
            left.remove(nearest)
            error_s = _instant_s(nearest["start"]) - due_s
        scores.append(AlertScore(alert["level"], alert["start"], error_s))
    return tuple(scores), len(raised) - len(left)
