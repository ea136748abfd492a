"""How soon the pages answer, with a year of a hundred patients in the store: ``make pages``.

    python -m tests.page_times --store sqlite
    python -m tests.page_times --store influx --patients 20       # a quicker look

The clinic's application and the patient's pages as they run, asked over HTTP one page after the other. Every
patient has a year of days; so that it can be filled in minutes, most have one minute of each day, and one has
all of the last four weeks (and a minute of each hour before), which is who is looked at: what the list and
the trends read are sums of days, as many as ever. The list is asked as it is kept, and read anew. Beside the
clock stands the CPU of server and asker together: what remains on a computer that has nothing else to do.
"""

import argparse
import gc
import socket
import statistics
import tempfile
import threading
import time
import zoneinfo
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from datetime import timedelta
from itertools import chain, islice
from pathlib import Path
from typing import Any, Final, NamedTuple

import uvicorn
from fastapi import FastAPI

from analysis.review.clinic.access import Access
from analysis.review.clinic.desk import Desk
from analysis.review.clinic.lately import Lately
from analysis.review.clinic.passwords import hashed
from analysis.review.clinic.register import Account, Patient, Register
from analysis.review.clinic.web import review_app
from analysis.review.home.routes import home_routes
from analysis.trends.influx import InfluxStore
from analysis.trends.sqlite import SqliteStore
from analysis.trends.store import TrendStore
from gateway.ledger import Ledger
from gateway.present import Present
from tests.analysis.review.clinic.conftest import PASSWORD, Browser
from tests.clinic_month import START, events_of
from tests.influx import start_influx

WANTED_MS: Final = 200.0
"""Median (the promise of the pages)."""
WANTED_REPORT_MS: Final = 3000.0
"""A report that is made anew."""
_DAYS: Final = 365
_DENSE_DAYS: Final = 28
_TIMES: Final = 9
_SEEN: Final = "p-000"
_BATCH: Final = 5000
NOW = START + timedelta(days=_DAYS - 1, hours=20)


def filled(store: TrendStore, patients: int) -> int:
    """Put a year of `patients` into the store; returns how many events that were."""
    count = 0
    dense = START + timedelta(days=_DAYS - _DENSE_DAYS)
    years: list[Iterator[dict[str, Any]]] = [
        events_of(_SEEN, _DAYS - _DENSE_DAYS, every_min=60),
        events_of(_SEEN, _DENSE_DAYS, start=dense),
        *(events_of(f"p-{number:03}", _DAYS, every_min=840) for number in range(1, patients)),
    ]
    for events in years:
        while batch := list(islice(events, _BATCH)):
            store.put(batch)
            count += len(batch)
    store.expire(f"{NOW:%Y-%m-%dT%H:%M:%S.000Z}")  # the recorder's upkeep, which also sums up the days
    return count


@contextmanager
def serving(app: FastAPI) -> Iterator[int]:
    """Serve an application on a free port of this computer."""
    with closing(socket.socket()) as listener:
        listener.bind(("127.0.0.1", 0))
        server = uvicorn.Server(uvicorn.Config(app, log_level="error", timeout_graceful_shutdown=1))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        try:
            while not server.started:
                time.sleep(0.01)
            yield listener.getsockname()[1]
        finally:
            server.should_exit = True
            thread.join(10)


class Times(NamedTuple):
    """How long a page took, ms: by the clock in the middle, at the most, and of CPU in the middle."""

    median_ms: float
    longest_ms: float
    cpu_ms: float


def timed(
    browser: Browser, path: str, before: Callable[[], object] = lambda: None, times: int = _TIMES
) -> Times:
    """Return how long a page takes to be answered."""
    took_ms, cpu_ms = [], []
    for _ in range(times):
        before()
        begun_s, busy_s = time.perf_counter(), time.process_time()
        answer = browser.get(path)
        took_ms.append(1000.0 * (time.perf_counter() - begun_s))
        cpu_ms.append(1000.0 * (time.process_time() - busy_s))
        assert answer.status == 200, (path, answer.status, answer.text[:200])
    return Times(statistics.median(took_ms), max(took_ms), statistics.median(cpu_ms))


def clinic_times(store: TrendStore, patients: int, folder: Path) -> Iterator[tuple[str, Times]]:
    """Yield how long each of the therapist's pages takes."""
    clock_s = [0.0]

    def now_s() -> float:
        return clock_s[0]

    with closing(Register(folder / "review.sqlite")) as register:
        secret = hashed(PASSWORD)
        register.add_account(Account("mayer", "Anna Mayer", "therapist", secret, None, is_open=True))
        for number in range(patients):
            register.add_patient(Patient(f"p-{number:03}", f"Patient {number:03}", "mayer", "UTC"))
        lately = Lately(store, now_s)
        now = [NOW]
        desk = Desk(register, Access(register, now_s), store, lately, None, lambda: now[0])
        with serving(review_app(desk, ("127.0.0.1", "localhost"))) as port:
            browser = Browser(port).log_in("mayer")
            day = NOW.date() - timedelta(days=3)
            first = f"/patients/{_SEEN}/days/{day}"
            yield "list, the first time", timed(browser, "/", times=1)

            def a_while() -> None:
                clock_s[0] += 90.0

            yield "list, looked at every minute and a half", timed(browser, "/", a_while)
            yield "list, kept", timed(browser, "/")
            yield "patient, weeks", timed(browser, f"/patients/{_SEEN}")
            yield "patient, months", timed(browser, f"/patients/{_SEEN}?span=months")
            yield "patient, a day", timed(browser, first)
            bend = browser.get(first).text.partition(f"{first}/bends/")[2].partition('"')[0]
            yield "patient, a bend", timed(browser, f"{first}/bends/{bend}")
            yield "patient, settings", timed(browser, f"/patients/{_SEEN}/settings")
            report = f"/patients/{_SEEN}/report"

            def anew() -> None:
                now[0] += timedelta(minutes=2)  # what was read is kept for a minute

            yield "report, preview of four weeks, kept", timed(browser, report)
            yield "report, preview of four weeks, anew", timed(browser, report, anew, times=3)
            yield "report, as HTML, anew", timed(browser, f"{report}.html", anew, times=3)


def home_times(store: TrendStore) -> Iterator[tuple[str, Times]]:
    """Yield how long each of the patient's pages takes, at home with one patient's year."""
    app = FastAPI()
    present = Present(Ledger(store))
    zone = zoneinfo.ZoneInfo("UTC")
    app.include_router(home_routes(store, _SEEN, zone, now=lambda: NOW, live=present))
    with serving(app) as port:
        for name in ("", "practice", "calibrate", "log", "check", "sharing", "guide"):
            yield f"home, {name or 'today'}", timed(Browser(port), f"/{name}")
        yield "home, a day before", timed(Browser(port), f"/?day={NOW.date() - timedelta(days=3)}")


def main() -> None:
    """Measure from the command line; the exit status says whether every median is as wanted."""
    options = argparse.ArgumentParser()
    options.add_argument("--store", choices=["sqlite", "influx"], default="sqlite")
    options.add_argument("--patients", type=int, default=100)
    chosen = options.parse_args()
    slow = []
    gc.freeze()  # as the service does
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        store: TrendStore
        if chosen.store == "influx":
            (folder / "influx").mkdir()
            influx = start_influx(folder / "influx")
            stack.callback(influx.stop)
            store = InfluxStore(influx.settings("pages"))
        else:
            store = SqliteStore(folder / "pages.sqlite")
        stack.enter_context(closing(store))
        begun_s = time.monotonic()
        count = filled(store, chosen.patients)
        took_s = time.monotonic() - begun_s
        print(
            f"{chosen.store}: {count} events of {chosen.patients} patients, put in {took_s:.0f} s", flush=True
        )
        homes = home_times(store) if chosen.store == "sqlite" else iter(())  # a home has no other store
        for name, took in chain(clinic_times(store, chosen.patients, folder), homes):
            middle, longest, cpu = took
            print(f"{name:40} {middle:6.0f} ms, at most {longest:6.0f}, CPU {cpu:4.0f}", flush=True)
            if middle > (WANTED_REPORT_MS if name.startswith("report") else WANTED_MS):
                slow.append(name)
    if slow:
        raise SystemExit(f"slower than wanted: {', '.join(slow)}")


if __name__ == "__main__":
    main()
