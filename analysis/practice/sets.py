"""Which sets of hinges a patient began and ended, by the samples of one boot of the strip."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class Asked:
    """A set as the patient asked for it.

    Attributes
    ----------
    first_sample
        The first sample that belongs to it.
    target
        How many hinges were meant; None: nobody said.
    end_sample
        The first sample after it; None: the patient has not ended it.
    """

    first_sample: int
    target: int | None
    end_sample: int | None = None


class Sets:
    """The sets of one boot, in order; every session that goes over these samples reads the same."""

    def __init__(self, asked: Iterable[Asked] = ()) -> None:
        self._asked = list(asked)

    def __iter__(self) -> Iterator[Asked]:
        return iter(self._asked)

    def begin(self, sample: int, target: int | None) -> None:
        """Begin a set before `sample`; one that is open ends there."""
        self.end(sample)
        self._asked.append(Asked(sample, target))

    def end(self, sample: int) -> None:
        """End the newest set before `sample`, if it is open."""
        if self._asked and self._asked[-1].end_sample is None:
            self._asked[-1] = replace(self._asked[-1], end_sample=sample)

    def next_after(self, sample: int) -> Asked | None:
        """Return the first set that begins after `sample`."""
        return next((one for one in self._asked if one.first_sample > sample), None)

    def beginning(self, first: int, last: int) -> list[Asked]:
        """Return the sets that begin from sample `first` to `last`, both included."""
        return [one for one in self._asked if first <= one.first_sample <= last]

    def end_of(self, first_sample: int) -> int | None:
        """Return where the patient ended the set that began there."""
        return next((one.end_sample for one in self._asked if one.first_sample == first_sample), None)
