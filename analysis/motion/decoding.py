"""The likeliest run of postures, second by second: Viterbi's algorithm with a fixed lag.

Five hidden states. Someone on a seat either sits as seats make people sit, or leans: holds the pelvis as in a
stand, on the forearms, on the edge, elbows on knees. Leaning looks like standing and is entered once, at a
price, so that tilt alone can never outweigh that nothing rose, however long it lasts. Changing between seat
and feet is dear unless it was seen; leaving a seat without leaving it by way of a stand is impossible.

Prices are round numbers, so two ways are often exactly as good. All that is added up is therefore taken to a
whole multiple of a power of two: sums are exact, and no last bit of an angle decides between such ways.

Only the scores depend on one another from second to second. They are carried on in plain floats
(:func:`_follow`), noting on the way by which state the best path came into each state. Where the paths
were some seconds before is looked up afterwards, for all seconds at once.
"""

import math
from dataclasses import dataclass
from itertools import chain
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analysis.events.day import PostureState
from analysis.motion.block import FloatArray

STATES: tuple[PostureState, ...] = ("lying", "sitting", "sitting", "standing", "walking")
"""What is told of each hidden state."""
_TOLD = np.array(STATES, dtype=object)
LYING, SITTING, LEANING, STANDING, WALKING = range(5)
_COUNT = len(STATES)
_SAME_AS = np.array([STATES.index(state) for state in STATES])
"""The first hidden state of which the same is told."""
_MOST_NATS = 6.0
_SURE = 1.0 / (1.0 + math.exp(-_MOST_NATS))
"""Where all paths agree."""
STEPS_PER_NAT = 2.0**20
"""Scores are added up in such steps, 1/nat [ours]: a millionth of a nat is nothing. Prices are whole nats."""
_FREE_NATS = 1.0
"""Sitting down at such a price may be better than the seat though standing is not."""

Scores = tuple[float, float, float, float, float]
Decided = tuple[list[PostureState], list[float]]
"""States of seconds, and how sure each is."""


@dataclass(frozen=True, slots=True)
class DecodingParams:
    """Prices of changes, in nats, and how far back is remembered."""

    lag_s: int = 10
    """A second is decided so long after its evidence is complete, s [ours]."""
    memory_s: int = 18
    """A return is known so far back, s [ours]: returns last up to 15 s (CLINICAL.md B3)."""
    back: float = 6.0
    """What coming back to where one was says against a change of seat [ours]."""
    start_standing: float = 2.0
    """What speaks for a stand before anything was seen [ours]: strips are put on standing."""
    start_known: float = 8.0
    """What speaks for the posture in which the wearer was before the core began anew [ours]."""
    cost_unseen: float = 8.0
    """Of changing between seat and feet where no rise or fall was seen [ours]."""
    cost_still: float = 4.0
    """The same, besides, where the pelvis did not even turn [ours]."""
    cost_seen: float = -4.0
    """The same with a clear one, which is rare without [ours]."""
    cost_up: float = 0.0
    """The same where the pelvis went up by the height of a seat [ours]: a seat leaves no other way up."""
    cost_down: float = 3.0
    """The same where it went down by it [ours]: that may be a squat."""
    stay: float = 6.0
    """What going up or down so far says against having been on the seat all along [ours]."""
    taken: float = 12.0
    """What the wearer's own word says [ours]: more than any tilt that follows."""
    cost_leaning: float = 2.0
    """Of holding oneself as in a stand while seated [ours]."""
    cost_steps: float = 3.0
    """Between standing and walking [ours]."""
    cost_lying: float = 8.0
    """Between lying and sitting [ours]."""

    def __post_init__(self) -> None:
        # Ways that are seldom taken are left out where, at such prices, they cannot win.
        if not 0.0 <= self.stay <= 2.0 * self.cost_lying:
            raise ValueError(f"stay is {self.stay:g} nats; from 0 to twice cost_lying ({self.cost_lying:g})")


@dataclass(frozen=True, slots=True)
class Said:
    """What consecutive whole seconds say, in nats.

    Attributes
    ----------
    states
        For each hidden state, (k,).
    rise, fall
        What rising from a seat costs in each second, and sitting down, (k,).
    stay
        What speaks against having been on the seat all along, (k,).
    back_s
        Of seconds in which a movement ended where it began: for how many seconds it had lasted; else 0.
    """

    states: tuple[FloatArray, ...]
    rise: FloatArray
    fall: FloatArray
    stay: FloatArray
    back_s: list[int]

    def __len__(self) -> int:
        return int(self.rise.shape[0])

    def columns(self) -> list[list[float]]:
        """Return all of it in whole steps, (8, k): the states; what rising costs, sitting down, staying."""
        nats = np.array((*self.states, self.rise, self.fall, self.stay))
        columns: list[list[float]] = (np.rint(nats * STEPS_PER_NAT) / STEPS_PER_NAT).tolist()
        return columns


@dataclass(frozen=True, slots=True)
class PathMemory:
    """The score of the best path to each state that the newest second may have, and these paths.

    `ways` has five bytes for each of the newest seconds: by which state of the second before the best path to
    each of its states came. The first second of all has none.
    """

    scores: Scores | None = None
    ways: bytes = b""


def price(clear: float, by_height: float, way: float, params: DecodingParams, *, is_still: bool) -> float:
    """Return what changing between seat and feet costs in a second.

    `clear` is how clearly the change was seen, `way` how surely the pelvis went by the height of a seat,
    and `by_height` what it costs where that is sure.
    """
    p = params
    if clear <= 0.0 and way <= 0.0:
        return p.cost_unseen + (p.cost_still if is_still else 0.0)
    seen = (p.cost_seen - p.cost_unseen) * clear
    return p.cost_unseen + min(seen, (by_height - p.cost_unseen) * max(way, 0.0))


def decode(
    said: Said, memory: PathMemory, params: DecodingParams, before: PostureState | None
) -> tuple[Decided, PathMemory]:
    """Return what is decided with the next seconds, oldest first, and what is to be remembered.

    `before` is the posture before the first second of all, if it is known.
    """
    scores, known, begin, columns = memory.scores, len(memory.ways) // _COUNT, 0, said.columns()
    if scores is None:
        if not len(said):
            return ([], []), memory
        scores, begin = _begun([state[0] for state in columns[:_COUNT]], before, params), 1
    rows, ways = [scores], [*memory.ways]
    _follow([column[begin:] for column in columns], said.back_s[begin:], rows, ways, params)
    cells = bytes(ways)
    after = PathMemory(rows[-1], cells[-_COUNT * params.memory_s :])
    # A second's scores are asked once the next one is there, about the second `lag_s` before.
    first, last = max(0, params.lag_s - known), len(rows) - 1
    if first >= last:
        return ([], []), after
    then = _earlier(cells, slice(known + first, known + last), params.lag_s)
    return _decided(then, rows[first:]), after


def decode_rest(memory: PathMemory, params: DecodingParams) -> Decided:
    """Return the seconds still within the lag, oldest first, as if nothing followed."""
    if memory.scores is None:
        return [], []
    then, ways = [list(range(_COUNT))], memory.ways
    for at in range(len(ways) - _COUNT, -1, -_COUNT)[: params.lag_s]:
        then.append([ways[at + state] for state in then[-1]])
    return _decided(np.array(then[::-1]).T, [memory.scores] * len(then))


def taken(state: PostureState, memory: PathMemory, params: DecodingParams) -> PathMemory:
    """Return the memory once the wearer has said in which posture all of the past was."""
    scores = [0.0 if one == state else -params.taken for one in STATES]
    scores[LEANING] -= params.cost_leaning
    lying, sitting, leaning, standing, walking = scores
    ways = bytes([STATES.index(state)]) * len(memory.ways)
    return PathMemory((lying, sitting, leaning, standing, walking), ways)


def _begun(said: list[float], before: PostureState | None, params: DecodingParams) -> Scores:
    """Return the scores of the first second of all."""
    p = params
    if before in STATES:
        known = [p.start_known if state == before else 0.0 for state in STATES]
    else:
        known = [p.start_standing if state == "standing" else 0.0 for state in STATES]
    known[LEANING] -= p.cost_leaning
    lying, sitting, leaning, standing, walking = (one + other for one, other in zip(said, known, strict=True))
    return lying, sitting, leaning, standing, walking


def _follow(
    columns: list[list[float]],
    returns_s: list[int],
    rows: list[Scores],
    ways: list[int],
    params: DecodingParams,
) -> None:
    """Lengthen `rows`, the scores of second after second, and `ways`, by which states the best paths came.

    `columns` and `returns_s` are what the seconds say (:meth:`Said.columns`, :attr:`Said.back_s`). Of ways as
    good, that from the state farther down the list is taken.
    """
    by_lying, by_steps, by_leaning = params.cost_lying, params.cost_steps, params.cost_leaning
    lying, sitting, leaning, standing, walking = rows[-1]
    for for_lying, for_sitting, for_leaning, for_standing, for_walking, rise, fall, stay, back_s in zip(
        *columns, returns_s, strict=True
    ):
        # No one walks off a bed or a seat; nearly always a seat is kept.
        if leaning >= sitting:
            seat, by_seat = leaning, LEANING
        else:
            seat, by_seat = sitting, SITTING
        to_lying, lain = seat - by_lying, by_seat
        to_sitting, sat = seat - stay, by_seat
        to_standing, stood = seat - rise, by_seat
        if lying > to_lying:
            to_lying, lain = lying, LYING
            if (way := lying - by_lying) > to_sitting:
                to_sitting, sat = way, LYING
            if (way := lying - by_lying - rise) > to_standing:
                to_standing, stood = way, LYING
        if standing >= to_sitting or fall < _FREE_NATS:
            if (way := standing - by_lying - fall) >= to_lying:
                to_lying, lain = way, STANDING
            if (way := standing - fall) >= to_sitting:
                to_sitting, sat = way, STANDING
        if leaning - stay >= to_sitting - by_leaning:
            to_leaning, leant = leaning - stay, LEANING
        else:
            to_leaning, leant = to_sitting - by_leaning, sat
        if standing >= to_standing:
            to_standing, stood = standing, STANDING
        if (way := walking - by_steps) >= to_standing:
            to_standing, stood = way, WALKING
        if walking >= standing - by_steps:
            to_walking, walked = walking, WALKING
        else:
            to_walking, walked = standing - by_steps, STANDING
        # Nothing leads to leaning that does not lead to sitting as well.
        top = to_sitting
        if to_standing > top:
            top = to_standing
        if to_walking > top:
            top = to_walking
        if to_lying > top:
            top = to_lying
        lying = to_lying + for_lying - top
        sitting = to_sitting + for_sitting - top
        leaning = to_leaning + for_leaning - top
        standing = to_standing + for_standing - top
        walking = to_walking + for_walking - top
        ways += lain, sat, leant, stood, walked
        if back_s and back_s <= min(len(ways) // _COUNT + 1, params.memory_s):
            # Who was on a seat then is on it again.
            if not _was_seated(SITTING, ways, back_s):
                sitting -= params.back
            if not _was_seated(LEANING, ways, back_s):
                leaning -= params.back
            if _was_seated(STANDING, ways, back_s):
                standing -= params.back
        rows.append((lying, sitting, leaning, standing, walking))


def _was_seated(state: int, ways: list[int], age_s: int) -> bool:
    """Return whether the best path to a state of the newest second was on a seat so long before."""
    for at in range(len(ways) - _COUNT, len(ways) - _COUNT * (age_s + 1), -_COUNT):
        if at < 0:
            return False
        state = ways[at + state]
    return state in {SITTING, LEANING}


def _earlier(cells: bytes, newest: slice, age_s: int) -> NDArray[np.integer[Any]]:
    """Return where the best paths to all states of some seconds were `age_s` before, (5, n).

    `cells` are the ways into the states of all seconds, `newest` the number of seconds on each path.
    """
    came = np.frombuffer(cells, dtype=np.uint8)
    # Each cell holds the place of the cell of the second before from which its path came.
    links = np.repeat(np.arange(-_COUNT, len(cells) - _COUNT, _COUNT), _COUNT) + came
    at = np.arange(_COUNT * (newest.start - 1), _COUNT * (newest.stop - 1)).reshape(-1, _COUNT).T
    for _ in range(age_s - 1):
        at = links.take(at)
    return came.take(at)


def _decided(then: NDArray[np.integer[Any]], rows: list[Scores]) -> Decided:
    """Return the state on the best of five paths, and how sure it is against the others.

    `then` has the states in question of the paths, (5, n); `rows` has their scores.
    """
    hidden, sure = then[0].copy(), [_SURE] * then.shape[1]
    # Mostly all paths have come from one.
    unsure = np.flatnonzero((then != hidden).any(axis=0))
    if unsure.size:
        said = chain.from_iterable([rows[second] for second in unsure.tolist()])
        scores = np.fromiter(said, np.float64, _COUNT * unsure.size).reshape(-1, _COUNT).T.copy()
        then = then[:, unsure]
        best, at = scores.argmax(axis=0), np.arange(unsure.size)
        top, found = scores[best, at], then[best, at]
        hidden[unsure] = found
        scores[_SAME_AS[then] == _SAME_AS[found]] = -np.inf
        margins = top - scores.max(axis=0)
        for one in np.flatnonzero(margins < _MOST_NATS).tolist():
            sure[unsure[one]] = 1.0 / (1.0 + math.exp(-margins[one]))
    return _TOLD[hidden].tolist(), sure
