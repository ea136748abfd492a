"""How reminders reach people: the patient's addresses, the follower's, and a strip that is away."""

import asyncio
import logging

import pytest

from analysis.care.life import Life
from analysis.care.statement import Reminder, Speaker, Vibration
from analysis.events.facts import AlertKind, AlertLevel
from gateway.config import NotifyConfig
from gateway.delivery.notify import AddressError
from gateway.link.ble import StripLink
from gateway.voice import Voice
from gateway.wire.timebase import REAL_CLOCK
from tests.gateway.message_service import MessageService, message_service

SOON_S = 10.0


def reminder(level: AlertLevel, kind: AlertKind = "prolonged_sitting", *, is_felt: bool = False) -> Reminder:
    alert = Speaker("p-17", "LM-1", kind).tell(Life("open", level, 0, 0), "raised", REAL_CLOCK.utc_ns())
    return Reminder(alert, Vibration.ALERT if is_felt else None, is_message=True)


def voice(**urls: list[str]) -> Voice:
    return Voice(StripLink(REAL_CLOCK), NotifyConfig.model_validate(urls), REAL_CLOCK)


async def say(one: Voice, *reminders: Reminder, sent: int) -> None:
    speaking = asyncio.create_task(one.run())
    await asyncio.sleep(0)
    for each in reminders:
        one.tell(each, sitting_s=45 * 60.0)
    async with asyncio.timeout(SOON_S):
        while one.account()["messages_sent"] < sent:  # noqa: ASYNC110 - it happens in another thread
            await asyncio.sleep(0.01)
    speaking.cancel()
    await asyncio.wait({speaking})


def texts(service: MessageService) -> list[tuple[str, str]]:
    return [(got["title"], got["message"]) for got in service.got]


def test_the_follower_hears_of_very_long_sitting_and_the_patient_of_the_rest() -> None:
    async def act(patient: MessageService, follower: MessageService) -> None:
        one = voice(urls=[patient.url], follower_urls=[follower.url])
        told = (reminder("alert"), reminder("nudge", "battery_low"), reminder("follower"))
        await say(one, *told, sent=3)

    with message_service() as patient, message_service() as follower:
        asyncio.run(act(patient, follower))
    assert texts(patient) == [
        (
            "Please take a break",
            "You have been sitting for 45 minutes. Stand up, and walk for a minute.",
        ),
        ("Strip: battery", "The battery of the strip is low. Charge it soon."),
    ]
    assert texts(follower) == [
        ("Sitting for a long time", "p-17 has been sitting for 45 minutes, in spite of reminders.")
    ]


def test_a_strip_that_is_away_is_told_in_the_log_and_no_matter(caplog: pytest.LogCaptureFixture) -> None:
    with message_service() as service, caplog.at_level(logging.WARNING):
        asyncio.run(say(voice(urls=[service.url]), reminder("nudge", is_felt=True), sent=1))
    assert "strip did not vibrate" in caplog.text
    assert len(service.got) == 1


def test_a_wrong_address_is_told_at_the_start_by_its_place() -> None:
    with pytest.raises(AddressError, match=r"number 2 of \[notify\] follower_urls is no address"):
        voice(follower_urls=["json://127.0.0.1", "nowhere://x"])
