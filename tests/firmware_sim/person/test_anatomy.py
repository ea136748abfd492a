"""Everyone is drawn, and every way to clip a pod on."""

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from firmware_sim.person.anatomy import Anatomy, Mounting, Quaternion, Wearing

PLACE = {
    "upper": Rotation.from_euler("y", -8.0, degrees=True),
    "lower": Rotation.from_euler("y", 12.0, degrees=True),
}


def turned(quat: Quaternion) -> Rotation:
    w, x, y, z = quat
    return Rotation.from_quat((x, y, z, w))


def drawn(how: Wearing, count: int = 60) -> list[tuple[Rotation, Rotation]]:
    rng = np.random.default_rng(3)
    mountings = [Mounting.worn(how, rng) for _ in range(count)]
    return [
        (PLACE["upper"].inv() * turned(one.upper_quat), PLACE["lower"].inv() * turned(one.lower_quat))
        for one in mountings
    ]


@pytest.mark.parametrize(
    ("how", "grip"),
    [
        ("tilted", Rotation.identity()),
        ("upside_down", Rotation.from_euler("x", 180.0, degrees=True)),
        ("back_to_front", Rotation.from_euler("z", 180.0, degrees=True)),
    ],
)
def test_each_way_is_itself_and_a_tilt_of_up_to_thirty_degrees(how: Wearing, grip: Rotation) -> None:
    tilts = [float(np.degrees((pod * grip.inv()).magnitude())) for pods in drawn(how) for pod in pods]
    assert max(tilts) <= 30.0 + 1e-9
    assert max(tilts) > 25.0


def test_a_rolled_pod_still_has_its_back_to_the_skin() -> None:
    forward = np.array([pod.apply([1.0, 0.0, 0.0]) for pods in drawn("rolled") for pod in pods])
    up = np.array([pod.apply([0.0, 0.0, 1.0]) for pods in drawn("rolled") for pod in pods])
    assert forward[:, 0].min() >= np.cos(np.radians(30.0)) - 1e-9
    assert up[:, 2].min() < -0.7
    assert up[:, 2].max() > 0.7


def test_any_mounts_each_pod_by_itself() -> None:
    apart = [np.degrees((upper.inv() * lower).magnitude()) for upper, lower in drawn("any", 200)]
    assert min(apart) < 40.0
    assert max(apart) > 170.0


def test_people_of_all_kinds_are_possible_people() -> None:
    rng = np.random.default_rng(9)
    people = [Anatomy.drawn_from_all(rng) for _ in range(500)]
    ranges = np.array([one.lumbar_range_deg for one in people])
    assert ranges.min() == 25.0
    assert ranges.max() == 80.0
    assert 47.0 < np.median(ranges) < 55.0
    for one in people:
        assert one.sit_lumbar_deg < one.slump_lumbar_deg < one.lumbar_range_deg
        assert one.slump_pelvis_deg < one.sit_pelvis_deg < -5.0
        assert 0.3 < one.seat_drop_m < 0.55
