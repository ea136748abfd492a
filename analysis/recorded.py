"""Analysing anyone's recording file, with the very core that runs live.

Its calibration is given, or taken from its axes, or found in the data, and its events carry their place on
the file's own time axis. A live run's archive is gone through by :mod:`analysis.replay`.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from analysis.events.calibration import Calibration
from analysis.events.event import Derived
from analysis.events.fields import utc_ns
from analysis.events.movement import Lift
from analysis.motion.block import Block
from analysis.motion.calibration import aligned
from analysis.motion.median import median
from analysis.motion.origin import Origin
from analysis.motion.remembered import Remembered
from analysis.motion.session import Given, Session, find_calibration
from analysis.recording.angles_table import angles_table
from analysis.recording.errors import SwappedPodsError
from analysis.recording.file import SAMPLE_NS, Recording, open_recording
from analysis.recording.twice import ReadTwice

_ENOUGH_LIFTS = 3
_DOUBTED = 0.5
"""Quality of what two pods say of which it is doubtful which is which, of what it would be [ours]."""
_SWAPPED_DEG = -10.0
"""A back that bends forward arches no more than this, deg [ours]; even hinges flex it (CLINICAL.md B2)."""

Progress = Callable[[float], None]
"""Told how much is done, 0 to 1."""


@dataclass(frozen=True, slots=True)
class FileAnalysis:
    """What a file says.

    Attributes
    ----------
    recording
        The file.
    calibration
        The calibration that it began with.
    events
        In the order they became known.
    notes
        What lowers the quality of its events, in plain words.
    """

    recording: Recording
    calibration: Calibration
    events: tuple[Derived, ...]
    notes: tuple[str, ...]


def analyse_file(
    path: Path,
    *,
    calibration: Calibration | None = None,
    is_aligned: bool = False,
    angles_to: Path | None = None,
    on_progress: Progress | None = None,
) -> FileAnalysis:
    """Analyse a recording file.

    Parameters
    ----------
    path
        Parquet or CSV, optionally .gz (DESIGN.md section 7).
    calibration
        How the pods sat on the person; None: see `is_aligned`.
    is_aligned
        Without a calibration: take the file's axes as the neutral posture; otherwise find it in the data.
    angles_to
        Also write the angles there, as .parquet or .csv.
    on_progress
        Told about progress.

    Raises
    ------
    RecordingError
        If the file cannot be analysed, its pods are swapped, or the angles cannot be written.
    CalibrationError
        If no calibration can be found in the data.
    """
    recording = open_recording(path)
    origin = Origin(recording.patient, recording.device, boot=0)
    # A file without a start has times too, counted from 1970, until its events are placed on its own axis.
    zero_ns = recording.start_utc_ns or 0
    if calibration is None and is_aligned:
        calibration = aligned(origin, dual=recording.has_both_pods, utc_ns=recording.start_utc_ns)
    notes = [*recording.notes]
    blocks = ReadTwice(lambda: recording.blocks(utc_origin_ns=zero_ns))
    remembered: Remembered | None = None
    events: list[Derived] = []
    with ExitStack() as stack:
        stack.enter_context(_the_files_own_faults_first(blocks))
        if calibration is None:
            remembered = Remembered()
            beginning = _timed(blocks.beginning(), recording)
            calibration = find_calibration(beginning, origin, remembered=remembered)
            notes += calibration.reasons
        session = Session(origin, Given(calibration), remembered=remembered)
        angles = stack.enter_context(angles_table(angles_to, recording)) if angles_to else None
        for block in blocks:
            output = session.push(block)
            events.extend(output.events)
            notes += [reason for slipped in output.calibrations for reason in slipped.reasons]
            if angles is not None:
                angles.push(output.angles)
            if on_progress is not None:
                on_progress(block.end_sample / recording.axis.end_sample)
        events.extend(session.finish().events)
    doubts = _doubts(path, [event for event in events if isinstance(event, Lift)])
    notes += [*doubts, *_silences(recording, events)]
    if doubts:
        events = [_doubted(event) for event in events]
    placed = tuple(_placed(event, recording, zero_ns) for event in events)
    return FileAnalysis(recording, calibration, placed, tuple(notes))


@contextmanager
def _the_files_own_faults_first(blocks: Iterable[Block]) -> Iterator[None]:
    """Whatever goes wrong with a file's samples: what is wrong in the rest of the file is told instead."""
    try:
        yield
    except Exception:
        for _ in blocks:
            pass
        raise


def _timed(blocks: Iterator[Block], recording: Recording) -> Iterator[Block]:
    """Yield blocks without the UTC that was only lent to them, where the file has none."""
    for block in blocks:
        yield block if recording.start_utc_ns is not None else replace(block, utc_ns=None, seen_finite=True)


def _doubts(path: Path, lifts: list[Lift]) -> list[str]:
    """Return what makes one doubt that the pods are where the columns say; enough of it is an error."""
    flexions_deg = [lift.lumbar_at_peak_deg for lift in lifts if lift.lumbar_at_peak_deg is not None]
    if not flexions_deg or median(flexions_deg) >= _SWAPPED_DEG:
        return []
    many = f"most of {len(flexions_deg)} bends" if len(flexions_deg) > 1 else "the only bend"
    doubt = (
        f"in {many} the upper pod tilts less than the lower one; are the columns upper_ and lower_ swapped?"
    )
    if len(flexions_deg) >= _ENOUGH_LIFTS:
        raise SwappedPodsError(path, doubt)
    return [f"{doubt} If so, where each bend came from is not what it says here; the quality is halved"]


def _doubted(event: Derived) -> Derived:
    if event.mode != "dual" or event.quality is None:
        return event
    return event.model_copy(update={"quality": round(event.quality * _DOUBTED, 3)})


def _silences(recording: Recording, events: list[Derived]) -> list[str]:
    modes = {event.mode for event in events}
    sensors = recording.layout.sensors
    has_gyroscopes = all((pod, "gyr") in sensors for pod, _ in sensors)
    notes = []
    if recording.has_both_pods and "single" in modes:
        notes.append("one pod falls silent; from there on only the other one is analysed")
    if has_gyroscopes and "accelerometer" in modes:
        notes.append("a gyroscope falls silent; from there on only accelerations are analysed")
    return notes


def _placed(event: Derived, recording: Recording, zero_ns: int) -> Derived:
    """Return the event with its place on the file's time axis, and without UTC where the file has none."""
    instants = {"start": event.start, "end": event.end}
    if isinstance(event, Lift):
        instants["peak"] = event.peak
    times_s = {
        f"{name}_s": recording.time_s(round((utc_ns(text) - zero_ns) / SAMPLE_NS))
        for name, text in instants.items()
        if text is not None
    }
    return event.on_file(
        recording.path.name, times_s, unknown=instants if recording.start_utc_ns is None else ()
    )
