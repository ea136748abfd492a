"""Decided seconds in runs of one posture: what the stages after the decoder take, instead of each second."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from analysis.events.day import PostureState
from analysis.motion.seconds import SECOND, Features

MINUTE_S = 60


@dataclass(slots=True)
class Spell:
    """Consecutive decided seconds of one posture.

    How a posture's seconds are cut into spells changes no result. Never changed in place.

    Attributes
    ----------
    state
        The posture.
    confidence, features
        How sure each second is, 0 to 1, and what they were like.
    slumped
        Whether each was slumped; none unless they are seated.
    first, end
        The first second, and the one after the last.
    """

    state: PostureState
    confidence: Sequence[float]
    features: Features
    slumped: Sequence[bool] = ()
    first: int = field(init=False)
    end: int = field(init=False)

    def __post_init__(self) -> None:
        self.first = self.features.first
        self.end = self.first + len(self.features.steps)

    def __len__(self) -> int:
        return self.end - self.first

    @property
    def last(self) -> int:
        """The last second."""
        return self.end - 1

    @property
    def start_sample(self) -> int:
        """Index of the first sample."""
        return self.first * SECOND

    @property
    def end_sample(self) -> int:
        """Index of the sample after the last one."""
        return self.end * SECOND

    @property
    def steps(self) -> int:
        """Steps taken: those of a walk."""
        return sum(self.features.steps) if self.state == "walking" else 0

    @property
    def slumped_s(self) -> int:
        """How many of the seconds were slumped."""
        return sum(self.slumped)

    def minutes(self) -> list["Spell"]:
        """Return what lies in each minute of the absolute grid."""
        first, end = self.first, self.end
        if first // MINUTE_S == (end - 1) // MINUTE_S:
            return [self]
        edges = [first, *range((first // MINUTE_S + 1) * MINUTE_S, end, MINUTE_S), end]
        return [self._part(*part) for part in pairwise(edges)]

    def _part(self, first: int, end: int) -> "Spell":
        start, stop = first - self.first, end - self.first
        features = self.features.part(start, stop)
        return Spell(self.state, self.confidence[start:stop], features, self.slumped[start:stop])
