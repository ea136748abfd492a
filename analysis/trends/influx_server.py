"""What the trend store asks of an InfluxDB server: write and know that it is written, query, delete.

Writes are synchronous: :meth:`InfluxServer.write` returns after the server's 204 and not before, because
only then may an event be acknowledged. Reading is InfluxQL over ``/query``, which 1.x serves and, for a
bucket, 2.5 and later. Deleting is InfluxQL on 1.x and the delete API on 2.x.
"""

import json
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, TypeVar

from influxdb_client.client.influxdb_client import InfluxDBClient
from influxdb_client.client.write_api import SYNCHRONOUS
from influxdb_client.rest import ApiException
from pydantic_core import from_json
from urllib3.exceptions import HTTPError

from analysis.trends.influx_lines import TIMELESS_NS
from analysis.trends.store import StoreError, UnstorableEventError

_TIMEOUT_MS: Final = 30_000
_FIRST: Final = "1970-01-01T00:00:00Z"
_LAST: Final = "2262-01-01T00:00:00Z"
_INTERRUPTED: Final = "not executed"
"""What 1.x says, without fault of ours, now and then to the first query of a new database."""
_QUERY_ATTEMPTS: Final = 5
_NEVER: Final = frozenset({400, 413, 422})
"""Answers to a write that the same write will get again: malformed, too long, at odds with a field's type."""
_MAX_REASON_CHARS: Final = 300


@dataclass(frozen=True, slots=True)
class InfluxSettings:
    """Where the server is, and as whom we come.

    Parameters
    ----------
    url
        As ``http://influxdb:8086``.
    organisation, bucket
        Where in it; on 1.x the bucket is the database.
    token
        The token itself, from the environment; or None.
    token_file
        File whose first line is the token; or None.
    """

    url: str
    organisation: str
    bucket: str
    token: str | None = field(default=None, repr=False)
    token_file: Path | None = None

    def secret(self) -> str:
        """Return the token, "" for none.

        Raises
        ------
        StoreError
            If its file cannot be read.
        """
        if self.token_file is None:
            return self.token or ""
        try:
            return self.token_file.read_text(encoding="utf-8").partition("\n")[0].strip()
        except (OSError, UnicodeDecodeError) as error:
            raise StoreError(f"the file of InfluxDB's token cannot be read: {error}") from error


Row = dict[str, Any]
T = TypeVar("T")


class InfluxServer:
    """One server and bucket; safe to use from several threads. Every method raises StoreError."""

    def __init__(self, settings: InfluxSettings) -> None:
        self._settings = settings
        self._client: InfluxDBClient | None = None
        self._is_closed = False
        self._version: str | None = None

    def _connected(self) -> InfluxDBClient:
        if self._is_closed:
            raise StoreError("the trend store was closed")
        if self._client is None:
            settings = self._settings
            self._client = InfluxDBClient(
                settings.url, settings.secret(), org=settings.organisation, timeout=_TIMEOUT_MS
            )
        return self._client

    def write(self, lines: Iterable[str]) -> None:
        """Write points; when this returns the server has them on disk.

        Raises
        ------
        UnstorableEventError
            If the server takes one of them for wrong; others may have been written.
        """
        client = self._connected()
        body = "\n".join(lines)

        def send() -> None:
            api = client.write_api(write_options=SYNCHRONOUS)
            api.write(self._settings.bucket, self._settings.organisation, body.encode())

        self._try(send)

    def query(self, statements: Sequence[str]) -> list[list[Row]]:
        """Return the rows of each statement of InfluxQL, times in ns since 1970, tags among the columns."""
        client = self._connected()
        parameters = [("db", self._settings.bucket), ("q", "; ".join(statements)), ("epoch", "ns")]

        def ask() -> bytes:
            return bytes(self._call(client, "GET", "/query", query_params=parameters).data)

        results: list[dict[str, Any]] = []
        for _ in range(_QUERY_ATTEMPTS):
            results = from_json(self._try(ask)).get("results", [])
            if not any(result.get("error") == _INTERRUPTED for result in results):
                break
        found: list[list[Row]] = [[] for _ in statements]
        for result in results:
            if "error" in result:
                raise StoreError(f"{self}: {result['error'][:_MAX_REASON_CHARS]}")
            for series in result.get("series", []):
                columns, tags = series["columns"], series.get("tags", {})
                found[result["statement_id"]] += [
                    tags | dict(zip(columns, values, strict=True)) for values in series["values"]
                ]
        return found

    def delete(self, measurements: Sequence[str], *, patient_tag: str | None, before_ns: int | None) -> None:
        """Delete a patient's points (None: everybody's): all, or those with a time before `before_ns`."""
        by = self._delete_by_query if self.version().startswith("1.") else self._delete_by_api
        for name in measurements:
            by(name, patient_tag, before_ns)

    def _delete_by_query(self, name: str, patient_tag: str | None, before_ns: int | None) -> None:
        client = self._connected()
        conditions = [] if patient_tag is None else [f"patient = '{patient_tag}'"]
        conditions += [] if before_ns is None else [f"time >= {TIMELESS_NS} AND time < {before_ns}"]
        verb = "DROP SERIES" if before_ns is None else "DELETE"
        statement = f'{verb} FROM "{name}" WHERE {" AND ".join(conditions)}'
        parameters = [("db", self._settings.bucket), ("q", statement)]
        self._try(lambda: self._call(client, "POST", "/query", query_params=parameters))

    def _delete_by_api(self, name: str, patient_tag: str | None, before_ns: int | None) -> None:
        api = self._connected().delete_api()
        start, stop = (_FIRST, _LAST) if before_ns is None else (_rfc3339(TIMELESS_NS), _rfc3339(before_ns))
        predicate = f'_measurement="{name}"'
        predicate += "" if patient_tag is None else f' AND patient="{patient_tag}"'
        bucket, organisation = self._settings.bucket, self._settings.organisation
        self._try(lambda: api.delete(start, stop, predicate, bucket, organisation))

    def version(self) -> str:
        """Return the server's version, as ``1.6.7`` or ``2.7.12``."""
        if self._version is None:
            client = self._connected()
            response = self._try(lambda: self._call(client, "GET", "/ping"))
            self._version = str(response.headers.get("X-Influxdb-Version", "")).removeprefix("v")
        return self._version

    def close(self) -> None:
        """Close the connections."""
        self._is_closed = True
        if self._client is not None:
            with suppress(Exception):
                self._client.close()  # type: ignore[no-untyped-call]  # not annotated there
            self._client = None

    def __str__(self) -> str:
        return f"InfluxDB at {self._settings.url}, bucket {self._settings.bucket}"

    @staticmethod
    def _call(client: InfluxDBClient, method: str, path: str, **options: Any) -> Any:
        return client.api_client.call_api(  # type: ignore[no-untyped-call]  # not annotated there
            path,
            method,
            header_params={"Accept": "application/json"},
            _preload_content=False,
            _return_http_data_only=True,
            **options,
        )

    def _try(self, action: Callable[[], T]) -> T:
        try:
            return action()
        except ApiException as error:
            reason = f"{self}: {_reason(error)}"
            if error.status in _NEVER:
                raise UnstorableEventError(reason) from error
            raise StoreError(reason) from error
        except (HTTPError, OSError) as error:
            raise StoreError(f"{self} cannot be reached: {_short(error)}") from error


def _rfc3339(ns: int) -> str:
    return datetime.fromtimestamp(ns / 1e9, UTC).isoformat()


def _reason(error: ApiException) -> str:
    said = _said(error)
    match error.status:
        case 401 | 403:
            return f"refuses our token ({said}); give it one that may read and write the bucket"
        case 404:
            return f"knows no such bucket or organisation ({said}); make it, or correct the settings"
        case _:
            return f"answers {error.status}: {said}"


def _said(error: ApiException) -> str:
    body = error.body if isinstance(error.body, str) else bytes(error.body or b"").decode(errors="replace")
    try:
        said = json.loads(body)
        return str(said.get("error") or said.get("message") or body)[:_MAX_REASON_CHARS]
    except (ValueError, AttributeError):
        return (body.strip() or str(error.reason))[:_MAX_REASON_CHARS]


def _short(error: Exception) -> str:
    return str(getattr(error, "reason", error)).rpartition(": ")[2][:_MAX_REASON_CHARS]
