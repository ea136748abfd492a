"""What a new clinic gets, and that what is there is left alone."""

import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from gateway.clinic.certificates import days_left
from gateway.clinic.folder import ClinicError, ClinicFolder
from gateway.config import RecorderConfig, ReviewConfig, load_config

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


def _prepared(folder: Path, *, in_compose: bool = True) -> ClinicFolder:
    clinic = ClinicFolder(folder)
    clinic.prepare(["broker.example", "192.0.2.7"], "Europe/Vienna", NOW, in_compose=in_compose)
    return clinic


def test_secrets_are_many_and_nobody_else_s(tmp_path: Path) -> None:
    clinic = _prepared(tmp_path / "c")
    secrets = list((tmp_path / "c" / "secrets").iterdir())
    assert {path.name for path in secrets} == {
        "ca.key",
        "grafana-password",
        "influxdb-password",
        "influxdb-token",
        "operator-password",
        "recorder-password",
        "review-password",
    }
    assert len({path.read_text() for path in secrets}) == len(secrets)
    private = [*secrets, tmp_path / "c" / "tls" / "server.key", tmp_path / "c" / "mosquitto" / "passwords"]
    assert [path.name for path in private if path.stat().st_mode & 0o077] == []
    assert clinic.passwords.names() == ["recorder", "review", "operator"]
    password = clinic.secret("recorder-password").read_text().strip()
    assert password not in (tmp_path / "c" / "mosquitto" / "passwords").read_text()


def test_again_nothing_changes(tmp_path: Path) -> None:
    clinic = _prepared(tmp_path)
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    assert clinic.prepare(["other.example"], "UTC", NOW, in_compose=True) == []
    assert {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()} == before


@pytest.mark.parametrize("in_compose", [True, False])
def test_the_recorder_s_settings_are_right(tmp_path: Path, in_compose: bool) -> None:
    _prepared(tmp_path, in_compose=in_compose)
    config = load_config(tmp_path / "recorder.toml", RecorderConfig)
    assert config.mqtt.host == ("mosquitto" if in_compose else "localhost")
    assert config.mqtt.password_file is not None
    assert config.mqtt.password_file.exists()
    assert (config.store.influxdb is not None) == in_compose
    assert config.store.timezone == "Europe/Vienna"
    assert config.metrics is not None


@pytest.mark.parametrize("in_compose", [True, False])
def test_the_pages_settings_are_right(tmp_path: Path, in_compose: bool) -> None:
    _prepared(tmp_path, in_compose=in_compose)
    config = load_config(tmp_path / "review.toml", ReviewConfig)
    recorder = load_config(tmp_path / "recorder.toml", RecorderConfig)
    assert config.mqtt is not None
    assert config.mqtt.username == "review"
    assert (config.store.influxdb, config.store.path) == (recorder.store.influxdb, recorder.store.path)
    assert config.web.names == ("broker.example", "192.0.2.7")
    assert config.web.certificate_file == tmp_path / "tls" / "server.crt"


def test_certificates_are_from_the_authority_and_for_the_hosts(tmp_path: Path) -> None:
    clinic = _prepared(tmp_path)
    context = ssl.create_default_context(cafile=clinic.authority)
    assert len(context.get_ca_certs()) == 1
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(tmp_path / "tls" / "server.crt", tmp_path / "tls" / "server.key")
    text = (tmp_path / "tls" / "server.crt").read_bytes()
    assert 799 < days_left(tmp_path / "tls" / "server.crt", NOW) <= 800
    authority = clinic.authority.read_bytes()
    clinic.certify(["broker.example"], NOW + timedelta(days=700))
    assert (tmp_path / "tls" / "server.crt").read_bytes() != text
    assert days_left(tmp_path / "tls" / "server.crt", NOW) > 1400
    assert clinic.authority.read_bytes() == authority, "homes go on trusting the same one"


@pytest.mark.parametrize(("host", "zone"), [("broker example", "UTC"), ("", "UTC"), ("b.example", "Vienna")])
def test_what_cannot_be_is_said_before_anything_is_made(tmp_path: Path, host: str, zone: str) -> None:
    with pytest.raises(ClinicError):
        ClinicFolder(tmp_path / "c").prepare([host], zone, NOW, in_compose=True)
    assert not (tmp_path / "c").exists()


def test_a_folder_that_is_none(tmp_path: Path) -> None:
    with pytest.raises(ClinicError, match="make it with: lumbar clinic init"):
        _ = ClinicFolder(tmp_path).host
