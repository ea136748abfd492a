"""One person's back, and how the strip sits on it."""

from dataclasses import dataclass
from typing import Literal, Self

import numpy as np
from scipy.spatial.transform import Rotation

IDENTITY_QUAT = (1.0, 0.0, 0.0, 0.0)

Quaternion = tuple[float, float, float, float]
"""Unit quaternion w, x, y, z."""

Wearing = Literal["tilted", "rolled", "upside_down", "back_to_front", "any"]
"""How a pod was clipped on; "any" is one of the others, drawn for each pod."""

_GRIPS: tuple[Wearing, ...] = ("tilted", "rolled", "upside_down", "back_to_front")
_MOST_TILT_DEG = 30.0
"""Mountings reach this (product acceptance)."""


@dataclass(frozen=True, slots=True)
class Anatomy:
    """Sizes and ranges of one person.

    Ranges and sitting angles follow CLINICAL.md B1, B2 and B5: full bend 52 deg lumbar without pain (Laird
    2019), usual and slumped sitting at 55 and 70 % of it (Mitchell 2008), the pelvis 18 deg back in sitting
    (Endo 2012). Lengths are those of an adult of about 1.7 m (Winter, Biomechanics and Motor Control, 4th
    ed., table 4.1); the pods' places relative to the hip axis are [ours].
    """

    lumbar_range_deg: float = 52.0
    """Full comfortable lumbar flexion from the neutral stand."""
    hip_range_deg: float = 62.0
    """Pelvis tilt at full bend with straight knees."""
    sit_pelvis_deg: float = -18.0
    slump_pelvis_deg: float = -29.0
    sit_range_share: float = 0.55
    slump_range_share: float = 0.72
    leg_m: float = 0.84
    """Hip axis above the ankle, standing."""
    seat_drop_m: float = 0.41
    """How far the hips sink from standing to a chair."""
    sacrum_back_m: float = 0.09
    """Lower pod behind the hip axis."""
    sacrum_up_m: float = 0.09
    """Lower pod above the hip axis."""
    lumbar_m: float = 0.17
    """From the lower pod (S1) to the upper (L1)."""

    @classmethod
    def drawn(cls, rng: np.random.Generator) -> Self:
        """Draw a person from `rng`."""
        leg_m = float(rng.uniform(0.78, 0.90))
        sit_pelvis_deg = float(rng.uniform(-21.0, -15.0))
        return cls(
            lumbar_range_deg=float(rng.uniform(46.0, 60.0)),
            hip_range_deg=float(rng.uniform(56.0, 66.0)),
            sit_pelvis_deg=sit_pelvis_deg,
            slump_pelvis_deg=sit_pelvis_deg - float(rng.uniform(10.0, 13.0)),
            sit_range_share=float(rng.uniform(0.52, 0.57)),
            slump_range_share=float(rng.uniform(0.70, 0.75)),
            leg_m=leg_m,
            seat_drop_m=leg_m * float(rng.uniform(0.47, 0.51)),
            lumbar_m=float(rng.uniform(0.15, 0.19)),
        )

    @classmethod
    def drawn_from_all(cls, rng: np.random.Generator) -> Self:
        """Draw one of all the people there are: stiff and supple, tall and short.

        Ranges vary far more than their means tell: full lumbar flexion of 52 deg has a standard deviation of
        about 11 (Laird 2014); here 25 to 80 deg. What is not in CLINICAL.md is [ours].
        """
        leg_m = float(rng.uniform(0.72, 0.96))
        sit_pelvis_deg = -_bounded(rng, 18.0, 5.0, 9.0, 28.0)
        sit_share = _bounded(rng, 0.55, 0.06, 0.42, 0.66)
        return cls(
            lumbar_range_deg=_bounded(rng, 51.0, 13.0, 25.0, 80.0),
            hip_range_deg=_bounded(rng, 58.0, 9.0, 38.0, 78.0),
            sit_pelvis_deg=sit_pelvis_deg,
            slump_pelvis_deg=sit_pelvis_deg - float(rng.uniform(6.0, 14.0)),
            sit_range_share=sit_share,
            slump_range_share=sit_share + float(rng.uniform(0.10, 0.22)),
            leg_m=leg_m,
            seat_drop_m=leg_m * float(rng.uniform(0.44, 0.54)),
            sacrum_back_m=float(rng.uniform(0.07, 0.12)),
            sacrum_up_m=float(rng.uniform(0.06, 0.12)),
            lumbar_m=float(rng.uniform(0.13, 0.20)),
        )

    @property
    def sit_lumbar_deg(self) -> float:
        """Lumbar flexion in usual sitting."""
        return self.sit_range_share * self.lumbar_range_deg

    @property
    def slump_lumbar_deg(self) -> float:
        """Lumbar flexion in slumped sitting."""
        return self.slump_range_share * self.lumbar_range_deg

    @property
    def slump_gate_deg(self) -> float:
        """Lumbar flexion halfway between usual and slumped sitting (CLINICAL.md B5)."""
        return 0.5 * (self.sit_lumbar_deg + self.slump_lumbar_deg)


@dataclass(frozen=True, slots=True)
class Mounting:
    """Rotations that turn a vector from a pod's own axes into the body frame of its place on the back.

    The places' frames are upright (x forward, z up) in the neutral stand, so this holds both how the back
    curves there and how the strip was clipped on.
    """

    upper_quat: Quaternion = IDENTITY_QUAT
    lower_quat: Quaternion = IDENTITY_QUAT

    @classmethod
    def drawn(cls, rng: np.random.Generator) -> Self:
        """Draw an ordinary mounting: the sacrum slopes, L1 leans back, nothing sits quite straight."""
        return cls(
            upper_quat=_quaternion(rng.uniform(-6, 6), rng.uniform(-14, -4), rng.uniform(-6, 6)),
            lower_quat=_quaternion(rng.uniform(-6, 6), rng.uniform(8, 22), rng.uniform(-6, 6)),
        )

    @classmethod
    def worn(cls, how: "Wearing", rng: np.random.Generator) -> Self:
        """Draw a strip clipped on by tired hands: each pod by itself, turned by up to 30 deg any way.

        On top of that it may be rolled on its place by any angle, upside down, back to front, or any of it.
        """

        def pod(back_deg: float) -> Quaternion:
            place = Rotation.from_euler("y", back_deg, degrees=True)
            grip = how if how != "any" else _GRIPS[int(rng.integers(len(_GRIPS)))]
            axis = rng.standard_normal(3)
            tilt = Rotation.from_rotvec(
                axis / np.linalg.norm(axis) * rng.uniform(0.0, _MOST_TILT_DEG), degrees=True
            )
            turned = {
                "tilted": Rotation.identity(),
                "rolled": Rotation.from_euler("x", rng.uniform(-180.0, 180.0), degrees=True),
                "upside_down": Rotation.from_euler("x", 180.0, degrees=True),
                "back_to_front": Rotation.from_euler("z", 180.0, degrees=True),
            }[grip]
            return _wxyz(place * tilt * turned)

        return cls(upper_quat=pod(-8.0), lower_quat=pod(12.0))


def _bounded(rng: np.random.Generator, mean: float, spread: float, low: float, high: float) -> float:
    return float(np.clip(rng.normal(mean, spread), low, high))


def _quaternion(roll_deg: float, pitch_deg: float, yaw_deg: float) -> Quaternion:
    return _wxyz(Rotation.from_euler("zyx", (yaw_deg, pitch_deg, roll_deg), degrees=True))


def _wxyz(rotation: Rotation) -> Quaternion:
    x, y, z, w = rotation.as_quat().tolist()
    return (w, x, y, z)
