"""Whether values can be in the unit that their columns name.

Gravity is always there, so an accelerometer's values are about 9.8 m/s2 long on average, whatever the person
does (6.7 to 15.7 over the 160 recordings we tried, running and badly calibrated ones included). A person's
back turns at up to 6 rad/s, a hand-held sensor thrown about at 25; in deg/s even a slow bend reaches 60.
"""

from pathlib import Path
from typing import Final

import numpy as np

from analysis.motion.block import FloatArray
from analysis.recording.columns import Layout
from analysis.recording.errors import UnitError

ACC_MEAN_MPS2: Final = (4.0, 25.0)
"""Mean length of the accelerometer's values that is believed [ours]."""
GYR_MEAN_RADPS: Final = 8.0
"""Mean length of the gyroscope's values that is not believed any more [ours]."""
GYR_FAST_RADPS: Final = 35.0
"""2000 deg/s, the widest range of common gyroscopes."""
GYR_FAST_SHARE: Final = 0.001
"""Share of faster samples that is not believed any more [ours]: single glitches are."""


class UnitCheck:
    """Looks at a recording's values as they are read.

    Parameters
    ----------
    layout
        The sensors whose columns are pushed.
    """

    def __init__(self, layout: Layout) -> None:
        self._layout = layout
        self._rows = 0
        self._sums = dict.fromkeys(layout.sensors, 0.0)
        self._fast = dict.fromkeys(layout.sensors, 0)

    def push(self, values: FloatArray) -> None:
        """Take some rows of the layout's columns."""
        self._rows += len(values)
        for pod, sensor in self._layout.sensors:
            length = np.linalg.norm(values[:, self._layout.place(pod, sensor)], axis=1)
            self._sums[pod, sensor] += float(length.sum())
            self._fast[pod, sensor] += int((length > GYR_FAST_RADPS).sum())

    def finish(self, path: Path) -> None:
        """Raise :class:`UnitError` if what was pushed cannot be in the unit of its columns."""
        for pod, sensor in self._layout.sensors:
            mean = self._sums[pod, sensor] / self._rows
            where = f"the {pod} pod's"
            if sensor == "acc" and not ACC_MEAN_MPS2[0] <= mean <= ACC_MEAN_MPS2[1]:
                guess = (
                    "are they in g, or is gravity taken out?"
                    if mean < ACC_MEAN_MPS2[0]
                    else "are they in mg, or raw integers?"
                )
                raise UnitError(
                    path,
                    f"{where} accelerations are {mean:.3g} long on average, at rest it is 9.81 m/s2; {guess}",
                )
            share = self._fast[pod, sensor] / self._rows
            if sensor == "gyr" and (mean > GYR_MEAN_RADPS or share > GYR_FAST_SHARE):
                raise UnitError(
                    path,
                    f"{where} angular velocities are {mean:.3g} on average, too fast for a person in rad/s; "
                    "are they in deg/s?",
                )
