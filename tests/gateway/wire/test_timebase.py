"""The one clock: scaled, shared between processes by its token, real when nothing is asked."""

import asyncio
import time
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.wire.timebase import REAL_CLOCK, BadClockTokenError, Clock

MORNING = datetime(2026, 3, 2, 8, 0, 0, 250_000, tzinfo=UTC)


def test_the_real_clock_is_the_computers_own() -> None:
    before = time.time_ns()
    assert before <= REAL_CLOCK.utc_ns() <= time.time_ns()
    assert REAL_CLOCK.wall_s(3.0) == 3.0


def test_a_scaled_clock_starts_where_asked_and_runs_faster() -> None:
    clock = Clock.scaled(1000.0, MORNING)
    assert abs(clock.utc() - MORNING) < timedelta(seconds=100)
    first = clock.monotonic_s()
    time.sleep(0.01)
    assert 10.0 <= clock.monotonic_s() - first < 1000.0
    assert clock.wall_s(60.0) == pytest.approx(0.06)


def test_sleep_is_scaled() -> None:
    clock = Clock.scaled(1000.0, MORNING)
    before = time.monotonic()
    asyncio.run(clock.sleep(30.0))
    assert 0.03 <= time.monotonic() - before < 1.0


def test_a_clock_goes_on_at_another_speed() -> None:
    fast = Clock.scaled(1e6, MORNING)
    time.sleep(0.01)
    slow = fast.at_speed(1.0)
    assert slow.utc() - MORNING >= timedelta(seconds=10_000)
    assert abs(slow.utc() - fast.utc()) < timedelta(days=30)
    before = slow.utc_ns()
    time.sleep(0.01)
    assert slow.utc_ns() - before < 1_000_000_000


def test_a_clock_that_was_set_is_ahead_and_just_as_fast() -> None:
    clock = Clock.scaled(5.0, MORNING)
    late = clock.ahead(-2.5)
    assert late.origin_utc_ns == clock.origin_utc_ns - 2_500_000_000
    assert late.monotonic_s() - clock.monotonic_s() < 1.0


def test_the_origin_keeps_microseconds() -> None:
    assert Clock.scaled(1.5, MORNING).origin_utc_ns == 1_772_438_400_250_000_000


@given(
    speed=st.floats(0.01, 1e6, allow_nan=False),
    utc_ns=st.integers(0, 2**62),
    monotonic_ns=st.integers(1, 2**62),
)
def test_a_token_makes_the_same_clock(speed: float, utc_ns: int, monotonic_ns: int) -> None:
    clock = Clock(speed, utc_ns, monotonic_ns)
    assert Clock.from_token(clock.token()) == clock


def test_the_real_clocks_token() -> None:
    assert Clock.from_token(REAL_CLOCK.token()) is REAL_CLOCK


@pytest.mark.parametrize("token", ["", "fast", "1,2", "1,2,3,4", "nan,1,2", "0,1,2", "-1,1,2", "x,1,2"])
def test_a_bad_token_is_named(token: str) -> None:
    with pytest.raises(BadClockTokenError, match="is not a clock"):
        Clock.from_token(token)
