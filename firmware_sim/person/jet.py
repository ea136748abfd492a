"""Values with their first and second time derivative, so that motion is differentiated exactly.

A simulated accelerometer needs second derivatives of everything that moves. Differences of samples would blur
heel strikes and depend on the sampling grid; carrying the derivatives along through sums, products and sines
(forward-mode differentiation of second order) gives them to rounding error at any instant.
"""

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Jet:
    """A quantity over time: its value, rate (per s) and acceleration (per s2), arrays of one shape."""

    value: FloatArray
    rate: FloatArray
    accel: FloatArray

    @classmethod
    def zeros(cls, count: int) -> Self:
        """Return a jet of `count` instants at rest at zero."""
        return cls(np.zeros(count), np.zeros(count), np.zeros(count))

    @classmethod
    def wave(cls, t_s: FloatArray, rate_radps: float, phase_rad: float) -> Self:
        """Return the sine of a phase that grows steadily with time."""
        angle = rate_radps * t_s + phase_rad
        value = np.sin(angle)
        return cls(value, rate_radps * np.cos(angle), -(rate_radps**2) * value)

    def __add__(self, other: "Jet") -> "Jet":
        return Jet(self.value + other.value, self.rate + other.rate, self.accel + other.accel)

    def __mul__(self, other: "Jet") -> "Jet":
        return Jet(
            self.value * other.value,
            self.rate * other.value + self.value * other.rate,
            self.accel * other.value + 2.0 * self.rate * other.rate + self.value * other.accel,
        )

    def scaled(self, factor: float) -> "Jet":
        """Return this times a constant."""
        return Jet(self.value * factor, self.rate * factor, self.accel * factor)

    def raised(self, constant: float) -> "Jet":
        """Return this plus a constant."""
        return Jet(self.value + constant, self.rate, self.accel)

    def cos_sin(self) -> tuple["Jet", "Jet"]:
        """Return cosine and sine of this, an angle in rad."""
        cosine, sine = np.cos(self.value), np.sin(self.value)
        squared = self.rate**2
        return (
            Jet(cosine, -sine * self.rate, -sine * self.accel - cosine * squared),
            Jet(sine, cosine * self.rate, cosine * self.accel - sine * squared),
        )

    def part(self, span: slice) -> "Jet":
        """Return a view of some of the instants."""
        return Jet(self.value[span], self.rate[span], self.accel[span])

    def accumulate(self, other: "Jet") -> None:
        """Add `other` to this in place."""
        np.add(self.value, other.value, out=self.value)
        np.add(self.rate, other.rate, out=self.rate)
        np.add(self.accel, other.accel, out=self.accel)
