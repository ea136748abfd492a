import math

import numpy as np
import pytest

from analysis.recording.raw import DUAL_COLUMNS, RawSamples, Scale, Source, to_block

SCALE = Scale(8 / 32768 * 9.80665, 1000 / 32768 * math.pi / 180)


def test_columns_stand_in_the_order_of_the_wire() -> None:
    assert DUAL_COLUMNS[0] == "upper_acc_x_raw"
    assert DUAL_COLUMNS[5] == "upper_gyr_z_raw"
    assert DUAL_COLUMNS[6] == "lower_acc_x_raw"
    assert DUAL_COLUMNS[11] == "lower_gyr_z_raw"


def test_a_row_becomes_si_units() -> None:
    raw = np.array([[0, 0, 4096, 0, 32, 0, 4096, 0, 0, 0, 0, -32]], np.int16)
    block = to_block(RawSamples(3, 17, np.array([5]), raw), SCALE)
    assert block.first_sample == 17
    assert block.upper is not None
    assert block.lower is not None
    assert block.upper.acc_mps2[0].tolist() == [0.0, 0.0, 9.80665]
    assert block.lower.acc_mps2[0].tolist() == [9.80665, 0.0, 0.0]
    assert block.upper.gyr_radps is not None
    assert block.upper.gyr_radps[0, 1] == pytest.approx(math.radians(1000 / 1024))
    assert block.lower.gyr_radps is not None
    assert block.lower.gyr_radps[0, 2] == -block.upper.gyr_radps[0, 1]


def test_a_single_pod_is_the_lower_one() -> None:
    block = to_block(RawSamples(1, 0, np.zeros(2, np.int64), np.ones((2, 6), np.int16)), SCALE)
    assert block.upper is None
    assert block.lower is not None


def test_saturation_is_read_off_the_integers() -> None:
    raw = np.zeros((4, 6), np.int16)
    raw[1, 2] = 32767
    raw[2, 5] = -32768
    raw[3, 0] = -32767
    block = to_block(RawSamples(1, 0, np.zeros(4, np.int64), raw), SCALE)
    assert block.saturated.tolist() == [False, True, True, False]


def test_cutting_and_converting_commute() -> None:
    raw = np.arange(120, dtype=np.int16).reshape(10, 12)
    samples = RawSamples(1, 100, np.arange(10), raw)
    part = to_block(samples[3:7], SCALE)
    whole = to_block(samples, SCALE)[3:7]
    assert part.first_sample == whole.first_sample == 103
    assert part.upper is not None
    assert whole.upper is not None
    assert np.array_equal(part.upper.acc_mps2, whole.upper.acc_mps2)


@pytest.mark.parametrize("shape", [(3, 5), (3, 13), (36,)])
def test_other_shapes_are_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="shape"):
        RawSamples(1, 0, np.zeros(3, np.int64), np.zeros(shape, np.int16))


def test_a_scale_survives_text_to_the_last_bit() -> None:
    source = Source("p1", "LM-1", SCALE)
    assert Source.from_texts(source.to_texts()) == source


@pytest.mark.parametrize("text", ["0", "-1", "nan", "inf", "x"])
def test_a_scale_that_makes_no_sense_is_refused(text: str) -> None:
    texts = Source("p1", "LM-1", SCALE).to_texts() | {"acc_lsb_mps2": text}
    with pytest.raises(ValueError, match=r"scale|float"):
        Source.from_texts(texts)
