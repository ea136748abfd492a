"""A slip is a step that stays; a knock is too much for the sensors, and over at once."""

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from firmware_sim.body import Motion, feel, orientations
from firmware_sim.imu import PERFECT, Imu
from firmware_sim.person.anatomy import IDENTITY_QUAT, Anatomy, Mounting
from firmware_sim.person.choreographer import Choreographer
from firmware_sim.person.gait import GaitStyle
from firmware_sim.person.mishaps import knock, slip
from firmware_sim.person.script import Pod
from firmware_sim.scenarios import Scenario
from firmware_sim.truth.angles import angles_at


def stood(mishap: str, pod: Pod, seed: int) -> Scenario:
    person = Choreographer(Anatomy(), GaitStyle(), np.random.default_rng(seed))
    person.wait(5.0)
    (slip if mishap == "slip" else knock)(person, pod)
    person.wait(10.0)
    script = person.script()
    return Scenario(mishap, 0, person.anatomy, Mounting(), script, Motion(script.strokes, [], None))


@pytest.mark.parametrize("pod", ["upper", "lower"])
@pytest.mark.parametrize("seed", range(4))
def test_a_slip_turns_its_pod_for_good_and_no_angle_of_the_back(pod: Pod, seed: int) -> None:
    life = stood("slip", pod, seed)
    (found,) = life.script.slips
    assert 6.0 <= abs(found.pitch_deg) <= 12.0
    t_s = np.array([4.9, found.end_s + 0.01, 14.0])
    turns = orientations(life.motion.pose(t_s))[0 if pod == "upper" else 1]
    still = orientations(life.motion.pose(t_s))[1 if pod == "upper" else 0]
    by = Rotation.from_euler("XYZ", (found.roll_deg, found.pitch_deg, found.yaw_deg), degrees=True)
    assert turns[0].magnitude() == pytest.approx(0.0, abs=1e-9)
    for after in (turns[1], turns[2]):
        assert (by.inv() * after).magnitude() == pytest.approx(0.0, abs=1e-9)
    assert still.magnitude() == pytest.approx(0.0, abs=1e-9)
    for carrier in ("bone", "pod"):
        angles = angles_at(life, t_s, carrier)
        assert angles.pelvis_deg == pytest.approx(0.0, abs=1e-9)
        assert angles.lumbar_deg == pytest.approx(0.0, abs=1e-9)


@pytest.mark.parametrize("pod", ["upper", "lower"])
def test_a_knock_saturates_and_passes(pod: Pod) -> None:
    peaks = []
    for seed in range(6):
        life = stood("knock", pod, seed)
        (found,) = life.script.knocks
        t_s = np.arange(0.0, 14.0, 0.001)
        felt = feel(life.motion.pose(t_s), life.anatomy)[0 if pod == "upper" else 1]
        raw = Imu.drawn(PERFECT, IDENTITY_QUAT, np.random.default_rng(0)).measure(
            felt, t_s, np.random.default_rng(0)
        )
        clipped_s = t_s[(np.abs(raw.astype(int)) >= 32767).any(axis=1)]
        assert clipped_s.size
        assert found.at_s <= clipped_s[0]
        assert clipped_s[-1] < found.at_s + 0.1
        peaks.append(np.abs(felt.acc_mps2).max())
        assert orientations(life.motion.pose(np.array([0.0, 13.9])))[0][1].magnitude() < 1e-9
    assert max(peaks) > 78.5
