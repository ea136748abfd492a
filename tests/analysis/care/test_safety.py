"""Red flags: raised by any yes, cleared only by a therapist and only as far as the therapist has seen."""

from typing import Any, Literal, get_args

from hypothesis import given
from hypothesis import strategies as st

from analysis.care.safety import CHECK_EVERY_NS, SafetyState, recalled
from analysis.events.entries import RedFlag, Safety
from analysis.events.fields import utc_ns, utc_text

T0_NS = utc_ns("2026-03-02T09:00:00.000Z")
S = 10**9
DAY = 86_400 * S


def event(at_ns: int, action: Literal["raised", "cleared"], *red_flags: RedFlag) -> Safety:
    common: dict[str, Any] = {
        "patient": "p-1",
        "device": "LM-1",
        "mode": None,
        "algorithm": "x",
        "quality": None,
    }
    at = utc_text(at_ns)
    return Safety(event_id=at, start=at, end=at, action=action, red_flags=list(red_flags), **common)


def test_a_yes_pauses_and_a_later_no_does_not_clear() -> None:
    state = SafetyState().answered(["fever"], T0_NS)
    assert state.is_paused
    assert state.answered([], T0_NS + DAY).red_flags == ("fever",)
    assert state.answered(["weakness", "fever"], T0_NS + DAY).red_flags == ("fever", "weakness")


def test_a_therapist_clears_what_was_seen_and_no_more() -> None:
    first = SafetyState().answered(["fever"], T0_NS)
    assert not first.cleared(T0_NS, T0_NS + DAY).is_paused
    again = first.answered(["weakness"], T0_NS + DAY)
    assert again.cleared(T0_NS, T0_NS + 2 * DAY) == again
    assert not again.cleared(T0_NS + DAY, T0_NS + 2 * DAY).is_paused
    assert SafetyState().cleared(T0_NS, T0_NS) == SafetyState()


def test_what_the_event_says_is_late_enough_to_clear() -> None:
    """An event's time is cut to milliseconds; the therapist's word repeats that time."""
    raised = SafetyState().answered(["fever"], T0_NS + 999_999)
    assert not raised.cleared(utc_ns(utc_text(T0_NS + 999_999)), T0_NS + DAY).is_paused


def test_the_questions_come_back_weekly() -> None:
    assert SafetyState().is_due(T0_NS)
    state = SafetyState().answered([], T0_NS)
    assert not state.is_due(T0_NS + CHECK_EVERY_NS - 1)
    assert state.is_due(T0_NS + 7 * DAY)


_STEPS = st.lists(
    st.tuples(st.booleans(), st.sets(st.sampled_from(get_args(RedFlag)), min_size=1)), max_size=8
)


@given(_STEPS, st.randoms())
def test_events_in_any_order_say_what_happened(steps: list[tuple[bool, set[RedFlag]]], random: Any) -> None:
    state, events = SafetyState(), []
    for index, (is_raised, flags) in enumerate(steps):
        now_ns = T0_NS + index * DAY
        state = state.answered(sorted(flags), now_ns) if is_raised else state.cleared(now_ns, now_ns)
        events.append(event(now_ns, "raised" if is_raised else "cleared", *sorted(flags)))
    random.shuffle(events)
    told = recalled(events)
    assert (told.red_flags, told.raised_ns) == (state.red_flags, state.raised_ns)
