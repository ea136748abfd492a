"""The study as a page of documentation with its pictures."""

import os
import platform
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from tests.accuracy_study.finding import Figure, Section, Table
from tests.accuracy_study.printing import case_text, interval_text, limit_text, number

_MOST_CASES = 30
_DPI = 110
_LIMITS = Path(__file__).with_name("limits.md")


def write(sections: Sequence[Section], page: Path, *, date: str, seed: int, algorithm: str) -> None:
    """Write the page, and its pictures into a folder of the page's name beside it.

    Parameters
    ----------
    sections
        What was measured.
    page
        Where to; pictures that are no longer made are removed.
    date
        Day of the measurement, as it is to be shown.
    seed
        That all dice were thrown from.
    algorithm
        Version of the core.
    """
    folder = page.with_suffix("")
    folder.mkdir(parents=True, exist_ok=True)
    drawn = set()
    for section in sections:
        for picture in section.pictures:
            drawn.add(f"{picture.name}.png")
            # Without the writer's version in it, the same picture is the same file.
            picture.draw().savefig(folder / f"{picture.name}.png", dpi=_DPI, metadata={"Software": None})
    for old in folder.glob("*.png"):
        if old.name not in drawn:
            old.unlink()
    text = "\n".join(_page(sections, folder.name, date=date, seed=seed, algorithm=algorithm))
    page.write_text(text + "\n", encoding="utf-8")


def _page(sections: Sequence[Section], folder: str, *, date: str, seed: int, algorithm: str) -> Iterator[str]:
    judged = [figure for section in sections for figure in section.figures if figure.mark]
    missed = [figure for figure in judged if figure.mark == "miss"]
    yield "# How true the signal core is"
    yield ""
    again = f'make accuracy ARGS="--write --date {date} --people N --seed {seed}"'
    yield (
        f"Measured on {date} with {algorithm}, seed {seed}, on a machine with {os.cpu_count()} cores and "
        f"Python {platform.python_version()}. `{again}` makes this page anew; nothing in it is written by "
        "hand but the last section."
    )
    yield ""
    yield (
        f"{len(judged) - len(missed)} of {len(judged)} thresholds are kept. Intervals are 95 %, bootstrapped "
        "over people or trials, for shares the wider of that and Wilson's. n is the number of cases. "
        "Thresholds marked [ours] are proposals without published validation."
    )
    yield ""
    if missed:
        yield "Missed:"
        yield ""
        for section in sections:
            for figure in section.figures:
                if figure.mark == "miss":
                    value, limit = number(figure.value, figure.unit), limit_text(figure.limit, figure.unit)
                    yield f"- {section.title}: {figure.name}: {value}, wanted {limit}"
        yield ""
    for section in sections:
        yield from _section(section, folder)
    yield _LIMITS.read_text(encoding="utf-8").rstrip()


def _section(section: Section, folder: str) -> Iterator[str]:
    yield f"## {section.title}"
    yield ""
    if section.missing:
        yield section.missing
        yield ""
        return
    yield _prose(section.about)
    yield ""
    if section.figures:
        yield from _rows(
            ("", "figure", "value", "95 % interval", "n", "threshold", "source"), map(_cells, section.figures)
        )
    for table in section.tables:
        yield from _table(table)
    if section.worst:
        yield "Worst cases:"
        yield ""
        yield from (f"- {case_text(case)}" for case in section.worst[:_MOST_CASES])
        if len(section.worst) > _MOST_CASES:
            yield f"- and {len(section.worst) - _MOST_CASES} more, which `make accuracy` prints"
        yield ""
    for picture in section.pictures:
        yield f"![{picture.caption}]({folder}/{picture.name}.png)"
        yield ""
        yield f"*{picture.caption}*"
        yield ""


def _prose(docstring: str) -> str:
    """Return a docstring as Markdown: without cross-references to code, quotes single."""
    text = re.sub(r":mod:`[^`]*\.(\w+)`", r"`\1.py`", docstring.strip())
    return text.replace("``", "`")


def _cells(figure: Figure) -> tuple[str, ...]:
    unit = figure.unit
    return (
        f"**{figure.mark}**" if figure.mark == "miss" else figure.mark,
        figure.name,
        number(figure.value, unit),
        interval_text(figure.interval, unit),
        str(figure.count),
        limit_text(figure.limit, unit),
        "" if figure.limit is None else figure.limit.source,
    )


def _table(table: Table) -> Iterator[str]:
    if not table.rows:
        return
    yield f"{table.title}:"
    yield ""
    yield from _rows(table.header, table.rows)


def _rows(header: Sequence[str], rows: Iterator[Sequence[str]] | Sequence[Sequence[str]]) -> Iterator[str]:
    for row in (header, ["---"] * len(header), *rows):
        yield f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in row)} |"
    yield ""
