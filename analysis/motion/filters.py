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

import numpy as np

from analysis.motion.block import AnyFloatArray, FloatArray

Carried = tuple[complex, ...]
"""``p w[-1]`` of each pole: all that a filter remembers. Real where the pole is."""

_FEW = 5
"""So few samples each are added up sooner sample by sample, of all means at once."""


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

    def push(
        self, signals: Sequence[AnyFloatArray], carried: Sequence[Carried]
    ) -> tuple[FloatArray, tuple[Carried, ...]]:
        """Return the filtered seconds of some signals, and what is to be carried on of each.

        Seconds are rows, (k, samples), of all signals the same; they come back as (signals, k, samples).
        """
        count, length = signals[0].shape
        response, left, falls = _blocks(self, length)
        # A second's samples, and beside them what it inherits: one part of a real pole, two of a pair.
        known = np.empty((len(signals), count, response.shape[1]))
        for own, signal in zip(known, signals, strict=True):
            own[:, :length] = signal
        ends = np.einsum("ski,pi->skp", known[..., :length], left)
        after = tuple(map(_inherit, known[..., length:], ends, [falls] * len(signals), carried))
        return np.einsum("ski,ji->skj", known, response), after


def _inherit(inherited: FloatArray, ends: FloatArray, falls: Sequence[complex], carried: Carried) -> Carried:
    """Fill in what each second of a signal inherits, (k, parts), and return what the one to come does."""
    part, after = 0, []
    for fall, carry in zip(falls, carried, strict=True):
        kind, width = (np.complex128, 2) if fall.imag else (np.float64, 1)
        of_pole = slice(part, part + width)
        handed, last = _handed_on(ends[:, of_pole].view(kind)[:, 0].tolist(), fall, carry)
        inherited[:, of_pole].view(kind)[:, 0] = np.fromiter(handed, kind, len(handed))
        after.append(last)
        part += width
    return tuple(after)


def _handed_on(ends: Sequence[complex], fall: complex, carry: complex) -> tuple[list[complex], complex]:
    """Return what one pole hands to each second and to the one after the last."""
    handed = []
    for end in ends:
        handed.append(carry)
        carry = end + fall * carry
    return handed, carry


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


def averaged(values: AnyFloatArray, samples: int) -> FloatArray:
    """Return the means of so many samples each, two or more; those left over at the end are left out.

    They are added up in the precision in which they come, which is enough for a few.
    """
    rows = values[: values.shape[0] // samples * samples].reshape(-1, samples)
    if samples > _FEW:
        return np.asarray(np.einsum("ij->i", rows) / samples, dtype=np.float64)
    first, second, *others = rows.T
    mean = first + second
    for other in others:
        mean += other
    mean /= samples
    return np.asarray(mean, dtype=np.float64)


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
