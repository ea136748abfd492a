"""Where an archive's samples lie, and how they are put in order.

Files and logs hold samples in any order, since those from the strip's memory come late, and some may lie in
two of them. Whoever reads an archive, and whoever makes a log into the hour's file, puts them in order here,
so both see the same: in the order of their indices, each once, no more than some minutes in memory at a time.
"""

import heapq
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np

from analysis.recording.hour import ROW_GROUP_ROWS, open_hour, read_indices, read_row_group
from analysis.recording.log import Log, Records
from analysis.recording.raw import RawSamples, Scale


@dataclass(frozen=True, slots=True)
class Place:
    """Where samples `first` to `last` of one boot can be had, or not all of them; `held` says which.

    `load` and `held` raise OSError or ValueError where they cannot be read.
    """

    boot: int
    first: int
    last: int
    scale: Scale
    load: Callable[[], list[RawSamples]]
    held: Callable[[], list[tuple[int, int]]]


def hour_places(path: Path) -> list[Place]:
    """Return the places in an hour's file; raises as :func:`~analysis.recording.hour.open_hour` does."""
    hour = open_hour(path)
    return [
        Place(
            group.boot,
            group.first,
            group.last,
            hour.source.scale,
            partial(read_row_group, group),
            partial(read_indices, group),
        )
        for group in hour.row_groups
    ]


def log_places(log: Log) -> Iterator[Place]:
    """Yield the places in a log."""
    for records in log.stretches(ROW_GROUP_ROWS):
        first, end = int(records[0, 2]), int(records[-1, 2] + records[-1, 3])
        load = partial(_loaded, log, records)
        yield Place(int(records[0, 0]), first, end - 1, log.source.scale, load, partial(list, [(first, end)]))


def _loaded(log: Log, records: Records) -> list[RawSamples]:
    return [log.load(records)]


def pieces_of(
    places: Iterable[Place],
    boot: int,
    first: int = 0,
    end: int | None = None,
    load: Callable[[Place], list[RawSamples]] = lambda place: place.load(),
) -> Iterator[tuple[Scale, RawSamples]]:
    """Yield what there is of a boot from `first` to before `end` (None: all), in order, each sample once."""
    ahead = sorted(
        (
            place
            for place in places
            if place.boot == boot and place.last >= first and (end is None or place.first < end)
        ),
        key=lambda place: -place.first,
    )
    loaded: list[tuple[int, int, Scale, RawSamples]] = []
    number, next_sample = 0, first
    while ahead or loaded:
        while ahead and (not loaded or ahead[-1].first <= loaded[0][0]):
            place = ahead.pop()
            for piece in load(place):
                if piece.boot == boot:
                    heapq.heappush(loaded, (piece.first_sample, number, place.scale, piece))
                    number += 1
        if loaded:
            _, _, scale, piece = heapq.heappop(loaded)
            upto = piece.end_sample if end is None else min(end, piece.end_sample)
            part = piece[max(0, next_sample - piece.first_sample) : max(0, upto - piece.first_sample)]
            if len(part):
                next_sample = part.end_sample
                yield scale, part


def joined(pieces: Iterable[tuple[Scale, RawSamples]], limit: int) -> Iterator[tuple[Scale, RawSamples]]:
    """Yield consecutive pieces joined, and cut into at most `limit` samples."""
    held: list[RawSamples] = []
    held_scale: Scale | None = None
    count = 0
    for scale, piece in pieces:
        if held and held_scale and not (_follows(held[-1], piece) and scale == held_scale):
            yield held_scale, _concatenated(held)
            held, count = [], 0
        held_scale = scale
        for start in range(0, len(piece), limit):
            part = piece[start : start + limit]
            if held and count + len(part) > limit:
                yield held_scale, _concatenated(held)
                held, count = [], 0
            held.append(part)
            count += len(part)
    if held and held_scale:
        yield held_scale, _concatenated(held)


def _follows(earlier: RawSamples, later: RawSamples) -> bool:
    return (earlier.boot, earlier.end_sample, earlier.columns) == (
        later.boot,
        later.first_sample,
        later.columns,
    )


def _concatenated(pieces: list[RawSamples]) -> RawSamples:
    if len(pieces) == 1:
        return pieces[0]
    utc_ns = np.concatenate([piece.utc_ns for piece in pieces])
    raw = np.concatenate([piece.raw for piece in pieces])
    return RawSamples(pieces[0].boot, pieces[0].first_sample, utc_ns, raw)
