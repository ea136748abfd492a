"""What patient, clinic and command line may wish for, and being refused."""

from typing import Final

from analysis.events.errors import LumbarError

SNOOZES_MIN: Final = (15, 30, 60)
"""How long an alert can be snoozed, min (CLINICAL.md D)."""
MUTES_MIN: Final = (0, 30, 60, 120, 240)
"""How long a meeting or a drive can last, min [ours]; 0: it is over."""
PACES: Final = ("every", "half")
"""How many reminders to give: every one, or every other."""


class RefusedError(LumbarError):
    """A wish that cannot be granted; the message says why, to whoever wished."""
