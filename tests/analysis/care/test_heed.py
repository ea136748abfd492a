"""Whether reminders lead to breaks: a week's tally, and what follows from it."""

import zoneinfo

import pytest

from analysis.care.heed import Heed, HeedParams
from analysis.care.life import Life
from analysis.events.facts import AlertAction
from analysis.events.fields import utc_ns
from analysis.events.local import LocalTime

VIENNA = LocalTime(zoneinfo.ZoneInfo("Europe/Vienna"))
T0_NS = utc_ns("2026-03-23T09:00:00.000Z")
MIN_NS, DAY_NS = 60 * 10**9, 86_400 * 10**9


def end(
    heed: Heed, count: int, *, at_ns: int = T0_NS, after_min: int = 5, action: AlertAction = "cleared"
) -> None:
    """Let alerts end, each so long after it was last said."""
    for _ in range(count):
        heed.end(Life("open", "alert", at_ns, at_ns), action, at_ns + after_min * MIN_NS)


def test_too_few_alerts_say_nothing() -> None:
    heed = Heed(VIENNA)
    end(heed, 9, after_min=60)
    assert not heed.state.is_halved
    end(heed, 1, after_min=60)
    assert (heed.state.is_halved, heed.state.is_asking) == (True, True)


@pytest.mark.parametrize(("acted", "is_halved"), [(0, True), (1, True), (2, False), (5, False)])
def test_a_fifth_acted_on_is_enough(acted: int, *, is_halved: bool) -> None:
    heed = Heed(VIENNA)
    end(heed, acted)
    end(heed, 10 - acted, after_min=60)
    assert heed.state.is_halved == is_halved


def test_a_break_long_after_and_a_lapse_are_not_acting_on_it() -> None:
    prompt, late, lapsed = Heed(VIENNA), Heed(VIENNA), Heed(VIENNA)
    end(prompt, 10, after_min=15)
    end(late, 10, after_min=16)
    end(lapsed, 10, after_min=1, action="expired")
    assert [heed.state.is_halved for heed in (prompt, late, lapsed)] == [False, True, True]


def test_only_a_week_is_looked_at_over_the_change_of_clocks_too() -> None:
    heed = Heed(VIENNA)
    for day in range(7):  # clocks go forward on the seventh
        end(heed, 1, at_ns=T0_NS + day * DAY_NS, after_min=60)
    end(heed, 2, at_ns=T0_NS + 6 * DAY_NS, after_min=60)
    assert sum(day.ended for day in heed.state.days) == 9
    end(heed, 1, at_ns=T0_NS + 7 * DAY_NS, after_min=60)
    assert [day.day for day in heed.state.days] == [f"2026-03-{day}" for day in range(24, 31)]
    assert not heed.state.is_halved


def test_every_other_alert_is_passed_over_as_a_whole() -> None:
    heed = Heed(VIENNA, HeedParams(least=1))
    end(heed, 1, after_min=60)
    given = []
    for _ in range(6):
        given.append(not heed.passes_over())
        if given[-1]:
            heed.give()
        else:
            assert heed.passes_over(), "as long as the patient sits"
        heed.turn()
    assert given == [True, False, True, False, True, False]


def test_the_patients_word_counts() -> None:
    heed = Heed(VIENNA, HeedParams(least=1))
    end(heed, 1, after_min=60)
    heed.answer(every=False)
    assert (heed.state.is_halved, heed.state.is_asking) == (True, False)
    end(heed, 3, after_min=60)
    assert not heed.state.is_asking, "asked once"
    heed.answer(every=True)
    assert (heed.state.is_halved, heed.state.days) == (False, ())


def test_without_a_clock_on_the_wall_every_alert_is_given() -> None:
    heed = Heed(None, HeedParams(least=1))
    end(heed, 20, after_min=60)
    assert not heed.passes_over()
