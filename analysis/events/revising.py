"""What changes what was said before: a stretch analysed anew, and the patient's "I was standing".

Neither rewrites an event. A :class:`Replace` says which derived events of a span hold from now on; a
:class:`Correction` is a fact beside the postures that it speaks of, and counts in the day's sums.
"""

from typing import Annotated, ClassVar

from pydantic import Field

from analysis.events.day import PostureState
from analysis.events.event import Event
from analysis.events.fields import Count, Utc

_MAX_KINDS = 32
_MAX_EVENT_IDS = 1200
"""So many ids take 47 kB, and a message 64 kB at most; a longer span is replaced piece by piece [ours]."""


class Replace(Event):
    """The derived events of these samples are now exactly these.

    A store keeps the record, and drops every event of the same patient, device and boot that is of one of
    `kinds`, begins in the span (``first_sample`` to ``last_sample``, both included), has a lower revision,
    and is not named in `event_ids`: in whichever order record and events arrive.
    """

    SCHEMA: ClassVar[str] = "lumbar.replace/1"

    boot: Count
    first_sample: Count
    last_sample: Count
    revision: Count
    kinds: Annotated[list[str], Field(max_length=_MAX_KINDS)]
    event_ids: Annotated[list[str], Field(max_length=_MAX_EVENT_IDS)]


class Correction(Event):
    """From `start` to `end` the patient was in `state`, as the patient says; the latest `entered` counts."""

    SCHEMA: ClassVar[str] = "lumbar.correction/1"

    state: PostureState
    entered: Utc
