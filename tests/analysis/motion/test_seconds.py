"""Means of seconds: how far the back leans."""

import numpy as np
import pytest

from analysis.motion.angles import Motion, Row
from analysis.motion.seconds import SecondStage
from analysis.motion.walking import Gait


@pytest.mark.parametrize(
    ("pelvis_deg", "trunk_deg", "lean_deg"),
    [
        (0.0, 0.0, 0.0),
        (-85.0, -55.0, 70.0),
        (-40.0, 10.0, 10.0),
        (40.0, 80.0, 40.0),
        (-85.0, -85.0, 85.0),
    ],
    ids=["upright", "on the back, on a pillow", "slumped on a sofa", "bent over", "flat"],
)
def test_a_bend_is_as_upright_as_its_straighter_part(
    pelvis_deg: float, trunk_deg: float, lean_deg: float
) -> None:
    uprights = np.cos(np.radians((pelvis_deg, trunk_deg)))
    means = np.repeat([(pelvis_deg, trunk_deg, trunk_deg, 0.0, *uprights)], 3, axis=0).T
    motion = Motion(0, np.zeros((len(Row), 300)), means=means)
    gait = Gait(0, np.zeros(3, dtype=np.bool_), np.zeros(3, dtype=np.int64), np.zeros(3))
    evidence, features = SecondStage().push(motion, gait, [None] * 3)
    assert evidence.lean_deg == pytest.approx([lean_deg] * 3)
    assert features.lumbar_deg == pytest.approx([trunk_deg - pelvis_deg] * 3)
