"""The present: what pages, terminal and programs are told of it."""

import json
import math
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from analysis.events.day import PostureState
from analysis.motion.output import Angles, Output, SecondRun, Seconds
from analysis.trends.sqlite import SqliteStore
from gateway.ledger import Ledger
from gateway.present import Present
from gateway.wire.status import Status

NOON_NS = int(datetime(2026, 3, 2, 12, tzinfo=UTC).timestamp()) * 10**9
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


@pytest.fixture
def present(tmp_path: Path) -> Iterator[Present]:
    store = SqliteStore(tmp_path / "home.sqlite")
    yield Present(Ledger(store))
    store.close()


def second(at_s: int, state: PostureState | None, sitting_since_s: int | None = None) -> SecondRun:
    return SecondRun(
        first_sample=100 * at_s,
        state=state,
        confidence=[0.9],
        utc_ns=[NOON_NS + at_s * 10**9],
        steps=[0],
        shifts=[0],
        since=(None, None)
        if sitting_since_s is None
        else (100 * sitting_since_s, NOON_NS + sitting_since_s * 10**9),
    )


def output(*seconds: SecondRun, trunk_deg: float | None = None) -> Output:
    angles = Angles.none(0)
    if trunk_deg is not None:
        tilts_deg = np.array([0.0, 20.0]), np.array([0.0, trunk_deg])
        angles = Angles(0, 2, None, None, lambda: tilts_deg)
    return Output((), (), Seconds(seconds), angles)


STATUS = Status(
    battery_pct=81,
    boot=3,
    oldest_boot=3,
    oldest_sample=0,
    newest_sample=9,
    flash_fill_pct=2,
    worn=True,
    streaming=True,
)


def test_before_anything_is_known_nothing_is_claimed(present: Present) -> None:
    account = present.account()
    json.dumps(account)
    unknown = {"posture", "worn", "battery_pct", "last_sample", "lag_s", "latency_p50_ms", "latency_p99_ms"}
    assert {name for name, value in account.items() if value is None} == unknown | {"backlog", "refused"}
    state = present.state()
    assert (state.posture, state.since, state.trunk_deg, state.lag_s) == (None, None, None, None)
    assert present.line() == "waiting; posture not known yet; 0 events"


def test_a_posture_lasts_since_it_began(present: Present) -> None:
    present.take(output(second(0, None), second(1, "standing"), second(2, "standing")))
    assert (present.posture, present.since_ns) == ("standing", NOON_NS + 10**9)
    present.take(output(second(3, "standing")))
    assert present.state().since == NOON.replace(second=1)
    present.take(output(second(4, None)))
    assert (present.posture, present.since_ns) == (None, NOON_NS + 4 * 10**9)


def test_sitting_is_dated_back_to_when_it_really_began(present: Present) -> None:
    present.take(output(second(0, "standing"), second(30, "sitting", sitting_since_s=12)))
    assert present.state().since == NOON.replace(second=12)
    present.take(output(second(31, "walking")))
    assert present.state().since == NOON.replace(second=31)


def test_angles_are_the_newest_sample_s_and_go_with_the_wearer(present: Present) -> None:
    present.take(output(second(0, "standing"), trunk_deg=50.0))
    present.take(output())
    state = present.state()
    assert (state.pelvis_deg, state.trunk_deg, state.lumbar_deg) == (20.0, 50.0, 30.0)
    present.take(output(trunk_deg=math.nan))
    assert (present.state().trunk_deg, present.state().pelvis_deg) == (None, 20.0)
    present.forget_wearer()
    state = present.state()
    assert (state.posture, state.since, state.pelvis_deg) == (None, None, None)


def test_the_account_is_what_a_program_reads(present: Present) -> None:
    present.link, present.strip, present.backlog = "streaming", STATUS, 4
    present.last_sample_ns, present.handled_ns = NOON_NS, NOON_NS + 250_000_000
    present.counters.bad.update(["bad_crc", "bad_crc", "other_boot"])
    present.counters.frames, present.counters.samples = 10, 63
    account = json.loads(json.dumps(present.account()))
    assert account["link"] == "streaming"
    assert (account["battery_pct"], account["worn"], account["backlog"]) == (81, True, 4)
    assert (account["last_sample"], account["lag_s"]) == ("2026-03-02T12:00:00.000Z", 0.25)
    assert (account["frames"], account["bad_frames"], account["samples"]) == (10, 3, 63)


def test_the_line_is_short_and_tells_of_loss(present: Present) -> None:
    present.link, present.strip = "streaming", STATUS
    present.take(output(second(1, "walking")))
    assert present.line() == "streaming, battery 81 %; walking; 0 events"
    present.awaited_samples = 2700
    assert present.line().endswith("; 0 events, 27 s still in the strip")


def test_the_line_names_who_is_missing_and_what_is_refused(present: Present) -> None:
    present.waiting_for = {"the strip": "no strip in range"}
    present.refused = 3
    assert present.line() == (
        "waiting; posture not known yet; 0 events; the clinic's broker refuses 3 of them"
        "; waiting for the strip: no strip in range"
    )
    assert present.account()["waiting_for"] == {"the strip": "no strip in range"}
    assert present.account()["refused"] == 3
