"""The compose file and the Dockerfile: valid, pinned, without a password, and about what there is."""

import re
import subprocess
import sys
import tomllib
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml

from gateway.clinic.folder import ClinicFolder

ROOT = Path(__file__).resolve().parents[2]
COMPOSE = ROOT / "deploy" / "compose.yaml"
_SECRET = re.compile(r"(?i)(password|token|secret)\s*[:=]\s*[\"']?[A-Za-z0-9]{6,}[\"']?$")
_FOLDER = "${LUMBAR_FOLDER:-/srv/lumbar}"


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load(COMPOSE.read_text())
    return loaded


def test_it_is_valid_by_the_published_schema() -> None:
    command = [
        sys.executable,
        "-m",
        "check_jsonschema",
        "--builtin-schema",
        "vendor.compose-spec",
        str(COMPOSE),
    ]
    checked = subprocess.run(command, capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stdout + checked.stderr


def test_images_are_pinned_and_services_bounded(compose: dict[str, Any]) -> None:
    for name, service in compose["services"].items():
        assert re.fullmatch(r"[a-z/-]+:\d+\.\d+\.\d+", service["image"]), name
        assert service["cap_drop"] == ["ALL"]
        assert service["security_opt"] == ["no-new-privileges:true"]
        assert "privileged" not in service
        assert service["user"].startswith("${LUMBAR_UID:?")
        if "profiles" not in service:
            assert service["healthcheck"]["test"], name
            assert service["restart"] == "unless-stopped"


def test_only_broker_and_pages_are_open_to_the_world(compose: dict[str, Any]) -> None:
    ports = {name: service.get("ports", []) for name, service in compose["services"].items()}
    assert ports.pop("mosquitto") == ["8883:8883"], "TLS and logins"
    assert ports.pop("review") == ["8766:8766"], "TLS and accounts"
    assert all(port.startswith("127.0.0.1:") for published in ports.values() for port in published)


def test_every_file_it_mounts_is_shipped_or_made(compose: dict[str, Any], tmp_path: Path) -> None:
    ClinicFolder(tmp_path).prepare(["b.example"], "UTC", datetime.now(UTC), in_compose=True)
    sources = [
        volume.split(":/")[0] for service in compose["services"].values() for volume in service["volumes"]
    ]
    sources += [secret["file"] for secret in compose["secrets"].values()]
    assert len(sources) > 15
    for source in sources:
        if source.startswith("./"):
            assert (COMPOSE.parent / source).exists(), source
        else:
            assert source.startswith(_FOLDER)
            assert Path(source.replace(_FOLDER, str(tmp_path))).exists(), source


def test_no_password_stands_in_what_is_shipped() -> None:
    for path in (ROOT / "deploy").rglob("*"):
        if path.suffix in {".yaml", ".conf", ".service", ".json", ".sh"}:
            for line in path.read_text().splitlines():
                assert not re.search(
                    r"(?i)(password|token|secret)\s*[:=]\s*[\"']?[A-Za-z0-9]{6,}[\"']?$", line
                ), line


def test_versions_agree(compose: dict[str, Any]) -> None:
    version = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    assert compose["services"]["recorder"]["image"] == f"lumbar-monitor:{version}"
    assert f"lumbar-monitor:{version}" in (ROOT / "deploy" / "first-run.sh").read_text()
    assert f"lumbar-monitor:{version}" in (ROOT / "deploy" / "Dockerfile").read_text()


def test_the_dockerfile_copies_what_there_is_and_ends_as_nobody_special() -> None:
    lines = (ROOT / "deploy" / "Dockerfile").read_text().splitlines()
    copied = [word for line in lines if line.startswith("COPY") for word in line.split()[1:-1]]
    ignored = (ROOT / "deploy" / "Dockerfile.dockerignore").read_text()
    for source in copied:
        assert (ROOT / source).exists(), source
        assert f"!{source}" in ignored
    users = [line.split()[1] for line in lines if line.startswith("USER")]
    assert users == ["lumbar"]
    assert all(re.search(r":\S+-\S+", line) for line in lines if line.startswith("FROM"))


def test_the_image_s_packages_are_those_of_the_tests() -> None:
    def pinned(name: str) -> dict[str, str]:
        text = (ROOT / "deploy" / name).read_text()
        return dict(re.findall(r"(?m)^([a-z0-9-]+)==(\S+)", text))

    run, everything = pinned("requirements-run.lock"), pinned("requirements.lock")
    assert run.items() <= everything.items()
    assert {"numpy", "vqf", "paho-mqtt", "influxdb-client"} <= run.keys()
    assert not {"pytest", "bumble", "mypy"} & run.keys()
