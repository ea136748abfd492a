"""Each fault is found on real parts, named, and told from its neighbours."""

import asyncio
import json
import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from analysis.trends.connection import Connected, Connection, Publication
from analysis.trends.influx_server import InfluxSettings
from analysis.trends.poison import PoisonFile
from analysis.trends.recorder import Recorder
from analysis.trends.sqlite import SqliteStore
from firmware_sim.broker import BrokerMissingError, start_mosquitto
from gateway.clinic.certificates import make_authority
from gateway.delivery.outbox import Outbox
from gateway.doctor.bluetooth import _adapters, bluetooth
from gateway.doctor.computer import disk, secrets, versions
from gateway.doctor.examine import examine
from gateway.doctor.finding import Finding
from tests.clinic_month import events_of
from tests.shipped_broker import MosquittoMissingError, ShippedBroker, shipped_broker


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ShippedBroker]:
    try:
        with shipped_broker(tmp_path_factory.mktemp("broker"), "p-01", "p-02") as running:
            yield running
    except MosquittoMissingError as error:
        pytest.skip(str(error))


def _home(broker: ShippedBroker, folder: Path, **changed: str | int) -> Path:
    """Write the settings of p-01's home."""
    patient = "p-01"
    files = broker.homes / patient
    mqtt: dict[str, str | int] = {
        "host": "localhost",
        "port": broker.port,
        "username": patient,
        "password_file": str(files / "clinic-password"),
        "ca_file": str(files / "clinic-ca.crt"),
    }
    lines = [f"{name} = {json.dumps(value)}" for name, value in (mqtt | changed).items() if value != ""]
    radio = 'virtual_radio = "tcp-client:127.0.0.1:9"'
    path = folder / "lumbar.toml"
    path.write_text(
        f'[patient]\nid = "{patient}"\n[bluetooth]\n{radio}\n[storage]\nfolder = "{folder}"\n'
        "[mqtt.clinic]\n" + "\n".join(lines) + "\n"
    )
    return path


def _found(findings: list[Finding]) -> dict[str, str]:
    return {finding.code: finding.state for finding in findings}


def _only(findings: list[Finding], code: str) -> Finding:
    (finding,) = [finding for finding in findings if finding.code == code]
    return finding


def test_a_home_in_order(broker: ShippedBroker, tmp_path: Path) -> None:
    SqliteStore(tmp_path / "home.sqlite").close()
    Outbox(tmp_path / "outbox.sqlite").close()
    found = _found(examine(_home(broker, tmp_path)))
    ok = {"settings", "versions", "secrets", "store", "outbox", "disk"}
    ok |= {"broker-reachable", "broker-tls", "broker-login", "broker-rights"}
    assert {code for code, state in found.items() if state == "ok"} >= ok
    assert found["bluetooth"] == "not checked"


@pytest.mark.parametrize(
    ("changed", "code", "word"),
    [
        ({"host": "no-such-host.invalid"}, "broker-reachable", "not known"),
        ({"port": 1}, "broker-reachable", "nothing answers"),
        ({"host": "127.0.0.2"}, "broker-reachable", "nothing answers"),
        ({"ca_file": "/nowhere.crt"}, "broker-tls", "cannot be read"),
        ({"username": "p-02"}, "broker-login", "Not authorized"),
        ({"username": "p-99"}, "broker-login", "Not authorized"),
    ],
)
def test_the_first_step_that_fails_is_named(
    broker: ShippedBroker, tmp_path: Path, changed: dict[str, str | int], code: str, word: str
) -> None:
    findings = examine(_home(broker, tmp_path, **changed))
    finding = _only(findings, code)
    assert finding.state == "fault"
    assert word in finding.what
    assert finding.advice
    after = [one.state for one in findings[findings.index(finding) + 1 :]]
    assert after == ["not checked"] * len(after)


def test_another_clinic_s_certificate(broker: ShippedBroker, tmp_path: Path) -> None:
    make_authority(tmp_path / "other.crt", tmp_path / "other.key", datetime.now(UTC))
    finding = _only(examine(_home(broker, tmp_path, ca_file=str(tmp_path / "other.crt"))), "broker-tls")
    assert finding.state == "fault"
    assert "not accepted" in finding.what


def test_a_certificate_that_is_about_to_end(tmp_path: Path) -> None:
    try:
        with shipped_broker(tmp_path, "p-01") as broker:
            broker.clinic.certify(["localhost"], datetime.now(UTC) - timedelta(days=780))
            broker.stop()
            broker.start()
            finding = _only(examine(_home(broker, tmp_path)), "broker-tls")
    except MosquittoMissingError as error:
        pytest.skip(str(error))
    assert finding.state == "warning"
    assert "ends in 19 days" in finding.what
    assert "lumbar clinic certify" in finding.advice


def test_a_login_that_is_somebody_else_s(broker: ShippedBroker, tmp_path: Path) -> None:
    """The patient in the settings was changed by hand: the login works, its rights are another patient's."""
    path = _home(broker, tmp_path)
    path.write_text(path.read_text().replace('id = "p-01"', 'id = "p-02"'))
    finding = _only(examine(path), "broker-rights")
    assert finding.state == "fault"
    assert "Not authorized" in finding.what


def test_a_broker_without_rights(tmp_path: Path) -> None:
    try:
        with start_mosquitto(tmp_path / "b") as open_broker:
            path = tmp_path / "recorder.toml"
            store = f'[store]\npath = "{tmp_path}/s.db"\n'
            path.write_text(f'[mqtt]\nhost = "127.0.0.1"\nport = {open_broker.port}\n{store}')
            found = _found(examine(path))
    except BrokerMissingError as error:
        pytest.skip(str(error))
    assert found["broker-rights"] == "warning"
    assert found["broker-tls"] == "not checked"


def test_a_clinic_in_order_and_then_not(
    broker: ShippedBroker, tmp_path: Path, influx_settings: InfluxSettings
) -> None:
    token = tmp_path / "token"
    token.touch(mode=0o600)
    token.write_text(f"{influx_settings.token}\n")
    recorder = broker.as_service("recorder")
    path = tmp_path / "recorder.toml"
    text = (
        f'poison_file = "{tmp_path}/poison.jsonl"\n[mqtt]\nhost = "localhost"\nport = {broker.port}\n'
        f'username = "recorder"\npassword_file = "{recorder.password_file}"\nca_file = "{recorder.ca_file}"\n'
        f'[store.influxdb]\nurl = "{influx_settings.url}"\norganisation = "{influx_settings.organisation}"\n'
        f'bucket = "{influx_settings.bucket}"\ntoken_file = "{token}"\n[metrics]\nport = {_closed_port()}\n'
    )
    path.write_text(text)
    found = _found(examine(path))
    assert found["store"] in {"ok", "warning"}, "a warning where the server is Debian's old one"
    assert [found[code] for code in ("secrets", "set-aside", "broker-login", "broker-rights")] == ["ok"] * 4
    assert found["recorder"] == "fault", "none runs"
    PoisonFile(tmp_path / "poison.jsonl").add("lumbar/v1/p/d/lift", b"x", "not JSON", 0)
    token.write_text("another\n")
    token.chmod(0o644)
    findings = examine(path)
    assert _only(findings, "store").state == "fault"
    assert "refuses our token" in _only(findings, "store").what
    assert _only(findings, "secrets").advice == f"chmod 600 {token}"
    assert (
        "1 messages were no events, the last on lumbar/v1/p/d/lift: not JSON"
        in _only(findings, "set-aside").what
    )


def test_a_recorder_that_runs_is_disturbed_for_a_moment_and_loses_nothing(
    broker: ShippedBroker, tmp_path: Path
) -> None:
    login = broker.as_service("recorder")
    path = tmp_path / "recorder.toml"
    path.write_text(
        f'[mqtt]\nhost = "localhost"\nport = {broker.port}\nusername = "recorder"\n'
        f'password_file = "{login.password_file}"\nca_file = "{login.ca_file}"\n'
        f'[store]\npath = "{tmp_path}/s.db"\n'
    )
    events = list(events_of("p-01", 1, every_min=20))[:-1]

    async def scene() -> None:
        with closing(SqliteStore(tmp_path / "s.db")) as store:
            recorder = Recorder(store, login, PoisonFile(tmp_path / "p.jsonl"), lambda: 0)
            running = asyncio.create_task(recorder.run())
            home = Connection(broker.as_patient("p-01"), "any", session_expiry_s=0)
            async with asyncio.timeout(20):
                assert isinstance(await home.next(), Connected)
                while not recorder.is_recording:  # noqa: ASYNC110 - what is waited for has no event
                    await asyncio.sleep(0.02)
                looking = asyncio.create_task(asyncio.to_thread(examine, path))
                for event in events:
                    kind = event["schema"].removeprefix("lumbar.").partition("/")[0]
                    topic = f"lumbar/v1/p-01/{event['device']}/{kind}"
                    home.publish(Publication(topic, json.dumps(event).encode()))
                    await asyncio.sleep(0.01)
                assert _found(await looking)["broker-rights"] == "ok"
                while len(store.events("p-01")) < len(events):  # noqa: ASYNC110
                    await asyncio.sleep(0.05)
            recorder.stop()
            await running
            await home.close()

    asyncio.run(scene())


def test_the_pages_in_order(broker: ShippedBroker, tmp_path: Path) -> None:
    path = broker.clinic.path / "review.toml"
    SqliteStore(broker.clinic.path / "data" / "recorder" / "clinic.sqlite").close()
    text = path.read_text().replace("port = 8883", f"port = {broker.port}")
    (tmp_path / "review.toml").write_text(text)
    found = _found(examine(tmp_path / "review.toml"))
    wanted = ("settings", "secrets", "store", "broker-tls", "broker-login", "broker-rights")
    assert [found[code] for code in wanted] == ["ok"] * len(wanted)


def _closed_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def test_files_that_are_damaged_or_foreign(broker: ShippedBroker, tmp_path: Path) -> None:
    path = _home(broker, tmp_path, port=1)
    (tmp_path / "home.sqlite").write_bytes(b"an old letter" * 100)
    assert _only(examine(path), "store").state == "fault"
    (tmp_path / "home.sqlite").unlink()
    Outbox(tmp_path / "home.sqlite").close()
    assert "is not a trend store" in _only(examine(path), "store").what
    with closing(Outbox(tmp_path / "outbox.sqlite")) as outbox:
        outbox.refuse(outbox.put("lumbar/v1/p-02/LM-1/lift", b"{}", 0), "Not authorized")
    finding = _only(examine(path), "outbox")
    assert (finding.state, "Not authorized" in finding.what) == ("warning", True)


def test_settings_that_are_wrong(tmp_path: Path) -> None:
    path = tmp_path / "lumbar.toml"
    path.write_text('[patient]\nid = "p-01"\nname = "Anna"\n')
    finding = _only(examine(path), "settings")
    assert (finding.state, "name is not a setting" in finding.what) == ("fault", True)


def test_this_computer(tmp_path: Path) -> None:
    assert versions().state == "ok"
    assert disk(tmp_path / "not" / "there" / "yet").code == "disk"
    assert secrets([None]).state == "not checked"
    assert secrets([tmp_path / "lost"]).state == "fault"
    assert bluetooth("tcp-client:127.0.0.1:9702").state == "not checked"


class _Variant:
    def __init__(self, value: object) -> None:
        self.value = value


def test_adapters() -> None:
    def bluez(*, powered: bool) -> dict[str, dict[str, dict[str, _Variant]]]:
        adapter = {"Powered": _Variant(powered), "Address": _Variant("00:11:22:33:44:55")}
        return {"/org/bluez": {}, "/org/bluez/hci0": {"org.bluez.Adapter1": adapter}}

    assert _adapters(bluez(powered=True)).what == "hci0, 00:11:22:33:44:55, is on"
    assert "power on" in _adapters(bluez(powered=False)).advice
    assert "no Bluetooth adapter" in _adapters({"/org/bluez": {}}).what


def test_the_command_says_it_all_and_ends_with_1_on_a_fault(broker: ShippedBroker, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "gateway.cli", "doctor", "--config"]
    sound = subprocess.run([*command, _home(broker, tmp_path)], capture_output=True, text=True, check=False)
    assert sound.returncode == 0, sound.stdout + sound.stderr
    assert "ok           broker-rights" in sound.stdout
    ill = subprocess.run(
        [*command, _home(broker, tmp_path, port=1), "--json"], capture_output=True, text=True, check=False
    )
    assert ill.returncode == 1
    assert {finding["state"] for finding in json.loads(ill.stdout)} >= {"ok", "fault", "not checked"}


def test_every_line_is_explained_to_the_operator() -> None:
    root = Path(__file__).resolve().parents[3]
    page = (root / "deploy" / "docs" / "clinic.md").read_text()
    explained = set(re.findall(r"(?m)^\| `([a-z-]+)` \|", page))
    sources = "".join(path.read_text() for path in (root / "gateway" / "doctor").glob("*.py"))
    codes = set(re.findall(r'(?:ok|fault|warning|not_checked)\(\s*"([a-z-]+)"', sources))
    codes |= set(re.findall(r'(?:code|_CODE)(?:: Final)? = "([a-z-]+)"', sources))
    assert codes == explained
