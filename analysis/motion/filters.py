"""Recursive filters over whole seconds, in NumPy alone.

A filter is taken apart into its poles (partial fractions; Oppenheim and Schafer, Discrete-Time Signal
Processing, 1989, ch. 4): a direct part and one first-order recursion ``w[n] = x[n] + p w[n-1]`` for each pole
p. Within a second the recursion has a closed form, ``w[k] = p**k (cumsum(x / p**k) + p w[-1])``, in which
only ``p w[-1]`` is carried from second to second. Seconds lie on the absolute grid, and every array operation
works element by element or along one second, so how samples are cut into blocks cannot show.

``scipy.signal`` filters to the same numbers, but for the last few bits (a test compares them); importing it
takes longer than filtering half a day, and ``lumbar analyse`` starts anew for every recording.

A second must be short against the decay of the fastest pole: at ``p**k`` near 1e-16 nothing would be left.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from itertools import accumulate

import numpy as np

from analysis.motion.block import FloatArray

_MANY = 8
"""From so many seconds on, adding sample by sample is quicker than NumPy's own sums."""

Carried = tuple[complex, ...]
"""``p w[-1]`` of each pole: all that a filter remembers. Real where the pole is."""


@dataclass(frozen=True, slots=True)
class Filter:
    """A filter by its poles.

    Attributes
    ----------
    direct
        Gain of the part without memory.
    poles
        Each real pole, and one of each conjugate pair; distinct, within the unit circle.
    residues
        What each recursion contributes; a pair's is that of both together.
    """

    direct: float
    poles: tuple[complex, ...]
    residues: tuple[complex, ...]

    @property
    def at_rest(self) -> Carried:
        """What it remembers of silence."""
        return (0.0,) * len(self.poles)

    def after_steady(self, value: float) -> Carried:
        """Return what it remembers where the input has always been `value`."""
        return tuple(pole * value / (1.0 - pole) for pole in self.poles)

    def push(self, seconds: FloatArray, carried: Carried) -> tuple[FloatArray, Carried]:
        """Return the filtered seconds, one a column, (samples, k), and what is to be carried on."""
        rising, gains, falls = _powers(self.poles, self.residues, seconds.shape[0])
        # One part for a real pole, two for a pair, (samples, parts, k).
        sums = seconds[:, None] * rising
        _accumulate(sums)
        ends: list[list[float]] = sums[-1].tolist()
        inherited: list[list[float]] = []
        last: list[complex] = []
        for fall, before in zip(falls, carried, strict=True):
            part = len(inherited)
            if fall.imag:
                parts, after = _carry_pair((ends[part], ends[part + 1]), fall, before)
            else:
                handed, after = _carry(ends[part], fall.real, before.real)
                parts = [handed]
            inherited += parts
            last.append(after)
        sums += np.array(inherited)
        sums *= gains
        out: FloatArray = self.direct * seconds
        for part in range(len(inherited)):
            out += sums[:, part]
        return out, tuple(last)


def _accumulate(sums: FloatArray) -> None:
    """Do what ``cumsum(axis=0)`` does, in the same order, but many seconds at a time."""
    if sums.shape[2] < _MANY:
        np.cumsum(sums, axis=0, out=sums)
        return
    for at in range(1, sums.shape[0]):
        sums[at] += sums[at - 1]


def _carry(ends: Sequence[float], fall: float, carry: float) -> tuple[list[float], float]:
    """Return what a real pole hands to each second and to the one after the last."""
    handed = list(accumulate(ends, lambda before, end: fall * (before + end), initial=carry))
    return handed[:-1], handed[-1]


def _carry_pair(
    ends: tuple[Sequence[float], Sequence[float]], fall: complex, carry: complex
) -> tuple[list[list[float]], complex]:
    """Return the same of a conjugate pair, real and imaginary parts."""
    fall_re, fall_im, re, im = fall.real, fall.imag, carry.real, carry.imag
    res, ims = [], []
    for end_re, end_im in zip(*ends, strict=True):
        res.append(re)
        ims.append(im)
        re, im = re + end_re, im + end_im
        re, im = fall_re * re - fall_im * im, fall_re * im + fall_im * re
    return [res, ims], complex(re, im)


@cache
def _powers(
    poles: tuple[complex, ...], residues: tuple[complex, ...], length: int
) -> tuple[FloatArray, FloatArray, tuple[complex, ...]]:
    """Return the factors of samples and of sums, (length, parts, 1), and the decay over a second.

    Real and imaginary parts are kept apart: NumPy's complex products can depend on their place in memory.
    """
    rising, gains = [], []
    for pole, residue in zip(poles, residues, strict=True):
        powers = [pole**k for k in range(length)]
        up, gain = [1.0 / power for power in powers], [residue * power for power in powers]
        rising.append([value.real for value in up])
        gains.append([value.real for value in gain])
        if pole.imag:
            # Re(g w) = Re(g) Re(w) - Im(g) Im(w).
            rising.append([value.imag for value in up])
            gains.append([-value.imag for value in gain])
    falls = tuple(pole**length for pole in poles)
    return np.array(rising).T[..., None].copy(), np.array(gains).T[..., None].copy(), falls


def one_pole(time_constant_s: float, rate_hz: float, gain: float = 1.0) -> Filter:
    """Return ``y[n] = gain x[n] + exp(-1 / (rate time)) y[n-1]``: an integral with a leak."""
    return Filter(0.0, (math.exp(-1.0 / (time_constant_s * rate_hz)),), (gain,))


def without_mean(time_constant_s: float, rate_hz: float) -> Filter:
    """Return ``y[n] = x[n] - x[n-1] + exp(-1 / (rate time)) y[n-1]``: the input without its slow mean."""
    pole = math.exp(-1.0 / (time_constant_s * rate_hz))
    return Filter(1.0 / pole, (pole,), (1.0 - 1.0 / pole,))


@cache
def band_pass(low_hz: float, high_hz: float, rate_hz: float) -> Filter:
    """Return the band-pass of a second-order Butterworth prototype, by the bilinear transform."""
    low, high = (2.0 * rate_hz * math.tan(math.pi * edge / rate_hz) for edge in (low_hz, high_hz))
    width, middle = high - low, math.sqrt(low * high)
    poles: list[complex] = []
    for angle in (0.75 * math.pi, 1.25 * math.pi):
        half = 0.5 * width * complex(math.cos(angle), math.sin(angle))
        apart = (half * half - middle * middle) ** 0.5
        poles += [_bilinear(half + apart, rate_hz), _bilinear(half - apart, rate_hz)]
    # Two zeros at 1 and two at -1; unit gain at the middle of the band.
    centre = _bilinear(complex(0.0, middle), rate_hz)
    gain = 1.0 / abs(_ratio(1.0 / centre, poles))
    upper = [pole for pole in poles if pole.imag > 0]
    residues = []
    for pole in upper:
        others = [one for one in poles if one != pole]
        residues.append(2.0 * gain * _ratio(1.0 / pole, others))
    direct = gain / math.prod(abs(pole) for pole in poles)
    return Filter(direct, tuple(upper), tuple(residues))


def _bilinear(pole: complex, rate_hz: float) -> complex:
    return (2.0 * rate_hz + pole) / (2.0 * rate_hz - pole)


def _ratio(delay: complex, poles: Sequence[complex]) -> complex:
    """Return ``(1 - u^2)^2 / prod(1 - p u)`` at the unit delay u."""
    ratio = (1.0 - delay * delay) ** 2
    for pole in poles:
        ratio /= 1.0 - pole * delay
    return ratio
