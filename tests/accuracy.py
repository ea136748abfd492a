"""How true the signal core is: run with ``make accuracy`` or ``python -m tests.accuracy``.

Each section of :mod:`tests.accuracy_study` holds the product against one kind of truth: motion capture,
an optical reference of orientation, other people's recordings with labels, simulated people and their days.
Figures come with 95 % intervals and their thresholds; all dice are thrown from ``--seed``, which is printed.

``--write`` makes the report and its pictures in deploy/docs. The exit status is 1 if a threshold is missed.

    make accuracy ARGS="--only mocap --only sisfall"
    make accuracy ARGS="--people 200 --days 50 --write --date 2026-11-23"
"""

import argparse
import sys
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from analysis.events.event import ALGORITHM
from tests.accuracy_study import broad, chairs, days, hapt, mocap, people, sisfall, umafall
from tests.accuracy_study.finding import Section
from tests.accuracy_study.printing import lines
from tests.accuracy_study.report import write

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "deploy" / "docs" / "accuracy.md"
DATA = ROOT.parent / "shared" / "data"
_RECORDED = {
    "mocap": mocap.study,
    "broad": broad.study,
    "sisfall": sisfall.study,
    "umafall": umafall.study,
    "hapt": hapt.study,
    "chairs": chairs.study,
}
_FOLDERS = {"chairs": "sisfall"}
"""Where a section is not called as its folder."""
_SIMULATED = {"people": people.study, "days": days.study}
_SECTIONS = (*_RECORDED, *_SIMULATED)


def recorded(key: str, data: Path, seed: int) -> Section:
    """Return a section on recordings, or why there is none."""
    folder = data / _FOLDERS.get(key, key)
    if not folder.is_dir():
        return Section(key, key, "", missing=f"Not measured: the recordings in {folder.name}/ are not there.")
    return _RECORDED[key](folder, seed)


def simulated(key: str, count: int, seed: int) -> Section:
    """Return a section on simulated people; a bar on a terminal shows how far it is."""
    columns = (TextColumn(key), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task(key, total=count)
        return _SIMULATED[key](count, seed, lambda: progress.advance(task))


def main() -> int:
    """Run the study; return the exit status."""
    parser = argparse.ArgumentParser(prog="accuracy", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--only", choices=_SECTIONS, action="append", help="this section (again for more)")
    parser.add_argument("--people", type=int, default=60, metavar="N", help="simulated people, %(default)s")
    parser.add_argument("--days", type=int, default=50, metavar="N", help="simulated days, %(default)s")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--write", action="store_true", help="write the report and its pictures")
    parser.add_argument("--date", help="day that the report carries, such as 2026-11-23")
    options = parser.parse_args()
    if options.write and (options.only or not options.date):
        parser.error("--write needs --date, and the report is of all sections: leave --only out")
    print(f"seed {options.seed}")
    sections = []
    for key in options.only or _SECTIONS:
        if key in _SIMULATED:
            section = simulated(key, {"people": options.people, "days": options.days}[key], options.seed)
        else:
            section = recorded(key, DATA, options.seed)
        sections.append(section)
        print("\n".join(lines(section)), flush=True)
    if options.write:
        write(sections, PAGE, date=options.date, seed=options.seed, algorithm=ALGORITHM)
        print(f"written: {PAGE.relative_to(ROOT)}")
    return int(any(figure.mark == "miss" for section in sections for figure in section.figures))


if __name__ == "__main__":
    sys.exit(main())
