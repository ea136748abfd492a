"""What the strip's sensors make of a motion: errors, rounding, limits.

The error model is the usual one of IMU calibration (IEEE Std 1293 and 952 in their linear parts): per
sensor a 3 x 3 matrix of scale errors and misalignments, a bias that moves with temperature, and white noise
up to half the sampling rate; then rounding to int16 and saturation at full scale. The strip warms from room
to skin temperature.

With temperature, scales drift too; and the strip's temperature itself goes up and down as its wearer goes
out, sits against a cushion, and comes back.

Bias instability (flicker) is left out: over a day it is smaller than the drift with temperature that is here.
"""

import math
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from firmware_sim.body import Felt
from firmware_sim.person.anatomy import Quaternion
from firmware_sim.person.jet import FloatArray
from gateway.wire.frame import ACC_LSB_MPS2, GYR_LSB_RADPS, SAMPLE_RATE_HZ, STANDARD_GRAVITY_MPS2

_RAW_MIN, _RAW_MAX = -32768, 32767


@dataclass(frozen=True, slots=True)
class ImuGrade:
    """How good a class of sensor is. Spreads are standard deviations over parts.

    The defaults are typical figures of small consumer IMUs, from the data sheets of Bosch BMI270 (rev. 1.3)
    and ST LSM6DSO (rev. 2), as remembered and rounded to the worse of the two; offsets are those left after
    soldering.
    """

    acc_noise_mps2_rthz: float = 160e-6 * STANDARD_GRAVITY_MPS2
    """Noise density; BMI270: 160 ug/rtHz."""
    gyr_noise_radps_rthz: float = math.radians(0.007)
    """Noise density; BMI270: 7 mdps/rtHz."""
    acc_bias_mps2: float = 0.020 * STANDARD_GRAVITY_MPS2
    """Zero-g offset; both: 20 mg."""
    gyr_bias_radps: float = math.radians(0.5)
    """Zero-rate offset; BMI270: 0.5 deg/s."""
    acc_bias_mps2_per_k: float = 0.00025 * STANDARD_GRAVITY_MPS2
    """Drift of the zero-g offset; BMI270: 0.25 mg/K."""
    gyr_bias_radps_per_k: float = math.radians(0.015)
    """Drift of the zero-rate offset; 10 to 20 mdps/K."""
    acc_scale: float = 0.004
    """Sensitivity error; BMI270: 0.4 %."""
    gyr_scale: float = 0.01
    """Sensitivity error; LSM6DSO: 1 %."""
    misalignment: float = 0.005
    """Cross-axis sensitivity; BMI270: 0.5 to 1 %."""
    room_c: float = 22.0
    skin_c: float = 32.0
    warming_s: float = 600.0
    """Time constant of warming up on the body [ours]."""
    acc_scale_per_k: float = 0.0
    gyr_scale_per_k: float = 0.0
    """Drift of the sensitivity."""
    swing_k: float = 0.0
    swing_s: float = 900.0
    """Amplitude and period of the temperature's ups and downs once worn [ours]."""


TYPICAL = ImuGrade()
ADVERSE = ImuGrade(
    acc_noise_mps2_rthz=220e-6 * STANDARD_GRAVITY_MPS2,
    gyr_noise_radps_rthz=math.radians(0.012),
    acc_bias_mps2=0.030 * STANDARD_GRAVITY_MPS2,
    gyr_bias_radps=math.radians(1.0),
    acc_bias_mps2_per_k=0.0005 * STANDARD_GRAVITY_MPS2,
    gyr_bias_radps_per_k=math.radians(0.03),
    acc_scale=0.008,
    gyr_scale=0.015,
    misalignment=0.008,
    acc_scale_per_k=0.0001,
    gyr_scale_per_k=0.0003,
    swing_k=3.0,
)
"""A poor part among those sold: errors one and a half to two times the typical ones [ours]."""
PERFECT = ImuGrade(
    acc_noise_mps2_rthz=0.0,
    gyr_noise_radps_rthz=0.0,
    acc_bias_mps2=0.0,
    gyr_bias_radps=0.0,
    acc_bias_mps2_per_k=0.0,
    gyr_bias_radps_per_k=0.0,
    acc_scale=0.0,
    gyr_scale=0.0,
    misalignment=0.0,
)
"""Only rounding and saturation remain."""


@dataclass(frozen=True, slots=True, eq=False)
class _Triad:
    """One sensor of three axes, in SI units."""

    matrix: NDArray[np.float64]
    bias: NDArray[np.float64]
    bias_per_k: NDArray[np.float64]
    scale_per_k: NDArray[np.float64]
    noise: float
    lsb: float

    def measure(
        self, ideal: NDArray[np.float64], warmth_k: FloatArray, rng: np.random.Generator
    ) -> FloatArray:
        felt = np.einsum("ij,nj->ni", self.matrix, ideal)
        if self.scale_per_k.any():
            felt *= 1.0 + warmth_k[:, None] * self.scale_per_k
        felt += self.bias + warmth_k[:, None] * self.bias_per_k
        felt += self.noise * rng.standard_normal(felt.shape)
        return np.asarray(np.clip(np.rint(felt / self.lsb), _RAW_MIN, _RAW_MAX))


@dataclass(frozen=True, slots=True, eq=False)
class Imu:
    """One pod: an accelerometer and a gyroscope, drawn from a grade and mounted."""

    grade: ImuGrade
    acc: _Triad
    gyr: _Triad

    @classmethod
    def drawn(cls, grade: ImuGrade, mounting: Quaternion, rng: np.random.Generator) -> Self:
        """Draw one part; `mounting` turns vectors from the pod's axes into the body frame."""
        w, x, y, z = mounting
        to_pod = Rotation.from_quat((x, y, z, w)).inv().as_matrix()
        # Dice of its own, so that the parts of grades without this drift stay the parts they are.
        drift_rng = rng.spawn(1)[0]

        def triad(
            scale: float, bias: float, bias_per_k: float, scale_per_k: float, density: float, lsb: float
        ) -> _Triad:
            errors = grade.misalignment * rng.standard_normal((3, 3))
            np.fill_diagonal(errors, scale * rng.standard_normal(3))
            return _Triad(
                (np.eye(3) + errors) @ to_pod,
                bias * rng.standard_normal(3),
                bias_per_k * rng.standard_normal(3),
                scale_per_k * drift_rng.standard_normal(3),
                density * math.sqrt(0.5 * SAMPLE_RATE_HZ),
                lsb,
            )

        return cls(
            grade,
            triad(
                grade.acc_scale,
                grade.acc_bias_mps2,
                grade.acc_bias_mps2_per_k,
                grade.acc_scale_per_k,
                grade.acc_noise_mps2_rthz,
                ACC_LSB_MPS2,
            ),
            triad(
                grade.gyr_scale,
                grade.gyr_bias_radps,
                grade.gyr_bias_radps_per_k,
                grade.gyr_scale_per_k,
                grade.gyr_noise_radps_rthz,
                GYR_LSB_RADPS,
            ),
        )

    def measure(self, felt: Felt, t_s: FloatArray, rng: np.random.Generator) -> NDArray[np.int16]:
        """Return raw samples (n, 6), accelerometer first, of what is felt `t_s` after power-on."""
        grade = self.grade
        worn = -np.expm1(-t_s / grade.warming_s)
        swing_k = grade.swing_k * np.sin(2.0 * math.pi * t_s / grade.swing_s)
        warmth_k = worn * (grade.skin_c - grade.room_c + swing_k)
        raw = np.concatenate(
            (
                self.acc.measure(felt.acc_mps2, warmth_k, rng),
                self.gyr.measure(felt.gyr_radps, warmth_k, rng),
            ),
            axis=1,
        )
        return raw.astype(np.int16)
