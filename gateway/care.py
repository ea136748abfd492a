"""The care policy, wired into the home: what happens goes in; alerts come out, to be recorded, felt and sent.

Everything the policy remembers lies in one file, with the therapist's settings. It is written, in one step,
before anything is told or felt: a process that is killed in between neither vibrates twice nor forgets an
alert, because the file also holds the alerts that were about to be recorded, and the next process records
them (a store knows an event by its id).
"""

import json
import logging
import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final, Literal

from pydantic import ConfigDict, TypeAdapter, ValidationError

from analysis.care.breaks import BreakParams, NothingToAnswerError
from analysis.care.policy import CareNow, CarePolicy, CareState
from analysis.care.safety import recalled
from analysis.care.settings import CareSettings
from analysis.care.sitting import Moment
from analysis.care.statement import Reminder
from analysis.care.strip import StripReport
from analysis.care.wish import MUTES_MIN, PACES, SNOOZES_MIN, RefusedError
from analysis.events.catalogue import EventError, parse_event
from analysis.events.entries import RedFlag, Safety
from analysis.events.errors import LumbarError
from analysis.events.event import ALGORITHM, Event, fact_id
from analysis.events.fields import utc_ns, utc_text
from analysis.events.local import LocalTime
from analysis.events.movement import Snack
from analysis.events.revising import Correction
from analysis.motion.output import Second
from gateway.ledger import Ledger
from gateway.wire.status import Status

log = logging.getLogger("lumbar.care")

_NS_PER_S: Final = 1_000_000_000
_FRESH_SNACK_NS: Final = 180 * _NS_PER_S
"""A snack that ended longer ago came to light when a gap was filled: what was sat since then stays [ours]."""


class CareStateError(LumbarError):
    """The care policy's state cannot be kept; without it a restart would remind twice, or never."""


@dataclass(frozen=True, slots=True)
class Prescribed:
    """The therapist's settings, and their number."""

    __pydantic_config__ = ConfigDict(extra="forbid")

    revision: int
    values: CareSettings


@dataclass(frozen=True, slots=True)
class _Kept:
    """What the file holds."""

    __pydantic_config__ = ConfigDict(extra="forbid")

    state: CareState
    prescribed: Prescribed | None = None
    untold: tuple[dict[str, Any], ...] = ()


_KEPT: Final = TypeAdapter(_Kept)
_PRESCRIBED: Final = TypeAdapter(Prescribed | None)


class Care:
    """Looks after one patient with one strip.

    Parameters
    ----------
    patient, device
        Whose care this is.
    settings
        When to speak up, until the therapist says otherwise.
    local
        The patient's clock.
    state_file
        Where what is remembered outlives the process.
    ledger
        Where alerts go.
    tell
        Lets the patient know of a reminder, after it was recorded; returns at once.
    """

    def __init__(
        self,
        patient: str,
        device: str,
        settings: CareSettings,
        local: LocalTime | None,
        state_file: Path,
        ledger: Ledger,
        tell: Callable[[Reminder], None],
    ) -> None:
        self._patient, self._device = patient, device
        self._own_settings, self._local = settings, local
        self._state_file, self._ledger, self._tell = state_file, ledger, tell
        kept = _read(state_file)
        self._prescribed = kept.prescribed
        self._policy = self._policy_from(kept.state)
        ledger.record(_events(kept.untold))

    def _policy_from(self, state: CareState) -> CarePolicy:
        return CarePolicy(self._patient, self._device, self.settings, self._local, state)

    @property
    def settings(self) -> CareSettings:
        """The settings in force."""
        return self._own_settings if self._prescribed is None else self._prescribed.values

    @property
    def revision(self) -> int:
        """The number of the therapist's settings in force; 0: there are none."""
        return 0 if self._prescribed is None else self._prescribed.revision

    @property
    def rule(self) -> BreakParams:
        """What counts as long sitting, and as a break."""
        return self.settings.rule

    def now(self, now_ns: int) -> CareNow:
        """Return how things stand."""
        return self._policy.now(now_ns)

    def take(self, events: Iterable[Event], seconds: Iterable[Second]) -> None:
        """Take what the core said last; its events have been recorded already.

        Raises
        ------
        CareStateError, OutboxError, StoreError
            If the disk or a store fails; from every other method too.
        """
        moments = [
            Moment(
                second.utc_ns + _NS_PER_S,
                second.state,
                second.steps,
                second.sitting_since_utc_ns,
                second.shifts,
            )
            for second in seconds
            if second.utc_ns is not None
        ]
        if not moments:
            return
        told = self._policy.push(moments)
        now_ns = moments[-1].utc_ns
        for event in events:
            if isinstance(event, Snack) and event.end is not None:
                end_ns = utc_ns(event.end)
                if now_ns - end_ns <= _FRESH_SNACK_NS:
                    told += self._policy.take_snack(end_ns, now_ns)
        self._keep_and_tell(told)

    def report(self, status: Status, now_ns: int) -> None:
        """Take what the strip says of itself."""
        report = StripReport(status.battery_pct, status.charging, status.worn)
        self._keep_and_tell(self._policy.report(report, now_ns))

    def tick(self, now_ns: int) -> bool:
        """Let time pass.

        Returns
        -------
        bool
            Whether the home's status is to be told anew, because the strip should be worn by now and is not.
        """
        told = self._policy.tick(now_ns)
        is_missed = self._policy.misses_wearer(now_ns)
        self._keep_and_tell(told)
        return is_missed

    def snooze(self, minutes: object, now_ns: int) -> None:
        """Hold the alerts that are there for 15, 30 or 60 minutes.

        Raises
        ------
        RefusedError
            If there is none, or the minutes are others.
        """
        if type(minutes) is not int or minutes not in SNOOZES_MIN:
            raise RefusedError(f"minutes must be {_listed(SNOOZES_MIN)}")
        try:
            told = self._policy.snooze(minutes, now_ns)
        except NothingToAnswerError as error:
            raise RefusedError("there is no alert to snooze") from error
        self._keep_and_tell(told)

    def acknowledge(self, now_ns: int) -> None:
        """Take the patient's word that the alerts that are there were heard.

        Raises
        ------
        RefusedError
            If there is none that waits for it.
        """
        try:
            told = self._policy.acknowledge(now_ns)
        except NothingToAnswerError as error:
            raise RefusedError("there is no alert to acknowledge") from error
        self._keep_and_tell(told)

    def mute(self, minutes: object, now_ns: int) -> None:
        """Say nothing for some minutes, as in a meeting or at the wheel; 0: speak again.

        Raises
        ------
        RefusedError
            If the minutes are too many or none that can be chosen.
        """
        if type(minutes) is not int or minutes not in MUTES_MIN:
            raise RefusedError(f"minutes must be {_listed(MUTES_MIN)}")
        self._policy.mute(minutes, now_ns)
        self._keep_and_tell([])

    def set_pace(self, pace: object) -> None:
        """Give every reminder again, or leave it at half of them.

        Raises
        ------
        RefusedError
            If the pace is neither.
        """
        if pace not in PACES:
            raise RefusedError("pace must be every or half")
        self._policy.set_pace(every=pace == "every")
        self._keep_and_tell([])

    def was_standing(self, now_ns: int) -> None:
        """Take the patient's word: what is taken for sitting, since it began, was standing.

        Raises
        ------
        RefusedError
            If the patient is not taken to be sitting.
        """
        since_ns = self._policy.bout_since_ns
        if since_ns is None or since_ns >= now_ns:
            raise RefusedError("you are not taken to be sitting")
        told = self._policy.take_back_bout(now_ns)
        correction = Correction(
            event_id=str(uuid.uuid4()),
            patient=self._patient,
            device=self._device,
            start=utc_text(since_ns),
            end=utc_text(now_ns),
            mode=None,
            algorithm=ALGORITHM,
            quality=None,
            state="standing",
            entered=utc_text(now_ns),
        )
        self._keep_and_tell(told, [correction])

    def answer_check(self, entry_id: str, red_flags: Sequence[RedFlag], now_ns: int) -> None:
        """Take the answers to the questions about red flags; a yes pauses everything until it is cleared."""
        self._policy.answer_check(red_flags, now_ns)
        raised = self._safety_event(entry_id, "raised", red_flags, now_ns)
        self._keep_and_tell([], [raised] if red_flags else [])

    def recall(self, events: Iterable[Mapping[str, Any]], now_ns: int) -> None:
        """Take what the home's store says of red flags, and what the settings say was cleared."""
        self._policy.recall(recalled(each for each in _events(events) if isinstance(each, Safety)))
        self._clear(now_ns)

    def _clear(self, now_ns: int) -> None:
        """Clear the red flags that the therapist has cleared."""
        up_to = self.settings.red_flags_cleared
        cleared = self._policy.clear_red_flags(utc_ns(up_to), now_ns) if up_to else ()
        if up_to and cleared:
            event_id = fact_id(self._patient, self._device, "safety", "cleared", up_to)
            self._keep_and_tell([], [self._safety_event(event_id, "cleared", cleared, now_ns)])
        else:
            self._keep_and_tell([])

    def _safety_event(
        self, event_id: str, action: Literal["raised", "cleared"], red_flags: Sequence[RedFlag], now_ns: int
    ) -> Safety:
        return Safety(
            event_id=event_id,
            patient=self._patient,
            device=self._device,
            start=utc_text(now_ns),
            end=utc_text(now_ns),
            mode=None,
            algorithm=ALGORITHM,
            quality=None,
            action=action,
            red_flags=list(red_flags),
        )

    def prescribe(self, revision: object, values: object, now_ns: int) -> Prescribed:
        """Put the therapist's settings in force, with what they say was cleared.

        Raises
        ------
        RefusedError
            If they are older than those in force, or not settings within the limits.
        """
        if type(revision) is not int or not 0 < revision < 1 << 31:
            raise RefusedError("revision must be a whole number from 1 on")
        if revision < self.revision:
            raise RefusedError(f"revision {self.revision} is in force, which is newer than {revision}")
        try:
            prescribed = Prescribed(revision, self._settings_from(values))
        except ValidationError as error:
            raise RefusedError(_fault(error)) from error
        if revision == self.revision and prescribed != self._prescribed:
            raise RefusedError(f"revision {revision} is in force with other values; give a higher one")
        self._prescribed = prescribed
        self._policy = self._policy_from(self._policy.state)
        self._clear(now_ns)
        log.info("settings", extra={"revision": revision})
        return prescribed

    def _settings_from(self, values: object) -> CareSettings:
        """Return the therapist's settings; what they leave out stays as this home has it."""
        own = self._own_settings.model_dump()
        return CareSettings.model_validate(own | values if isinstance(values, dict) else values)

    def _keep_and_tell(self, told: Iterable[Reminder], entered: Iterable[Event] = ()) -> None:
        told = tuple(told)
        events = [*entered, *(one.alert for one in told)]
        kept = _Kept(self._policy.state, self._prescribed, tuple(event.to_dict() for event in events))
        _write(self._state_file, kept)
        if not events:
            return
        self._ledger.record(events)
        _write(self._state_file, replace(kept, untold=()))
        for one in told:
            alert = one.alert
            log.info("alert", extra={"alert": f"{alert.kind}, {alert.level}, {alert.action}"})
            self._tell(one)


def _listed(numbers: Iterable[int]) -> str:
    *most, last = map(str, numbers)
    return f"{', '.join(most)} or {last}"


def _fault(error: ValidationError) -> str:
    """Return what is wrong with settings, without the value that was sent."""
    fault = error.errors(include_input=False, include_url=False)[0]
    name = ".".join(str(part) for part in fault["loc"])
    message = str(fault["msg"]).removeprefix("Value error, ")
    return f"{name[:60]}: {message}" if name else message


def _events(values: Iterable[Mapping[str, Any]]) -> list[Event]:
    events = []
    for value in values:
        try:
            events.append(parse_event(value))
        except EventError as error:
            log.warning("an alert or entry is lost: it cannot be read", extra={"error": str(error)})
    return events


def _read(path: Path) -> _Kept:
    try:
        text = path.read_bytes()
    except FileNotFoundError:
        return _Kept(CareState())
    except OSError as error:
        log.warning("care state unreadable; starting anew", extra={"file": str(path), "error": str(error)})
        return _Kept(CareState())
    try:
        return _KEPT.validate_json(text, strict=True)
    except ValidationError as error:
        faults = f"{len(error.errors())} faults"
        log.warning("care state unreadable; starting anew", extra={"file": str(path), "error": faults})
        return _Kept(CareState(), _prescribed(text))


def _prescribed(text: bytes) -> Prescribed | None:
    """Return the therapist's settings of a file that is damaged elsewhere: they come only once."""
    try:
        return _PRESCRIBED.validate_python(json.loads(text)["prescribed"])
    except (KeyError, TypeError, ValueError, RecursionError):
        return None


def _write(path: Path, kept: _Kept) -> None:
    """Replace the file in one step: a process killed meanwhile leaves the old state, not half of the new."""
    fresh = path.with_suffix(".new")
    try:
        fresh.write_bytes(_KEPT.dump_json(kept))
        fresh.replace(path)
    except OSError as error:
        raise CareStateError(f"{path} cannot be written: {error.strerror}") from error
