from datetime import timedelta
from typing import Any

import pytest

from analysis.review.report import render_report
from analysis.review.source import ReviewError


def test_one_day_has_no_overview(morning: Any, document: Any) -> None:
    text = document(render_report([morning.view()], made_at=morning.at("20:00:00"))).text
    assert "Lift-quality report patient p-017, Tuesday 5 May 2026 written 2026-05-05 20:00" in text
    assert "Overview" not in text
    assert "13 bends, 5 of 12 hip-led" in text


def test_several_days_have_a_line_each_and_blank_ones_no_section(morning: Any, document: Any) -> None:
    def midnight(days: int) -> Any:
        return morning.at("00:00:00", morning.day + timedelta(days=days)).astimezone(morning.zone)

    days = [morning.view(day_start=midnight(days), day_end=midnight(days + 1)) for days in (-1, 0)]
    page = document(render_report(days, made_at=morning.at("20:00:00")))
    assert "Monday 4 May 2026 nothing measured" in page.text
    assert "Tuesday 5 May 2026 2 h 20 min 13 42 % likely 19 to 68 % 48 min 2 26 min A" in page.text
    assert sum(tag == "article" for tag, _ in page.tags) == 1


def test_a_report_is_about_one_patient(morning: Any) -> None:
    with pytest.raises(ReviewError, match="one patient"):
        render_report(
            [morning.view(), morning.view(patient="p-018")],
            made_at=morning.at("20:00:00"),
        )
    with pytest.raises(ReviewError, match="at least one day"):
        render_report([], made_at=morning.at("20:00:00"))
