"""The short form of ``make fuzz``."""

from tests.fuzz import MOST_GROWTH_MB, run


def test_hostile_messages_are_refused_counted_and_leave_nothing_behind() -> None:
    seed = 20
    print(f"seed {seed}")
    fuzz, growth_mb = run(60_000, seed)
    assert fuzz.given >= 60_000
    assert growth_mb < MOST_GROWTH_MB
    assert (
        min(fuzz.counted[what] for what in ("commands refused", "statuses refused", "statuses taken")) > 100
    )
