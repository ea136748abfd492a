"""What the gateway waits for, in words: its neighbours may come up in any order, and it says who is missing.

Said once for each reason in the log, and for as long as it lasts in the status and on the terminal.
"""

import logging
from typing import Protocol

from analysis.events.facts import LinkState

log = logging.getLogger("lumbar.gateway")


class Deliverer(Protocol):
    """A link to a broker."""

    @property
    def lacks(self) -> str | None:
        """What it waits for; None: nothing."""
        ...


class Lacking:
    """What is missing at the moment."""

    def __init__(self) -> None:
        self._strip: str | None = "looking for the strip"
        self._said: dict[LinkState, str] = {}

    def link_changed(self, state: LinkState, reason: str) -> None:
        """Take note of the link's state; a round of looking that ends like the one before is not logged."""
        if state in {"streaming", "stopped"}:
            self._said.clear()
            self._strip = None
        elif state == "waiting":
            self._strip = reason
        if self._said.get(state) == reason:
            return
        self._said[state] = reason
        if state == "waiting":
            log.warning("waiting for the strip: %s", reason)
        else:
            log.info("link", extra={"state": state, "reason": reason})

    def now(self, clinic: Deliverer | None, home: Deliverer | None) -> dict[str, str]:
        """Return what is missing, by part, with the reason."""
        reasons = {
            "the strip": self._strip,
            "the clinic": clinic.lacks if clinic else None,
            "Home Assistant": home.lacks if home else None,
        }
        return {part: why for part, why in reasons.items() if why is not None}
