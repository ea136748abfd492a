"""What the bench writes into the page of measurements, and what it leaves there."""

from pathlib import Path

import pytest

from tests.bench_core import SECTION, Line, write_section

LINES = [
    Line("the core", 1.234, "s", None),
    Line("in passes", 1.2, "", 1.3),
    Line("a chunk", 110.0, "us", 100.0),
]
TABLE = """| what | measured | gate |  |
| --- | --- | --- | --- |
| the core | 1.23 s |  |  |
| in passes | 1.2 | at most 1.3 | met |
| a chunk | 110 us | at most 100 | missed |
"""
OLD = f"""{SECTION}

`make bench`, then.
Other work was going on.

| what | measured |
| --- | --- |
| x | 1 |
"""
PROSE = "\nBefore and after:\n\n| what | before |\n| --- | --- |\n| x | 2 |\n\nWhat it does with its time.\n"
NEXT = "\n## A clinic\n\n| what | measured |\n| --- | --- |\n"


@pytest.mark.parametrize("after", ["", NEXT, PROSE, PROSE + NEXT])
@pytest.mark.parametrize("old", ["", OLD])
def test_a_new_table_takes_the_place_of_the_old_one_and_the_rest_stays(
    tmp_path: Path, old: str, after: str
) -> None:
    page = tmp_path / "page.md"
    page.write_text(f"# Measurements\n\n{old}{after if old else ''}")
    for _ in range(2):
        write_section(page, LINES, "2026-11-29")
        before, _, rest = page.read_text().partition(f"\n\n{SECTION}\n\n`make bench`, 2026-11-29, ")
        assert before == "# Measurements"
        head, _, left = rest.partition(f"\n\n{TABLE}")
        assert head.endswith("rounds.")
        assert "Other work" not in head
        assert left == (after if old else "")


def test_a_section_without_a_table_swallows_nothing(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(f"# Measurements\n\n{SECTION}\n\nTo be measured.\n{NEXT}")
    write_section(page, LINES, "2026-11-29")
    assert page.read_text().endswith(TABLE + NEXT)
    assert "To be measured" not in page.read_text()
