"""The decoder beside one that is written as the model is drawn, which carries every path along."""

import math
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.events.day import PostureState
from analysis.motion.block import FloatArray
from analysis.motion.decoding import (
    LEANING,
    LYING,
    SITTING,
    STANDING,
    STATES,
    STEPS_PER_NAT,
    WALKING,
    DecodingParams,
    PathMemory,
    Said,
    decode,
    decode_rest,
)

P = DecodingParams()
Told = list[tuple[PostureState, float]]


def _plain(said: Said, before: PostureState | None) -> Told:
    """Return what is told of all seconds: every path is carried along, and each second decided by itself."""
    told: Told = []
    scores, paths = _first(said, before), [[state] for state in range(len(STATES))]
    for second in range(1, len(said)):
        if second > P.lag_s:
            told.append(_told(scores, paths, P.lag_s))
        rise, fall, stay = (float(row[second]) for row in (said.rise, said.fall, said.stay))
        lying, sitting, leaning, standing, walking = scores
        seat, on = (leaning, LEANING) if leaning >= sitting else (sitting, SITTING)
        to_sitting = _best((lying - P.cost_lying, LYING), (seat - stay, on), (standing - fall, STANDING))
        ways = [
            _best((lying, LYING), (seat - P.cost_lying, on), (standing - P.cost_lying - fall, STANDING)),
            to_sitting,
            _best((to_sitting[0] - P.cost_leaning, to_sitting[1]), (leaning - stay, LEANING)),
            _best(
                (lying - P.cost_lying - rise, LYING),
                (seat - rise, on),
                (standing, STANDING),
                (walking - P.cost_steps, WALKING),
            ),
            _best((standing - P.cost_steps, STANDING), (walking, WALKING)),
        ]
        top = max(score for score, _ in ways)
        scores = [
            score + float(says[second]) - top for (score, _), says in zip(ways, said.states, strict=True)
        ]
        paths = [[*paths[way], state] for state, (_, way) in enumerate(ways)]
        if said.back_s[second]:
            sat = [path[-1 - said.back_s[second]] in {SITTING, LEANING} for path in paths]
            scores[SITTING] -= 0.0 if sat[SITTING] else P.back
            scores[LEANING] -= 0.0 if sat[LEANING] else P.back
            scores[STANDING] -= P.back if sat[STANDING] else 0.0
    return told + [_told(scores, paths, age_s) for age_s in reversed(range(min(len(said), P.lag_s + 1)))]


def _first(said: Said, before: PostureState | None) -> list[float]:
    start, likely = ("standing", P.start_standing) if before is None else (before, P.start_known)
    speaks = [likely if state == start else 0.0 for state in STATES]
    speaks[LEANING] -= P.cost_leaning
    return [float(says[0]) + more for says, more in zip(said.states, speaks, strict=True)]


def _best(*ways: tuple[float, int]) -> tuple[float, int]:
    """Return the last of the best."""
    return max(reversed(ways), key=lambda way: way[0])


def _told(scores: list[float], paths: list[list[int]], age_s: int) -> tuple[PostureState, float]:
    then = [STATES[path[-1 - age_s]] for path in paths]
    best = scores.index(max(scores))
    others = [score for score, state in zip(scores, then, strict=True) if state != then[best]]
    margin = min(6.0, scores[best] - max(others, default=-math.inf))
    return then[best], 1.0 / (1.0 + math.exp(-margin))


def _said(seed: int, count: int, *, even: bool) -> Said:
    """Return what some seconds say at random; `even`: in whole nats, so that there are ways as good."""
    rng = np.random.default_rng(seed)

    def some(scale: float, part: float = 1.0) -> FloatArray:
        nats = rng.normal(size=count) * scale * (rng.random(count) < part)
        per_nat = 1.0 if even else STEPS_PER_NAT
        return np.asarray(np.round(nats * per_nat) / per_nat)

    tilt, steps = some(1.0), np.where(np.repeat(rng.random(count), 7)[:count] < 0.2, 4.0, -4.0)
    lying = np.where(np.repeat(rng.random(count), 30)[:count] < 0.1, 4.0, -4.0)
    seat = -0.5 * np.maximum(steps, 0.0)
    states = (lying, seat + tilt, seat - tilt, -tilt, steps - np.maximum(lying, 0.0))
    rise, fall, stay = 8.0 - np.abs(some(6.0, 0.1)), 8.0 - np.abs(some(6.0, 0.1)), np.abs(some(4.0, 0.1))
    back_s = rng.integers(1, P.memory_s + 1, count) * (rng.random(count) < 0.1)
    back_s[back_s > np.arange(count)] = 0
    return Said(states, rise, fall, stay, back_s.tolist())


def _part(said: Said, start: int, stop: int) -> Said:
    states, rise, fall, stay = (
        tuple(row[start:stop] for row in said.states),
        *(row[start:stop] for row in (said.rise, said.fall, said.stay)),
    )
    return Said(states, rise, fall, stay, said.back_s[start:stop])


@given(
    seed=st.integers(0, 10_000),
    count=st.integers(1, 120),
    even=st.booleans(),
    before=st.sampled_from([None, "lying", "sitting", "walking"]),
    cuts=st.lists(st.integers(0, 120), max_size=12),
)
def test_paths_looked_up_afterwards_are_those_carried_along(
    seed: int, count: int, even: bool, before: PostureState | None, cuts: list[int]
) -> None:
    said = _said(seed, count, even=even)
    told: Told = []
    memory = PathMemory()
    for start, stop in pairwise(sorted({0, count, *(cut for cut in cuts if cut < count)})):
        decided, memory = decode(_part(said, start, stop), memory, P, before)
        told += zip(*decided, strict=True)
    told += zip(*decode_rest(memory, P), strict=True)
    assert told == _plain(said, before)


@given(seed=st.integers(0, 10_000), even=st.booleans())
def test_no_last_bit_decides_between_ways_that_are_as_good(seed: int, even: bool) -> None:
    said, noise = _said(seed, 120, even=even), np.random.default_rng(seed)

    def nearly(nats: FloatArray) -> FloatArray:
        return nats + noise.uniform(-0.4, 0.4, nats.shape) / STEPS_PER_NAT

    rise, fall, stay = map(nearly, (said.rise, said.fall, said.stay))
    almost = Said(tuple(map(nearly, said.states)), rise, fall, stay, said.back_s)
    assert decode(almost, PathMemory(), P, None) == decode(said, PathMemory(), P, None)


@pytest.mark.parametrize(("stay", "cost_lying"), [(16.5, P.cost_lying), (-0.1, P.cost_lying), (P.stay, 2.0)])
def test_prices_at_which_a_shortcut_would_err_are_refused(stay: float, cost_lying: float) -> None:
    with pytest.raises(ValueError, match="twice cost_lying"):
        DecodingParams(stay=stay, cost_lying=cost_lying)
