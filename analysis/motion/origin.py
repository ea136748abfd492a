"""Whose samples these are: what every event of a segment has in common."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a segment of samples comes from.

    Attributes
    ----------
    patient, device
        Pseudonym and serial, as the events name them.
    boot
        The strip's boot, which numbers its samples.
    revision
        0 live; higher when a stretch is analysed again.
    """

    patient: str
    device: str
    boot: int
    revision: int = 0
