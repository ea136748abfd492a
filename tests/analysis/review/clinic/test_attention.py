from datetime import date, timedelta
from typing import Any

import pytest

from analysis.review.clinic.attention import Seen, attention
from analysis.trends.daily import Day, day_of

TODAY = date(2026, 5, 20)


def day(ago: int, **totals: int) -> Day:
    return day_of(TODAY - timedelta(days=ago), {"minutes": 600, **totals})


def said(**seen: Any) -> list[str]:
    return [reason.text for reason in attention(Seen(**seen), TODAY).reasons]


def test_an_ordinary_patient_has_no_reason_and_figures() -> None:
    seen = attention(
        Seen(
            days=(
                day(1, lifts=20, hip_hinge=5, shared=5, lumbar_flexion=10, walking=360_000),
                day(0, lifts=10),
            )
        ),
        TODAY,
    )
    assert seen.reasons == ()
    assert (seen.worn_days, seen.bends_a_day, seen.hip_led, seen.walking_min_a_day) == (2, 15, (5, 20), 30)
    assert seen.last_day == TODAY


def test_reasons_stand_in_order_of_urgency() -> None:
    assert said(days=(day(4, long_sitting_bouts=5),), red_flags=True, pain=(2, 5), battery_pct=9) == [
        "an answer of the health check is open",
        "pain went from 2 to 5 of 10",
        "nothing measured for 4 days",
        "5.0 sits of half an hour or more a day",
        "strip's battery at 9 %",
    ]


@pytest.mark.parametrize(
    ("seen", "expected"),
    [
        ({}, ["nothing measured in two weeks"]),
        ({"days": (day(2),)}, []),
        ({"days": (day(0),), "pain": (4, 5)}, []),
        ({"days": (day(0),), "pain": (5,)}, []),
        ({"days": (day(0, long_sitting_bouts=1),)}, []),
        ({"days": (day(0),), "battery_pct": 15}, []),
    ],
)
def test_what_is_and_what_is_not_a_reason(seen: dict[str, Any], expected: list[str]) -> None:
    assert said(**seen) == expected


def test_a_day_hardly_worn_counts_in_no_mean() -> None:
    brief = day_of(TODAY, {"minutes": 30, "lifts": 50})
    seen = attention(Seen(days=(brief,)), TODAY)
    assert (seen.worn_days, seen.bends_a_day, seen.last_day) == (0, None, TODAY)
