"""The commands on recordings: ``lumbar analyse`` and ``lumbar calibrate``.

Inputs are independent of each other: one that cannot be read is told on standard error, and the others are
done all the same.
"""

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from analysis.events.calibration import Calibration
from analysis.events.errors import LumbarError
from analysis.events.event import Event
from analysis.motion.origin import Origin
from analysis.motion.session import CalibrationError, Guided, Session
from analysis.recorded import Progress, analyse_file
from analysis.recording.file import open_recording

_LARGEST_CALIBRATION = 1 << 20
"""Bytes read of a calibration file; one takes about 10 kB."""


class InputError(LumbarError):
    """What was asked for does not fit together, or a file of ours cannot be used."""


@dataclass(frozen=True, slots=True)
class Analysis:
    """What ``lumbar analyse`` was asked to do.

    Attributes
    ----------
    inputs
        Recording files, and folders that hold archives.
    calibration, is_aligned
        The calibration of the files; without either it is found in the data.
    out
        Where the events go; None: standard output.
    angles
        A file for the angles of a single input, or a folder for ``NAME.angles.parquet`` of each.
    """

    inputs: Sequence[Path]
    calibration: Calibration | None
    is_aligned: bool
    out: Path | None
    angles: Path | None


def analyse(wanted: Analysis) -> bool:
    """Analyse every input, and return whether all could be.

    Raises
    ------
    InputError
        If the results cannot be written, or two inputs' angles would go to one file.
    """
    _check_results(wanted)
    all_done = True
    with _output(wanted.out) as stream, _bars() as bar:
        for path in wanted.inputs:
            try:
                with bar(path.name) as show:
                    for event in _events(path, wanted, show):
                        stream.write(f"{event.to_json()}\n")
            except LumbarError as error:
                _tell(str(error))
                all_done = False
            except CalibrationError as error:
                _tell(f"{path.name}: {error}")
                all_done = False
    return all_done


@contextmanager
def _bars() -> Iterator[Callable[[str], AbstractContextManager[Progress | None]]]:
    """Give what makes a bar of progress on a terminal; elsewhere there are none."""
    if not sys.stderr.isatty():
        yield lambda _: nullcontext()
        return
    from rich.console import Console
    from rich.progress import Progress as Bars

    with Bars(console=Console(stderr=True), transient=True) as bars:

        @contextmanager
        def bar(name: str) -> Iterator[Progress]:
            task = bars.add_task(name, total=1.0)
            try:
                yield lambda done: bars.update(task, completed=done)
            finally:
                bars.remove_task(task)

        yield bar


def _events(path: Path, wanted: Analysis, on_progress: Progress | None) -> Iterator[Event]:
    if path.is_dir():
        if wanted.calibration or wanted.is_aligned or wanted.angles:
            raise InputError(
                f"{path.name}: an archive brings its own calibration, and has no angles to write"
            )
        # With much that a file does not need.
        from analysis.recording.archive import Archive, find_archives
        from analysis.replay import analyse_archive

        for folder in find_archives(path):
            archive = Archive(folder)
            yield from analyse_archive(archive, on_progress)
            for skipped in archive.skipped:
                _tell(f"{folder.name}: skipped {skipped}")
        return
    analysis = analyse_file(
        path,
        calibration=wanted.calibration,
        is_aligned=wanted.is_aligned,
        angles_to=_angles_path(path, wanted),
        on_progress=on_progress,
    )
    for note in analysis.notes:
        _tell(f"{path.name}: {note}")
    yield from analysis.events


def _check_results(wanted: Analysis) -> None:
    """Refuse results that would take the place of an input, or of each other."""
    inputs = {path.resolve() for path in wanted.inputs}
    named: dict[Path, Path] = {}
    for path in wanted.inputs:
        angles = _angles_path(path, wanted)
        for result in (wanted.out, angles):
            if result is not None and result.resolve() in inputs:
                raise InputError(
                    f"{result} is a recording to be analysed; choose another name for the result"
                )
        if angles is not None and (other := named.setdefault(angles, path)) is not path:
            raise InputError(
                f"{other} and {path} would both write {angles}; analyse them one after the other"
            )


def _angles_path(path: Path, wanted: Analysis) -> Path | None:
    if wanted.angles is None or (len(wanted.inputs) == 1 and not wanted.angles.is_dir()):
        return wanted.angles
    name = path.name.removesuffix(".gz")
    return wanted.angles / f"{Path(name).stem}.angles.parquet"


@contextmanager
def _output(path: Path | None) -> Iterator[TextIO]:
    if path is None:
        yield sys.stdout
        return
    is_stream = path.exists() and not path.is_file()  # a pipe, a terminal: nothing to replace
    unfinished = path if is_stream else path.with_name(f".{path.name}.tmp")
    try:
        with unfinished.open("w", encoding="utf-8") as stream:
            yield stream
        if not is_stream:
            unfinished.replace(path)
    except OSError as error:
        raise InputError(f"cannot write {path}: {error.strerror}") from error
    finally:
        if not is_stream:
            unfinished.unlink(missing_ok=True)


def _tell(fault: str) -> None:
    print(f"lumbar: {fault}", file=sys.stderr)


def load_calibration(path: Path) -> Calibration:
    """Return the calibration in a file that ``lumbar calibrate`` wrote.

    Raises
    ------
    InputError
        If it cannot be read or holds no accepted calibration.
    """
    from analysis.events.catalogue import parse_event_json

    try:
        with path.open("rb") as file:
            text = file.read(_LARGEST_CALIBRATION)
    except OSError as error:
        raise InputError(f"cannot read the calibration {path}: {error.strerror}") from error
    try:
        event = parse_event_json(text)
    except LumbarError as error:
        raise InputError(f"{path} is no calibration: {error}") from error
    if not isinstance(event, Calibration):
        raise InputError(f"{path} is no calibration but a {event.SCHEMA}")
    if not event.accepted:
        raise InputError(f"{path} is a calibration that was rejected: {'; '.join(event.reasons)}")
    return event


def calibrate(path: Path) -> Calibration:
    """Return the calibration of the guided routine in a recording, accepted or rejected.

    As on the strip, a recording that goes on for minutes without a routine is calibrated from what it shows.

    Raises
    ------
    RecordingError
        If the file cannot be read.
    InputError
        If it holds neither.
    """
    recording = open_recording(path)
    session = Session(Origin(recording.patient, recording.device, boot=0), Guided())
    accepted: Calibration | None = None
    rejected: Calibration | None = None
    # To the end, where the last of what is wrong with a file is told.
    for block in recording.blocks():
        for made in session.push(block).calibrations if accepted is None else ():
            if not made.accepted:
                rejected = made
            elif accepted is None:
                accepted = made
    if accepted is not None:
        return accepted
    if rejected is None:
        raise InputError(
            f"{path.name}: there is no guided routine in it (stand, walk, bend, hinge, sit: about 90 s)"
        )
    return rejected
