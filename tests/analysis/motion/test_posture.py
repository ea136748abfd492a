from itertools import pairwise

import numpy as np
import pytest

from analysis.events.day import PostureState
from analysis.motion.posture import Evidence, PostureParams, PostureStage

PARAMS = PostureParams()


def _evidence(
    pelvis_deg: list[float],
    *,
    walking: list[int] | None = None,
    levels: dict[int, float] | None = None,
    lean_deg: list[float] | None = None,
    bend_deg: list[float] | None = None,
) -> Evidence:
    count = len(pelvis_deg)
    rose = np.zeros(count)
    for second, metres in (levels or {}).items():
        rose[second] = metres
    steps = np.zeros(count, dtype=np.bool_)
    steps[walking or []] = True
    return Evidence(
        np.array(pelvis_deg),
        np.zeros(count) if bend_deg is None else np.array(bend_deg),
        np.abs(np.array(pelvis_deg)) if lean_deg is None else np.array(lean_deg),
        steps,
        rose,
    )


def _decode(evidence: Evidence, *, levels_known: bool = True) -> list[PostureState]:
    stage = PostureStage(PARAMS, sit_deg=-18.0, levels_known=levels_known, pelvis_known=True)
    decided = stage.push(evidence)
    assert len(decided) == max(0, evidence.pelvis_deg.shape[0] - PARAMS.lag_s - 1)
    decided += stage.finish()
    assert all(0.5 <= confidence <= 1.0 for _, confidence in decided)
    return [state for state, _ in decided]


def test_sits_and_rises_to_the_second() -> None:
    pelvis = [0.0] * 30 + [-18.0] * 60 + [0.0] * 30
    found = _decode(_evidence(pelvis, levels={30: -0.4, 90: 0.4}))
    assert found == ["standing"] * 30 + ["sitting"] * 60 + ["standing"] * 30


def test_leaning_back_for_a_while_is_no_seat() -> None:
    assert set(_decode(_evidence([0.0] * 30 + [-18.0] * 10 + [0.0] * 30))) == {"standing"}


def test_a_seat_without_a_fall_is_believed_in_the_end() -> None:
    found = _decode(_evidence([0.0] * 30 + [-18.0] * 120))
    assert found[-60:] == ["sitting"] * 60


def test_no_walk_off_a_seat_without_rising() -> None:
    pelvis = [-18.0] * 40 + [0.0] * 40
    found = _decode(_evidence(pelvis, walking=list(range(40, 80))))
    changes = [(a, b) for a, b in pairwise(found) if a != b]
    assert changes == [("sitting", "standing"), ("standing", "walking")]


def test_lying_on_the_back_but_not_bending_forward() -> None:
    count = 80
    lean = [0.0] * 20 + [88.0] * 40 + [0.0] * 20
    on_back = _decode(_evidence([0.0] * count, lean_deg=lean, bend_deg=[-v for v in lean]))
    assert on_back[25:55] == ["lying"] * 30
    bend = [0.0] * 20 + [88.0] * 12 + [0.0] * 48
    bent = _decode(_evidence([0.0] * count, lean_deg=bend, bend_deg=bend))
    assert set(bent) == {"standing"}


@pytest.mark.parametrize("cut", [1, 13, 14, 40])
def test_cuts_and_snapshots_change_nothing(cut: int) -> None:
    rng = np.random.default_rng(cut)
    evidence = _evidence((rng.normal(size=100) * 10.0 - 9.0).tolist(), walking=[3, 4, 5], levels={50: -0.4})
    parts = [
        Evidence(
            evidence.pelvis_deg[part],
            evidence.bend_deg[part],
            evidence.lean_deg[part],
            evidence.walking[part],
            evidence.rose_m[part],
        )
        for part in (slice(0, cut), slice(cut, None))
    ]
    whole = PostureStage(PARAMS, sit_deg=None, levels_known=True, pelvis_known=True)
    one = PostureStage(PARAMS, sit_deg=None, levels_known=True, pelvis_known=True)
    other = PostureStage(PARAMS, sit_deg=None, levels_known=True, pelvis_known=True)
    expected = whole.push(evidence) + whole.finish()
    begun = one.push(parts[0])
    other.restore(one.state())
    assert begun + other.push(parts[1]) + other.finish() == expected
