"""Who was not let in is kept, within bounds, and a disk that refuses costs nothing but that."""

import json
from pathlib import Path

import pytest

from analysis.review.home.door import Refusal
from gateway.refusals import FILE_NAME, Refusals
from gateway.wire.timebase import REAL_CLOCK


def kept(path: Path) -> list[dict[str, str]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_each_is_a_line_and_counted(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    refusals = Refusals(tmp_path / FILE_NAME, REAL_CLOCK)
    refusals.note(Refusal("another site", "/log", "http://evil.example"))
    refusals.note(Refusal("no key", "/check\n", None))
    lines = kept(tmp_path / FILE_NAME)
    assert [(line["what"], line["page"], line["origin"]) for line in lines] == [
        ("another site", "/log", "http://evil.example"),
        ("no key", "/check\n", None),
    ]
    assert refusals.count == 2
    assert [record.message for record in caplog.records] == ["refused at the patient's pages"] * 2


def test_a_flood_stays_within_bounds(tmp_path: Path) -> None:
    refusals = Refusals(tmp_path / FILE_NAME, REAL_CLOCK)
    for _ in range(4000):
        refusals.note(Refusal("another key", "/log" * 1000, "x" * 10_000))
    sizes = [file.stat().st_size for file in tmp_path.iterdir()]
    assert len(sizes) == 2
    assert sum(sizes) < 600_000
    assert refusals.count == 4000


def test_a_disk_that_refuses_costs_the_line_only(tmp_path: Path) -> None:
    refusals = Refusals(tmp_path / "nowhere" / FILE_NAME, REAL_CLOCK)
    refusals.note(Refusal("too long", "/log", None))
    assert refusals.count == 1
