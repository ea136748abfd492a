from dataclasses import replace
from typing import Any

import pytest

from analysis.review.clinic.audit import AuditLine, broken_at, next_line


@pytest.fixture
def lines() -> list[AuditLine]:
    made: list[AuditLine] = []
    for number in range(5):
        before = made[-1] if made else None
        made.append(
            next_line(before, at=f"2026-05-04T08:00:0{number}Z", who="mayer", did="saw", patient="p-1")
        )
    return made


def test_lines_follow_from_one_another(lines: list[AuditLine]) -> None:
    assert [line.number for line in lines] == [1, 2, 3, 4, 5]
    assert broken_at(lines) is None
    assert broken_at([]) is None


@pytest.mark.parametrize("change", [{"who": "kern"}, {"detail": "x"}, {"patient": None}, {"at": "later"}])
def test_a_changed_line_is_found(lines: list[AuditLine], change: dict[str, Any]) -> None:
    lines[2] = replace(lines[2], **change)
    assert broken_at(lines) == 3


def test_a_missing_line_is_found(lines: list[AuditLine]) -> None:
    del lines[1]
    assert broken_at(lines) == 2
    assert broken_at(lines[1:]) == 1


def test_a_line_forged_with_its_own_hash_breaks_the_next(lines: list[AuditLine]) -> None:
    lines[2] = next_line(lines[1], at=lines[2].at, who="kern", did="saw", patient="p-1")
    assert broken_at(lines) == 4


def test_a_long_detail_is_cut() -> None:
    assert len(next_line(None, at="", who=None, did="x", detail="y" * 9999).detail) == 300
