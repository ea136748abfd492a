"""The therapist's settings: sensible by default, within limits, in order."""

from typing import Any

import pytest
from pydantic import ValidationError

from analysis.care.breaks import BreakParams
from analysis.care.hush import HushParams
from analysis.care.settings import CareSettings
from analysis.care.strip import StripParams


def test_the_defaults_are_the_policies_own() -> None:
    settings = CareSettings()
    assert settings.rule == BreakParams()
    assert settings.hush == HushParams()
    assert settings.strip == StripParams()


def test_everything_arrives_where_it_belongs() -> None:
    settings = CareSettings(
        nudge_min=20,
        alert_min=40,
        repeat_min=5,
        repeats=3,
        follower=True,
        follower_min=75,
        break_s=90,
        break_steps=20,
        stretch_resets=True,
        quiet_from="21:30",
        quiet_to="06:15",
        daily_cap=4,
        worn_by="11:00",
    )
    assert settings.rule == BreakParams(90.0, 20, True, 2.5, 5.0, 7200.0, 1200.0, 2400.0, 300.0, 3, 4500.0)
    assert settings.hush == HushParams(21 * 60 + 30, 6 * 60 + 15, 4)
    assert (settings.strip.follower_s, settings.strip.worn_by_min) == (4500.0, 660)


@pytest.mark.parametrize(
    ("values", "fault"),
    [
        ({"nudge_min": 9.9}, "greater than or equal to 10"),
        ({"nudge_min": 30, "alert_min": 30}, "alert_min must be later"),
        ({"alert_min": 181}, "less than or equal to 180"),
        ({"alert_min": float("nan")}, "finite number"),
        ({"repeat_min": 1}, "greater than or equal to 5"),
        ({"repeats": -1}, "greater than or equal to 0"),
        ({"repeats": 2.5}, "valid integer"),
        ({"follower": True, "follower_min": 40}, "follower_min must be later"),
        ({"break_s": 0}, "greater than or equal to 20"),
        ({"daily_cap": 0}, "greater than or equal to 1"),
        ({"quiet_from": "25:00"}, "pattern"),
        ({"quiet_to": "7"}, "pattern"),
        ({"nudge": 30}, "Extra inputs"),
        ({"practice_hinges": 31}, "less than or equal to 30"),
        ({"practice_sets": -1}, "greater than or equal to 0"),
        ({"profile": "both"}, "'none', 'flexion' or 'extension'"),
    ],
)
def test_what_is_out_of_bounds_is_refused(values: dict[str, Any], fault: str) -> None:
    with pytest.raises(ValidationError, match=fault):
        CareSettings.model_validate(values)


def test_a_follower_who_is_not_wanted_may_stand_anywhere() -> None:
    assert CareSettings(follower_min=30, alert_min=60).rule.follower_s is None
