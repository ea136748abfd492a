"""A patient's login and files; another computer; another strip."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from gateway.clinic.folder import ClinicError, ClinicFolder
from gateway.clinic.patients import Home, add_patient, move_gateway, new_pseudonym
from gateway.clinic.strips import StripError, replace_strip
from gateway.config import ConfigError, GatewayConfig, load_config

ZONE = "Europe/Vienna"


@pytest.fixture
def clinic(tmp_path: Path) -> ClinicFolder:
    folder = ClinicFolder(tmp_path / "clinic")
    folder.prepare(["broker.example"], ZONE, datetime.now(UTC), in_compose=True)
    return folder


def test_files_that_a_gateway_can_start_with(clinic: ClinicFolder, tmp_path: Path) -> None:
    home = tmp_path / "home"
    add_patient(clinic, "p-17", ZONE, home, Home(str(home), str(tmp_path / "data")))
    config = load_config(home / "lumbar.toml", GatewayConfig)
    assert (config.patient.id, config.patient.timezone) == ("p-17", ZONE)
    broker = config.mqtt.clinic
    assert broker is not None
    assert (broker.host, broker.port, broker.username) == ("broker.example", 8883, "p-17")
    assert broker.password_file == home / "clinic-password"
    assert broker.ca_file is not None
    assert broker.ca_file.read_bytes() == clinic.authority.read_bytes()
    assert (home / "clinic-password").stat().st_mode & 0o077 == 0
    assert home.stat().st_mode & 0o077 == 0
    assert "p-17" in clinic.passwords.names()


def test_a_patient_is_made_once(clinic: ClinicFolder, tmp_path: Path) -> None:
    add_patient(clinic, "p-17", ZONE, tmp_path / "a", Home())
    with pytest.raises(ClinicError, match="move-gateway"):
        add_patient(clinic, "p-17", ZONE, tmp_path / "b", Home())


@pytest.mark.parametrize(
    "name", ["Anna Huber", "", "p/1", "+", "recorder", "operator", "review", "p-\n1", "ä"]
)
def test_what_is_no_pseudonym_changes_nothing(clinic: ClinicFolder, tmp_path: Path, name: str) -> None:
    before = clinic.passwords.names()
    with pytest.raises(ClinicError):
        add_patient(clinic, name, ZONE, tmp_path / "a", Home())
    assert clinic.passwords.names() == before
    assert not (tmp_path / "a").exists()


def test_moving_gives_another_password_and_nothing_else(clinic: ClinicFolder, tmp_path: Path) -> None:
    add_patient(clinic, "p-17", ZONE, tmp_path / "old", Home())
    move_gateway(clinic, "p-17", ZONE, tmp_path / "new", Home())
    old, new = tmp_path / "old", tmp_path / "new"
    assert (old / "lumbar.toml").read_bytes() == (new / "lumbar.toml").read_bytes()
    assert (old / "clinic-password").read_text() != (new / "clinic-password").read_text()
    assert clinic.passwords.names().count("p-17") == 1
    for nobody in ("p-99", "recorder"):
        with pytest.raises(ClinicError, match="no patient"):
            move_gateway(clinic, nobody, ZONE, tmp_path / "x", Home())
    with pytest.raises(ClinicError, match="holds a gateway's files already"):
        move_gateway(clinic, "p-17", ZONE, tmp_path / "new", Home())


def test_pseudonyms_are_new_and_pronounce_nothing() -> None:
    drawn: list[str] = []
    for _ in range(200):
        drawn.append(new_pseudonym(drawn))
    assert len(set(drawn)) == 200
    assert not any(letter in name[2:] for name in drawn for letter in "aeiou01l")


_TOML = '[patient]\nid = "p-17"\n'


@pytest.mark.parametrize(
    ("text", "before"),
    [
        (_TOML, None),
        (_TOML + '\n[strip]\nserial = "LM-1"  # her first\n\n[pages]\nport = 9000\n', "LM-1"),
        ('[strip]\nserial="LM-1"\n' + _TOML, "LM-1"),
        ("[strip]\n\n" + _TOML, None),
    ],
)
def test_another_strip_is_one_line(tmp_path: Path, text: str, before: str | None) -> None:
    config = tmp_path / "lumbar.toml"
    config.write_text(text)
    config.chmod(0o600)
    assert replace_strip(config, "LM-42") == before
    after = load_config(config, GatewayConfig)
    assert (after.strip.serial, after.patient.id) == ("LM-42", "p-17")
    assert config.stat().st_mode & 0o777 == 0o600
    assert replace_strip(config, "LM-43") == "LM-42"


def test_a_strip_that_cannot_be(tmp_path: Path) -> None:
    config = tmp_path / "lumbar.toml"
    config.write_text(_TOML)
    with pytest.raises(ConfigError):
        replace_strip(config, "LM 1\n")
    config.write_text('strip = {serial = "LM-1"}\n' + _TOML)
    with pytest.raises(StripError, match="by hand"):
        replace_strip(config, "LM-2")
    assert load_config(config, GatewayConfig).strip.serial == "LM-1"
