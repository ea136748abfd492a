"""What clinic, patient and command line may wish for, carried out: where commands meet the home."""

from collections.abc import Awaitable, Callable
from typing import Any, Final

from analysis.care.statement import Vibration
from analysis.care.wish import RefusedError
from gateway.archive.writer import LiveArchive
from gateway.care import Care
from gateway.delivery.commands import Command
from gateway.link.errors import LinkError
from gateway.strip import Strip
from gateway.wire.control import Pattern
from gateway.wire.timebase import Clock

PATTERNS: Final = {
    Vibration.NUDGE: Pattern.NUDGE,
    Vibration.ALERT: Pattern.ALERT,
    Vibration.TICK: Pattern.TICK,
}
"""How the strip's motor is asked to speak."""

_MODES: Final = (None, "meeting", "driving")


class Wishes:
    """Carries out what is wished of one patient's home.

    Parameters
    ----------
    clock
        The product's clock.
    care, strip, archive
        What wishes are about, and where settings are noted.
    vibrate
        Lets the strip vibrate; raises LinkError if it cannot.
    """

    def __init__(
        self,
        clock: Clock,
        care: Care,
        strip: Strip,
        archive: LiveArchive,
        vibrate: Callable[[Pattern], Awaitable[None]],
    ) -> None:
        self._clock, self._care, self._strip, self._archive = clock, care, strip, archive
        self._vibrate = vibrate

    async def carry_out(self, command: Command) -> str | None:
        """Carry out a command of the clinic's; returns why not, or None."""
        try:
            await self._do(command)
        except (RefusedError, LinkError) as error:
            return str(error)
        return None

    async def _do(self, command: Command) -> None:
        body = command.body
        match command.name:
            case "vibrate":
                await self._vibrate(_pattern(body.get("pattern")))
            case "snooze" if body.get("mode") is None:
                self.snooze(body.get("minutes"))
            case "snooze":
                if body["mode"] not in _MODES:
                    raise RefusedError("mode must be meeting or driving, or left out")
                self.mute(body.get("minutes"))
            case "acknowledge":
                self.acknowledge()
            case "settings":
                self._prescribe(body.get("revision"), body.get("settings"))
            case "calibrate":
                if not self._strip.calibrate():
                    raise RefusedError("this home takes the strip's axes as they are; there is no routine")
            case _:
                raise RefusedError(f"this version of the gateway cannot {command.name}")

    def snooze(self, minutes: object) -> None:
        """Hold the alerts that are there; raises RefusedError."""
        self._care.snooze(minutes, self._clock.utc_ns())

    def acknowledge(self) -> None:
        """Take the word that the alerts that are there were heard; raises RefusedError."""
        self._care.acknowledge(self._clock.utc_ns())

    def mute(self, minutes: object) -> None:
        """Say nothing for a while, as in a meeting or at the wheel; raises RefusedError."""
        self._care.mute(minutes, self._clock.utc_ns())

    def set_pace(self, pace: object) -> None:
        """Give every reminder, or leave it at half of them; raises RefusedError."""
        self._care.set_pace(pace)

    def was_standing(self) -> None:
        """Take the patient's word that what is taken for sitting was standing; raises RefusedError."""
        self._care.was_standing(self._clock.utc_ns())
        self._strip.correct("standing")

    def _prescribe(self, revision: object, values: object) -> None:
        before = self._care.revision
        prescribed = self._care.prescribe(revision, values, self._clock.utc_ns())
        if prescribed.revision != before:
            noted: dict[str, Any] = prescribed.values.model_dump(mode="json")
            self._archive.prescribed(self._clock.utc_ns(), prescribed.revision, noted)


def _pattern(value: object) -> Pattern:
    try:
        return PATTERNS[Vibration(value)]
    except ValueError as error:
        raise RefusedError("pattern must be nudge, alert or tick") from error
