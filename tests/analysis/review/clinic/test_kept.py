"""What is kept for a minute: made once meanwhile, anew afterwards, and never more than a few."""

import contextlib
import itertools

from analysis.review.clinic.kept import KEPT_S, Kept


def test_a_value_is_made_once_a_minute() -> None:
    now_s, made = [0.0], itertools.count(1)
    kept: Kept[str, int] = Kept(3, lambda: now_s[0])
    assert [kept.get("a", lambda: next(made)) for _ in range(3)] == [1, 1, 1]
    now_s[0] = KEPT_S - 0.1
    assert kept.get("a", lambda: next(made)) == 1
    now_s[0] = KEPT_S
    assert kept.get("a", lambda: next(made)) == 2


def test_the_first_goes_when_there_are_too_many() -> None:
    made = itertools.count(1)
    kept: Kept[str, int] = Kept(2, lambda: 0.0)
    assert [kept.get(key, lambda: next(made)) for key in "abcb"] == [1, 2, 3, 2]
    assert kept.get("a", lambda: next(made)) == 4


def test_what_cannot_be_made_is_not_kept() -> None:
    kept: Kept[str, float] = Kept(2, lambda: 0.0)
    with contextlib.suppress(ZeroDivisionError):
        kept.get("a", lambda: 1 / 0)
    assert kept.get("a", lambda: 5.0) == 5.0
