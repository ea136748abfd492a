"""Many minutes as a table: a column for each number, so that weeks are summed without an object a minute.

Durations are whole hundredths of a second, as the contract rounds them. Sums of whole numbers are exact, and
do not hang on the order of the minutes.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from operator import itemgetter
from typing import Any, Final, Self

import numpy as np
import numpy.typing as npt

from analysis.events.day import TILT_EDGES_DEG, VELOCITY_EDGES_DPS

Whole = npt.NDArray[np.int64]

_ALWAYS: Final = (
    "start",
    "lying_s",
    "sitting_s",
    "standing_s",
    "walking_s",
    "tilt_hist_s",
    "velocity_hist_s",
)
_SOMETIMES: Final = ("lumbar_over_half_s", "standing_extension_s", "slumped_s", "back_bends")
FIELDS: Final = (*_ALWAYS, *_SOMETIMES)
"""What of a ``lumbar.minute/1`` the table is made from, in the order of a row."""
UNKNOWN: Final = -1
"""Stands for null in a column; no duration and no count is negative."""
_PER_S: Final = 100
_QUARTER_S: Final = 900


@dataclass(frozen=True, slots=True, eq=False)
class Minutes:
    """A patient's minutes in order of their start; each column has one entry a minute.

    Attributes
    ----------
    start_s
        Seconds since 1970.
    lying, sitting, standing, walking
        Time in each posture, hundredths of a second.
    over_half, extension, slumped, back_bends
        The same, and a count, :data:`UNKNOWN` where it could not be known.
    tilt, velocity
        Histograms, hundredths of a second: (n, 30) and (n, 10) in the bins of ``lumbar.minute/1``.
    """

    start_s: Whole
    lying: Whole
    sitting: Whole
    standing: Whole
    walking: Whole
    over_half: Whole
    extension: Whole
    slumped: Whole
    back_bends: Whole
    tilt: Whole
    velocity: Whole

    @classmethod
    def of_rows(cls, rows: Iterable[Sequence[Any]]) -> Self:
        """Return the table of rows of :data:`FIELDS`; one that lacks what every minute has is left out."""
        known = sorted((row for row in rows if _is_whole(row)), key=itemgetter(0))
        of = dict(zip(FIELDS, list(zip(*known, strict=True)) or [()] * len(FIELDS), strict=True))
        texts = [text[:19] for text in of["start"]]
        return cls(
            start_s=np.array(texts, "datetime64[s]").astype(np.int64),
            lying=_hundredths(of["lying_s"]),
            sitting=_hundredths(of["sitting_s"]),
            standing=_hundredths(of["standing_s"]),
            walking=_hundredths(of["walking_s"]),
            over_half=_if_known(of["lumbar_over_half_s"]),
            extension=_if_known(of["standing_extension_s"]),
            slumped=_if_known(of["slumped_s"]),
            back_bends=_if_known(of["back_bends"], 1),
            tilt=_hundredths(of["tilt_hist_s"]).reshape(-1, len(TILT_EDGES_DEG) - 1),
            velocity=_hundredths(of["velocity_hist_s"]).reshape(-1, len(VELOCITY_EDGES_DPS) - 1),
        )

    def __len__(self) -> int:
        """Return how many minutes there are."""
        return len(self.start_s)

    def where(self, mask: npt.NDArray[np.bool_]) -> Self:
        """Return those minutes that `mask` is true of."""
        return type(self)(*(getattr(self, name)[mask] for name in type(self).__slots__))

    def on_wall(self, zone: tzinfo) -> Whole:
        """Return each start as seconds since midnight of 1 January 1970 on the wall clock in `zone`."""
        # Clocks are changed at quarters of an hour, and there are few of those.
        quarters, places = np.unique(self.start_s // _QUARTER_S, return_inverse=True)
        offsets = [
            datetime.fromtimestamp(int(each) * _QUARTER_S, UTC).astimezone(zone).utcoffset()
            for each in quarters
        ]
        offsets_s = np.array([each.total_seconds() if each else 0 for each in offsets], np.int64)
        return self.start_s + offsets_s[places] if len(self) else self.start_s


def seconds(hundredths: Any) -> float:
    """Return a sum of hundredths in seconds."""
    return int(hundredths) / _PER_S


def _is_whole(row: Sequence[Any]) -> bool:
    return None not in row[: len(_ALWAYS)]


def _hundredths(column: Sequence[Any]) -> Whole:
    return _whole(column, _PER_S)


def _if_known(column: Sequence[Any], scale: int = _PER_S) -> Whole:
    known = [value is not None for value in column]
    return np.where(known, _whole([value or 0 for value in column], scale), UNKNOWN)


def _whole(column: Sequence[Any], scale: int) -> Whole:
    return np.rint(scale * np.asarray(column, np.float64)).astype(np.int64)
