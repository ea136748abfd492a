"""Analysing what was recorded, with the very core that runs live.

A **file** is anyone's: its calibration is given, or taken from its axes, or found in the data, and its events
carry their place on the file's own time axis. An **archive** is a live run on disk: each segment of its
journal goes through a session started as the live one was, and what the session says is what the live one
said, event for event and in that order, since how samples are cut into blocks never changes a result.

A segment that a crash cut off is analysed to its last sample and then finished, so the span of posture or
sitting bout that the crash interrupted is told here, though the live run could not tell it any more.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from analysis.events.calibration import Calibration
from analysis.events.event import Derived
from analysis.events.fields import utc_ns
from analysis.events.movement import Lift
from analysis.motion.calibration import aligned
from analysis.motion.origin import Origin
from analysis.motion.output import Output
from analysis.motion.session import Given, Guided, Session, find_calibration
from analysis.practice.session import PractisedSession, PractisedState
from analysis.practice.sets import Sets
from analysis.recording.angles_table import angles_table
from analysis.recording.archive import Archive, Segment
from analysis.recording.errors import SwappedPodsError
from analysis.recording.file import SAMPLE_NS, Recording, open_recording
from analysis.recording.journal import Entry, PracticeBegun, PracticeEnded, SegmentStart

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
    if calibration is None:
        calibration = find_calibration(recording.blocks(), origin)
        notes += calibration.reasons
    session = Session(origin, Given(calibration))
    events: list[Derived] = []
    with ExitStack() as stack:
        angles = stack.enter_context(angles_table(angles_to, recording)) if angles_to else None
        for block in recording.blocks(utc_origin_ns=zero_ns):
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


def analyse_archive(archive: Archive, on_progress: Progress | None = None) -> Iterator[Derived]:
    """Yield the derived events of a live run's archive, in the order the live run told them.

    What could not be read is in ``archive.skipped`` afterwards.
    """
    total = sum(archive.sample_count(segment) for segment in archive.segments)
    done = 0
    for segment in archive.segments:
        for output in SegmentReplay(segment, sets_of(archive.entries, segment.start.boot)).whole(archive):
            yield from output.events
            done += len(output.angles)
            if on_progress is not None:
                on_progress(min(1.0, done / max(1, total)))


class SegmentReplay:
    """The core, taken through a segment of an archive as the live run was.

    Where a stretch was analysed again after late samples had come, what the core says from there on carries
    that revision. What the wearer said of the posture is said again at the same sample.

    Parameters
    ----------
    segment
        What to go through.
    sets
        What the patient practised in that boot.
    """

    def __init__(self, segment: Segment, sets: Sets) -> None:
        self._segment, self._sets = segment, sets
        self.session = session_of(segment.start, sets)
        self._said = list(segment.corrections)
        self.next_sample = segment.start.first_sample
        """Where it stands."""

    def outputs(self, archive: Archive) -> Iterator[Output]:
        """Yield what the core says of the segment's samples, block by block; it stays unfinished."""
        segment = self._segment
        for revised in segment.revisions:
            yield from self._upto(archive, revised.first_sample)
            self.session = revised_session(segment.start, self._sets, self.session.state(), revised.revision)
        yield from self._upto(archive, segment.end_sample)

    def whole(self, archive: Archive) -> Iterator[Output]:
        """Yield what the core says of the segment, and what it says at its end."""
        yield from self.outputs(archive)
        yield self.session.finish()

    def _upto(self, archive: Archive, end: int | None) -> Iterator[Output]:
        while self._said and (end is None or self._said[0].sample <= end):
            said = self._said.pop(0)
            yield from self._through(archive, said.sample)
            self.session.correct(said.state)
        yield from self._through(archive, end)

    def _through(self, archive: Archive, end: int | None) -> Iterator[Output]:
        for block in archive.blocks_of(self._segment.start.boot, self.next_sample, end):
            self.next_sample = block.end_sample
            yield self.session.push(block)


def session_of(start: SegmentStart, sets: Sets, revision: int = 0) -> PractisedSession:
    """Return a session of the core as new, at the start of a segment; `sets` are what was practised."""
    origin = Origin(start.patient, start.device, start.boot, revision)
    session = Session(origin, Guided() if start.calibration is None else Given(start.calibration))
    return PractisedSession(session, origin, sets, start.first_sample)


def revised_session(
    start: SegmentStart, sets: Sets, state: PractisedState, revision: int
) -> PractisedSession:
    """Return a session that goes on exactly from `state`, and says what it says as of another revision."""
    session = session_of(start, sets, revision)
    session.restore(state)
    return session


def sets_of(entries: Iterable[Entry], boot: int) -> Sets:
    """Return what a journal says of practice in one boot of the strip."""
    sets = Sets()
    for entry in entries:
        match entry:
            case PracticeBegun(begun_in, sample, target) if begun_in == boot:
                sets.begin(sample, target or None)
            case PracticeEnded(ended_in, sample) if ended_in == boot:
                sets.end(sample)
    return sets


def _doubts(path: Path, lifts: list[Lift]) -> list[str]:
    """Return what makes one doubt that the pods are where the columns say; enough of it is an error."""
    flexions_deg = [lift.lumbar_at_peak_deg for lift in lifts if lift.lumbar_at_peak_deg is not None]
    if not flexions_deg or np.median(flexions_deg) >= _SWAPPED_DEG:
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
    has_gyroscopes = all(recording.layout.place(pod, "gyr") for pod, _ in recording.layout.sensors)
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
    placed = event.on_file(recording.path.name, **times_s)
    if recording.start_utc_ns is None:
        return placed.model_copy(update=dict.fromkeys(instants))
    return placed
