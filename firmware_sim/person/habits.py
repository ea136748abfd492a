"""How one person's movements differ from another's, beyond the anatomy.

Standing is not one posture: in 29 % of people the lordosis of repeated stands differs by more than 20 %
(Schmidt 2018, J Biomech 70:67; CLINICAL.md B1). The spread of stances here is drawn so that this holds for a
lordosis of 36 deg in six stands. The pelvis goes against most of a change of the lumbar spine, so the trunk
leans less than the lordosis changes [ours].

Rhythm differs too: most backs bend from the lumbar spine first, some from the hip first, some all at once
(Laird 2018, doi:10.1186/s12891-018-2233-1: the pelvis lags by up to 0.9 s in one group, the lumbar spine by
0.6 s in another).
"""

from dataclasses import dataclass
from typing import Literal, Self

import numpy as np

Rhythm = Literal["lumbar_first", "hip_first", "in_phase"]
_LEADS: dict[Rhythm, tuple[float, float]] = {
    "lumbar_first": (0.12, 0.40),
    "hip_first": (-0.30, -0.10),
    "in_phase": (-0.05, 0.05),
}
_RHYTHMS: tuple[Rhythm, ...] = ("lumbar_first", "hip_first", "in_phase")
_STANCE_LIMIT = 2.0
"""Farthest stance, in standard deviations."""


@dataclass(frozen=True, slots=True)
class Habits:
    """One person's ways; as they stand, those of someone who always stands alike."""

    stance_deg: float = 0.0
    """Standard deviation of lumbar flexion from stand to stand."""
    stance_pelvis_share: float = 0.6
    """How much of a change of lordosis the pelvis takes back."""
    stance_lean_deg: float = 0.0
    """Standard deviation of the lean of the whole, and of the pelvis's list."""
    rhythm: Rhythm = "lumbar_first"
    """Which leads; see :class:`~firmware_sim.person.script.LiftPlan`."""
    tempo: float = 1.0
    """Time that this person takes, as a multiple of the usual."""

    @classmethod
    def drawn(cls, rng: np.random.Generator) -> Self:
        """Draw a person's ways."""
        return cls(
            stance_deg=float(rng.uniform(0.6, 4.0)),
            stance_pelvis_share=float(rng.uniform(0.4, 0.8)),
            stance_lean_deg=float(rng.uniform(0.3, 1.2)),
            rhythm=_RHYTHMS[int(rng.choice(3, p=(0.6, 0.15, 0.25)))],
            tempo=float(rng.uniform(0.8, 1.35)),
        )

    def stance(self, rng: np.random.Generator) -> tuple[float, float, float]:
        """Draw one stand: lumbar flexion, lean of the whole, list of the pelvis, deg from the usual stand."""
        draws = np.clip(rng.standard_normal(3), -_STANCE_LIMIT, _STANCE_LIMIT)
        arch, lean, sideways = draws * (self.stance_deg, self.stance_lean_deg, self.stance_lean_deg)
        return float(arch), float(lean), float(sideways)

    def lead(self, rng: np.random.Generator) -> float:
        """Draw by how much the lumbar spine leads in one bend."""
        return float(rng.uniform(*_LEADS[self.rhythm]))


STEADY = Habits()
"""Someone who always stands alike."""
