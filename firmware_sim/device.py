"""The strip's firmware as a pure state machine: samples and commands in, frames and answers out.

Nothing here sleeps, sends or reads a clock. :meth:`Device.advance` moves time on; everything else happens at
the time it was last moved to. Time comes in as true seconds since boot; the strip lives by its own
oscillator, some parts per million fast, which times its samples and its tick counter alike.

The strip is taken out of its box and put on when a host's first ``start`` arrives: that is time zero of its
sample source. The moment is kept, so that a strip that restarts takes up the same person where that person
is by then, as a new boot whose samples count from 0 again. When the source ends the strip is taken off: it
stops sampling and stays connected.

Beside the flash (:mod:`firmware_sim.flash` says what of it is real), the model is plain: the battery drains
evenly with time and is never charged, and an empty one does not switch the strip off; the motor only keeps a
log.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

from firmware_sim.flash import BootEntry, Flash, FlashMemory
from firmware_sim.source import SampleSource
from firmware_sim.streaming import Streamer, StreamParams
from gateway.wire import control as wire
from gateway.wire.control import BootRecord, BootsReply, ControlError, Pattern, Reply, Response, Result
from gateway.wire.frame import SAMPLE_RATE_HZ, TICK_HZ, U16_MAX, U32_MAX, Frame, samples_that_fit
from gateway.wire.status import Status

_NS_PER_S = 1_000_000_000
_READ_AT_ONCE = 6000
_MOTOR_LOG_SIZE = 1000


@dataclass(frozen=True, slots=True)
class DeviceParams:
    """What is fixed about a strip.

    Parameters
    ----------
    oscillator_ppm
        How much faster than true its oscillator runs; 20 ppm is the usual tolerance of a 32 768 Hz crystal.
    battery_life_s
        From full to empty; 36 h [ours]: two days' wear between charges.
    pairing_window_s
        How long pairing stays possible after the button was held; 60 s by the protocol.
    stream
        How it uses the link.
    """

    oscillator_ppm: float = 20.0
    battery_life_s: float = 36 * 3600.0
    pairing_window_s: float = 60.0
    stream: StreamParams = field(default_factory=StreamParams)


@dataclass(slots=True)
class StripState:
    """What a strip, and the simulated world about it, remember over a restart (the samples lie in the flash).

    Parameters
    ----------
    boot
        The last boot's number; 0 before the first.
    boots
        The flash's table.
    charged_utc_ns
        When the battery was full; None until the first boot.
    donned_utc_ns
        When the strip was put on; None before.
    """

    boot: int = 0
    boots: list[BootEntry] = field(default_factory=list)
    charged_utc_ns: int | None = None
    donned_utc_ns: int | None = None


@dataclass(frozen=True, slots=True)
class Buzz:
    """One run of the motor; `pattern` None: the strip was asked to identify itself."""

    utc_ns: int
    pattern: Pattern | None

    @property
    def name(self) -> str:
        """What was felt: the pattern's name, or "identify"."""
        return "identify" if self.pattern is None else self.pattern.name.lower()


class Device:
    """A strip that has just booted.

    Parameters
    ----------
    params
        What is fixed about it.
    source
        What it measures.
    memory
        Its flash, as wide as the source's samples.
    state
        What it remembers; changed in place. `state_changes` counts the changes that must outlive a restart.
    boot_utc_ns
        UTC at boot, known to the simulation and not to the firmware.
    """

    def __init__(
        self,
        params: DeviceParams,
        source: SampleSource,
        memory: FlashMemory,
        state: StripState,
        boot_utc_ns: int,
    ) -> None:
        self._params = params
        self._source = source
        self._state = state
        self._boot_utc_ns = boot_utc_ns
        self._true_s = 0.0
        self._source_first = 0
        self._sampling_since_s: float | None = None
        self._source_ended = False
        self._pairing_until_s = 0.0
        self.motor_log: deque[Buzz] = deque(maxlen=_MOTOR_LOG_SIZE)
        self.state_changes = 1

        state.boot = state.boot % U16_MAX + 1
        if state.charged_utc_ns is None:
            state.charged_utc_ns = boot_utc_ns
        self.flash = Flash(memory, state.boots)
        self.flash.begin_boot(state.boot)
        state.boots = self.flash.boots
        self._streamer = Streamer(params.stream, self.flash)
        if state.donned_utc_ns is not None:
            worn_s = max(0.0, (boot_utc_ns - state.donned_utc_ns) / _NS_PER_S)  # a clock may be set back
            self._source_first = round(worn_s * SAMPLE_RATE_HZ)
            self._sampling_since_s = 0.0

    # Time.

    @property
    def own_s(self) -> float:
        """Seconds since boot by the strip's own oscillator."""
        return self._true_s * (1 + self._params.oscillator_ppm * 1e-6)

    @property
    def ticks(self) -> int:
        """The 32 768 Hz counter, wrapped."""
        return int(self.own_s * TICK_HZ) & U32_MAX

    @property
    def utc_ns(self) -> int:
        """UTC as the simulation knows it."""
        return self._boot_utc_ns + round(self._true_s * _NS_PER_S)

    def advance(self, true_s: float) -> None:
        """Let time pass until `true_s` seconds after boot, and take the samples that fall due."""
        self._true_s = max(self._true_s, true_s)
        if not self.worn or self._sampling_since_s is None:
            return
        due = int((self.own_s - self._sampling_since_s) * SAMPLE_RATE_HZ)
        while (wanted := min(due - self.flash.taken, _READ_AT_ONCE)) > 0:
            samples = self._source.read(self._source_first + self.flash.taken, wanted)
            self.flash.append(samples)
            if len(samples) < wanted:
                self._source_ended = True
                return

    # What a person does to it.

    def press_button(self) -> None:
        """Mark this moment, if the strip is worn: the next sample's frame will say so."""
        if self.worn:
            self.flash.current.marks.append(self.flash.taken)
            self.state_changes += 1

    def hold_button(self) -> None:
        """Open the pairing window."""
        self._pairing_until_s = self._true_s + self._params.pairing_window_s

    @property
    def pairing_open(self) -> bool:
        """Whether the button was held within the pairing window."""
        return self._true_s < self._pairing_until_s

    # What it says about itself.

    @property
    def boot(self) -> int:
        """The present boot's number."""
        return self._state.boot

    @property
    def donned_utc_ns(self) -> int | None:
        """When it was put on: time zero of its source."""
        return self._state.donned_utc_ns

    @property
    def worn(self) -> bool:
        """Whether somebody wears it."""
        return self._sampling_since_s is not None and not self._source_ended

    @property
    def streaming(self) -> bool:
        """Whether a live stream runs."""
        return self._streamer.streaming

    @property
    def stream_skips(self) -> int:
        """How often the live stream fell too far behind and skipped to the present."""
        return self._streamer.skips

    @property
    def battery_pct(self) -> int:
        """Charge left."""
        charged_utc_ns = self._state.charged_utc_ns
        assert charged_utc_ns is not None
        used = (self.utc_ns - charged_utc_ns) / _NS_PER_S / self._params.battery_life_s
        return round(100 * min(max(1 - used, 0.0), 1.0))

    def status(self) -> Status:
        """Return the status characteristic's value."""
        stored = self.flash.stored()
        taken = self.flash.taken
        oldest_boot, oldest_sample = (stored[0][0].boot, stored[0][1]) if stored else (self.boot, taken)
        return Status(
            battery_pct=self.battery_pct,
            boot=self.boot,
            oldest_boot=oldest_boot,
            oldest_sample=oldest_sample,
            newest_sample=max(taken - 1, 0),
            flash_fill_pct=self.flash.fill_pct,
            worn=self.worn,
            streaming=self.streaming,
        )

    # The link.

    def next_frame(self, att_mtu: int) -> Frame | None:
        """Return the next frame to send, or None while nothing is due."""
        return self._streamer.next_frame(att_mtu, self.own_s, source_ended=self._source_ended)

    def next_due_in_s(self, att_mtu: int) -> float | None:
        """Return the seconds until a frame may be due; None while nothing is being sent."""
        return self._streamer.next_due_in_s(att_mtu, self.own_s)

    def disconnected(self) -> None:
        """Stop sending: the host is gone, or no longer subscribed."""
        self._streamer.stop()
        self._streamer.drop_backfill()

    def control(self, data: bytes, att_mtu: int) -> bytes | None:
        """Carry out a command and return the answer, or None to bytes that cannot be answered."""
        try:
            txn, request = wire.decode_request(data)
        except ControlError as error:
            if error.txn is None or error.opcode is None:
                return None
            return wire.encode_response(Response(error.txn, error.opcode, error.result))
        outcome = self._carry_out(request, att_mtu)
        if isinstance(outcome, Result):
            return wire.encode_response(Response(txn, request.opcode, outcome))
        return wire.encode_response(Response(txn, request.opcode, Result.OK, outcome))

    def _carry_out(self, request: wire.Request, att_mtu: int) -> Result | Reply:
        match request:
            case wire.Start():
                return self._start(att_mtu)
            case wire.Stop():
                self._streamer.stop()
                return Result.OK
            case wire.GetTime():
                return wire.TimeReply(self.boot, self.ticks, self.flash.taken)
            case wire.SetAnchor(utc_ms):
                return self._set_anchor(utc_ms)
            case wire.SendRange(boot, first, last):
                return self._send_range(boot, first, last, att_mtu)
            case wire.EraseTo(boot, sample):
                return self._erase_to(boot, sample)
            case wire.Vibrate(pattern):
                self.motor_log.append(Buzz(self.utc_ns, pattern))
                return Result.OK
            case wire.Identify():
                self.motor_log.append(Buzz(self.utc_ns, None))
                return Result.OK
            case wire.GetBoots():
                return self._get_boots(att_mtu)

    def _start(self, att_mtu: int) -> Result:
        if not samples_that_fit(att_mtu, self._source.single_pod):
            return Result.BUSY
        if self._sampling_since_s is None:
            self._sampling_since_s = self.own_s
            self.flash.current.start_ticks = int(self.own_s * TICK_HZ)
            self._state.donned_utc_ns = self.utc_ns
            self.state_changes += 1
        if self.worn:
            self._streamer.start()
        return Result.OK

    def _set_anchor(self, utc_ms: int) -> Result | Reply:
        if utc_ms == 0:
            return Result.BAD_ARGUMENT
        entry = self.flash.current
        entry.anchor_ticks, entry.anchor_utc_ms = self.ticks, utc_ms
        self.state_changes += 1
        return wire.AnchorReply(self.boot, entry.anchor_ticks)

    def _send_range(self, boot: int, first: int, last: int, att_mtu: int) -> Result | Reply:
        if first > last:
            return Result.BAD_ARGUMENT
        per_frame = samples_that_fit(att_mtu, self._source.single_pod)
        if self._streamer.backfilling or not per_frame:
            return Result.BUSY
        entry = self.flash.find(boot)
        span = self.flash.span(entry) if entry is not None else None
        if entry is None or span is None or last < span[0] or first > span[1]:
            return Result.NOT_STORED
        first, last = max(first, span[0]), min(last, span[1])
        return wire.RangeReply(self._streamer.send_range(entry, first, last, per_frame, self.own_s))

    def _erase_to(self, boot: int, sample: int) -> Result:
        entry = self.flash.find(boot)
        if entry is None:
            return Result.NOT_STORED
        span = self.flash.span(entry)
        if span is not None and sample > span[1]:
            return Result.BAD_ARGUMENT
        entry.wanted_from = max(entry.wanted_from, sample + 1) if span is not None else entry.wanted_from
        entry.marks = [mark for mark in entry.marks if mark >= entry.wanted_from]
        self.state_changes += 1
        return Result.OK

    def _get_boots(self, att_mtu: int) -> BootsReply:
        """List as many boots as fit one indication: half of them the oldest, half the newest."""
        fit = wire.boots_that_fit(att_mtu)
        records = [
            BootRecord(entry.boot, first, last, entry.anchor_ticks, entry.anchor_utc_ms)
            for entry, first, last in self.flash.stored()
        ]
        if len(records) > fit:
            records = records[: fit // 2] + records[len(records) - (fit - fit // 2) :]
        return BootsReply(tuple(records))
