"""Whether values can be what their columns name: the right unit, the right axes, a sensor that runs.

Gravity is always there, so an accelerometer's values are about 9.8 m/s2 long on average, whatever the
person does (6.7 to 15.7 over the 160 recordings we tried, running and badly calibrated ones included); g,
milli-g and raw counts are recognised by it. A person's back turns at up to 6 rad/s, a hand-held sensor
thrown about at 25; in deg/s even a slow bend reaches 60.

Five rows of each quarter of a second are looked at, which is many enough for all of this.

Quiet recordings are told by comparing the two sensors of a pod: as the pod turns, gravity turns in its
axes. Over steps of a quarter of a second, the turning that the gyroscope foretells is 0.1 to 1.5 times
(RMS) the one that the accelerometer sees, less where the person's own acceleration swings it, as in walking
(364 pods of real and virtual recordings). In deg/s it is 8 times and more, even of a resting pod, whose
bias then looks like a roundabout; converted twice, 0.02 and less. With an axis reversed the two disagree in
sign (correlation below -0.65; -0.51 to 0.99 in good recordings, walking being lowest).

What cannot be known: the unit of a gyroscope that shows only its noise (then it does not matter either),
and axes that are swapped the same way in both sensors.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from analysis.motion.block import FloatArray, Pod
from analysis.recording.columns import Layout
from analysis.recording.errors import SilentError, UnitError

STANDARD_GRAVITY_MPS2: Final = 9.80665
ACC_MEAN_MPS2: Final = (4.0, 25.0)
"""Mean length of the accelerometer's values that is believed [ours]."""
ACC_UNITS: Final = (
    ((0.7, 1.6), f"they are in g: multiply them by {STANDARD_GRAVITY_MPS2}"),
    ((700.0, 1600.0), f"they are in milli-g: multiply them by {STANDARD_GRAVITY_MPS2 / 1000}"),
)
"""Mean lengths that give away a unit."""
GYR_MEAN_RADPS: Final = 8.0
"""Mean length of the gyroscope's values that is not believed any more [ours]."""
GYR_FAST_RADPS: Final = 35.0
"""2000 deg/s, the widest range of common gyroscopes."""
GYR_FAST_SHARE: Final = 0.001
"""Share of faster samples that is not believed any more [ours]: single glitches are."""

STEP_S: Final = 0.25
"""Step over which both sensors' turning of gravity is compared, s [ours]."""
FORETOLD_RAD: Final = 0.03
"""Least turning a step by the gyroscope that says anything, rad [ours]: 7 deg/s, above any bias."""
SEEN_RAD: Final = 0.05
"""The same of the accelerometer, rad [ours]."""
FORETOLD_PER_SEEN: Final = (0.03, 4.0)
"""Foretold turning over seen turning that is believed, 1 [ours]."""
LEAST_AGREEMENT: Final = -0.65
"""Correlation of the two that is believed, 1 [ours]."""

_ROWS_A_STEP: Final = 5
"""So many rows of a step are looked at [ours]: what tells a unit is in all of them, and a person is slow."""


@dataclass(slots=True)
class _Sensor:
    """What was seen of one sensor."""

    rows: int = 0
    first: FloatArray | None = None
    is_constant: bool = True
    length_sum: float = 0.0
    fast: int = 0

    @property
    def mean_length(self) -> float:
        """Mean length of its values."""
        return self.length_sum / self.rows


@dataclass(slots=True)
class _Turning:
    """Squares and product of the turning of gravity, foretold by the gyroscope and seen."""

    steps: int = 0
    foretold: float = 0.0
    seen: float = 0.0
    both: float = 0.0


class UnitCheck:
    """Looks at a recording's values as they are read.

    Parameters
    ----------
    layout
        The sensors whose columns are pushed.
    """

    def __init__(self, layout: Layout) -> None:
        self._layout = layout
        self._sensors = {key: _Sensor() for key in layout.sensors}
        self._turning = {pod: _Turning() for pod, sensor in layout.sensors if sensor == "gyr"}
        self._acc: dict[Pod, FloatArray] = {}
        """The rows of each pod's accelerometer that await those of its gyroscope, (3, n)."""

    def push(self, place: int, rows: FloatArray, row_s: float) -> None:
        """Take some rows of one of the layout's sensors, (n, 3), so far apart.

        A pod's gyroscope comes after its accelerometer, with rows of the same times.
        """
        pod, sensor = key = self._layout.sensors[place]
        every = max(1, round(STEP_S / row_s) // _ROWS_A_STEP) if row_s > 0 else 1
        values = np.ascontiguousarray(rows[::every].T)
        if not values.size:
            return
        seen = self._sensors[key]
        if seen.first is None:
            seen.first = values[:, :1].copy()
        seen.is_constant = seen.is_constant and bool((values == seen.first).all())
        x, y, z = values * values
        x += y
        x += z
        lengths = np.sqrt(x, out=x)
        seen.rows += lengths.size
        seen.length_sum += float(lengths.sum())
        if sensor == "acc":
            self._acc[pod] = values
            return
        seen.fast += int(np.count_nonzero(lengths > GYR_FAST_RADPS))
        if row_s > 0:
            _compare(self._turning[pod], self._acc[pod], values, every * row_s)

    def finish(self, path: Path) -> tuple[Layout, tuple[str, ...]]:
        """Return the layout of the sensors that run, and what is to be said of those that do not.

        Raises
        ------
        UnitError
            If what was pushed cannot be in the unit of its columns.
        SilentError
            If no accelerometer ran.
        """
        alive = self._alive(path)
        for pod, sensor in alive.sensors:
            if sensor == "acc":
                self._check_acc(path, pod)
            else:
                self._check_gyr(path, pod)
        gone = [key for key in self._layout.sensors if key not in alive.sensors]
        return alive, tuple(
            f"the {pod} pod's {'gyroscope' if sensor == 'gyr' else 'accelerometer'} shows the same value "
            "throughout, so it is left out"
            for pod, sensor in gone
        )

    def _alive(self, path: Path) -> Layout:
        runs = {key for key, seen in self._sensors.items() if not seen.is_constant}
        kept = tuple(key for key in self._layout.sensors if key in runs and (key[0], "acc") in runs)
        if not kept:
            raise SilentError(path, "all its accelerations are the same: the sensor was not running")
        return Layout(kept)

    def _check_acc(self, path: Path, pod: Pod) -> None:
        mean = self._sensors[pod, "acc"].mean_length
        low, high = ACC_MEAN_MPS2
        if low <= mean <= high:
            return
        guess = "is gravity taken out?" if mean < low else "are they raw integers?"
        for (least, most), unit in ACC_UNITS:
            if least <= mean <= most:
                guess = unit
        raise UnitError(
            path,
            f"the {pod} pod's accelerations are {mean:.3g} long on average, at rest it is 9.81 m/s2; {guess}",
        )

    def _check_gyr(self, path: Path, pod: Pod) -> None:
        where = f"the {pod} pod's angular velocities"
        sensor, turning = self._sensors[pod, "gyr"], self._turning[pod]
        mean = sensor.mean_length
        if mean > GYR_MEAN_RADPS or sensor.fast > GYR_FAST_SHARE * sensor.rows:
            raise UnitError(
                path, f"{where} are {mean:.3g} on average, too fast for a person in rad/s; are they in deg/s?"
            )
        if not turning.steps:
            return
        foretold, seen = (np.sqrt(part / turning.steps) for part in (turning.foretold, turning.seen))
        least, most = FORETOLD_PER_SEEN
        if foretold > FORETOLD_RAD and foretold > most * seen:
            raise UnitError(
                path,
                f"{where} are {foretold / max(seen, 1e-9):.0f} times larger than gravity's turning in the "
                "accelerometer; are they in deg/s?",
            )
        if seen > SEEN_RAD and foretold < least * seen:
            raise UnitError(
                path,
                f"{where} are {seen / max(foretold, 1e-9):.0f} times smaller than gravity's turning in the "
                "accelerometer; were they converted to rad/s twice?",
            )
        if min(foretold, seen) > FORETOLD_RAD and turning.both < LEAST_AGREEMENT * np.sqrt(
            turning.foretold * turning.seen
        ):
            raise UnitError(
                path,
                f"{where} turn against its accelerations; both sensors' axes must be x forward, y left, z up",
            )


def _compare(turning: _Turning, acc: FloatArray, gyr: FloatArray, row_s: float) -> None:
    """Add how gravity turns over steps of some rows, (3, n), by either sensor."""
    width = max(1, round(STEP_S / row_s))
    count = acc.shape[1] // width
    if count < 2:
        return
    # A product with ones is the quickest sum of a few.
    each = np.ones(width)
    acc, gyr = (rows[:, : count * width].reshape(3, count, width) @ each for rows in (acc, gyr))
    x, y, z = acc
    up = acc / np.maximum(np.sqrt(x * x + y * y + z * z), 1e-9 * width)
    (a, b, c), (p, q, r) = up[:, 1:] + up[:, :-1], gyr[:, 1:] + gyr[:, :-1]
    foretold = np.stack((b * r - c * q, c * p - a * r, a * q - b * p))
    seen = up[:, 1:] - up[:, :-1]
    # Both of the product's factors are twice the mean of two.
    scale = 0.25 * row_s
    turning.steps += count - 1
    turning.foretold += scale * scale * float(np.vdot(foretold, foretold))
    turning.seen += float(np.vdot(seen, seen))
    turning.both += scale * float(np.vdot(foretold, seen))
