"""The trend store in InfluxDB: how points are laid out stands in :mod:`analysis.trends.influx_lines`.

InfluxDB knows neither transactions nor "the highest revision". So what holds is decided when events are read
(:mod:`analysis.trends.resolution`), and the sums of a day are made anew some time after the day changed:
which days are due is written together with the events, so that no crash forgets it. Days read in between are
summed on the way. One program writes; it calls :meth:`InfluxStore.expire` from time to time, which sums what
is due.
"""

import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, date, datetime, time, timedelta
from threading import Lock
from typing import Any, Final
from urllib.parse import unquote
from zoneinfo import ZoneInfo

from analysis.trends.body import body_of, event_of
from analysis.trends.daily import COUNTED_KINDS, Day, Totals, day_of, local_day, numbers_of, totals_of
from analysis.trends.influx_days import WEEK, by_patient, date_of, text_of_ns, weeks
from analysis.trends.influx_lines import (
    MEASUREMENTS,
    TIMELESS_NS,
    day_line,
    day_ns,
    due_line,
    event_line,
    instant_ns,
    store_line,
    tag,
)
from analysis.trends.influx_server import InfluxServer, InfluxSettings
from analysis.trends.influx_span import MARGIN, Span, any_of, lots, utc_text_of
from analysis.trends.resolution import holding, kind_of, sample_of
from analysis.trends.store import KEEP_MINUTES_DAYS, UnstorableEventError
from analysis.trends.zone import zone_named

_ONE_DAY: Final = timedelta(days=1)
_BOOTS_AT_ONCE: Final = 20
_NAMED: Final = 5
"""The facts of so many patients are asked for by name [ours]; of more, everybody's are: that there are few
facts costs a server less than many names do."""
_NEVER_NS: Final = -(2**62)
_ALL: Final = (*MEASUREMENTS, "day", "due")


class InfluxStore:
    """A :class:`~analysis.trends.store.TrendStore` in InfluxDB 2.7, or 1.x behind its v2 write endpoint.

    Nothing is asked of the server before it is needed, so that it may come up later than we do.

    Parameters
    ----------
    settings
        Where the server is.
    timezone
        Where days begin and end. None: as the store says; a new one says UTC. Another one than the store's
        has all days summed anew.
    keep_minutes_days
        How long :meth:`expire` keeps minutes, days.
    """

    def __init__(
        self,
        settings: InfluxSettings,
        *,
        timezone: str | None = None,
        keep_minutes_days: float = KEEP_MINUTES_DAYS,
    ) -> None:
        self._server = InfluxServer(settings)
        self._wanted_zone = timezone
        self._zone: ZoneInfo | None = None
        self._since_ns = _NEVER_NS
        self._keep = timedelta(days=keep_minutes_days)
        self._lock = Lock()
        self._known_due: set[tuple[str, date]] = set()

    def put(self, events: Iterable[Mapping[str, Any]]) -> None:
        """See :meth:`TrendStore.put`; when it returns, the server has answered 204."""
        bodies = [(event, body_of(event)) for event in events]
        if not bodies:
            return
        with self._lock:
            self._get_ready(is_writer=True)
            kept = [pair for pair in bodies if not self._is_expired(pair[0])]
            due = {day for event, _ in kept for day in self._days_touched(event)} - self._known_due
            marks = [due_line(patient, day, is_due=True) for patient, day in sorted(due)]
            try:
                lines = [event_line(event, body) for event, body in kept]
            except ValueError as error:
                raise UnstorableEventError(f"an event that cannot be stored: {error}") from error
            try:
                self._server.write([*lines, *marks])
            except UnstorableEventError:
                if len(kept) > 1:
                    raise
                event, body = kept[0]
                self._server.write([event_line(event, body, with_numbers=False), *marks])
            self._known_due |= due

    def _get_ready(self, *, is_writer: bool) -> ZoneInfo:
        """Learn what the store says of itself, once, and change its time zone if another one is wanted."""
        if self._zone is not None:
            return self._zone
        known, since = self._facts()
        if since:
            self._since_ns = instant_ns(since)
        wanted = self._wanted_zone or known or "UTC"
        zone = zone_named(wanted)
        if is_writer:
            lines = [store_line("timezone", wanted)] if wanted != known else []
            if known not in (None, wanted):
                lines += self._everything_due(zone)
            if lines:
                self._server.write(lines)
            self._zone = zone
        return zone

    def _facts(self) -> tuple[str | None, str | None]:
        zone, since = self._server.query(
            ["SELECT last(timezone) AS value FROM store", "SELECT last(minutes_since) AS value FROM store"]
        )
        return (zone[0]["value"] if zone else None), (since[0]["value"] if since else None)

    def _everything_due(self, zone: ZoneInfo) -> list[str]:
        (rows,) = self._server.query(["SELECT patient, minutes FROM day"])
        days = {
            (unquote(row["patient"]), date_of(row["time"]) + step)
            for row in rows
            for step in (-_ONE_DAY, timedelta(), _ONE_DAY)
        }
        return [due_line(patient, day, is_due=True) for patient, day in days if not self._is_cut(day, zone)]

    def _is_expired(self, event: Mapping[str, Any]) -> bool:
        if kind_of(event) != "minute" or event["start"] is None:
            return False
        with suppress(ValueError):
            return instant_ns(event["start"]) < self._since_ns
        return False

    def _days_touched(self, event: Mapping[str, Any]) -> set[tuple[str, date]]:
        """Return the days whose sums may be others once `event` is there."""
        zone, kind = self._zone, kind_of(event)
        assert zone is not None
        if kind == "replace":
            return {(event["patient"], day) for day in self._days_replaced(event, zone)}
        if kind not in (*COUNTED_KINDS, "correction") or event["start"] is None:
            return set()
        try:
            start = datetime.fromisoformat(event["start"])
            end = datetime.fromisoformat(event["end"] or event["start"])
        except ValueError:
            return set()
        if kind in COUNTED_KINDS:
            end = start
        if kind not in COUNTED_KINDS or event.get("revision"):
            start, end = start - MARGIN, end + MARGIN
        first, last = start.astimezone(zone).date(), end.astimezone(zone).date()
        return {(event["patient"], first + n * _ONE_DAY) for n in range((last - first).days + 1)}

    def _days_replaced(self, record: Mapping[str, Any], zone: ZoneInfo) -> set[date]:
        """Return the days of what a ``lumbar.replace/1`` may withdraw."""
        where = (
            f"patient = '{tag(record['patient'])}' AND device = '{tag(record['device'])}'"
            f" AND time >= {TIMELESS_NS} AND boot = {record['boot']}"
            f" AND first_sample >= {record['first_sample']} AND first_sample <= {record['last_sample']}"
        )
        names = '"minute", "minute_long", "event", "event_long"'
        (rows,) = self._server.query([f"SELECT boot FROM {names} WHERE {where}"])
        return {datetime.fromtimestamp(row["time"] / 1e9, zone).date() for row in rows}

    def events(
        self,
        patient: str,
        *,
        kinds: Collection[str] | None = None,
        start: str | None = None,
        end: str | None = None,
    ) -> list[dict[str, Any]]:
        """See :meth:`TrendStore.events`."""
        wanted = None if kinds is None else set(kinds)
        try:
            span = Span(start, end)
        except ValueError:
            return []  # no event has such a time
        queries = list(span.queries([patient], wanted))
        found = self._read(queries) if queries else []
        held = [event for event in holding(found, self._replacing(patient, found)) if span.holds(event)]
        return sorted(map(dict, held), key=lambda event: (event["start"] or "", event["event_id"]))

    def rows(self, patient: str, kind: str, names: Sequence[str], *, start: str, end: str) -> list[list[Any]]:
        """See :meth:`TrendStore.rows`; the server knows nothing of what is in a body."""
        found = self.events(patient, kinds={kind}, start=start, end=end)
        return [[event.get(name) for name in names] for event in found]

    def facts_of(
        self, patients: Collection[str], kinds: Collection[str], *, start: str | None = None
    ) -> dict[str, list[dict[str, Any]]]:
        """See :meth:`TrendStore.facts_of`; one question for all patients together."""
        found: dict[str, list[dict[str, Any]]] = {patient: [] for patient in patients}
        if not found:
            return found
        span = Span(start, None)
        named = found if len(found) <= _NAMED else ()
        read = self._read(list(span.queries(named, set(kinds))))
        for event in holding(event for event in read if event["patient"] in found):
            if span.holds(event):
                found[event["patient"]].append(dict(event))
        for events in found.values():
            events.sort(key=lambda event: (event["start"] or "", event["event_id"]))
        return found

    def _replacing(self, patient: str, events: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
        """Return what may replace any of these events of a patient; it speaks of samples, not of times."""
        boots = {sample[0] for sample in map(sample_of, events) if sample is not None}
        if not boots:
            return []
        where = f"patient = '{tag(patient)}' AND kind = 'replace'"
        if len(boots) <= _BOOTS_AT_ONCE:
            where += f" AND ({' OR '.join(f'boot = {boot}' for boot in sorted(boots))})"
        return self._read([f'SELECT body, boot FROM "event", "event_long" WHERE {where}'])

    def _read(self, queries: list[str]) -> list[dict[str, Any]]:
        return [event_of(row["body"]) for rows in self._server.query(queries) for row in rows]

    def patients(self) -> list[str]:
        """See :meth:`TrendStore.patients`."""
        return self._values("patient")

    def devices(self, patient: str) -> list[str]:
        """See :meth:`TrendStore.devices`."""
        return self._values("device", f" WHERE patient = '{tag(patient)}'")

    def _values(self, name: str, where: str = "") -> list[str]:
        """Return a tag's values by looking at points: indexes remember what was deleted."""
        measurements = ", ".join(f'"{measurement}"' for measurement in MEASUREMENTS)
        (rows,) = self._server.query([f"SELECT last(body) FROM {measurements}{where} GROUP BY {name}"])
        return sorted({unquote(row[name]) for row in rows})

    def days(self, patient: str, first: date, last: date) -> list[Day]:
        """See :meth:`TrendStore.days`."""
        return self.days_of([patient], first, last)[patient]

    def days_of(self, patients: Collection[str], first: date, last: date) -> dict[str, list[Day]]:
        """See :meth:`TrendStore.days_of`; two questions for all patients together."""
        zone = self._get_ready(is_writer=False)
        totals: dict[str, dict[date, Mapping[str, int]]] = {patient: {} for patient in patients}
        for some in lots(totals):
            within = f"{any_of(some)} AND time >= {day_ns(first)} AND time <= {day_ns(last)}"
            kept, due = self._server.query(
                [
                    f"SELECT patient, body FROM day WHERE {within}",
                    f"SELECT patient, due FROM due WHERE {within} AND due = 1",
                ]
            )
            for row in kept:
                totals[unquote(row["patient"])][date_of(row["time"])] = event_of(row["body"])
            for patient, days in by_patient(due).items():
                for week in weeks(days):
                    totals[patient].update(self._summed(patient, week, zone))
        return {
            patient: [day_of(day, of_days[day]) for day in sorted(of_days) if any(of_days[day].values())]
            for patient, of_days in totals.items()
        }

    def _summed(self, patient: str, days: list[date], zone: ZoneInfo) -> dict[date, Totals]:
        """Return the sums of some days of one week, made from the events; not of days that are cut."""
        wanted = [day for day in days if not self._is_cut(day, zone)]
        if not wanted:
            return {}
        midnight = datetime.combine(wanted[0], time(), zone)
        following = datetime.combine(wanted[-1] + _ONE_DAY, time(), zone)
        events = self.events(
            patient,
            kinds={*COUNTED_KINDS, "correction"},
            start=utc_text_of(midnight),
            end=utc_text_of(following),
        )
        corrections = [event for event in events if kind_of(event) == "correction"]
        by_day: dict[date | None, list[dict[str, Any]]] = {day: [] for day in wanted}
        for event in events:
            by_day.get(local_day(event["start"], zone), []).append(event)
        return {day: totals_of(by_day[day], corrections) for day in wanted}

    def _is_cut(self, day: date, zone: ZoneInfo) -> bool:
        """Return whether minutes of the day are gone already, so that its sums must stay as they are."""
        return datetime.combine(day, time(), zone).timestamp() * 1e9 < self._since_ns

    def settle(self) -> int:
        """Sum the days that are due, each for itself, and return how many that were."""
        with self._lock:
            zone = self._get_ready(is_writer=True)
        (rows,) = self._server.query(["SELECT patient, due FROM due WHERE due = 1"])
        for patient, days in by_patient(rows).items():
            for week in weeks(days):
                self._settle(patient, week, zone)
        return len(rows)

    def _settle(self, patient: str, days: list[date], zone: ZoneInfo) -> None:
        with self._lock:  # or an event that comes in between would be forgotten
            lines = [due_line(patient, day, is_due=False) for day in days]
            for day, totals in self._summed(patient, days, zone).items():
                lines.append(day_line(patient, day, numbers_of(day_of(day, totals)), json.dumps(totals)))
            self._server.write(lines)
            self._known_due -= {(patient, day) for day in days}

    def export(self, patient: str) -> Iterator[dict[str, Any]]:
        """See :meth:`TrendStore.export`; read week by week."""
        where = f"patient = '{tag(patient)}'"
        (kinds,) = self._server.query(
            [f'SHOW TAG VALUES FROM "event", "event_long" WITH KEY = kind WHERE {where}']
        )
        for kind in sorted({unquote(row["value"]) for row in kinds} | {"minute", "status"}):
            yield from self._exported(patient, kind, where)

    def _exported(self, patient: str, kind: str, where: str) -> Iterator[dict[str, Any]]:
        if kind == "status":
            yield from self.events(patient, kinds={kind})
            return
        name = "minute" if kind == "minute" else "event"
        where += "" if kind == "minute" else f" AND kind = '{tag(kind)}'"
        ends = self._server.query(
            [
                f'SELECT {end}(body) FROM "{measurement}" WHERE {where} AND time >= {TIMELESS_NS}'
                for measurement in (name, f"{name}_long")
                for end in ("first", "last")
            ]
        )
        times = [row["time"] for rows in ends for row in rows]
        yield from (event for event in self._timeless(patient, kind))
        if not times:
            return
        since = datetime.fromtimestamp(min(times) // 10**9, UTC)
        while since.timestamp() * 1e9 <= max(times):
            until = since + WEEK
            window = utc_text_of(since), utc_text_of(until)
            for event in self.events(patient, kinds={kind}, start=window[0], end=window[1]):
                if window[0] <= event["start"] < window[1]:
                    yield event
            since = until

    def _timeless(self, patient: str, kind: str) -> list[dict[str, Any]]:
        span = Span(None, None)
        found = self._read(list(span.queries([patient], {kind}, f" AND time < {TIMELESS_NS}")))
        held = holding(found, self._replacing(patient, found))
        return [dict(event) for event in held if event["start"] is None and kind_of(event) == kind]

    def erase(self, patient: str) -> int:
        """See :meth:`TrendStore.erase`."""
        where = f"patient = '{tag(patient)}'"
        counts = self._server.query(
            [f'SELECT count(body) FROM "{name}" WHERE {where}' for name in MEASUREMENTS]
        )
        with self._lock:
            self._server.delete(_ALL, patient_tag=tag(patient), before_ns=None)
            self._known_due = {due for due in self._known_due if due[0] != patient}
        return int(sum(row["count"] for rows in counts for row in rows))

    def expire(self, now: str) -> int:
        """See :meth:`TrendStore.expire`; before it sums the days that are due."""
        self.settle()
        horizon = datetime.fromisoformat(now) - self._keep
        before_ns = max(instant_ns(utc_text_of(horizon)), self._since_ns)
        names = ("minute", "minute_long")
        counts = self._server.query(
            [
                f'SELECT count(body) FROM "{name}" WHERE time >= {TIMELESS_NS} AND time < {before_ns}'
                for name in names
            ]
        )
        count: int = sum(row["count"] for rows in counts for row in rows)
        if count:
            with self._lock:
                self._server.write([store_line("minutes_since", text_of_ns(before_ns))])
                self._since_ns = before_ns
                self._server.delete(names, patient_tag=None, before_ns=before_ns)
        return count

    def check(self) -> str:
        """Return the server's version, after it has shown that it lets us read."""
        self._facts()
        return self._server.version()

    def close(self) -> None:
        """See :meth:`TrendStore.close`."""
        self._server.close()
