"""The columns of a recording file (DESIGN.md section 7): which a file has, and whether they make sense."""

import re
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from analysis.motion.block import Pod
from analysis.recording.errors import ColumnError

TIME: Final = "time_s"
PODS: Final[tuple[Pod, ...]] = ("upper", "lower")
UNITS: Final = {"acc": "mps2", "gyr": "radps"}

_SENSOR_COLUMN: Final = re.compile(r"(upper|lower)_(acc|gyr)_[xyz]_(\w+)")


def triple(pod: Pod, sensor: str) -> tuple[str, ...]:
    """Return the names of a sensor's three columns."""
    return tuple(f"{pod}_{sensor}_{axis}_{UNITS[sensor]}" for axis in "xyz")


@dataclass(frozen=True, slots=True)
class Layout:
    """The sensors of a recording, in order: (pod, "acc" or "gyr")."""

    sensors: tuple[tuple[Pod, str], ...]

    @property
    def columns(self) -> tuple[tuple[str, ...], ...]:
        """Each sensor's three columns."""
        return tuple(triple(pod, sensor) for pod, sensor in self.sensors)

    def place(self, pod: Pod, sensor: str) -> int | None:
        """Return which of the sensors it is; None: there is no such sensor."""
        return self.sensors.index((pod, sensor)) if (pod, sensor) in self.sensors else None


def layout_of(path: Path, names: Collection[str]) -> Layout:
    """Return the sensors that a file's columns make up; other columns are left alone.

    Raises
    ------
    ColumnError
        If there is no time or no accelerometer, an axis is missing, or a sensor's unit is another.
    """
    if TIME not in names:
        seen = ", ".join(sorted(names)[:6])
        raise ColumnError(path, f"there is no column {TIME}; the columns are {seen}")
    for name in names:
        match = _SENSOR_COLUMN.fullmatch(name)
        if match and match[3] == "raw":
            raise ColumnError(
                path, "it is an hour of an archive: give its folder to `lumbar analyse` instead"
            )
        if match and match[3] != UNITS[match[2]]:
            wanted = name.removesuffix(match[3]) + UNITS[match[2]]
            raise ColumnError(path, f"the column {name} should be {wanted}: convert it to that unit")
    sensors = []
    for pod in PODS:
        for sensor in UNITS:
            missing = [name for name in triple(pod, sensor) if name not in names]
            if not missing:
                sensors.append((pod, sensor))
            elif len(missing) < 3:
                raise ColumnError(
                    path, f"the column {', '.join(missing)} is missing; a sensor has three axes"
                )
        if (pod, "gyr") in sensors and (pod, "acc") not in sensors:
            raise ColumnError(path, f"the {pod} pod has a gyroscope but no accelerometer, which is needed")
    if not sensors:
        raise ColumnError(path, f"no sensor found; columns such as {triple('lower', 'acc')[0]} are needed")
    return Layout(tuple(sensors))
