"""What every part of the core promises, held of the whole: cuts, snapshots, inputs."""

import itertools
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from analysis.events.calibration import Calibration
from analysis.events.catalogue import parse_event_json
from analysis.motion.block import Block, FloatArray, PodSamples
from analysis.motion.origin import Origin
from analysis.motion.output import Output, Second
from analysis.motion.session import Given, Guided, Session
from firmware_sim.scenarios import scenario

ORIGIN = Origin("patient-7", "strip-3", 4)
_settings = settings(
    max_examples=7, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@dataclass(frozen=True)
class Result:
    events: list[str]
    seconds: list[Second]
    bends: list[str]
    angles: FloatArray

    @staticmethod
    def of(outputs: list[Output]) -> "Result":
        angles = [
            np.column_stack(
                [
                    output.angles.pelvis_tilt_deg,
                    output.angles.trunk_tilt_deg,
                    output.angles.lumbar_flexion_deg,
                    *(
                        np.zeros((len(output.angles), 0)) if quat is None else quat
                        for quat in (output.angles.upper_quat, output.angles.lower_quat)
                    ),
                ]
            )
            for output in outputs
            if len(output.angles)
        ]
        told = [event.to_json() for o in outputs for event in (*o.calibrations, *o.events)]
        seconds = [second for o in outputs for second in o.seconds]
        bends = [bend.to_json() for o in outputs for bend in o.bends]
        return Result(told, seconds, bends, np.concatenate(angles))


def _same(one: Result, other: Result) -> None:
    assert one.events == other.events
    assert one.seconds == other.seconds
    assert one.bends == other.bends
    np.testing.assert_array_equal(one.angles, other.angles)


def _joined(blocks: list[Block]) -> Block:
    def pod(which: str) -> PodSamples:
        pods: list[PodSamples] = [getattr(block, which) for block in blocks]
        gyrs = [pod.gyr_radps for pod in pods if pod.gyr_radps is not None]
        return PodSamples(np.concatenate([pod.acc_mps2 for pod in pods]), np.concatenate(gyrs))

    return Block(
        blocks[0].first_sample,
        pod("lower"),
        pod("upper"),
        np.concatenate([block.utc_ns for block in blocks if block.utc_ns is not None]),
        np.concatenate([block.saturated for block in blocks]),
    )


@pytest.fixture(name="whole", scope="module")
def _whole(simulated: list[Block]) -> Block:
    """Give a person's calibration and lifts in one block, with a short and a long gap later on."""
    return _joined(simulated)


@pytest.fixture(name="pieces", scope="module")
def _pieces(whole: Block) -> list[Block]:
    """Give the same with a bridged and a long gap."""
    return [whole[:17_777], whole[17_801:19_950], whole[20_100:]]


@pytest.fixture(name="expected", scope="module")
def _expected(pieces: list[Block]) -> Result:
    session = Session(ORIGIN, Guided())
    return Result.of([*(session.push(piece) for piece in pieces), session.finish()])


def _cut(pieces: list[Block], cuts: list[int]) -> list[Block]:
    parts = []
    for piece in pieces:
        inside = sorted({cut for cut in cuts if piece.first_sample < cut < piece.end_sample})
        edges = [piece.first_sample, *inside, piece.end_sample]
        parts += [
            piece[a - piece.first_sample : b - piece.first_sample] for a, b in itertools.pairwise(edges)
        ]
    return parts


cuts = st.one_of(
    st.lists(st.integers(0, 24_000), max_size=60),
    st.integers(37, 900).map(lambda step: list(range(0, 24_000, step))),
)


def test_the_example_is_rich(expected: Result) -> None:
    kinds = {event.split('"')[3] for event in expected.events}
    assert kinds >= {"lumbar.calibration/1", "lumbar.lift/1", "lumbar.posture/1", "lumbar.minute/1"}


@_settings
@given(cuts)
def test_cuts_change_nothing(pieces: list[Block], expected: Result, cuts: list[int]) -> None:
    session = Session(ORIGIN, Guided())
    outputs = [session.push(part) for part in _cut(pieces, cuts)]
    _same(Result.of([*outputs, session.finish()]), expected)


@_settings
@given(st.lists(st.integers(0, 24_000), min_size=1, max_size=8))
def test_snapshots_change_nothing(pieces: list[Block], expected: Result, cuts: list[int]) -> None:
    session = Session(ORIGIN, Guided())
    outputs = []
    for part in _cut(pieces, cuts):
        outputs.append(session.push(part))
        state = session.state()
        # What the old session goes on to see must not reach the state that was taken.
        session.push(Block(part.end_sample, part.lower, part.upper, part.utc_ns, part.saturated))
        session = Session(ORIGIN, Guided())
        session.restore(state)
    _same(Result.of([*outputs, session.finish()]), expected)


def test_single_samples(whole: Block, expected: Result) -> None:
    calibration = parse_event_json(expected.events[0])
    assert isinstance(calibration, Calibration)
    part = whole[16_000:17_300]
    one, other = (Session(ORIGIN, Given(calibration)) for _ in range(2))
    outputs = [one.push(part[i : i + 1]) for i in range(len(part))]
    _same(Result.of([*outputs, one.finish()]), Result.of([other.push(part), other.finish()]))


def test_cuts_change_nothing_without_gyroscopes(whole: Block, expected: Result) -> None:
    calibration = parse_event_json(expected.events[0])
    assert isinstance(calibration, Calibration)
    lower, upper = (
        None if pod is None else PodSamples(pod.acc_mps2, None) for pod in (whole.lower, whole.upper)
    )
    block = Block(0, lower, upper, whole.utc_ns, whole.saturated)[:9_000]
    results = []
    for step in (9_000, 100, 10, 7):
        session = Session(ORIGIN, Given(calibration))
        outputs = [session.push(block[at : at + step]) for at in range(0, len(block), step)]
        results.append(Result.of([*outputs, session.finish()]))
    for result in results[1:]:
        _same(result, results[0])


@settings(_settings, max_examples=4)
@given(st.integers(17_000, 20_000), st.integers(18_000, 21_000), st.sampled_from([97, 977, 24_000]))
def test_the_wearers_word_counts_the_same_however_cut(
    whole: Block, expected: Result, asked: int, later: int, step: int
) -> None:
    """What waits for others of its kind when the word comes is made up first."""
    calibration = parse_event_json(expected.events[0])
    assert isinstance(calibration, Calibration)
    results = []
    for size in (step, 100):
        session = Session(ORIGIN, Given(calibration))
        words = []
        outputs = []
        for block in (
            whole[16_000:asked],
            whole[asked : max(asked, later)],
            whole[max(asked, later) : 22_000],
        ):
            outputs += [session.push(block[at : at + size]) for at in range(0, len(block), size)]
            words.append(session.correct("sitting"))
        results.append((Result.of([*outputs, session.finish()]), words))
    _same(results[0][0], results[1][0])
    assert results[0][1] == results[1][1]


@pytest.fixture(name="heard", scope="module")
def _heard(pieces: list[Block]) -> list[tuple[int, list[str]]]:
    """Give what the core told live with each ten samples, by the sample after them."""
    session = Session(ORIGIN, Guided())
    parts = _cut(pieces, list(range(0, 24_001, 10)))
    return [(part.end_sample, _told(session.push(part))) for part in parts]


def _told(output: Output) -> list[str]:
    words = [one.to_json() for one in (*output.calibrations, *output.events, *output.bends)]
    return words + [repr(second) for second in output.seconds]


@settings(_settings, max_examples=20)
@given(st.integers(1_000, 2_400), st.lists(st.integers(0, 24_000), max_size=6))
def test_what_is_told_by_a_sample_hangs_on_the_samples_alone(
    pieces: list[Block], heard: list[tuple[int, list[str]]], tens: int, cuts: list[int]
) -> None:
    """Whoever turns to another revision at a sample does so when the same has been said."""
    edge = 10 * tens
    session = Session(ORIGIN, Guided())
    parts = [part for part in _cut(pieces, [*cuts, edge]) if part.end_sample <= edge]
    told = [word for part in parts for word in _told(session.push(part))]
    live = [word for end, words in heard if end <= edge for word in words]
    assert sorted(told) == sorted(live)


def test_inputs_are_left_as_they_were(whole: Block) -> None:
    part = whole[:3000]
    assert part.lower is not None
    assert part.lower.gyr_radps is not None
    arrays = [part.lower.acc_mps2.copy(), part.lower.gyr_radps.copy(), part.saturated.copy()]
    session = Session(ORIGIN, Guided())
    session.push(part)
    session.finish()
    for before, after in zip(
        arrays, (part.lower.acc_mps2, part.lower.gyr_radps, part.saturated), strict=True
    ):
        np.testing.assert_array_equal(before, after)


def test_a_whole_morning_is_the_same_in_any_size_of_block(blocks_of: Callable[..., list[Block]]) -> None:
    """An hour at a time too: longer than anything the core keeps in mind."""
    whole = _joined(blocks_of(scenario("morning", 0), 5000.0))

    def told(samples: int) -> Result:
        session = Session(ORIGIN, Guided())
        pushed = [session.push(whole[at : at + samples]) for at in range(0, len(whole), samples)]
        return Result.of([*pushed, session.finish()])

    live = told(977)
    assert len(live.events) > 100
    for samples in (6_000, 100_000, len(whole)):
        _same(live, told(samples))


def test_a_snack_and_the_sitting_that_waits_for_it_are_the_same_however_cut(
    blocks_of: Callable[..., list[Block]],
) -> None:
    whole = _joined(blocks_of(scenario("snack", 4), 900.0))
    expected: Result | None = None
    for samples in (len(whole), 6_000, 977, 100):
        session = Session(ORIGIN, Guided())
        outputs = []
        for at in range(0, len(whole), samples):
            outputs.append(session.push(whole[at : at + samples]))
            if at % 9 == 0:
                state, session = session.state(), Session(ORIGIN, Guided())
                session.restore(state)
        result = Result.of([*outputs, session.finish()])
        expected = expected or result
        _same(result, expected)
    assert expected is not None
    assert any(event.startswith('{"schema":"lumbar.snack/1"') for event in expected.events)
    assert any('"ended_by":"snack"' in event for event in expected.events)
