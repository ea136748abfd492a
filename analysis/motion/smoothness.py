"""How smooth a movement was: SPARC, the spectral arc length of its speed.

Balasubramanian, Melendez-Calderon, Roby-Brami and Burdet (2015), doi:10.1186/s12984-015-0090-9. The speed's
amplitude spectrum, scaled to one at zero frequency, is drawn as a curve up to a cut-off, and its length is
negated: every hesitation adds ripples and so length. **Less negative is smoother.** Speed must come from the
gyroscope; integrated acceleration makes the measure unreliable (Melendez-Calderon et al. 2021,
doi:10.3389/fbioe.2020.558771).

Compare only movements of like duration.
"""

from dataclasses import dataclass

import numpy as np

from analysis.motion.block import RATE_HZ, FloatArray


@dataclass(frozen=True, slots=True)
class SparcParams:
    """The defaults of the authors' published code, quoted from memory (CLINICAL.md B6)."""

    amplitude: float = 0.05
    """Spectrum below this part of its start is left off at the end, 1 (authors)."""
    cutoff_hz: float = 10.0
    """Highest frequency, Hz (authors: 10 to 20)."""
    padding: int = 4
    """The spectrum is interpolated by this power of two (authors)."""


def sparc(speed: FloatArray, params: SparcParams) -> float | None:
    """Return the smoothness of a speed profile at the core's rate; None if nothing moved."""
    count = 1 << (max(speed.shape[0], 2) - 1).bit_length() + params.padding
    spectrum = np.abs(np.fft.rfft(speed, count)[: int(params.cutoff_hz / RATE_HZ * count) + 1])
    if not spectrum[0] > 0:
        return None
    spectrum /= spectrum[0]
    last = int((spectrum >= params.amplitude).nonzero()[0][-1])
    if last == 0:
        return None
    rise = spectrum[1 : last + 1] - spectrum[:last]
    return -float(np.sqrt(rise * rise + 1.0 / last**2).sum())
