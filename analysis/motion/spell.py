"""Decided seconds in runs of one posture: what the stages after the decoder take, instead of each second."""

from collections.abc import Sequence
from dataclasses import dataclass

from analysis.events.day import PostureState
from analysis.motion.seconds import SECOND, Feature


@dataclass(frozen=True, slots=True)
class Spell:
    """Consecutive decided seconds of one posture, all within one minute of the absolute grid.

    How a posture's seconds are cut into spells changes no result.

    Attributes
    ----------
    state
        The posture.
    confidence, features
        How sure each second is, 0 to 1, and what it was like.
    slumped_s
        How many of the seconds were slumped.
    """

    state: PostureState
    confidence: Sequence[float]
    features: Sequence[Feature]
    slumped_s: int = 0

    def __len__(self) -> int:
        return len(self.features)

    @property
    def first(self) -> int:
        """The first second."""
        return self.features[0].second

    @property
    def last(self) -> int:
        """The last second."""
        return self.features[-1].second

    @property
    def start_sample(self) -> int:
        """Index of the first sample."""
        return self.first * SECOND

    @property
    def end_sample(self) -> int:
        """Index of the sample after the last one."""
        return (self.last + 1) * SECOND

    @property
    def steps(self) -> int:
        """Steps taken: those of a walk."""
        return sum(one.steps for one in self.features) if self.state == "walking" else 0
