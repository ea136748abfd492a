"""What only a server can suffer, on a real one."""

import socket
import urllib.request
import uuid
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from analysis.trends.influx import InfluxStore
from analysis.trends.influx_lines import event_line, instant_ns
from analysis.trends.influx_server import InfluxServer, InfluxSettings
from analysis.trends.store import StoreError, UnstorableEventError
from tests.influx import InfluxMissingError, RunningInflux, start_influx

Make = Callable[..., dict[str, Any]]
DAY = date(2026, 3, 1)


@pytest.fixture
def store(influx_settings: InfluxSettings) -> Iterator[InfluxStore]:
    opened = InfluxStore(influx_settings)
    yield opened
    opened.close()


@pytest.fixture
def server(influx_settings: InfluxSettings) -> Iterator[InfluxServer]:
    opened = InfluxServer(influx_settings)
    yield opened
    opened.close()


def test_the_point_of_a_mark_literally(make_mark: Make) -> None:
    mark = make_mark(0, event_id=str(uuid.UUID(int=7_000_123)), algorithm='a"b\\')
    assert event_line(mark, '{"a":"b\\""}') == (
        'event,patient=p-01,device=LM-1,kind=mark body="{\\"a\\":\\"b\\\\\\"\\"}" 1772355600000000123'
    )


def test_time_is_the_start_and_the_id(make_mark: Make) -> None:
    event_id = uuid.uuid5(uuid.NAMESPACE_URL, "x")
    line = event_line(make_mark(3, event_id=str(event_id)), "{}")
    assert int(line.rpartition(" ")[2]) == instant_ns(make_mark(3)["start"]) + event_id.int % 10**6


def test_events_of_one_kind_in_one_millisecond_do_not_overwrite_each_other(
    store: InfluxStore, make_mark: Make
) -> None:
    store.put(make_mark(number, start=make_mark(0)["start"]) for number in range(50))
    assert len(store.events("p-01")) == 50


def test_ids_make_no_series(
    store: InfluxStore, server: InfluxServer, make_minute: Make, make_mark: Make
) -> None:
    for patient in ("p-01", "p-02", "p-03"):
        store.put(make_minute(number, patient=patient) for number in range(100))
        store.put(make_mark(number, patient) for number in range(100))
        store.put([make_mark(1, patient, schema="lumbar.alert/1", kind="battery_low")])
    (rows,) = server.query(["SHOW SERIES"])
    assert len(rows) == 3 * 4 + 1, "of each patient minute, mark, alert, due; and the store's own"


def test_unreachable_is_said_and_passes(influx_settings: InfluxSettings, make_mark: Make) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        nowhere = replace(influx_settings, url=f"http://127.0.0.1:{probe.getsockname()[1]}")
    with (
        closing(InfluxStore(nowhere)) as store,
        pytest.raises(StoreError, match="cannot be reached") as caught,
    ):
        store.put([make_mark(1)])
    assert not isinstance(caught.value, UnstorableEventError)


def test_wrong_token_and_missing_bucket_say_what_to_do(
    influx_settings: InfluxSettings, make_mark: Make, tmp_path: Path
) -> None:
    stranger = replace(influx_settings, token="somebody else's")
    with (
        closing(InfluxStore(stranger)) as store,
        pytest.raises(StoreError, match="refuses our token") as caught,
    ):
        store.put([make_mark(1)])
    assert not isinstance(caught.value, UnstorableEventError)
    elsewhere = replace(influx_settings, bucket="there is none")
    with closing(InfluxServer(elsewhere)) as server, pytest.raises(StoreError, match="no such bucket"):
        server.write(['event,patient=p body="x" 1'])
    lost = replace(influx_settings, token_file=tmp_path / "lost")
    with closing(InfluxStore(lost)) as store, pytest.raises(StoreError, match="token cannot be read"):
        store.put([make_mark(1)])


def test_token_does_not_show(influx_settings: InfluxSettings) -> None:
    assert influx_settings.token
    assert influx_settings.token not in repr(influx_settings)


def test_numbers_at_odds_with_older_points_are_left_out(
    store: InfluxStore, server: InfluxServer, make_minute: Make
) -> None:
    """Another program wrote `steps` as whole numbers: the event is kept, only dashboards miss the field."""
    server.write(["minute,patient=p-01,device=LM-1 steps=1i 1772355600000000000"])
    store.put([make_minute(1, steps=7)])
    assert store.events("p-01", kinds=["minute"], start=make_minute(1)["start"]) == [make_minute(1, steps=7)]
    assert [day.steps for day in store.days("p-01", DAY, DAY)] == [7]


def test_before_there_were_strips_cannot_be_kept(store: InfluxStore, make_mark: Make) -> None:
    with pytest.raises(UnstorableEventError, match="before 12 January 1970"):
        store.put([make_mark(1, start="1969-12-31T23:59:59.000Z")])


def test_settled_days_are_what_days_read_in_between_are(
    store: InfluxStore, server: InfluxServer, make_minute: Make
) -> None:
    store.put(make_minute(number * 600, steps=number) for number in range(10))
    before = store.days("p-01", DAY, date(2026, 3, 9))
    assert store.settle() == 5
    assert store.settle() == 0
    assert store.days("p-01", DAY, date(2026, 3, 9)) == before
    (rows,) = server.query(["SELECT sum(steps) AS steps, sum(minutes) AS minutes FROM day GROUP BY patient"])
    assert [(row["patient"], row["steps"], row["minutes"]) for row in rows] == [("p-01", 45, 10)]
    store.put([make_minute(0, 1, steps=100)])
    assert store.settle() == 1
    assert store.days("p-01", DAY, DAY)[0].steps == before[0].steps + 100


def test_what_was_due_is_due_for_the_next_process(
    influx_settings: InfluxSettings, store: InfluxStore, make_minute: Make
) -> None:
    store.put([make_minute(0)])
    with closing(InfluxStore(influx_settings)) as other:
        assert [day.minutes for day in other.days("p-01", DAY, DAY)] == [1]
        assert other.settle() == 1


def test_what_a_killed_server_has_answered_is_there_when_it_comes_back(
    tmp_path: Path, make_minute: Make
) -> None:
    try:
        running = start_influx(tmp_path)
    except InfluxMissingError as error:
        pytest.skip(str(error))
    try:
        with closing(InfluxStore(running.settings("b"))) as store:
            store.put(make_minute(number) for number in range(300))
            running.kill()
            with pytest.raises(StoreError) as caught:
                store.put([make_minute(300)])
            assert not isinstance(caught.value, UnstorableEventError)
            running.start_again()
            store.put([make_minute(300)])
            assert len(store.events("p-01")) == 301
    finally:
        running.stop()


def test_the_rewriting_asks_for_the_token(influx: RunningInflux) -> None:
    with pytest.raises(urllib.error.HTTPError, match="401"):
        urllib.request.urlopen(f"{influx.url}/query?q=SHOW+DATABASES", timeout=5)
