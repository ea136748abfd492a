"""Values are kept as exactly as the contract promises, and instants read the same everywhere."""

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from analysis.events import fields
from analysis.events.fields import utc_ns, utc_text


@pytest.mark.parametrize(
    ("type_", "given_", "kept"),
    [
        (fields.Deg, 12.3456, 12.3),
        (fields.Deg, -0.04, 0.0),
        (fields.Dps, 99.96, 100.0),
        (fields.Seconds, 1.98765, 1.99),
        (fields.Metres, 0.03149, 0.031),
        (fields.Share, 0.28249, 0.282),
        (fields.Share, -1.23456, -1.235),
        (fields.Fraction, 0.99951, 1.0),
        (fields.Number, 112.44449, 112.444),
        (fields.Deg, 7, 7.0),
    ],
)
def test_rounding(type_: Any, given_: float, kept: float) -> None:
    value = TypeAdapter(type_).validate_python(given_)
    assert value == kept
    assert math.copysign(1, value) == math.copysign(1, kept), "no minus zero"


@pytest.mark.parametrize("largest", [1.0, 1e12])
def test_lists_have_no_minus_zero(largest: float) -> None:
    values = TypeAdapter(fields.ManyDeg).validate_python([-0.04, largest])
    assert values == [0.0, largest]
    assert math.copysign(1, values[0]) == 1


@pytest.mark.parametrize("type_", [fields.Deg, fields.Seconds, fields.Share, fields.Number, fields.Finite])
@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_no_number(type_: Any, value: float) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(type_).validate_python(value)


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_rounding_twice_is_rounding_once(value: float) -> None:
    for type_ in (fields.Deg, fields.Seconds, fields.Number):
        adapter: TypeAdapter[float] = TypeAdapter(type_)
        once = adapter.validate_python(value)
        assert adapter.validate_python(once) == once


@given(
    st.floats(allow_nan=False, allow_infinity=False)
    | st.floats(-1e4, 1e4)
    | st.integers(-(10**7), 10**7).map(lambda n: n / 2000)
)
def test_rounding_is_that_to_the_nearest_decimal(value: float) -> None:
    """Of ties too, however near to one a value is; and never to minus zero."""
    for type_, digits in ((fields.Deg, 1), (fields.Seconds, 2), (fields.Number, 3)):
        adapter: TypeAdapter[float] = TypeAdapter(type_)
        found = adapter.validate_python(value)
        assert found == round(value, digits)
        assert found or math.copysign(1, found) == 1
    many: TypeAdapter[list[float]] = TypeAdapter(fields.ManyDeg)
    assert many.validate_python([round(value, 1), -0.0]) == [round(value, 1), 0.0]


@given(st.lists(st.floats(-1e6, 1e6) | st.integers(-(10**7), 10**7).map(lambda n: n / 20), max_size=9))
def test_lists_are_rounded_as_whole_numbers_are(values: list[float]) -> None:
    many: TypeAdapter[list[float]] = TypeAdapter(fields.ManyDeg)
    assert many.validate_python(values) == [round(value * 10.0) / 10.0 for value in values]


def test_instants_literally() -> None:
    assert utc_text(0) == "1970-01-01T00:00:00.000Z"
    assert utc_text(1_772_355_600_123_999_999) == "2026-03-01T09:00:00.123Z", "cut, not rounded"
    assert utc_text(-1) == "1969-12-31T23:59:59.999Z"
    assert utc_ns("2026-03-01T09:00:00.123Z") == 1_772_355_600_123_000_000


@given(st.integers(0, 4_102_444_800_000))
def test_instants_there_and_back(utc_ms: int) -> None:
    assert utc_ns(utc_text(utc_ms * 1_000_000)) == utc_ms * 1_000_000


@given(st.integers(0, 2**61), st.integers(0, 2**61))
def test_texts_are_in_the_order_of_time(first: int, second: int) -> None:
    assert (utc_text(first) < utc_text(second)) == (first // 1_000_000 < second // 1_000_000)


@pytest.mark.parametrize(
    "text", ["", "now", "2026-03-01", "2026-13-01T00:00:00.000Z", "2026-03-01T09:00:00.123"]
)
def test_no_instant(text: str) -> None:
    with pytest.raises(ValueError, match=r"time data|unconverted"):
        utc_ns(text)


@pytest.mark.parametrize(
    "text",
    [
        *("2026-02-29T00:00:00.000Z", "2026-13-01T00:00:00.000Z", "2026-03-01T24:00:00.000Z"),
        *("0000-03-01T09:00:00.000Z", "2026-03-01T09:60:00.000Z", "٢٠٢٦-03-01T09:00:00.000Z"),
        *("2026-03-01 09:00:00.000Z", "2026-03-01T09:00:00.000+00:00", "2026-03-01T09:00:00Z"),
    ],
)
def test_what_is_no_instant_is_no_value_of_a_field(text: str) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(fields.Utc).validate_python(text)
