"""What the strip's memory still holds for us, and in which portions to ask for it. Pure: no clock, no radio.

BlueZ drops notifications of a burst without a word, so what is wanted is asked for in windows of a bounded
number of frames, at the strip's own pace. A window is over when all of it has come or nothing more comes;
whatever is still missing then is simply asked for again. Nothing is remembered of what was asked: what is
wanted is what the strip holds less what the archive holds, so a repeated or lost answer does no harm.

The core waits for short recent gaps, so these come first; then the oldest samples, which the ring will
overwrite next. Samples go from the strip's memory (`erase_to`) only when everything of their boot up to them
is on the archive's disk.

A strip lists as many boots as fit one packet: half of them the oldest of which it holds samples, which the
ring will overwrite next, half the newest; on a usual link five and five. So a boot that is over and safe is
erased whole, however short it was, and the list is asked for again: what it had no room for comes to light,
even where the oldest are somebody else's and stay.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from analysis.recording.spans import Spans
from gateway.wire.control import BootRecord, EraseTo, Result, SendRange
from gateway.wire.frame import U32_MAX


@dataclass(frozen=True, slots=True)
class BackfillParams:
    """Sizes; all [ours].

    Attributes
    ----------
    window_samples
        Most samples asked for at once: 512 frames, two or three seconds at the strip's pace.
    urgent_samples
        A recent gap of no more than this goes before older ones: 20 s, what the core waits for.
    attempts
        After so many windows without any result a stretch is left alone until the next connection.
    erase_samples
        Erasing some of the boot that goes on is worth a command for at least this much: ten minutes.
    """

    window_samples: int = 4608
    urgent_samples: int = 2000
    attempts: int = 4
    erase_samples: int = 60_000


class Backfill:
    """What is wanted from one strip.

    Parameters
    ----------
    params
        Sizes.
    """

    def __init__(self, params: BackfillParams | None = None) -> None:
        self._params = params or BackfillParams()
        self._wanted: dict[int, Spans] = {}
        self._oldest: dict[int, int] = {}
        self._ends: dict[int, int] = {}
        """Of boots that are over: the sample after the last."""
        self._is_list_old = False
        self._safe: Mapping[int, Spans] = {}
        self._failures = 0
        self._connections = 0
        self._is_connected = False
        self.on_change: Callable[[], None] = lambda: None
        """Called when something came or is wanted."""
        self.given_up_samples = 0
        """What the strip named and then did not send, or no longer has."""

    @property
    def wanted_samples(self) -> int:
        """How much is still to come."""
        return sum(len(spans) for spans in self._wanted.values())

    @property
    def connection(self) -> int | None:
        """Which connection it is that the strip can be asked over; None: there is none.

        What was wanted is forgotten with the connection that it was wanted over. So who has seen that nothing
        is wanted any more does not know that it came, unless the connection is still the same.
        """
        return self._connections if self._is_connected else None

    def connected(self) -> None:
        """Take note that the strip can be asked."""
        self._connections += 1
        self._is_connected = True
        self._failures = 0

    def disconnected(self) -> None:
        """Take note that it cannot."""
        self._is_connected = False
        self._wanted.clear()
        self._oldest.clear()
        self._ends.clear()

    def offered(self, boots: Iterable[BootRecord]) -> None:
        """Take note of what the strip holds; :meth:`want` says what of it is wanted."""
        records = list(boots)
        self._oldest = {record.boot: record.first for record in records}
        self._ends = {record.boot: record.last + 1 for record in records[:-1]}
        self._is_list_old = False

    def streams(self, boot: int, first: int) -> None:
        """Take note that the strip streams a boot from `first` on, and keeps that too."""
        self._oldest.setdefault(boot, first)

    def want(self, boot: int, first: int, end: int) -> None:
        """Want samples `first` to before `end`."""
        if first < end and self._is_connected:
            self._wanted.setdefault(boot, Spans()).add(first, end)
            self.on_change()

    def wanted(self, boot: int, first: int, end: int) -> Spans:
        """Return what of a stretch is wanted."""
        spans = self._wanted.get(boot)
        return Spans() if spans is None else spans.within(first, end)

    def awaits(self, boot: int) -> bool:
        """Return whether more of a boot is to come."""
        return boot in self._wanted

    def came(self, boot: int, first: int, end: int) -> None:
        """Take note that samples have come, by whichever way."""
        if boot in self._wanted and self._wanted[boot].within(first, end):
            self._remove(boot, first, end)
            self._failures = 0
            self.on_change()

    def next_window(self) -> SendRange | None:
        """Return what to ask for now."""
        if not self._is_connected or not self._wanted:
            return None
        newest = list(self._wanted)[-1]
        *_, (first, end) = self._wanted[newest]
        if end - first > self._params.urgent_samples:
            oldest = min(self._wanted, key=self._age)
            newest, ((first, end), *_) = oldest, self._wanted[oldest]
        return SendRange(newest, first, min(end, first + self._params.window_samples) - 1)

    def missing_of(self, window: SendRange) -> int:
        """Return how much of a window is still to come."""
        return len(self.wanted(window.boot, window.first, window.last + 1))

    def failed(self, window: SendRange) -> None:
        """Take note that a window is over without having come to its end."""
        self._failures += 1
        if self._failures >= self._params.attempts:
            self._give_up(window)

    def refused(self, window: SendRange, result: Result) -> None:
        """Take note that the strip will not send a window."""
        if result is Result.BUSY:
            return
        self._give_up(window)

    def _give_up(self, window: SendRange) -> None:
        self.given_up_samples += self.missing_of(window)
        self._remove(window.boot, window.first, window.last + 1)
        self._failures = 0
        self.on_change()

    def _remove(self, boot: int, first: int, end: int) -> None:
        spans = self._wanted.get(boot)
        if spans is not None:
            spans.remove(first, end)
            if not spans:
                del self._wanted[boot]

    def _age(self, boot: int) -> int:
        order = list(self._oldest)
        return order.index(boot) if boot in order else len(order)

    # Erasing.

    def on_disk(self, safe: Mapping[int, Spans]) -> None:
        """Take note of what the archive has brought to disk."""
        self._safe = safe

    def next_erase(self) -> EraseTo | None:
        """Return which samples the strip may forget now, if it is worth a command."""
        for boot, oldest in self._oldest.items():
            end = self._safe.get(boot, Spans()).end_of_run(oldest)
            is_all = oldest < self._ends.get(boot, U32_MAX + 1) <= end
            if is_all or end - oldest >= self._params.erase_samples:
                return EraseTo(boot, end - 1)
        return None

    def wants_list(self) -> bool:
        """Return, once, whether boots were erased since the strip listed them: others may have moved up."""
        wants, self._is_list_old = self._is_list_old, False
        return wants

    def erased(self, request: EraseTo) -> None:
        """Take note that the strip has forgotten."""
        self._oldest[request.boot] = request.sample + 1
        self._is_list_old |= request.sample + 1 >= self._ends.get(request.boot, U32_MAX + 1)
