from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from analysis.review.spans import Span, instant, uncovered

NOON = datetime(2026, 5, 5, 12, tzinfo=UTC)


def span(start_s: float, end_s: float) -> Span:
    return Span(NOON + timedelta(seconds=start_s), NOON + timedelta(seconds=end_s))


def test_an_instant_is_read_as_utc() -> None:
    assert instant("2026-05-05T12:00:00.250Z") == NOON + timedelta(milliseconds=250)


def test_a_span_is_cut_to_bounds() -> None:
    assert span(-10, 10).cut_to(span(0, 60)) == span(0, 10)
    assert span(-10, 0).cut_to(span(0, 60)) is None
    assert span(0, 60).overlap_s(span(50, 100)) == 10


def test_only_holes_longer_than_the_tolerance_are_told() -> None:
    spans = [span(20, 30), span(0, 10), span(31, 40), span(5, 8)]
    assert uncovered(spans, tolerance_s=5) == (span(10, 20),)
    assert uncovered([], tolerance_s=5) == ()


@given(st.lists(st.tuples(st.integers(0, 1000), st.integers(1, 100)), max_size=20))
def test_spans_and_holes_together_fill_the_time(pairs: list[tuple[int, int]]) -> None:
    spans = [span(start, start + length) for start, length in pairs]
    holes = uncovered(spans, tolerance_s=0)
    covered = {second for start, length in pairs for second in range(start, start + length)}
    open_ = {
        second
        for hole in holes
        for second in range(int((hole.start - NOON).total_seconds()), int((hole.end - NOON).total_seconds()))
    }
    assert not covered & open_
    assert covered | open_ == (set(range(min(covered), max(covered) + 1)) if covered else set())
