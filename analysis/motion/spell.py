"""Decided seconds in runs of one posture: what the stages after the decoder take, instead of each second."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

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

    def minutes(self) -> Iterator[tuple[int, slice]]:
        """Yield the minutes of the absolute grid that it touches, and which of its seconds lie in each."""
        start, count = 0, len(self)
        for minute in range(self.first // MINUTE_S, self.last // MINUTE_S + 1):
            stop = min((minute + 1) * MINUTE_S - self.first, count)
            yield minute, slice(start, stop)
            start = stop
