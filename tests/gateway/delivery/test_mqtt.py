"""Home to clinic over a real mosquitto: everything arrives once, whoever dies on the way."""

import asyncio
import json
import logging
import random
import socket
from typing import TYPE_CHECKING, Any

import pytest

from analysis.events.fields import utc_text
from analysis.events.topics import ALL_EVENTS
from analysis.trends.broker import Broker, BrokerSettingsError
from analysis.trends.connection import Connection, Received
from gateway.delivery.outbox import OutboxParams
from gateway.wire.timebase import REAL_CLOCK

if TYPE_CHECKING:
    from tests.gateway.delivery.conftest import Clinic


async def _received(connection: Connection, last_level: str, within_s: float = 5.0) -> dict[str, Any]:
    """Return the payload of the next message whose topic ends so."""
    async with asyncio.timeout(within_s):
        while True:
            happening = await connection.next()
            if isinstance(happening, Received) and happening.topic.endswith(f"/{last_level}"):
                payload: dict[str, Any] = json.loads(happening.payload)
                return payload


def test_events_arrive_once_and_receipts_come_back(clinic: "Clinic") -> None:
    async def play() -> None:
        async with clinic.recorder() as (recorder, store), clinic.home() as (link, outbox):
            events = [clinic.mark(number) for number in range(300)]
            link.send(events)
            await clinic.eventually(lambda: link.counts.committed == 300)
            assert outbox.backlog() == 0
            assert store.events("p-01", kinds=["mark"]) == [event.to_dict() for event in events]
            assert link.counts.published == 300
            assert recorder.counts.set_aside == 0

    asyncio.run(play())


def test_broker_killed_twice_in_a_stream_of_500_events(clinic: "Clinic") -> None:
    async def play() -> None:
        dice = random.Random(7)
        async with clinic.recorder() as (_, store), clinic.home() as (link, outbox):
            kills = sorted(dice.sample(range(50, 450), 2))
            for number in range(500):
                link.send([clinic.mark(number)])
                await asyncio.sleep(0.002)
                if number in kills:
                    clinic.broker.kill()
                    clinic.restart_broker()
            await clinic.eventually(lambda: outbox.backlog() == 0)
            stored = [event["event_id"] for event in store.events("p-01", kinds=["mark"])]
            assert stored == [clinic.mark(number).event_id for number in range(500)]

    asyncio.run(play())


def test_recorder_away_and_back(clinic: "Clinic") -> None:
    async def play() -> None:
        async with clinic.home() as (link, outbox):
            async with clinic.recorder():
                link.send([clinic.mark(0)])
                await clinic.eventually(lambda: outbox.backlog() == 0)
            link.send([clinic.mark(number) for number in range(1, 100)])
            await clinic.eventually(lambda: link.counts.published == 100)
            assert outbox.backlog() == 99
            async with clinic.recorder() as (_, store):
                await clinic.eventually(lambda: outbox.backlog() == 0)
                assert len(store.events("p-01", kinds=["mark"])) == 100
            assert link.counts.published == 100, "the broker's session kept them; nothing was sent again"

    asyncio.run(play())


def test_lost_on_the_way_is_sent_again(clinic: "Clinic") -> None:
    """What went to a subscriber who is no recorder is acknowledged; only the missing receipt tells."""

    async def play() -> None:
        async with clinic.client(ALL_EVENTS), clinic.home(OutboxParams(resend_s=0.5)) as (link, outbox):
            link.send([clinic.mark(1)])
            await clinic.eventually(lambda: link.counts.published == 1)
            async with clinic.recorder() as (_, store):
                await clinic.eventually(lambda: outbox.backlog() == 0)
                assert len(store.events("p-01", kinds=["mark"])) == 1

    asyncio.run(play())


def test_recorder_starts_last(clinic: "Clinic") -> None:
    """A broker without subscribers throws events away and says so; they come again before 30 s are over."""

    async def play() -> None:
        async with clinic.home() as (link, outbox):
            link.send([clinic.mark(1)])
            await clinic.eventually(lambda: link.counts.published > 1)
            assert str(link.lacks).startswith("the recorder: it has never been at the broker")
            async with clinic.recorder():
                await clinic.eventually(lambda: outbox.backlog() == 0 and link.lacks is None)

    asyncio.run(play())


def test_gateway_killed_and_back(clinic: "Clinic") -> None:
    """What a first gateway left uncommitted, a second one on the same outbox delivers."""

    async def play() -> None:
        async with clinic.home() as (link, _):
            link.send([clinic.mark(number) for number in range(20)])
        async with clinic.recorder() as (_, store), clinic.home() as (_, outbox):
            await clinic.eventually(lambda: outbox.backlog() == 0)
            assert len(store.events("p-01", kinds=["mark"])) == 20

    asyncio.run(play())


def test_broker_comes_up_last_and_both_say_once_what_they_wait_for(
    clinic: "Clinic", caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING)

    async def play() -> None:
        clinic.broker.stop()
        async with clinic.recorder(is_awaited=False) as (_, store), clinic.home() as (link, outbox):
            link.send([clinic.mark(1)])
            await asyncio.sleep(0.8)  # a second attempt
            assert not link.is_connected
            assert str(link.lacks).startswith("the broker at")
            waiting = [
                record.message for record in caplog.records if "waiting for the broker" in record.message
            ]
            assert len(waiting) == 2
            assert all("refused" in message and str(clinic.broker.port) in message for message in waiting)
            clinic.restart_broker()
            await clinic.eventually(lambda: outbox.backlog() == 0)
            assert len(store.events("p-01", kinds=["mark"])) == 1

    asyncio.run(play())


def test_stop_is_quick_while_nobody_answers(clinic: "Clinic") -> None:
    async def play() -> float:
        clinic.broker.stop()
        with socket.create_server(("127.0.0.1", 0)) as silent:
            connection = Connection(Broker("127.0.0.1", silent.getsockname()[1]), "test", session_expiry_s=0)
            await asyncio.sleep(0.1)
            begun_s = asyncio.get_running_loop().time()
            await connection.close()
            return asyncio.get_running_loop().time() - begun_s

    assert asyncio.run(play()) < 3.0


def test_status_is_retained_and_a_goodbye_says_offline(clinic: "Clinic") -> None:
    async def play() -> None:
        async with clinic.home() as (link, _):
            await clinic.eventually(lambda: link.is_connected)
            link.set_status(clinic.status(battery_pct=42))
            async with clinic.client(clinic.topic("status")) as watcher:
                while (await _received(watcher, "status"))["battery_pct"] != 42:
                    pass
        async with clinic.client(clinic.topic("status")) as watcher:
            gone = await _received(watcher, "status")
            assert (gone["presence"], gone["link_state"]) == ("offline", "stopped")
            assert gone["start"] is not None

    asyncio.run(play())


def test_will_says_offline_when_the_gateway_vanishes(clinic: "Clinic") -> None:
    async def play() -> None:
        async with clinic.recorder() as (_, store), clinic.home() as (link, _):
            await clinic.eventually(lambda: bool(store.events("p-01", kinds=["status"])))
            assert link._connection is not None
            sock = link._connection._client.socket()
            assert isinstance(sock, socket.socket)
            sock.shutdown(socket.SHUT_RDWR)  # as the network would: no goodbye
            async with clinic.client(clinic.topic("status")) as watcher:
                while (seen := await _received(watcher, "status"))["presence"] != "offline":
                    pass
                assert seen["start"] is None, "nobody knows beforehand when a will is read"
                while (await _received(watcher, "status"))["presence"] != "online":
                    pass
            await clinic.eventually(
                lambda: [event["presence"] for event in store.events("p-01", kinds=["status"])] == ["online"]
            )

    asyncio.run(play())


def test_commands_are_answered_through_the_outbox(clinic: "Clinic") -> None:
    async def play() -> None:
        past = utc_text(REAL_CLOCK.utc_ns() - 1_000_000_000)
        async with clinic.recorder() as (_, store), clinic.home() as (link, _):
            await clinic.eventually(lambda: link.is_connected)
            async with clinic.client("nothing") as therapist:
                therapist.publish(clinic.command("calibrate"))
                therapist.publish(clinic.command("vibrate", pattern=1, expires=past))
                therapist.publish(clinic.command("calibrate"))  # the same one delivered twice
                therapist.publish(clinic.command("calibrate", command_id=""))
                await clinic.eventually(lambda: link.counts.bad_commands == 1)
                clinic.refusal = None
                therapist.publish(clinic.command("snooze", minutes=15))
                await clinic.eventually(lambda: len(store.events("p-01", kinds=["command"])) == 3)
            answers = {
                event["command_id"]: (event["result"], event["reason"])
                for event in store.events("p-01", kinds=["command"])
            }
            assert answers == {
                "c-calibrate": ("refused", "not in this version"),
                "c-vibrate": ("expired", "it came too late"),
                "c-snooze": ("done", None),
            }
            assert [command.name for command in clinic.commands] == ["calibrate", "snooze"]

    asyncio.run(play())


def test_handler_that_fails_is_an_answer_and_no_end(
    clinic: "Clinic", caplog: pytest.LogCaptureFixture
) -> None:
    async def play() -> None:
        async with clinic.recorder() as (_, store), clinic.home() as (link, _):

            async def broken(_command: object) -> str | None:
                raise RuntimeError("the strip fell into the soup")

            link._handle = broken
            await clinic.eventually(lambda: link.is_connected)
            async with clinic.client("nothing") as therapist:
                therapist.publish(clinic.command("vibrate"))
                await clinic.eventually(lambda: len(store.events("p-01", kinds=["command"])) == 1)
            assert store.events("p-01", kinds=["command"])[0]["result"] == "refused"

    asyncio.run(play())
    assert "the strip fell into the soup" in caplog.text


def test_resend_fills_a_store_restored_from_an_old_backup(clinic: "Clinic") -> None:
    async def play() -> None:
        async with clinic.home() as (link, outbox):
            async with clinic.recorder():
                link.send([clinic.mark(number) for number in range(10)])
                await clinic.eventually(lambda: outbox.backlog() == 0)
            for file in clinic.folder.glob("store.db*"):
                file.unlink()
            async with clinic.recorder() as (_, store), clinic.client("nothing") as operator:
                operator.publish(clinic.command("resend", **{"from": 4}))
                await clinic.eventually(lambda: len(store.events("p-01", kinds=["mark"])) == 7)
                operator.publish(clinic.command("resend", **{"from": utc_text(0)}, command_id="c2"))
                await clinic.eventually(lambda: len(store.events("p-01", kinds=["mark"])) == 10)
                operator.publish(clinic.command("resend", **{"from": "yesterday"}, command_id="c3"))
                await clinic.eventually(lambda: len(store.events("p-01", kinds=["command"])) == 3)
                results = {
                    event["command_id"]: event["result"] for event in store.events("p-01", kinds=["command"])
                }
                assert results == {"c-resend": "done", "c2": "done", "c3": "refused"}

    asyncio.run(play())


def test_forged_receipts_settle_nothing(clinic: "Clinic") -> None:
    async def play() -> None:
        async with clinic.home() as (link, outbox):
            link.send([clinic.mark(1)])
            await clinic.eventually(lambda: link.counts.published == 1)
            async with clinic.client("nothing") as stranger:
                stranger.publish(clinic.command("committed", outbox="not-yours", ranges=[[1, 1]]))
                stranger.publish(
                    clinic.command("committed", outbox=outbox.outbox_id, ranges=[[10**30, "x"], None])
                )
                stranger.publish(clinic.command("calibrate"))
                await clinic.eventually(lambda: link.counts.commands == 1)
            assert link.counts.committed == 0
            assert outbox.backlog() == 2

    asyncio.run(play())


def test_refused_publish_is_set_aside_and_counted(clinic: "Clinic", caplog: pytest.LogCaptureFixture) -> None:
    """A broker whose rights allow marks only; the next start of the gateway tries again."""
    folder = clinic.folder / "broker"
    clinic.broker.stop()
    clinic.broker = _start_with_rights(clinic, "topic write lumbar/v1/+/+/mark\ntopic read #\n")

    async def play() -> None:
        async with clinic.home() as (link, outbox):
            await clinic.eventually(lambda: link.is_connected)
            outbox.put(clinic.topic("lift"), b"{}", 0)
            link.send([clinic.mark(1)])
            await clinic.eventually(lambda: link.counts.refused == 1)
            ((seq, topic, reason),) = outbox.refused()
            assert (seq, topic) == (1, clinic.topic("lift"))
            assert "authorized" in reason.lower()
            assert outbox.backlog() == 1, "the mark was allowed and waits for its receipt"
        async with clinic.home() as (link, _):
            await clinic.eventually(lambda: link.counts.refused == 1)

    asyncio.run(play())
    assert folder.exists()
    assert "refuses what we publish" in caplog.text


def _start_with_rights(clinic: "Clinic", rights: str) -> Any:
    """Start the demo's broker with rights added, as the shipped configuration of a clinic will have them."""
    import firmware_sim.broker as module

    path = clinic.folder / "rights.acl"
    path.write_text(rights)
    path.chmod(0o600)
    original = module._CONFIGURATION
    module._CONFIGURATION = original + f"acl_file {path}\n"  # type: ignore[misc]
    try:
        return module.start_mosquitto(clinic.folder / "broker", clinic.broker.port)
    finally:
        module._CONFIGURATION = original  # type: ignore[misc]


def test_unreadable_password_is_said_at_the_start(clinic: "Clinic") -> None:
    async def play() -> None:
        unreadable = Broker("127.0.0.1", password_file=clinic.folder / "nowhere")
        with pytest.raises(BrokerSettingsError, match="password file"):
            async with clinic.home(broker=unreadable):
                await asyncio.sleep(0)

    asyncio.run(play())


def test_paused_sharing_keeps_events_at_home_and_still_answers(clinic: "Clinic") -> None:
    async def play() -> None:
        async with (
            clinic.recorder() as (_, store),
            clinic.home() as (link, outbox),
            clinic.client(clinic.topic("status")) as therapist,
        ):
            await clinic.eventually(lambda: link.is_connected)
            link.share(is_on=False)
            told = await _received(therapist, "status")
            while told["worn"] is not None:
                told = await _received(therapist, "status")
            assert (told["presence"], told["battery_pct"], told["backlog"]) == ("online", None, None)
            link.send([clinic.mark(number) for number in range(5)])
            therapist.publish(clinic.command("vibrate", pattern=1))
            await clinic.eventually(lambda: len(store.events("p-01", kinds=["command"])) == 1)
            await clinic.eventually(lambda: outbox.backlog() == 5)
            assert store.events("p-01", kinds=["mark"]) == []
            link.share(is_on=True)
            await clinic.eventually(lambda: len(store.events("p-01", kinds=["mark"])) == 5)
            assert (await _received(therapist, "status"))["worn"] is True

    asyncio.run(play())
