"""Messages: through Apprise to a real server on loopback, late ones again, and no address in any log."""

import asyncio
import logging
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from gateway.delivery.notify import AddressError, Message, Notifier, apprise_destination
from gateway.wire.timebase import REAL_CLOCK
from tests.gateway.message_service import SECRET, MessageService, message_service

SOON_S = 10.0


def message(about: str = "prolonged_sitting", useful_s: float = 60.0) -> Message:
    until_ns = REAL_CLOCK.utc_ns() + round(useful_s * 1e9)
    return Message(about, "Time for a break", "You have been sitting for 30 minutes.", until_ns)


@pytest.fixture
def service() -> Iterator[MessageService]:
    with message_service() as made:
        yield made


async def eventually(is_so: Callable[[], bool]) -> None:
    async with asyncio.timeout(SOON_S):
        while not is_so():  # noqa: ASYNC110 - what is waited for happens in another thread
            await asyncio.sleep(0.01)


async def running(notifier: Notifier, act: Callable[[], Any]) -> None:
    task = asyncio.create_task(notifier.run())
    try:
        await act()
    finally:
        task.cancel()
        await asyncio.wait({task})


def test_a_message_arrives(service: MessageService) -> None:
    async def play() -> None:
        notifier = Notifier([apprise_destination(service.url, "it")], REAL_CLOCK)

        async def act() -> None:
            notifier.send(message())
            await eventually(lambda: notifier.counts.sent == 1)

        await running(notifier, act)

    asyncio.run(play())
    (got,) = service.got
    assert got["title"] == "Time for a break"
    assert got["message"] == "You have been sitting for 30 minutes."


def test_failures_are_counted_and_tried_again_and_no_log_tells_the_address(
    service: MessageService, caplog: pytest.LogCaptureFixture
) -> None:
    service.statuses = [500, 503]

    async def play() -> None:
        notifier = Notifier([apprise_destination(service.url, "it")], REAL_CLOCK, pause_s=0.05)

        async def act() -> None:
            notifier.send(message())
            await eventually(lambda: notifier.counts.sent == 1)

        await running(notifier, act)
        assert (notifier.counts.failed, notifier.counts.given_up) == (2, 0)

    with caplog.at_level(logging.DEBUG):
        asyncio.run(play())
    assert len(service.got) == 1
    assert caplog.text.count("message not sent") == 2
    assert SECRET not in caplog.text
    assert all(SECRET not in str(vars(record)) for record in caplog.records)


def test_one_that_hangs_holds_up_neither_the_others_nor_the_end(service: MessageService) -> None:
    released = threading.Event()

    def hangs(_: Message) -> bool:
        return released.wait(30)

    async def play() -> None:
        notifier = Notifier([hangs, apprise_destination(service.url, "it")], REAL_CLOCK)

        async def act() -> None:
            notifier.send(message())
            await eventually(lambda: notifier.counts.sent == 1)

        await running(notifier, act)

    begun_s = time.monotonic()
    asyncio.run(play())
    assert time.monotonic() - begun_s < 8.0
    released.set()


def test_what_is_too_late_or_over_is_not_sent() -> None:
    tried: list[str] = []

    def refuses(one: Message) -> bool:
        tried.append(one.about)
        return False

    async def play() -> None:
        notifier = Notifier([refuses], REAL_CLOCK, pause_s=0.02)

        async def act() -> None:
            notifier.send(message("battery_low", useful_s=0.3))
            await eventually(lambda: notifier.counts.given_up == 1)
            notifier.send(message())
            await eventually(lambda: "prolonged_sitting" in tried)
            notifier.withdraw("prolonged_sitting")
            await asyncio.sleep(0.1)
            tried.clear()
            await asyncio.sleep(0.1)
            assert tried == []

        await running(notifier, act)
        assert (notifier.counts.sent, notifier.counts.given_up) == (0, 1)

    asyncio.run(play())


def test_a_service_that_raises_is_a_failure_like_any(caplog: pytest.LogCaptureFixture) -> None:
    def breaks(_: Message) -> bool:
        raise RuntimeError(f"cannot reach {SECRET}")

    async def play() -> None:
        notifier = Notifier([breaks], REAL_CLOCK, pause_s=0.02)

        async def act() -> None:
            notifier.send(message())
            await eventually(lambda: notifier.counts.failed >= 2)

        await running(notifier, act)

    asyncio.run(play())
    assert "message not sent" in caplog.text
    assert SECRET not in caplog.text


def test_a_crowd_of_messages_does_not_wait_for_ever() -> None:
    async def play() -> None:
        notifier = Notifier([lambda _: False], REAL_CLOCK)
        for _ in range(20):
            notifier.send(message())
        assert notifier.counts.given_up == 12

    asyncio.run(play())


@pytest.mark.parametrize("url", ["nonsense", f"nowhere://{SECRET}", "", "json://"])
def test_an_address_that_is_none_is_named_by_its_place(url: str, caplog: pytest.LogCaptureFixture) -> None:
    with pytest.raises(AddressError, match=r"number 2 of \[notify\] urls is no address") as told:
        apprise_destination(url, "number 2 of [notify] urls")
    assert SECRET not in f"{told.value}{caplog.text}"
