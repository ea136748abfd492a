"""Recursive filters over whole seconds, in NumPy alone.

A filter is taken apart into its poles (partial fractions; Oppenheim and Schafer, Discrete-Time Signal
Processing, 1989, ch. 4): a direct part and one first-order recursion ``w[n] = x[n] + p w[n-1]`` for each pole
p. Only ``p w[-1]`` is carried from second to second. The rest is the same for every second, so it is done for
all of them at once: what a second's own samples add to its output, what is inherited adds to it, and what the
samples leave to the next (block realization; Burrus 1972). Seconds lie on the absolute grid, and each number
is a sum over one second alone, so how samples are cut into blocks cannot show.

``scipy.signal`` filters to the same numbers, but for the last few bits (a test compares them); importing it
takes longer than filtering half a day, and ``lumbar analyse`` starts anew for every recording.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analysis.motion.block import FloatArray

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
        """Return the filtered seconds, one a row, (k, samples), and what is to be carried on."""
        count, length = seconds.shape
        response, left, falls = _blocks(self, length)
        # A second's samples, and beside them what it inherits: one part of a real pole, two of a pair.
        known = np.empty((count, response.shape[1]))
        known[:, :length] = seconds
        ends = np.einsum("ki,pi->pk", known[:, :length], left)
        part, after = 0, []
        for fall, carry in zip(falls, carried, strict=True):
            if fall.imag:
                inherited, last = _inherited(ends[part] + 1j * ends[part + 1], fall, carry)
                known[:, length + part + 1] = inherited.imag
            else:
                inherited, last = _inherited(ends[part], fall.real, carry.real)
            known[:, length + part] = inherited.real
            part += 2 if fall.imag else 1
            after.append(last)
        return np.einsum("ki,ji->kj", known, response), tuple(after)


def _inherited(ends: NDArray[Any], fall: complex, carry: complex) -> tuple[NDArray[Any], complex]:
    """Return what one pole hands to each second and to the one after the last."""
    handed = []
    for end in ends.tolist():
        handed.append(carry)
        carry = end + fall * carry
    return np.array(handed), carry


@cache
def _blocks(one: Filter, length: int) -> tuple[FloatArray, FloatArray, tuple[complex, ...]]:
    """Return what makes a second's output and what it leaves, and the decay over a second.

    The output is made of the samples and of what is inherited, (length, length + parts); from the samples a
    part is left, (parts, length). Real and imaginary parts are kept apart.
    """
    impulse, fades, left = np.zeros(length), [], []
    for pole, residue in zip(one.poles, one.residues, strict=True):
        powers = np.array([pole**k for k in range(length + 1)])
        fade, leaving = residue * powers[:-1], powers[:0:-1]
        impulse += fade.real
        # Re(f c) = Re(f) Re(c) - Im(f) Im(c).
        fades += [fade.real, -fade.imag] if pole.imag else [fade.real]
        left += [leaving.real, leaving.imag] if pole.imag else [leaving.real]
    impulse[0] += one.direct
    own = [np.concatenate((impulse[at::-1], np.zeros(length - 1 - at))) for at in range(length)]
    response = np.concatenate((np.array(own), np.array(fades).T), axis=1)
    return response, np.array(left), tuple(pole**length for pole in one.poles)


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
