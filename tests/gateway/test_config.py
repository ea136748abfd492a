"""Settings: sensible defaults, and each mistake named with file, section and setting."""

from pathlib import Path
from typing import Any

import pytest

from gateway.config import ConfigError, GatewayConfig, RecorderConfig, is_exposed, load_config, parse_config


def write(folder: Path, text: str) -> Path:
    path = folder / "lumbar.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_one_line_is_enough_for_a_home(tmp_path: Path) -> None:
    config = load_config(write(tmp_path, 'patient.id = "p-17"\n'), GatewayConfig)
    assert config.patient.id == "p-17"
    assert config.bluetooth.virtual_radio is None
    assert config.mqtt.clinic is None
    assert (config.care.nudge_min, config.care.alert_min) == (30.0, 45.0)
    assert config.storage.folder.is_absolute()


def test_everything_can_be_set(tmp_path: Path) -> None:
    text = """
        [patient]
        id = "p-17"
        timezone = "Europe/Vienna"
        [strip]
        serial = "LM-000001"
        [bluetooth]
        virtual_radio = "tcp-client:127.0.0.1:9702"
        [calibration]
        mode = "aligned"
        [care]
        nudge_min = 20
        alert_min = 40
        [storage]
        folder = "~/lumbar"
        [pages]
        port = 9000
        [mqtt.clinic]
        host = "broker.example"
        port = 8883
        username = "p-17"
        password_file = "/etc/lumbar/password"
        ca_file = "/etc/lumbar/ca.pem"
    """
    config = load_config(write(tmp_path, text), GatewayConfig)
    assert config.mqtt.clinic is not None
    assert config.mqtt.clinic.port == 8883
    assert config.storage.folder == Path.home() / "lumbar"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", r"\[patient\] is missing"),
        ("[patient]\n", r"\[patient\] id is missing"),
        (
            '[patient]\nid = "Jane Doe"\n',
            r"\[patient\] id should be a pseudonym such as p-17, never a name",
        ),
        (
            '[patient]\nid = "p-1"\n[care]\nquiet_from = "late"\n',
            r"\[care\] quiet_from should be a time of day",
        ),
        ('[patient]\nid = "p"\ntimezone = "Mars"\n', r"\[patient\] timezone: 'Mars' is no time zone"),
        ('patient.id = "p"\n[pages]\nport = 0\n', r"\[pages\] port: .*greater than or equal to 1"),
        ('patient.id = "p"\n[pages]\nprot = 1\n', r"\[pages\] prot is not a setting; is it misspelt"),
        ('patient.id = "p"\n[care]\nnudge_min = 50\n', "alert_min must be later than nudge_min"),
        ('patient.id = "p"\n[mqtt.clinic]\nport = 1\n', r"\[mqtt.clinic\] host is missing"),
        ('patient.id = "p"\n[mqtt.clinic]\nhost = "a..b"\n', r"\[mqtt\] clinic: 'a..b' is not a host name"),
        (
            'patient.id = "p"\n[mqtt.clinic]\nhost = "b"\npassword_file = "/p"\n',
            r"\[mqtt\] clinic: a password_file needs a username",
        ),
        ('[patient]\nid = "p"\ntimezone = "Europe"\n', r"\[patient\] timezone: 'Europe' is no time zone"),
        ('patient.id = "p"\n[strip]\nserial = "LM_1"\n', r"\[strip\] serial: serial number refused"),
        ('patient.id = "p"\n[storage]\nfolder = "~nobody-here/x"\n', r"folder: .*there is no such user"),
        ('patient.id = "p"\n[storage]\nfolder = "a\\u0000b"\n', r"folder: a path has printable characters"),
        ("patient = [\n", "is not valid TOML"),
        ("patient = " + "[" * 10_000, "is nested more deeply than settings can be"),
        ("#" * 100_000, "is longer than settings can be"),
    ],
)
def test_a_mistake_is_named(tmp_path: Path, text: str, message: str) -> None:
    path = write(tmp_path, text)
    with pytest.raises(ConfigError, match=message) as caught:
        load_config(path, GatewayConfig)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"cannot read the settings .*No such file"):
        load_config(tmp_path / "none.toml", GatewayConfig)
    binary = tmp_path / "binary.toml"
    binary.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ConfigError, match="not text in UTF-8"):
        load_config(binary, GatewayConfig)


def test_the_recorders_settings() -> None:
    config = parse_config({"mqtt": {"host": "127.0.0.1"}}, RecorderConfig, where="test")
    assert config.mqtt.port == 1883
    assert config.store.path.name == "clinic.sqlite"


def test_a_recorder_into_influxdb() -> None:
    influxdb = {"url": "http://influx:8086", "organisation": "clinic", "bucket": "lumbar"}
    store = {"influxdb": influxdb, "timezone": "Europe/Vienna", "keep_minutes_days": 800}
    metrics = {"port": 9464}
    values = {"mqtt": {"host": "127.0.0.1"}, "store": store, "metrics": metrics}
    config = parse_config(values, RecorderConfig, where="test")
    assert config.store.influxdb is not None
    assert config.store.influxdb.bucket == "lumbar"
    assert config.metrics is not None
    assert config.metrics.host == "127.0.0.1"


@pytest.mark.parametrize(
    ("store", "message"),
    [
        ({"influxdb": {"url": "influx", "organisation": "c", "bucket": "b"}}, "store.influxdb. url"),
        ({"influxdb": {"url": "http://influx:8086", "bucket": "b"}}, "organisation is missing"),
        ({"timezone": "Europe/Vienne"}, "no time zone"),
        ({"keep_minutes_days": 3}, "keep_minutes_days"),
    ],
)
def test_a_store_that_cannot_be(store: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        parse_config({"mqtt": {"host": "127.0.0.1"}, "store": store}, RecorderConfig, where="test")


def test_addresses_are_secrets_and_a_file_that_others_can_read_is_noticed(tmp_path: Path) -> None:
    path = write(tmp_path, 'patient.id = "p"\n[notify]\nurls = ["json://user:s3cret@127.0.0.1"]\n')
    config = load_config(path, GatewayConfig)
    assert "s3cret" not in f"{config!r}{config}"
    path.chmod(0o644)
    assert is_exposed(path, config)
    path.chmod(0o600)
    assert not is_exposed(path, config)
    assert not is_exposed(path, load_config(write(tmp_path, 'patient.id = "p"\n'), GatewayConfig))
    wrong = write(tmp_path, 'patient.id = "p"\n[notify]\nurls = [["s3cret"]]\n')
    with pytest.raises(ConfigError, match=r"\[notify.urls\] 0") as told:
        load_config(wrong, GatewayConfig)
    assert "s3cret" not in str(told.value)
