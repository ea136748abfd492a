"""The therapist's pages as an operator starts them: accounts on the command line, then a login."""

import json
import signal
import subprocess
import sys
import urllib.request
from http.cookiejar import CookieJar
from pathlib import Path
from urllib.parse import urlencode

import pytest

from firmware_sim.ports import free_port

pytestmark = pytest.mark.e2e

PASSWORD = "a horse and a battery"


def lumbar(*words: str, given: str = "") -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "gateway.cli", *words]
    return subprocess.run(command, input=given, capture_output=True, text=True, timeout=60, check=False)


def fault(done: subprocess.CompletedProcess[str], status: int = 1) -> str:
    assert done.returncode == status, done
    assert "Traceback" not in done.stderr
    return done.stderr


def test_from_no_account_to_a_list_of_patients(tmp_path: Path) -> None:
    register, port = str(tmp_path / "review.sqlite"), free_port()
    config = tmp_path / "review.toml"
    store = tmp_path / "clinic.sqlite"
    config.write_text(
        f'register_file = "{register}"\n[store]\npath = "{store}"\n[web]\nport = {port}\n', encoding="utf-8"
    )
    assert "make an account first" in fault(lumbar("review", "--config", str(config)))
    where = ("--register", register)
    short = lumbar("account", "add", "mayer", "--name", "Anna", *where, given="short\n")
    assert "12 to 200 characters" in fault(short)
    assert lumbar("account", "add", "mayer", "--name", "Anna", *where, given=f"{PASSWORD}\n").returncode == 0
    unknown = lumbar("account", "patient", "p-1", "--name", "Eva", "--therapist", "kern", *where)
    assert "there is no therapist 'kern'" in fault(unknown)
    assert (
        lumbar("account", "patient", "p-1", "--name", "Eva Berg", "--therapist", "mayer", *where).returncode
        == 0
    )
    assert "mayer" in lumbar("account", "list", *where).stdout

    command = [sys.executable, "-m", "gateway.cli", "review", "--config", str(config)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as serving:
        assert serving.stdout is not None
        page = json.loads(serving.stdout.readline())["page"]
        assert page == f"http://127.0.0.1:{port}/"
        jar = CookieJar()
        browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(jar))
        form = urlencode({"login": "mayer", "password": PASSWORD}).encode()
        with browser.open(f"{page}login", form, timeout=30) as answer:
            assert answer.url == f"{page}login", (
                "the cookie is for TLS or a browser that trusts this computer"
            )
        (cookie,) = jar
        asked = urllib.request.Request(page, headers={"Cookie": f"{cookie.name}={cookie.value}"})
        with urllib.request.urlopen(asked, timeout=30) as answer:
            assert b"Eva Berg" in answer.read()
        serving.send_signal(signal.SIGTERM)
        assert serving.wait(10) == 0
    log = lumbar("account", "log", *where)
    assert log.returncode == 0
    assert "mayer            login from 127.0.0.1" in log.stdout


def test_pages_for_others_need_a_certificate(tmp_path: Path) -> None:
    config = tmp_path / "review.toml"
    config.write_text('[web]\nhost = "0.0.0.0"\n', encoding="utf-8")
    assert "need a certificate_file" in fault(lumbar("review", "--config", str(config)))
