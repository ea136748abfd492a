"""One set of hinges while it is followed: its hinges so far, and when it is over.

A hinge is counted as soon as the bend has ended (:mod:`analysis.motion.ended`), so that the patient hears of
it at once. What stands in the record are the lifts, which come 15 s and more later: by then the posture
around each is decided, and the lean of sitting down has turned out to be none.
"""

from dataclasses import dataclass, replace

from analysis.events.movement import Lift, PracticeEnd
from analysis.motion.block import RATE_HZ


@dataclass(frozen=True, slots=True)
class PracticeParams:
    """When a set is over; all [ours]."""

    idle_s: float = 180.0
    """A set without a hinge for so long is over, s: somebody forgot to end it."""
    longest_s: float = 1800.0
    """No set is longer, s."""
    settle_s: float = 40.0
    """So long after its end a lift that began within may still come, s: the longest bend and what its
    posture takes to be decided, twice 20 s."""
    doubt_s: float = 25.0
    """A bend that is no lift so long after its end is none, s: what the posture takes to be decided, and
    more."""


@dataclass(frozen=True, slots=True)
class Followed:
    """A set that was begun.

    Attributes
    ----------
    first_sample, target
        As asked for.
    begun_utc_ns
        When it began; None: nobody knows.
    lifts
        Its hinges, decided.
    bends
        Those that have ended and are not decided yet.
    end_sample, ended_utc_ns, ended_by
        Its end; None: it goes on.
    """

    first_sample: int
    target: int | None
    begun_utc_ns: int | None
    lifts: tuple[Lift, ...] = ()
    bends: tuple[Lift, ...] = ()
    end_sample: int | None = None
    ended_utc_ns: int | None = None
    ended_by: PracticeEnd | None = None

    @property
    def is_open(self) -> bool:
        """Whether it goes on."""
        return self.end_sample is None

    @property
    def hinges(self) -> tuple[Lift, ...]:
        """All that is known of its hinges now, in order."""
        return tuple(sorted((*self.lifts, *self.bends), key=lambda one: one.first_sample))

    def holds(self, lift: Lift) -> bool:
        """Return whether a lift began within the set."""
        return self.first_sample <= lift.first_sample and (
            self.end_sample is None or lift.first_sample < self.end_sample
        )

    def with_lift(self, lift: Lift) -> "Followed":
        """Return the set with a lift more, which takes the place of its bend."""
        undecided = tuple(bend for bend in self.bends if not _overlap(bend, lift))
        return replace(self, lifts=(*self.lifts, lift), bends=undecided)

    def with_bend(self, bend: Lift) -> "Followed":
        """Return the set with a bend more that has ended."""
        return replace(self, bends=(*self.bends, bend))

    def at(self, sample: int, utc_ns: int | None, params: PracticeParams) -> "Followed":
        """Return the set when all before `sample` has been seen: bends that became nothing are gone."""
        late = sample - round(params.doubt_s * RATE_HZ)
        one = replace(self, bends=tuple(bend for bend in self.bends if bend.last_sample >= late))
        if not one.is_open:
            return one
        active = max((hinge.last_sample for hinge in one.hinges), default=one.first_sample)
        if sample - active >= params.idle_s * RATE_HZ:
            return one.ended(sample, utc_ns, "idle")
        if sample - one.first_sample >= params.longest_s * RATE_HZ:
            return one.ended(sample, utc_ns, "limit")
        return one

    def ended(self, sample: int, utc_ns: int | None, by: PracticeEnd) -> "Followed":
        """Return the set with its end before `sample`."""
        return replace(self, end_sample=sample, ended_utc_ns=utc_ns, ended_by=by)

    def is_settled(self, sample: int, params: PracticeParams) -> bool:
        """Return whether nothing can be added any more when all before `sample` has been seen."""
        return self.end_sample is not None and sample >= self.end_sample + params.settle_s * RATE_HZ


def _overlap(one: Lift, other: Lift) -> bool:
    return one.first_sample <= other.last_sample and other.first_sample <= one.last_sample
