"""The care policy, wired into the home: what the core says goes in; alerts, and the strip's motor, come out.

The policy's state outlives the process in a file, which is written before anything is told or felt.
"""

import logging
from collections.abc import Callable
from pathlib import Path
from typing import Final

from analysis.care.breaks import BadBreakStateError, BreakParams, BreakPolicy, BreakState, Moment, Vibration
from analysis.events.errors import LumbarError
from analysis.motion.output import Output
from gateway.ledger import Ledger

log = logging.getLogger("lumbar.care")

_NS_PER_S: Final = 1_000_000_000


class CareStateError(LumbarError):
    """The care policy's state cannot be kept; without it a restart would remind twice, or never."""


class Care:
    """Looks after one patient with one strip.

    Parameters
    ----------
    patient, device
        Whose care this is.
    rule
        When to speak up.
    state_file
        Where the policy's state outlives the process.
    ledger
        Where alerts go.
    vibrate
        Asks the strip to vibrate; returns at once.
    """

    def __init__(
        self,
        patient: str,
        device: str,
        rule: BreakParams,
        state_file: Path,
        ledger: Ledger,
        vibrate: Callable[[Vibration], None],
    ) -> None:
        self._state_file, self._ledger, self._vibrate = state_file, ledger, vibrate
        self._policy = BreakPolicy(patient, device, params=rule, state=_read_state(state_file))

    def take(self, output: Output) -> None:
        """Take what the core said last; its events have been recorded already.

        Raises
        ------
        CareStateError, OutboxError, StoreError
            If the disk or a store fails.
        """
        if not output.seconds:
            return
        reminders = self._policy.push(
            Moment(second.utc_ns + _NS_PER_S, second.state, second.steps, second.sitting_since_utc_ns)
            for second in output.seconds
            if second.utc_ns is not None
        )
        _write_state(self._state_file, self._policy.state)
        self._ledger.record([one.alert for one in reminders])
        for one in reminders:
            log.info("reminder", extra={"level": one.alert.level, "action": one.alert.action})
            if one.vibration is not None:
                self._vibrate(one.vibration)


def _read_state(path: Path) -> BreakState | None:
    try:
        return BreakState.from_json(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except (OSError, ValueError, BadBreakStateError) as error:
        log.warning("care state unreadable; starting anew", extra={"file": str(path), "error": str(error)})
        return None


def _write_state(path: Path, state: BreakState) -> None:
    """Replace the file in one step: a process killed meanwhile leaves the old state, not half of the new."""
    fresh = path.with_suffix(".new")
    try:
        fresh.write_text(state.to_json(), encoding="utf-8")
        fresh.replace(path)
    except OSError as error:
        raise CareStateError(f"{path} cannot be written: {error.strerror}") from error
