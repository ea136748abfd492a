"""What is found once is found again, and whatever comes in between is computed as ever."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.motion import remembered as module
from analysis.motion.block import PodSamples
from analysis.motion.orientation import Attitude, OrientationParams, PodOrientation
from analysis.motion.remembered import RememberedOrientation

PIECES = 6


def _pieces(*, gyroscope: bool = True) -> list[PodSamples]:
    rng = np.random.default_rng(3)
    return [
        PodSamples(
            rng.normal((0.0, 2.0, 9.5), 0.3, (50, 3)), rng.normal(0, 0.2, (50, 3)) if gyroscope else None
        )
        for _ in range(PIECES)
    ]


def _same(one: Attitude, other: Attitude) -> bool:
    if not np.array_equal(one.quats, other.quats):
        return False
    if one.turning is None or other.turning is None:
        return one.turning is other.turning
    return np.array_equal(one.turning[1], other.turning[1])


@given(
    searched=st.integers(0, PIECES),
    steps=st.lists(
        st.sampled_from(["push", "push", "push", "copy", "part", "reset", "save", "back"]),
        max_size=14,
    ),
    gyroscope=st.booleans(),
    longest_s=st.sampled_from([1.2, 4000.0]),
)
def test_it_is_what_a_new_one_would_find(
    searched: int, steps: list[str], gyroscope: bool, longest_s: float
) -> None:
    pieces = _pieces(gyroscope=gyroscope)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "LONGEST_S", longest_s)
        twice, once = RememberedOrientation(OrientationParams()), PodOrientation(OrientationParams())
        for piece in pieces[:searched]:
            twice.push(piece)
        twice.rewind()
        saved = twice.state(), once.state()
        at = 0
        for what in steps:
            if what == "reset":
                twice.reset()
                once.reset()
            elif what == "save":
                saved = twice.state(), once.state()
            elif what == "back":
                twice.restore(saved[0])
                once.restore(saved[1])
            else:
                piece = pieces[at % PIECES]
                at += 1
                if what == "copy":
                    piece = PodSamples(piece.acc_mps2, piece.gyr_radps)
                elif what == "part":
                    gyr = None if piece.gyr_radps is None else piece.gyr_radps[:20]
                    piece = PodSamples(piece.acc_mps2[:20], gyr)
                assert _same(twice.push(piece), once.push(piece))


def test_what_comes_after_a_gap_is_not_remembered() -> None:
    pieces = _pieces()
    twice, once = RememberedOrientation(OrientationParams()), PodOrientation(OrientationParams())
    twice.push(pieces[0])
    twice.reset()
    twice.push(pieces[1])
    twice.rewind()
    for piece in pieces[:3]:
        assert _same(twice.push(piece), once.push(piece))


def test_nothing_is_computed_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    pieces = _pieces()
    twice = RememberedOrientation(OrientationParams())
    found = [twice.push(piece) for piece in pieces]
    twice.rewind()
    monkeypatch.setattr(PodOrientation, "push", None)
    assert all(twice.push(piece) is attitude for piece, attitude in zip(pieces, found, strict=True))
