"""How a simulated day is judged: measures by hand, and one real hour through core and policy."""

import sys
from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from firmware_sim.days import day
from firmware_sim.study import recorded
from firmware_sim.truth import day as true_day
from tests.accuracy_study.day_snacks import SnackScore
from tests.accuracy_study.days_shown import pictures, tables, worst
from tests.accuracy_study.matching import Span
from tests.accuracy_study.whole_day import MODES, STATES, UNKNOWN, Due, Told, told

SITTING, STANDING = STATES.index("sitting"), STATES.index("standing")


@pytest.fixture(scope="module")
def hour() -> list[Told]:
    life = day(7, 0.75)
    raw = recorded(life)
    return [told(life, raw, mode) for mode in MODES]


def by_hand(true: list[int], found: list[int]) -> Told:
    return Told(
        seed=1,
        mode="dual",
        accepted=True,
        delay_s=14.0,
        first=90,
        true=np.array(true, dtype=np.int8),
        found=np.array(found, dtype=np.int8),
        by_pastime=Counter(
            {
                ("desk", "sitting", "standing"): 120,
                ("desk", "sitting", "sitting"): 60,
                ("nap", "lying", "lying"): 9,
            }
        ),
        due=(Due("nudge", 1890.0, 14.0), Due("alert", 2790.0, None)),
        false_alerts=(("nudge", 400.0),),
        steps=103,
        true_steps=100,
        walks=(3, 1, 0),
        snacks=SnackScore((1, 0, 1), (True, True, False), (True,), (Span(500.0, 565.0),), ()),
        missed_walks=(),
        false_walks=(("cooking", Span(100.0, 112.0)),),
    )


def test_a_minute_is_what_takes_most_of_it_on_the_recordings_own_minutes() -> None:
    # The day begins at 90 s; its first whole minute is that from 120 s on.
    one = by_hand([STANDING] * 50 + [SITTING] * 130, [STANDING] * 50 + [SITTING] * 50 + [UNKNOWN] * 80)
    assert one.minutes() == [(SITTING, SITTING), (SITTING, UNKNOWN)]
    assert one.seconds_of("sitting") == (130.0, 50.0)


def test_what_went_wrong_is_told_precisely() -> None:
    one = by_hand([SITTING] * 180, [STANDING] * 120 + [SITTING] * 60)
    confusions = list(tables([one], "dual"))[1]
    assert confusions.rows == (("desk", "sitting", "standing", "2.0", "66.7 %"),)
    said = [case.what for case in worst([one], "dual")]
    assert "the alert due never came" in said
    assert "a nudge that was not due" in said
    assert "movement snack missed" in said
    assert "walk of 12 s false, while: cooking" in said
    (picture,) = pictures([one], "dual")
    assert picture.draw().axes


def test_an_hour_is_told(hour: list[Told]) -> None:
    life = day(7, 0.75)
    dual, single = hour
    assert dual.accepted
    assert (dual.mode, single.mode) == ("dual", "single")
    assert 10.0 < dual.delay_s < 20.0
    for one in hour:
        assert len(one.true) == len(one.found) == int(life.duration_s) - one.first
        assert sum(one.by_pastime.values()) == len(one.true)
        assert (one.found == UNKNOWN).mean() < 0.15
        minutes = one.minutes()
        assert sum(true == found for true, found in minutes) / len(minutes) > 0.4
        strikes = true_day.steps_s(life).size
        assert 0.5 * strikes < one.true_steps <= strikes
        assert 0.5 * strikes < one.steps < 1.6 * strikes


def test_a_day_that_is_told_right_is_judged_right(hour: list[Told]) -> None:
    perfect = replace(hour[0], found=hour[0].true)
    assert all(true == found for true, found in perfect.minutes())
    assert perfect.seconds_of("sitting")[0] == perfect.seconds_of("sitting")[1]
