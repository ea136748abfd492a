"""What a simulated strip measures: anything that can say which raw samples it would have taken."""

from typing import Protocol

import numpy as np
from numpy.typing import NDArray


class SampleSource(Protocol):
    """A stretch of raw samples at 100 Hz, counted from the source's own time zero.

    The strip reads it sample by sample: the source's second lasts as long as the strip's oscillator says.
    """

    @property
    def single_pod(self) -> bool:
        """Whether there is only the lower pod."""
        ...

    @property
    def duration_s(self) -> float | None:
        """How long the source lasts; None for ever."""
        ...

    def read(self, first: int, count: int) -> NDArray[np.int16]:
        """Return the raw samples from index `first` on.

        Parameters
        ----------
        first
            Index of the first sample, from 0 at the source's time zero.
        count
            How many are wanted.

        Returns
        -------
        NDArray[np.int16]
            Shape (m, 12): upper accelerometer xyz, gyroscope xyz, lower accelerometer xyz, gyroscope xyz; or
            (m, 6), lower pod only, if `single_pod`. m is less than `count` only where the source ends.
        """
        ...
