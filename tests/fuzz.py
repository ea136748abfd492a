"""Ten million hostile frames, answers, statuses and commands: run with ``make fuzz``.

Bytes are drawn at random, or are good messages with bits flipped, cut, doubled or with fields drawn anew (and
the checksum put right, so that they get past it). They go where the gateway's own code takes them from the
radio and the broker. Every one must be refused with the error that is meant for it, or taken; each is counted
either way; and the process must not grow.

Exit status: 0 all well, 1 something escaped or grew. The seed is printed.
"""

import argparse
import json
import random
import resource
import sys
import time
from collections import Counter
from collections.abc import Callable
from typing import Final

from analysis.events.topics import commands_of
from gateway.delivery.commands import CommandError, parse_command
from gateway.link.backfill import Backfill
from gateway.link.reassembly import Arrival, Reassembly
from gateway.link.requests import Requests
from gateway.wire import status
from gateway.wire.control import TimeReply
from gateway.wire.frame import Frame, encode

MOST_GROWTH_MB: Final = 10.0
_BATCH: Final = 1000
_NAMES: Final = ("vibrate", "snooze", "acknowledge", "calibrate", "settings", "committed", "resend", "x")


class Fuzz:
    """One gateway's ears, and what they have heard."""

    def __init__(self, seed: int) -> None:
        self._dice = random.Random(seed)
        self._backfill = Backfill()
        self._backfill.connected()
        self._reassembly = Reassembly(self._backfill)
        self._reassembly.follow(TimeReply(3, 0, 0))
        self._requests = Requests(_unwritten, lambda: 0)
        self.counted: Counter[str] = Counter()
        self.given = 0

    def frames(self, count: int) -> None:
        """Give so many frames."""
        whole = self._reassembly.counters
        before = whole.frames, self._sum()
        self._backfill.want(3, 0, 1000)
        self._reassembly.push([Arrival(0, self._frame()) for _ in range(count)])
        self._told("frames heard", count, whole.frames - before[0])
        self._told("frames refused or taken", count, self._sum() - before[1])

    def _sum(self) -> int:
        counters = self._reassembly.counters
        return counters.bad.total() + counters.duplicate_frames + self._reassembly.taken_frames

    def answers(self, count: int) -> None:
        """Give so many answers to questions that nobody asked."""
        before = self._requests.stray_answers
        for _ in range(count):
            self._requests.heard(self._mutilated(self._dice.randbytes(13)), 0)
        self._told("answers", count, self._requests.stray_answers - before)

    def statuses(self, count: int) -> None:
        """Give so many statuses."""
        good = status.encode(status.Status(80, 3, 1, 0, 99, 5))
        for _ in range(count):
            try:
                status.decode(self._mutilated(good))
            except status.StatusError:
                self.counted["statuses refused"] += 1
            else:
                self.counted["statuses taken"] += 1
        self.given += count

    def commands(self, count: int) -> None:
        """Give so many commands."""
        base = commands_of("p-1", "LM-1").removesuffix("+")
        good = json.dumps({"command_id": "c", "issued": None, "expires": None, "from": 1, "ranges": [[1, 2]]})
        for number in range(count):
            topic = base + _NAMES[number % len(_NAMES)]
            try:
                parse_command(topic, self._mutilated(good.encode()), "p-1", "LM-1")
            except CommandError:
                self.counted["commands refused"] += 1
            else:
                self.counted["commands taken"] += 1
        self.given += count

    def _frame(self) -> bytes:
        dice = self._dice
        what = dice.randrange(4)
        if what == 0:
            return dice.randbytes(dice.randrange(0, 260))
        first, ticks, boot = (dice.randrange(0, 2**32) for _ in range(3))
        single = bool(dice.randrange(2))
        size = dice.randrange(1, 20 if single else 10) * (12 if single else 24)
        near = what == 1
        frame = Frame(
            boot=3 if near else boot & 0xFFFF,
            first_sample=first % 2000 if near else first,
            ticks=ticks,
            samples=dice.randbytes(size),
            backfill=bool(dice.randrange(2)),
            button=bool(dice.randrange(2)),
            single_pod=single,
        )
        return encode(frame) if what < 3 else self._mutilated(encode(frame))

    def _mutilated(self, data: bytes) -> bytes:
        dice, out = self._dice, bytearray(data)
        match dice.randrange(5):
            case 0:
                return dice.randbytes(dice.randrange(0, 600))
            case 1:
                return bytes(out[: dice.randrange(len(out) + 1)])
            case 2:
                return bytes(out + out)
            case _:
                for _ in range(dice.randrange(1, 4)):
                    out[dice.randrange(len(out))] ^= 1 << dice.randrange(8)
                return bytes(out)

    def _told(self, what: str, given: int, counted: int) -> None:
        self.counted[what] += counted
        if what != "frames refused or taken":
            self.given += given
        if counted != given:
            raise AssertionError(f"{given} {what} were given and {counted} counted")


async def _unwritten(_: bytes) -> None:
    raise AssertionError("nothing is asked here")


def run(count: int, seed: int) -> tuple[Fuzz, float]:
    """Give `count` messages of all kinds; returns what was counted and how much memory grew, MB."""
    fuzz = Fuzz(seed)
    kinds: list[tuple[Callable[[int], None], float]] = [
        (fuzz.frames, 0.4),
        (fuzz.answers, 0.2),
        (fuzz.statuses, 0.2),
        (fuzz.commands, 0.2),
    ]
    warm_mb: float | None = None
    while fuzz.given < count:
        for give, share in kinds:
            give(max(1, round(_BATCH * share)))
        if warm_mb is None and fuzz.given >= min(count, 100_000) / 2:
            warm_mb = _peak_mb()
    assert warm_mb is not None
    return fuzz, _peak_mb() - warm_mb


def _peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main() -> int:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument(
        "--count", type=int, default=10_000_000, help="how many messages (default 10 million)"
    )
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    print(f"seed {asked.seed}")
    began_s = time.monotonic()
    fuzz, growth_mb = run(asked.count, asked.seed)
    for what, times in fuzz.counted.most_common():
        print(f"{times:>12,} {what}")
    print(f"{fuzz.given:,} messages in {time.monotonic() - began_s:.0f} s; memory grew by {growth_mb:.1f} MB")
    return 0 if growth_mb < MOST_GROWTH_MB else 1


if __name__ == "__main__":
    sys.exit(main())
