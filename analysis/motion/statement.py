"""Making derived events: the fields that all of them share, filled in one place.

What a stage has to say can be left as a saying until all of a push is known. Putting it into words is far
from the arithmetic of the samples: in the midst of it each finds the processor's cache cold, and takes four
times as long.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeVar

from analysis.events.calibration import Calibration
from analysis.events.event import ALGORITHM, Derived, derived_id
from analysis.events.fields import Mode
from analysis.motion.frames import Frames
from analysis.motion.origin import Origin

_EventT = TypeVar("_EventT", bound=Derived)

Saying = Derived | Callable[[], Iterable[Derived]]
"""An event, or what makes one or two, which may wait for the end of the push but no longer."""

MODE_QUALITY: dict[Mode, float] = {"dual": 1.0, "single": 0.7, "accelerometer": 0.6}
"""Part of the calibration's quality that a mode leaves [ours]."""


@dataclass(frozen=True)
class Wearer:
    """Whose motion it is, how it was measured, and when its samples were."""

    origin: Origin
    mode: Mode
    calibration: Calibration
    utc_text: Callable[[int], str | None]

    @cached_property
    def frames(self) -> Frames:
        """How the pods sit."""
        return Frames.of(self.calibration)

    @property
    def quality(self) -> float:
        """Quality of anything said in this mode with this calibration."""
        return MODE_QUALITY[self.mode] * (self.calibration.quality or 0.0)

    def states(
        self,
        type_: type[_EventT],
        first_sample: int,
        last_sample: int,
        *,
        start: str | None,
        end: str | None,
        quality: float | None = None,
        **fields: Any,
    ) -> _EventT:
        """Return an event of `type_` on samples `first_sample` to `last_sample`.

        `start` and `end` are its instants as the events write them; `fields` are the type's own.
        """
        origin = self.origin
        return type_(
            event_id=self._id(type_, first_sample),
            patient=origin.patient,
            device=origin.device,
            start=start,
            end=end,
            mode=self.mode,
            algorithm=ALGORITHM,
            quality=self.quality if quality is None else quality,
            boot=origin.boot,
            first_sample=first_sample,
            last_sample=last_sample,
            revision=origin.revision,
            **fields,
        )

    def restates(self, event: _EventT) -> _EventT:
        """Return an event that was held back, as of the revision in which it is told."""
        id_, revision = self._id(type(event), event.first_sample), self.origin.revision
        return event.model_copy(update={"event_id": id_, "revision": revision})

    def _id(self, type_: type[Derived], first_sample: int) -> str:
        origin = self.origin
        return derived_id(
            origin.patient,
            origin.device,
            type_.topic_kind(),
            boot=origin.boot,
            first_sample=first_sample,
            revision=origin.revision,
        )


def in_words(sayings: Iterable[Saying]) -> list[Derived]:
    """Return the events that sayings stand for."""
    events: list[Derived] = []
    for saying in sayings:
        if isinstance(saying, Derived):
            events.append(saying)
        else:
            events.extend(saying())
    return events
