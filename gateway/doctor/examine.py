"""The whole examination: of this computer, of a home, or of a service of a clinic, as the settings are."""

import tomllib
import urllib.request
from pathlib import Path

from analysis.trends.broker import Broker
from gateway.config import (
    ConfigError,
    GatewayConfig,
    MetricsConfig,
    RecorderConfig,
    ReviewConfig,
    load_config,
)
from gateway.doctor.bluetooth import bluetooth
from gateway.doctor.broker import broker_steps, home_role, recorder_role, review_role
from gateway.doctor.computer import clock, disk, secrets, versions
from gateway.doctor.finding import Finding, fault, not_checked, ok, warning
from gateway.doctor.stores import influx_store, outbox, poison, sqlite_store

_PATIENCE_S = 5.0
_LATE_S = 600.0
"""A home sends a minute's summary each minute; ten minutes late is worth a look [ours]."""


def examine(config: Path | None) -> list[Finding]:
    """Look at everything that the settings in `config` need; without settings at this computer alone."""
    findings = [versions(), clock()]
    if config is None:
        return [*findings, bluetooth(None), disk(Path.home())]
    try:
        settings = _load(config)
    except ConfigError as error:
        return [
            *findings,
            fault("settings", str(error), "correct the file; the README shows what it may hold"),
        ]
    findings.append(ok("settings", f"{config} is right"))
    if isinstance(settings, GatewayConfig):
        return findings + _home(settings)
    if isinstance(settings, ReviewConfig):
        return findings + _review(settings)
    return findings + _clinic(settings)


def _load(path: Path) -> GatewayConfig | RecorderConfig | ReviewConfig:
    try:
        sections = set(tomllib.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError):
        sections = {"patient"}  # and load_config says what is amiss
    if "patient" in sections:
        return load_config(path, GatewayConfig)
    if sections & {"register_file", "web"}:
        return load_config(path, ReviewConfig)
    return load_config(path, RecorderConfig)


def _home(settings: GatewayConfig) -> list[Finding]:
    folder = settings.storage.folder
    findings = [
        bluetooth(settings.bluetooth.virtual_radio),
        disk(folder),
        sqlite_store(folder / "home.sqlite"),
    ]
    broker = settings.mqtt.clinic
    if broker is None:
        return [
            *findings,
            not_checked("broker-reachable", "no clinic in the settings; the home is complete without"),
        ]
    findings.append(secrets([broker.password_file]))
    findings.append(outbox(folder / "outbox.sqlite"))
    return findings + broker_steps(Broker(**dict(broker)), home_role(settings.patient.id))


def _clinic(settings: RecorderConfig) -> list[Finding]:
    store = settings.store
    token = store.influxdb.token_file if store.influxdb else None
    findings = [
        secrets([settings.mqtt.password_file, token]),
        disk(store.path.parent),
        influx_store(store.influxdb) if store.influxdb else sqlite_store(store.path),
        poison(settings.poison_file or store.path.with_suffix(".poison.jsonl")),
    ]
    if settings.metrics is not None:
        findings.append(recorder(settings.metrics))
    return findings + broker_steps(Broker(**dict(settings.mqtt)), recorder_role())


def _review(settings: ReviewConfig) -> list[Finding]:
    store, mqtt = settings.store, settings.mqtt
    token = store.influxdb.token_file if store.influxdb else None
    findings = [
        secrets([mqtt.password_file if mqtt else None, token, settings.web.key_file]),
        disk(settings.register_file.parent),
        influx_store(store.influxdb) if store.influxdb else sqlite_store(store.path),
    ]
    if mqtt is None:
        return [*findings, not_checked("broker-reachable", "no broker in the settings: no settings are sent")]
    return findings + broker_steps(Broker(**dict(mqtt)), review_role())


def recorder(metrics: MetricsConfig) -> Finding:
    """Ask the running recorder how it is."""
    host = "127.0.0.1" if metrics.host == "0.0.0.0" else metrics.host  # noqa: S104 - not bound, asked
    url = f"http://{host}:{metrics.port}/metrics"
    try:
        with urllib.request.urlopen(url, timeout=_PATIENCE_S) as answer:
            lines = answer.read().decode().splitlines()
    except OSError:
        return fault("recorder", f"nothing answers at {url}", "start it: systemctl start lumbar-recorder")
    values = {
        name: float(value) for name, _, value in (line.rpartition(" ") for line in lines if line[:1] != "#")
    }
    if not values.get("lumbar_recorder_connected"):
        return fault("recorder", "runs, but is not recording", "its log says what it waits for")
    silent_s = values.get("lumbar_recorder_silent_seconds")
    if silent_s is not None and silent_s > _LATE_S:
        advice = "do homes send? Look at the dashboard of operations, and at one home with lumbar doctor"
        return warning("recorder", f"records, but stored nothing for {silent_s / 60:.0f} min", advice)
    stored = values.get('lumbar_recorder_messages_total{result="stored"}', 0)
    return ok("recorder", f"records; {stored:.0f} events since its start")
