"""How long a patient has been sitting since the last break.

A break is `break_s` upright with at least `break_steps` steps, or a movement snack (CLINICAL.md B5). The
method is book-keeping over one :class:`Moment` a second:

- *Sitting* is added up. Standing up briefly stops the sum but does not reset it. A stretch or a shift in the
  seat resets it only if the therapist says so.
- A posture is known late, and the core then says since when the patient has been sitting. Time between the
  watermark (up to where time has been accounted for as sitting, or closed by a break or a gap) and now can
  still be claimed by such a late word.
- *Unknown* time, a hole between moments or a clock that jumped, is neither sitting nor a break. An upright
  stretch with a hole in it longer than `bridge_s` starts anew.
- After `forget_s` without sitting or being upright (a night, a day in the drawer) the sum means nothing any
  more.

Pure, and in whole nanoseconds of UTC, so that neither the way moments are batched nor a change of the clock
on the wall makes a difference. Works badly where the posture is wrong: it cannot see that a "sitting" second
was a crouch.
"""

from dataclasses import dataclass, replace
from enum import Enum

from analysis.events.day import PostureState
from analysis.events.fields import Count

NS_PER_S = 1_000_000_000
_S_PER_MIN = 60.0


@dataclass(frozen=True, slots=True)
class SittingParams:
    """What is sitting, and what interrupts it.

    Parameters
    ----------
    break_s, break_steps
        Least time upright, s, and least steps in it, of a break (CLINICAL.md B5).
    stretch_resets
        Whether a stretch or a shift in the seat counts as a break: only if the therapist says so (CLINICAL.md
        B5).
    step_s
        Moments further apart than this have a hole between them, s [ours]: they come once a second, and one
        may be missing.
    bridge_s
        Longest time of unknown posture that an upright stretch survives, s [ours].
    forget_s
        Time without sitting or upright posture after which sitting before it no longer counts, s [ours].
    """

    break_s: float = 60.0
    break_steps: int = 10
    stretch_resets: bool = False
    step_s: float = 2.5
    bridge_s: float = 5.0
    forget_s: float = 120 * _S_PER_MIN


@dataclass(frozen=True, slots=True)
class Moment:
    """What is known of one second.

    Parameters
    ----------
    utc_ns
        The second's end.
    state
        The posture in it; None: unknown.
    steps
        Steps that became known in it.
    sitting_since_utc_ns
        While sitting: when it began, as known by now; None: in this second.
    shifts
        While sitting: shifts in the seat so far in this bout.
    """

    utc_ns: int
    state: PostureState | None
    steps: int = 0
    sitting_since_utc_ns: int | None = None
    shifts: int = 0


@dataclass(frozen=True, slots=True)
class SittingState:
    """All that the count remembers.

    Parameters
    ----------
    now_ns
        The last moment's time; None: there was none yet.
    posture
        The posture in it.
    watermark_ns
        Time up to here is accounted for; None: nothing is.
    since_ns
        When the bout that is going on, or was the last, began as far as known.
    sitting_ns
        Sitting since the last break.
    bout_ns
        How much of it is of the bout that is going on.
    shifts
        Shifts in the seat that have been seen of that bout.
    upright_ns, upright_steps
        The present upright stretch, as far as it was seen.
    known_ns
        The last moment of sitting or upright posture.
    """

    now_ns: int | None = None
    posture: PostureState | None = None
    watermark_ns: int | None = None
    since_ns: int | None = None
    sitting_ns: Count = 0
    bout_ns: Count = 0
    shifts: Count = 0
    upright_ns: Count = 0
    upright_steps: Count = 0
    known_ns: int | None = None


class Turn(Enum):
    """What a moment can do to the sum besides adding to it."""

    BREAK = "break"
    FORGOTTEN = "forgotten"


class SittingCount:
    """The sum of sitting of one patient; `state` can be read after any push and given to a new count."""

    def __init__(self, params: SittingParams, state: SittingState | None = None) -> None:
        self.params = params
        self.state = state or SittingState()

    @property
    def sitting_s(self) -> float:
        """Sitting since the last break, s."""
        return self.state.sitting_ns / NS_PER_S

    def push(self, moment: Moment) -> list[Turn]:
        """Take the next moment, and return what it did to the sum, in order."""
        if moment.utc_ns == self.state.now_ns:
            return []
        turns = self.pass_time(moment.utc_ns)
        is_shift = self._is_shift(moment)
        self.state = replace(self._accounted(moment), now_ns=moment.utc_ns, posture=moment.state)
        if self.state.sitting_ns and (is_shift or (moment.state != "sitting" and self._is_break())):
            turns.append(Turn.BREAK)
            self.reset(moment.utc_ns)
        return turns

    def pass_time(self, now_ns: int) -> list[Turn]:
        """Let time pass without a moment: forgets sitting of long ago."""
        known_ns = self.state.known_ns
        if known_ns is None or now_ns - known_ns < self.params.forget_s * NS_PER_S:
            return []
        self.reset(now_ns)
        self.state = replace(self.state, known_ns=None)
        return [Turn.FORGOTTEN]

    def reset(self, now_ns: int) -> None:
        """Start the sum anew; time before `now_ns` can no longer be claimed as sitting."""
        self.state = replace(self.state, sitting_ns=0, bout_ns=0, watermark_ns=now_ns)

    def reset_since(self, at_ns: int) -> None:
        """Start the sum anew from an instant that has passed: only sitting since then counts."""
        state = self.state
        since_ns = 0
        if state.posture == "sitting" and state.now_ns is not None:
            since_ns = min(state.bout_ns, max(state.now_ns - at_ns, 0))
        watermark_ns = at_ns if state.watermark_ns is None else max(at_ns, state.watermark_ns)
        self.state = replace(state, sitting_ns=since_ns, bout_ns=since_ns, watermark_ns=watermark_ns)

    def take_back_bout(self, now_ns: int) -> None:
        """Take the bout that is going on, or that was the last, out of the sum: it was no sitting."""
        state = self.state
        self.state = replace(
            state, sitting_ns=state.sitting_ns - state.bout_ns, bout_ns=0, watermark_ns=now_ns
        )

    def _is_shift(self, moment: Moment) -> bool:
        if not self.params.stretch_resets or moment.state != "sitting":
            return False
        return moment.shifts > (self.state.shifts if self.state.posture == "sitting" else 0)

    def _accounted(self, moment: Moment) -> SittingState:
        """Return the state with the time since the last moment booked where it belongs."""
        state, now_ns = self.state, moment.utc_ns
        elapsed_ns = NS_PER_S if state.now_ns is None else now_ns - state.now_ns
        is_hole = not 0 < elapsed_ns <= self.params.step_s * NS_PER_S
        if is_hole:  # then the moment speaks for its own second only
            elapsed_ns = NS_PER_S
        if is_hole or moment.state is None:
            state = replace(state, watermark_ns=now_ns - elapsed_ns)
            if self._is_torn(now_ns - elapsed_ns):
                state = replace(state, upright_ns=0, upright_steps=0)
        match moment.state:
            case "sitting":
                return self._sat(state, moment, elapsed_ns)
            case "standing" | "walking":
                return replace(
                    state,
                    upright_ns=state.upright_ns + elapsed_ns,
                    upright_steps=state.upright_steps + moment.steps,
                    known_ns=now_ns,
                )
            case "lying" | "not_worn":
                return replace(state, upright_ns=0, upright_steps=0)
            case None:
                return replace(state, watermark_ns=now_ns)

    def _is_torn(self, until_ns: int) -> bool:
        known_ns = self.state.known_ns
        return known_ns is None or not 0 <= until_ns - known_ns <= self.params.bridge_s * NS_PER_S

    def _sat(self, state: SittingState, moment: Moment, elapsed_ns: int) -> SittingState:
        now_ns = moment.utc_ns
        is_going_on = state.posture == "sitting"
        since_ns = moment.sitting_since_utc_ns
        if since_ns is None:
            since_ns = now_ns - elapsed_ns
        from_ns = since_ns if state.watermark_ns is None else max(since_ns, state.watermark_ns)
        sat_ns = max(now_ns - from_ns, 0)
        return replace(
            state,
            watermark_ns=now_ns,
            since_ns=min(since_ns, state.since_ns) if is_going_on and state.since_ns else since_ns,
            sitting_ns=state.sitting_ns + sat_ns,
            bout_ns=(state.bout_ns if is_going_on else 0) + sat_ns,
            shifts=moment.shifts,
            upright_ns=0,
            upright_steps=0,
            known_ns=now_ns,
        )

    def _is_break(self) -> bool:
        params, state = self.params, self.state
        return state.upright_ns >= params.break_s * NS_PER_S and state.upright_steps >= params.break_steps
