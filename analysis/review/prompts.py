"""Nudges and alerts as stories: raised, perhaps repeated or snoozed, and how each ended.

Alerts arrive as single changes. What raises a prompt of one kind again while an earlier one is open belongs
to the same condition at another level (a nudge that became an alert); the condition's end closes them all.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from analysis.events.facts import Alert, AlertAction, AlertKind, AlertLevel
from analysis.review.spans import Span, instant


@dataclass(frozen=True, slots=True)
class Prompt:
    """One nudge or alert. `ended_by` is None while it stands; `steps` are the changes in between."""

    kind: AlertKind
    level: AlertLevel
    raised: datetime
    steps: tuple[tuple[AlertAction, datetime], ...]
    ended: datetime | None
    ended_by: AlertAction | None

    @property
    def duration_s(self) -> float | None:
        """Return how long it stood, s; None while it still does."""
        return Span(self.raised, self.ended).duration_s if self.ended else None


@dataclass(slots=True)
class _Open:
    level: AlertLevel
    raised: datetime
    steps: list[tuple[AlertAction, datetime]] = field(default_factory=list)


def prompts(events: Iterable[Alert], bounds: Span) -> tuple[Prompt, ...]:
    """Return the prompts that were raised within `bounds`, in order."""
    dated = sorted(((instant(each.start), each) for each in events if each.start), key=lambda pair: pair[0])
    open_: dict[AlertKind, list[_Open]] = {}
    done: list[Prompt] = []
    for at, event in dated:
        standing = open_.setdefault(event.kind, [])
        if event.action == "raised":
            standing.append(_Open(event.level, at))
        elif event.action in {"cleared", "expired"}:
            done += [_closed(event.kind, each, at, event.action) for each in standing]
            standing.clear()
        else:
            for each in standing:
                if each.level == event.level:
                    each.steps.append((event.action, at))
    done += [_closed(kind, each, None, None) for kind, standing in open_.items() for each in standing]
    inside = (each for each in done if bounds.holds(each.raised))
    return tuple(sorted(inside, key=lambda each: (each.raised, each.level)))


def _closed(kind: AlertKind, open_: _Open, ended: datetime | None, by: AlertAction | None) -> Prompt:
    return Prompt(kind, open_.level, open_.raised, tuple(open_.steps), ended, by)
