from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.events.calibration import Calibration
from analysis.recording.errors import ArchiveError
from analysis.recording.journal import (
    Anchor,
    CalibrationMade,
    Corrected,
    Entry,
    JournalWriter,
    Mark,
    SegmentEnd,
    SegmentStart,
    from_line,
    read_journal,
    to_line,
)


def test_lines_are_what_they_are_said_to_be() -> None:
    assert to_line(Mark(3, 1200)) == '{"kind":"mark","boot":3,"sample":1200}'
    assert to_line(SegmentStart(3, 0, "p1", "LM-0001", None)) == (
        '{"kind":"segment_start","boot":3,"first_sample":0,"patient":"p1","device":"LM-0001",'
        '"calibration":null}'
    )
    assert from_line('{"kind":"anchor","boot":1,"ticks":2,"utc_ns":3,"bound_ns":4}') == Anchor(1, 2, 3, 4)


def test_a_calibration_comes_back_to_the_last_bit(calibration: Calibration) -> None:
    for entry in (CalibrationMade(calibration), SegmentStart(1, 0, "p1", "LM-0001", calibration)):
        assert from_line(to_line(entry)) == entry


def test_what_was_appended_is_read(folder: Path, calibration: Calibration) -> None:
    entries: list[Entry] = [
        SegmentStart(1, 0, "p1", "LM-0001", None),
        CalibrationMade(calibration),
        Mark(1, 7),
        Corrected(1, 50, "standing"),
        SegmentEnd(1, 99),
    ]
    writer = JournalWriter(folder)
    for entry in entries:
        writer.append(entry)
    writer.close()
    assert read_journal(folder) == (entries, [])


def test_a_torn_last_line_is_skipped_and_does_not_spoil_the_next(folder: Path) -> None:
    (folder / "inputs.jsonl").write_text(to_line(Mark(1, 1)) + "\n" + to_line(Mark(1, 2))[:20])
    writer = JournalWriter(folder)
    writer.append(Mark(1, 3))
    writer.close()
    entries, skipped = read_journal(folder)
    assert entries == [Mark(1, 1), Mark(1, 3)]
    assert [problem.place for problem in skipped] == ["inputs.jsonl line 2"]
    assert "not JSON" in skipped[0].reason


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("[]", "object"),
        ("{}", "unknown kind"),
        ('{"kind":"mark","boot":1}', "expected the fields boot, sample"),
        ('{"kind":"mark","boot":1,"sample":-1}', "sample is no count"),
        ('{"kind":"mark","boot":1,"sample":true}', "sample is no count"),
        ('{"kind":"mark","boot":1,"sample":1e3}', "sample is no count"),
        ('{"kind":"corrected","boot":1,"sample":1,"state":"lying"}', "state is neither sitting nor standing"),
        ('{"kind":"calibration","calibration":null}', "without its payload"),
        ('{"kind":"calibration","calibration":{"schema":"lumbar.lift/1"}}', "lumbar.lift"),
        (
            '{"kind":"segment_start","boot":1,"first_sample":0,"patient":"../x","device":"d","calibration":null}',
            "patient is no pseudonym",
        ),
    ],
)
def test_other_lines_are_refused_with_a_reason(line: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        from_line(line)


@given(st.binary(max_size=200))
def test_noise_is_refused_and_nothing_else_happens(line: bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        from_line(line)


def test_an_endless_line_is_one_bad_line(folder: Path) -> None:
    (folder / "inputs.jsonl").write_bytes(b"x" * 1_000_000 + b"\n" + to_line(Mark(1, 1)).encode() + b"\n")
    entries, skipped = read_journal(folder)
    assert entries == [Mark(1, 1)]
    assert len(skipped) == 1


def test_no_journal_is_an_error_that_says_so(folder: Path) -> None:
    with pytest.raises(ArchiveError, match=r"inputs\.jsonl: cannot be read"):
        read_journal(folder)
