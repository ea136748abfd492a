"""What is looked at for a calibration: so many seconds, however the samples were cut, and each only once."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.motion.block import Block, FloatArray, PodSamples
from analysis.motion.looking import in_pieces, looked_at
from analysis.motion.orientation import PodOrientation
from analysis.motion.pipeline import Pipeline
from analysis.motion.remembered import Remembered
from analysis.motion.session import Given, Session, find_calibration
from analysis.motion.watch import Seen, Watch, WatchParams
from tests.analysis.motion.conftest import ORIGIN, planar

LONGEST_S = 40


def _swaying(*, first_sample: int = 0, seconds: int = 55) -> Block:
    t_s = np.arange(0.0, seconds, 0.01)
    tilt_deg = 5.0 * np.sin(t_s) * (t_s > 20.0)
    return planar(tilt_deg, 2.0 * tilt_deg, first_sample=first_sample)


def _seen(pieces: list[Block]) -> tuple[Seen, int | None]:
    seen, first_utc_ns = looked_at(pieces, Pipeline(ORIGIN), Watch(WatchParams()), LONGEST_S)
    assert seen is not None
    return seen, first_utc_ns


@given(
    first_sample=st.sampled_from([0, 1, 250, 4799]),
    cuts=st.sets(st.integers(1, 5499), max_size=6),
    piece=st.sampled_from([100, 700, 4800]),
)
def test_it_is_the_same_however_the_samples_are_cut(first_sample: int, cuts: set[int], piece: int) -> None:
    block = _swaying(first_sample=first_sample)
    parts = [block[a:b] for a, b in pairwise([0, *sorted(cuts), len(block)])]
    whole, utc_ns = _seen([block])
    cut, utc_ns_of_cut = _seen([one for part in parts for one in in_pieces(part, piece)])
    assert utc_ns_of_cut == utc_ns
    assert len(cut.still) == len(whole.still) == LONGEST_S
    np.testing.assert_array_equal(cut.still, whole.still)
    np.testing.assert_array_equal(cut.walked, whole.walked)
    for name, pod in whole.pods.items():
        np.testing.assert_array_equal(cut.pods[name].up, pod.up)
        np.testing.assert_array_equal(cut.pods[name].force_mps2, pod.force_mps2)


def test_pieces_end_where_a_session_ends_them() -> None:
    block = planar(np.zeros(1000), None, first_sample=250)
    assert [(piece.first_sample, len(piece)) for piece in in_pieces(block, 400)] == [
        (250, 150),
        (400, 400),
        (800, 400),
        (1200, 50),
    ]
    (whole,) = in_pieces(block, 2000)
    assert whole is block


def test_orientation_is_found_once(monkeypatch: pytest.MonkeyPatch) -> None:
    blocks = list(in_pieces(_swaying(seconds=4000), 192_000))
    counts: list[int] = []
    push = PodOrientation.push

    def counted(self: PodOrientation, samples: PodSamples) -> object:
        counts.append(len(samples.acc_mps2))
        return push(self, samples)

    monkeypatch.setattr(PodOrientation, "push", counted)
    remembered = Remembered()
    session = Session(
        ORIGIN, Given(find_calibration(blocks, ORIGIN, remembered=remembered)), remembered=remembered
    )
    for block in blocks:
        session.push(block)
    session.finish()
    assert sum(counts) == 2 * 400_000


def test_of_pods_that_come_and_go_the_richer_part_counts() -> None:
    sway: FloatArray = 5.0 * np.sin(np.arange(0.0, 22.0, 0.01))
    alone = planar(sway[:500], None)
    both = planar(sway, sway, first_sample=500)
    again = planar(sway[:900], None, first_sample=2700)
    seen, _ = _seen([alone, both, again])
    assert set(seen.pods) == {"lower", "upper"}
    assert len(seen.still) == 22
