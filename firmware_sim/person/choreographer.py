"""Builds a script: activities are functions that move a :class:`Choreographer` forward in time.

It remembers where each coordinate was last sent, so that an activity says where to go, not how far, and two
activities join without a jump.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

import numpy as np

from firmware_sim.person.anatomy import Anatomy
from firmware_sim.person.gait import GaitStyle, Walk
from firmware_sim.person.habits import STEADY, Habits
from firmware_sim.person.path import Joint, Stroke
from firmware_sim.person.rhythm import Beat, Rhythm
from firmware_sim.person.script import (
    Bend,
    Change,
    Context,
    Deed,
    DeedKind,
    Knock,
    LiftPlan,
    Occupation,
    Pastime,
    Phase,
    PhaseKind,
    Script,
    SeatMove,
    Shift,
    Slip,
    Snack,
    Stance,
    State,
)


class Choreographer:
    """A person at `now_s`, standing neutrally at first, to be moved on by activities."""

    def __init__(
        self,
        anatomy: Anatomy,
        style: GaitStyle,
        rng: np.random.Generator,
        habits: Habits = STEADY,
    ) -> None:
        self.anatomy = anatomy
        self.style = style
        self.rng = rng
        self.habits = habits
        self.now_s = 0.0
        self.context: Context = "chores"
        self._at = dict.fromkeys(Joint, 0.0)
        self._home = dict.fromkeys(Joint, 0.0)
        self._strokes: list[Stroke] = []
        self._walks: list[Walk] = []
        self._changes: list[Change] = [Change(0.0, "standing")]
        self._bends: list[Bend] = []
        self._seat_moves: list[SeatMove] = []
        self._shifts: list[Shift] = []
        self._phases: list[Phase] = []
        self._deeds: list[Deed] = []
        self._slips: list[Slip] = []
        self._knocks: list[Knock] = []
        self._stances: list[Stance] = []
        self._rhythms: list[Rhythm] = []
        self._snacks: list[Snack] = []
        self._pastimes: list[Pastime] = []
        self._day_start_s = 0.0
        # Before time zero, so that sway and breath are there from the first sample.
        for joint in (Joint.SWAY, Joint.BREATH):
            self._strokes.append(Stroke(joint, -2.0, 1.0, 1.0))
            self._at[joint] = 1.0

    def at(self, joint: Joint) -> float:
        """Return where `joint` was last sent."""
        return self._at[joint]

    def home(self, joint: Joint) -> float:
        """Return where `joint` is in the neutral stand, as this person stands now."""
        return self._home[joint]

    def stand_anew(self, at_s: float) -> None:
        """Choose how to stand from `at_s` on, if this person's stands vary."""
        if self.habits.stance_deg > 0.0:
            arch_deg, lean_deg, list_deg = self.habits.stance(self.rng)
            self._home[Joint.FLEXION] = arch_deg
            self._home[Joint.TILT] = lean_deg - self.habits.stance_pelvis_share * arch_deg
            self._home[Joint.LIST] = list_deg
            self._stances.append(Stance(at_s, self._home[Joint.TILT], self._home[Joint.FLEXION]))

    def move(self, joint: Joint, to: float, duration_s: float, delay_s: float = 0.0) -> Stroke:
        """Send `joint` to `to`, from `delay_s` after now on; time does not pass."""
        stroke = Stroke(joint, self.now_s + delay_s, duration_s, to - self._at[joint])
        self._at[joint] = to
        self._strokes.append(stroke)
        return stroke

    def wait(self, duration_s: float) -> None:
        """Let time pass."""
        self.now_s += duration_s

    def uniform(self, low: float, high: float) -> float:
        """Draw a number between `low` and `high`."""
        return float(self.rng.uniform(low, high))

    def become(self, state: State, at_s: float | None = None) -> None:
        """Change the posture, now or at `at_s`."""
        if self._changes[-1].state != state:
            self._changes.append(Change(self.now_s if at_s is None else at_s, state))

    def fidget(self, duration_s: float, every_s: float, sizes: Mapping[Joint, float]) -> None:
        """Let time pass with small movements about the present pose, back in it at the end."""
        end_s = self.now_s + duration_s
        home = {joint: self._at[joint] for joint in sizes}
        joints = list(sizes)
        while (pause_s := float(self.rng.exponential(every_s))) + 4.0 < end_s - self.now_s:
            self.wait(pause_s)
            for i in self.rng.choice(len(joints), size=min(3, len(joints)), replace=False):
                joint = joints[i]
                to = home[joint] + self.uniform(-1.0, 1.0) * sizes[joint]
                self.move(joint, to, self.uniform(0.7, 1.8))
        if end_s - self.now_s > 1.6:
            self.now_s = end_s - 1.5
            for joint, place in home.items():
                if self._at[joint] != place:
                    self.move(joint, place, 1.4)
        self.now_s = end_s

    def walk(self, steps: int, cadence_spm: float, style: GaitStyle | None = None) -> Walk:
        """Walk `steps` steps, in the person's usual style by default; time passes."""
        wander = (self.uniform(0.0, 6.28), self.uniform(0.0, 6.28))
        walk = Walk(self.now_s, steps, cadence_spm, self.style if style is None else style, wander)
        self._walks.append(walk)
        self.become("walking")
        self.wait(walk.duration_s)
        self.become("standing")
        return walk

    def swing(self, duration_s: float, beats: Sequence[Beat], ramp_s: float = 1.5) -> Rhythm:
        """Let a rhythm begin now; time does not pass."""
        rhythm = Rhythm(self.now_s, duration_s, tuple(beats), self.uniform(0.0, 6.28), ramp_s)
        self._rhythms.append(rhythm)
        return rhythm

    def upright(self) -> tuple[float, int]:
        """Return for how long the person has been on the feet, s, and with how many steps."""
        since_s = 0.0
        for change in reversed(self._changes):
            if change.state not in {"standing", "walking"}:
                break
            since_s = change.at_s
        steps = sum(walk.steps for walk in self._walks if walk.start_s >= since_s)
        return self.now_s - since_s, steps

    def note_bend(self, plan: LiftPlan) -> None:
        """Record that a lift starts now."""
        self._bends.append(Bend(plan, self.now_s, self.context))

    def note_seat_move(self, move: SeatMove) -> None:
        """Record a sitting down or getting up."""
        self._seat_moves.append(move)

    def note_shift(self, shift: Shift) -> None:
        """Record a change of position on a seat."""
        self._shifts.append(shift)

    def note_slip(self, slip: Slip) -> None:
        """Record that a pod slipped."""
        self._slips.append(slip)

    def note_knock(self, knock: Knock) -> None:
        """Record that something hit a pod."""
        self._knocks.append(knock)

    def note_snack(self, snack: Snack) -> None:
        """Record a whole movement snack."""
        self._snacks.append(snack)

    @contextmanager
    def pastime(self, kind: Occupation) -> Iterator[None]:
        """Record what the time within is spent on."""
        start_s = self.now_s
        yield
        self._pastimes.append(Pastime(kind, start_s, self.now_s))

    @contextmanager
    def deed(self, kind: DeedKind) -> Iterator[None]:
        """Record what is done within as something that is no lift."""
        start_s = self.now_s
        yield
        self._deeds.append(Deed(kind, start_s, self.now_s))

    @contextmanager
    def phase(self, kind: PhaseKind) -> Iterator[None]:
        """Record what is done within as one step of the guided calibration."""
        start_s = self.now_s
        yield
        self._phases.append(Phase(kind, start_s, self.now_s))

    def begin_day(self) -> None:
        """Let the day begin now: all before was preparation."""
        self._day_start_s = self.now_s

    def script(self) -> Script:
        """Return all that was done, up to now."""
        return Script(
            self.now_s,
            tuple(self._strokes),
            tuple(self._walks),
            tuple(self._changes),
            tuple(self._bends),
            tuple(self._seat_moves),
            tuple(self._shifts),
            tuple(self._phases),
            self._day_start_s,
            tuple(self._deeds),
            tuple(self._slips),
            tuple(self._knocks),
            tuple(self._stances),
            tuple(self._rhythms),
            tuple(self._snacks),
            tuple(self._pastimes),
        )
