"""The likeliest run of postures, second by second: Viterbi's algorithm with a fixed lag.

Five hidden states. Someone on a seat either sits as seats make people sit, or leans: holds the pelvis as in a
stand, on the forearms, on the edge, elbows on knees. Leaning looks like standing and is entered once, at a
price, so that tilt alone can never outweigh that nothing rose, however long it lasts. Changing between seat
and feet is dear unless it was seen; leaving a seat without leaving it by way of a stand is impossible.
"""

import math
from dataclasses import dataclass

from analysis.events.day import PostureState

STATES: tuple[PostureState, ...] = ("lying", "sitting", "sitting", "standing", "walking")
"""What is told of each hidden state."""
LYING, SITTING, LEANING, STANDING, WALKING = range(5)
_BITS, _PLACE = 3, 7
"""A path holds one state in so many bits; the mask of one."""
_MOST_NATS = 6.0
_SURE = 1.0 / (1.0 + math.exp(-_MOST_NATS))
"""Where all paths agree."""

Scores = tuple[float, float, float, float, float]
Paths = tuple[int, int, int, int, int]
START: Paths = (LYING, SITTING, LEANING, STANDING, WALKING)


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


def begun(said: Scores, before: PostureState | None, params: DecodingParams) -> Scores:
    """Return the scores of the first second of all; `before` is the posture before it, if it is known."""
    p = params
    if before in STATES:
        known = [p.start_known if state == before else 0.0 for state in STATES]
    else:
        known = [p.start_standing if state == "standing" else 0.0 for state in STATES]
    known[LEANING] -= p.cost_leaning
    lying, sitting, leaning, standing, walking = (one + other for one, other in zip(said, known, strict=True))
    return lying, sitting, leaning, standing, walking


def step(
    said: Scores,
    scores: Scores,
    paths: Paths,
    params: DecodingParams,
    *,
    rise: float,
    fall: float,
    stay: float,
) -> tuple[Scores, Paths]:
    """Return scores and paths one second on; of ways as good, the last is taken.

    `said` is what the second says for each state.
    """
    p = params
    lying, sitting, leaning, standing, walking = scores
    by_lying, by_sitting, by_leaning, by_standing, by_walking = paths
    # Each line is one way into a state; no one walks off a bed or a seat.
    seat, by_seat = (leaning, by_leaning) if leaning >= sitting else (sitting, by_sitting)
    stays = seat - stay
    to_lying, lain = lying, by_lying
    if (way := seat - p.cost_lying) >= to_lying:
        to_lying, lain = way, by_seat
    if (way := standing - p.cost_lying - fall) >= to_lying:
        to_lying, lain = way, by_standing
    to_standing, stood = lying - p.cost_lying - rise, by_lying
    if (way := seat - rise) >= to_standing:
        to_standing, stood = way, by_seat
    if standing >= to_standing:
        to_standing, stood = standing, by_standing
    if (way := walking - p.cost_steps) >= to_standing:
        to_standing, stood = way, by_walking
    to_walking, walked = standing - p.cost_steps, by_standing
    if walking >= to_walking:
        to_walking, walked = walking, by_walking
    to_sitting, sat = lying - p.cost_lying, by_lying
    if stays >= to_sitting:
        to_sitting, sat = stays, by_seat
    if (way := standing - fall) >= to_sitting:
        to_sitting, sat = way, by_standing
    to_leaning, leant = to_sitting - p.cost_leaning, sat
    if leaning - stay >= to_leaning:
        to_leaning, leant = leaning - stay, by_leaning
    top = max(to_lying, to_sitting, to_leaning, to_standing, to_walking)
    for_lying, for_sitting, for_leaning, for_standing, for_walking = said
    # What is too old to matter is forgotten.
    kept = (1 << _BITS * p.memory_s) - 1
    return (
        (
            to_lying + for_lying - top,
            to_sitting + for_sitting - top,
            to_leaning + for_leaning - top,
            to_standing + for_standing - top,
            to_walking + for_walking - top,
        ),
        (
            (lain & kept) << _BITS | LYING,
            (sat & kept) << _BITS | SITTING,
            (leant & kept) << _BITS | LEANING,
            (stood & kept) << _BITS | STANDING,
            (walked & kept) << _BITS | WALKING,
        ),
    )


def taken(state: PostureState, params: DecodingParams) -> tuple[Scores, Paths]:
    """Return scores and paths once the wearer has said in which posture all of the past was."""
    found = STATES.index(state)
    path = 0
    for _ in range(params.memory_s + 1):
        path = path << _BITS | found
    scores = [0.0 if one == state else -params.taken for one in STATES]
    scores[LEANING] -= params.cost_leaning
    lying, sitting, leaning, standing, walking = scores
    before = path >> _BITS << _BITS
    return (
        (lying, sitting, leaning, standing, walking),
        (before | LYING, before | SITTING, before | LEANING, before | STANDING, before | WALKING),
    )


def returned(scores: Scores, paths: Paths, age: int, back: float) -> Scores:
    """Return the scores after a return: who was on a seat `age` seconds ago is on it again."""
    lying, sitting, leaning, standing, walking = scores
    was = [path >> _BITS * age & _PLACE in {SITTING, LEANING} for path in paths]
    return (
        lying,
        sitting if was[SITTING] else sitting - back,
        leaning if was[LEANING] else leaning - back,
        standing - back if was[STANDING] else standing,
        walking,
    )


def decided(scores: Scores, paths: Paths, age: int) -> tuple[PostureState, float]:
    """Return the state `age` seconds ago on the best path, and how sure it is against other paths."""
    shift = _BITS * age
    a, b, c, d, e = paths
    a, b, c, d, e = (
        a >> shift & _PLACE,
        b >> shift & _PLACE,
        c >> shift & _PLACE,
        d >> shift & _PLACE,
        e >> shift & _PLACE,
    )
    if a == b == c == d == e:
        return STATES[a], _SURE
    then = STATES[a], STATES[b], STATES[c], STATES[d], STATES[e]
    best = scores.index(max(scores))
    state = then[best]
    others = [score for score, other in zip(scores, then, strict=True) if other != state]
    margin = scores[best] - max(others) if others else _MOST_NATS
    return state, 1.0 / (1.0 + math.exp(-min(margin, _MOST_NATS)))
