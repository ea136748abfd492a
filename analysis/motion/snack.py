"""Movement snacks: marching in place, hip hinges, gentle bends back, part by part, in any order.

Each part is a run of its own evidence, told by the stages before this one: seconds with the rhythm of steps,
even too gentle for a walk; lifts, of which at least three are hip-led; times with the trunk behind the
upright. A run ends when nothing of its kind
follows within a few seconds. Three runs, one of each kind, each long enough, upright from the first to the
last and with no more than a breath between them, are a snack (CLINICAL.md C).

The legs are unseen, so steps on the spot and steps along a corridor are the same: a walk into the snack or
out of it passes for its march, and of a longer one only the near end belongs to the snack. Marching alone,
hinges alone, dancing and vacuuming lack two parts, and a part that is over too soon is none. One pod cannot
tell a bend back from a seat, nor a hinge from a round back: then there are no snacks.

A snack is told 20 s after its end, when what could lengthen its last part is decided. A bout of sitting is
held back for as long as a snack may still turn out to be what ended it.
"""

import operator
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import reduce
from typing import TypeVar

import numpy as np

from analysis.events.day import PostureState, Sitting
from analysis.events.event import Derived
from analysis.events.movement import Lift, Snack, SnackPart, SnackPartKind
from analysis.motion.angles import Motion, Row
from analysis.motion.block import RATE_HZ
from analysis.motion.seconds import SECOND
from analysis.motion.sitting import tells_flexion
from analysis.motion.snack_parts import KINDS, Part, Run, Runs, SnackParams, extended, snack_of
from analysis.motion.spell import Spell
from analysis.motion.statement import Saying, Wearer
from analysis.motion.walking import Gait

_NumberT = TypeVar("_NumberT", int, float)


@dataclass(slots=True)
class SnackState:
    """What may become a snack, and what waits for it.

    Attributes
    ----------
    runs
        By kind, in order of time.
    back
        Seconds not yet decided with the trunk behind the upright, and how often it went there in each.
    rhythm
        Seconds not yet decided with the rhythm of steps, and how many steps that makes.
    was_back
        Whether it was there in the last sample.
    off_feet
        The last spans of other postures than standing and walking; samples, ends exclusive.
    held
        Bouts of sitting that a snack may have ended.
    now
        All before this sample is decided.
    """

    runs: Runs = field(default_factory=lambda: dict.fromkeys(KINDS, ()))
    back: deque[tuple[int, int]] = field(default_factory=deque)
    rhythm: deque[tuple[int, float]] = field(default_factory=deque)
    was_back: bool = False
    off_feet: tuple[tuple[int, int], ...] = ()
    held: tuple[Sitting, ...] = ()
    now: int = 0


class SnackStage:
    """Watches for snacks."""

    def __init__(self, params: SnackParams, wearer: Wearer) -> None:
        self._params, self._wearer = params, wearer
        self._is_told = tells_flexion(wearer.calibration)
        self._reach_back = 2.0 * params.longest_s * RATE_HZ
        self._state = SnackState()

    def push(self, motion: Motion, gait: Gait) -> None:
        """Note the rhythm of steps, and when the trunk is behind the upright, in the whole seconds given."""
        if not self._is_told:
            return
        state, with_rhythm = self._state, np.flatnonzero(gait.rhythm_hz)
        rhythm_hz = gait.rhythm_hz[with_rhythm].tolist()
        state.rhythm.extend(zip((gait.first_second + with_rhythm).tolist(), rhythm_hz, strict=True))
        if not len(motion):
            return
        back = np.flatnonzero(motion.kept(Row.BEND_DEG) <= self._params.back_deg)
        before, state.was_back = state.was_back, back[-1:].tolist() == [len(motion) - 1]
        if back.size:
            went = np.diff(back, prepend=-1 if before else -2) > 1
            times = np.bincount(back // SECOND, weights=went).astype(np.int64)
            seconds = np.unique(back // SECOND)
            first = motion.first_sample // SECOND
            state.back.extend(zip((first + seconds).tolist(), times[seconds].tolist(), strict=True))

    def is_quiet(self, state: PostureState, end: int) -> bool:
        """Return whether nothing is to be told in seconds of `state` to before `end`, if no bout ends."""
        return not self._is_told or (not self._state.held and self._is_plain(state, end))

    def decided(self, spell: Spell, events: list[Saying]) -> list[Saying]:
        """Return what is to be told after more decided seconds.

        Parameters
        ----------
        spell
            The seconds.
        events
            What the first made known: bouts of sitting may be held back, all else passes.
        """
        if not self._is_told:
            return events
        told: list[Saying] = []
        for event in events:
            if isinstance(event, Sitting):
                self._state.held = (*self._state.held, event)
            else:
                told.append(event)
        if self._is_plain(spell.state, spell.end):
            self._pass_over(spell)
            if self._state.held:
                told += self._settled(is_over=False)
            return told
        features = spell.features
        columns = features.bend_deg, features.steps
        for second, bend_deg, steps in zip(range(spell.first, spell.end), *columns, strict=True):
            self._second(second, spell.state, bend_deg, steps)
            if self._is_watching:
                told += self._settled(is_over=False)
        return told

    @property
    def _is_watching(self) -> bool:
        """Whether a snack, or what waits for one, may be settled by any second."""
        return bool(self._state.held) or all(self._state.runs.values())

    def _is_plain(self, posture: PostureState, end: int) -> bool:
        """Return whether no part but a march can show in a spell, and nothing hangs on its single seconds.

        Without one of each kind there is no snack, and no evidence but that of steps, which lengthens the
        time for which a bout waits, can decide within the spell what becomes of one that is held back.
        """
        state = self._state
        if posture == "walking":
            may_be_whole = bool(state.runs["hinge"] and state.runs["back_bend"])
        else:
            may_be_whole = all(state.runs.values())
        if may_be_whole or len(state.held) > 1:
            return False
        seen = (state.back, state.rhythm) if posture == "standing" else ()
        return not any(waiting and waiting[0][0] < end for waiting in seen)

    def _pass_over(self, spell: Spell) -> None:
        """Note what a plain spell shows."""
        state = self._state
        if spell.state == "walking":
            self._march(spell)
        elif spell.state != "standing":
            self._leave_feet(spell.start_sample, spell.end_sample)
        _of(spell.last, state.back), _of(spell.last, state.rhythm)
        state.now = spell.end_sample

    def _march(self, spell: Spell) -> None:
        self._extend("march", Run(spell.start_sample, spell.end_sample))
        *older, march = self._state.runs["march"]
        # One by one, as any other cut of the seconds would add them.
        count = reduce(operator.add, spell.features.steps, march.count)
        self._state.runs["march"] = (*older, replace(march, count=count))

    def _second(self, second: int, state: PostureState, bend_deg: float, steps: int) -> None:
        """Note what one second shows."""
        start, end = second * SECOND, (second + 1) * SECOND
        self._state.now = end
        times_back, rhythm_steps = _of(second, self._state.back), _of(second, self._state.rhythm)
        if state not in {"standing", "walking"}:
            self._leave_feet(start, end)
        elif state == "walking":
            self._extend("march", Run(start, end, steps))
        elif rhythm_steps is not None and times_back is None and bend_deg <= self._params.upright_deg:
            self._extend("march", Run(start, end, rhythm_steps))
        elif times_back is not None:
            self._extend("back_bend", Run(start, end, times_back))

    def lift(self, lift: Lift) -> None:
        """Note a lift that became known."""
        if self._is_told:
            is_hip_led = lift.strategy == "hip_hinge" or (lift.strategy == "shared" and lift.borderline)
            self._extend("hinge", Run(lift.first_sample, lift.last_sample + 1, int(is_hip_led)))

    def finish(self) -> list[Derived]:
        """Take what is there as all there is, and start afresh."""
        told = self._settled(is_over=True)
        self._state = SnackState()
        return told

    def _leave_feet(self, start: int, end: int) -> None:
        spans = self._state.off_feet
        if spans and spans[-1][1] == start:
            self._state.off_feet = (*spans[:-1], (spans[-1][0], end))
        else:
            oldest = start - self._reach_back
            self._state.off_feet = (*(span for span in spans if span[1] > oldest), (start, end))

    def _extend(self, kind: SnackPartKind, piece: Run) -> None:
        pause_s = self._params.step_pause_s if kind == "march" else self._params.pause_s
        self._state.runs[kind] = extended(self._state.runs[kind], piece, pause_s)

    def _settled(self, *, is_over: bool) -> list[Derived]:
        """Return what is settled by now, or all there is."""
        state = self._state
        self._keep(lambda run: run.end > state.now - self._reach_back)
        parts = snack_of(state.runs, state.off_feet, state.now, self._params, is_over=is_over)
        if parts is None:
            return self._released(None, is_over=is_over)
        end = parts[-1][1].end
        self._keep(lambda run: run.start >= end)
        snack = self._event(parts)
        return [*self._released(snack, is_over=is_over), snack]

    def _keep(self, is_kept: Callable[[Run], bool]) -> None:
        self._state.runs = {kind: tuple(filter(is_kept, runs)) for kind, runs in self._state.runs.items()}

    def _event(self, parts: list[Part]) -> Snack:
        wearer, start, end = self._wearer, parts[0][1].start, parts[-1][1].end
        return wearer.states(
            Snack,
            start,
            end - 1,
            start=wearer.utc_text(start),
            end=wearer.utc_text(end),
            duration_s=(end - start) / RATE_HZ,
            parts=[
                SnackPart(
                    kind=kind,
                    after_s=(run.start - start) / RATE_HZ,
                    duration_s=run.length_s,
                    repetitions=round(run.count),
                )
                for kind, run in parts
            ],
        )

    def _released(self, snack: Snack | None, *, is_over: bool) -> list[Derived]:
        """Return the bouts of sitting that need not wait for a snack any more."""
        told: list[Derived] = []
        waiting: list[Sitting] = []
        for sitting in self._state.held:
            if snack is not None and self._ended_by(snack, sitting):
                told.append(sitting.model_copy(update={"ended_by": "snack"}))
            elif not is_over and self._state.now <= self._undecided_until(sitting):
                waiting.append(sitting)
            else:
                told.append(sitting)
        self._state.held = tuple(waiting)
        return told

    def _ended_by(self, snack: Snack, sitting: Sitting) -> bool:
        """Return whether a snack began soon after a bout; its first hinges may pass for part of the rise."""
        since_s = (snack.first_sample - sitting.last_sample) / RATE_HZ
        return -self._params.part_s <= since_s <= self._params.after_sitting_s

    def _undecided_until(self, sitting: Sitting) -> float:
        """Return up to which sample a snack that ended this bout may still become known."""
        p = self._params
        since = sitting.last_sample
        by = since + p.after_sitting_s * RATE_HZ
        runs = [(run, kind) for kind in KINDS for run in self._state.runs[kind] if run.end > since]
        for run, kind in sorted(runs, key=lambda one: one[0].start):
            if run.start > by or (kind == "march" and run.length_s > p.march_s + p.after_sitting_s):
                break
            by = max(by, run.end + p.breath_s * RATE_HZ)
        seated = (off[0] for off in self._state.off_feet if off[0] > since + p.part_s * RATE_HZ)
        return min(by, since + p.longest_s * RATE_HZ, next(seated, by)) + p.settle_s * RATE_HZ

    def state(self) -> SnackState:
        """Return what :meth:`restore` needs to go on exactly from here."""
        return _copied(self._state)

    def restore(self, state: SnackState) -> None:
        """Go on from `state`; what is held back is told as of this session's revision."""
        self._state = _copied(state)
        self._state.held = tuple(self._wearer.restates(sitting) for sitting in state.held)


def _copied(state: SnackState) -> SnackState:
    """Return a copy that shares nothing that changes."""
    return replace(state, runs=dict(state.runs), back=deque(state.back), rhythm=deque(state.rhythm))


def _of(second: int, waiting: deque[tuple[int, _NumberT]]) -> _NumberT | None:
    """Return what is known of a second, and forget it; None if there is nothing."""
    while waiting and waiting[0][0] < second:
        waiting.popleft()
    return waiting.popleft()[1] if waiting and waiting[0][0] == second else None
