"""Every schema: its example is read, written again unchanged, and valid by the JSON Schema on disk."""

import json
from contextlib import suppress
from typing import Any

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.events.catalogue import (
    DERIVED_KINDS,
    SCHEMA_FOLDER,
    TYPES,
    EventError,
    json_schema,
    parse_event,
    parse_event_json,
    schema_path,
)
from analysis.events.event import Event

Examples = dict[str, dict[str, Any]]
every_type = pytest.mark.parametrize("type_", TYPES.values(), ids=TYPES.keys())


def _is_valid(value: Any, type_: type[Event]) -> bool:
    schema = json.loads(schema_path(type_).read_text(encoding="utf-8"))
    return jsonschema.Draft202012Validator(schema).is_valid(value)


def test_there_is_an_example_and_a_schema_of_each_type_and_no_other(examples: Examples) -> None:
    assert examples.keys() == TYPES.keys()
    assert set(SCHEMA_FOLDER.iterdir()) == {schema_path(type_) for type_ in TYPES.values()}


@every_type
def test_schema_on_disk_is_what_the_type_says(type_: type[Event]) -> None:
    on_disk = json.loads(schema_path(type_).read_text(encoding="utf-8"))
    assert on_disk == json_schema(type_), "run: python -m analysis.events.catalogue"
    jsonschema.Draft202012Validator.check_schema(on_disk)


@every_type
def test_example_is_valid_and_comes_back_unchanged(type_: type[Event], examples: Examples) -> None:
    example = examples[type_.SCHEMA]
    assert _is_valid(example, type_)
    event = parse_event(example)
    assert type(event) is type_
    assert event.to_dict() == example
    again = parse_event_json(event.to_json())
    assert again == event
    assert again.to_json() == event.to_json()
    assert "\n" not in event.to_json()
    assert event.to_json() == json.dumps(event.to_dict(), ensure_ascii=False, separators=(",", ":"))
    assert event.to_json().startswith(f'{{"schema":"{type_.SCHEMA}","event_id":')


@every_type
def test_unknown_is_null_and_never_absent(type_: type[Event], examples: Examples) -> None:
    example = examples[type_.SCHEMA]
    for name in example:
        lacking = {key: value for key, value in example.items() if key != name}
        assert not _is_valid(lacking, type_)
        with pytest.raises(EventError):
            parse_event(lacking)


@every_type
def test_field_of_nobody_is_refused(type_: type[Event], examples: Examples) -> None:
    strange = examples[type_.SCHEMA] | {"load_kg": 12}
    assert not _is_valid(strange, type_)
    with pytest.raises(EventError, match="load_kg"):
        parse_event(strange)


@every_type
def test_place_on_a_files_own_time_axis(type_: type[Event], examples: Examples) -> None:
    event = parse_event(examples[type_.SCHEMA]).on_file("walk.parquet", {"start_s": 1.234567, "end_s": 2.0})
    assert event.to_dict() == examples[type_.SCHEMA] | {
        "recording": "walk.parquet",
        "start_s": 1.23,
        "end_s": 2.0,
    }
    assert _is_valid(event.to_dict(), type_)


@every_type
def test_what_a_file_does_not_know_is_null(type_: type[Event], examples: Examples) -> None:
    event = parse_event(examples[type_.SCHEMA]).on_file("walk.parquet", {"start_s": 1.0}, ["start", "end"])
    assert (event.start, event.end, event.start_s) == (None, None, 1.0)
    assert event.to_dict() == examples[type_.SCHEMA] | {
        "start": None,
        "end": None,
        "recording": "walk.parquet",
        "start_s": 1.0,
    }


@every_type
def test_topic_kind_is_the_schemas_name(type_: type[Event]) -> None:
    assert f"lumbar.{type_.topic_kind()}/1" == type_.SCHEMA


def test_derived_kinds() -> None:
    assert {
        "lift",
        "posture",
        "sitting",
        "transition",
        "walk",
        "snack",
        "practice",
        "minute",
    } == DERIVED_KINDS


@pytest.mark.parametrize(
    ("schema", "field", "value"),
    [
        ("lumbar.lift/1", "strategy", "unsafe"),
        ("lumbar.lift/1", "confidence", 1.2),
        ("lumbar.lift/1", "trunk_peak_deg", float("nan")),
        ("lumbar.lift/1", "trunk_peak_deg", float("inf")),
        ("lumbar.lift/1", "first_sample", -1),
        ("lumbar.lift/1", "first_sample", 1.5),
        ("lumbar.lift/1", "curve", {"dt_s": 0.05, "pelvis_deg": [0.0] * 401, "trunk_deg": []}),
        ("lumbar.lift/1", "curve", {"dt_s": 0.1, "pelvis_deg": [], "trunk_deg": []}),
        ("lumbar.snack/1", "parts", []),
        ("lumbar.minute/1", "tilt_hist_s", [0.0] * 29),
        ("lumbar.calibration/1", "mounting_upper_quat", [1.0, 0.0, 0.0]),
        ("lumbar.calibration/1", "mounting_upper_quat", [float("nan")] * 4),
        ("lumbar.calibration/1", "neutral", {"upper": [float("inf"), 0.0, 0.0], "lower": None}),
        ("lumbar.mark/1", "patient", "Jane Doe"),
        ("lumbar.mark/1", "patient", "p/+"),
        ("lumbar.mark/1", "patient", "p-01\n"),
        ("lumbar.mark/1", "device", ""),
        ("lumbar.mark/1", "device", "x" * 65),
        ("lumbar.mark/1", "start", "2026-03-01T09:00:00Z"),
        ("lumbar.mark/1", "start", "2026-03-01T09:00:00.000+01:00"),
        ("lumbar.mark/1", "start", "2026-02-30T09:00:00.000Z"),
        ("lumbar.mark/1", "start", "9999-99-99T99:99:99.999Z"),
        ("lumbar.mark/1", "start", "\u0662\u0660\u0662\u0666-03-01T09:00:00.000Z"),
        ("lumbar.mark/1", "start", 1_772_355_600),
        ("lumbar.mark/1", "event_id", None),
        ("lumbar.status/1", "versions", None),
        ("lumbar.log/1", "pain_now", 11),
        ("lumbar.log/1", "morning_stiffness_min", 1441),
        ("lumbar.log/1", "note", "x" * 501),
        ("lumbar.log/1", "confidence", [{"task": "", "confidence": 3}]),
        ("lumbar.safety/1", "red_flags", ["headache"]),
    ],
)
def test_value_that_cannot_be(examples: Examples, schema: str, field: str, value: Any) -> None:
    with pytest.raises(EventError, match=rf"{schema}: {field}"):
        parse_event(examples[schema] | {field: value})


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (b"", "not JSON"),
        (b"\xff\xfe\x00", "not JSON"),
        (b"{", "not JSON"),
        (b"[" * 100_000, "not JSON"),
        (b"1" * 5000, "not JSON"),
        (b"NaN", "object, not float"),
        (b"[]", "object, not list"),
        (b"{}", "unknown schema None"),
        (b'{"schema":{}}', "unknown schema"),
        (b'{"schema":"lumbar.lift/2"}', r"unknown schema 'lumbar\.lift/2'; known: lumbar\.alert/1"),
    ],
)
def test_bytes_that_are_no_event(text: bytes, reason: str) -> None:
    with pytest.raises(EventError, match=reason):
        parse_event_json(text)


_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@settings(deadline=None)
@given(data=st.data())
def test_any_value_in_any_field_is_an_event_or_an_event_error(
    examples: Examples, data: st.DataObject
) -> None:
    """And what is an event is written as valid JSON of its schema."""
    example = dict(examples[data.draw(st.sampled_from(sorted(examples)))])
    name = data.draw(st.sampled_from(sorted(example.keys() - {"schema"})))
    example[name] = data.draw(_json)
    with suppress(EventError):
        event = parse_event(example)
        written = json.loads(event.to_json(), parse_constant=lambda _: pytest.fail("no JSON number"))
        assert _is_valid(written, type(event))
        assert written == event.to_dict()
        assert list(written) == list(event.to_dict())


@given(st.binary(max_size=100))
def test_any_bytes(text: bytes) -> None:
    with suppress(EventError):
        parse_event_json(text)
