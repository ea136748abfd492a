"""How a command finds the gateway that runs beside it, and speaks to it.

A running gateway leaves its page's address and its key in a file of its folder that only its owner can read.
The file says where a gateway was; whether one is there, only asking tells: a gateway that was killed leaves
its file behind.
"""

import http.client
import json
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlencode, urlsplit

from analysis.events.errors import LumbarError

FILE_NAME: Final = "gateway.json"
_PATIENCE_S: Final = 5.0
_LONGEST: Final = 4096
"""Bytes read of the file; it takes 120."""


class NotRunningError(LumbarError):
    """There is no gateway that works in this folder now."""


class AnswerRefusedError(LumbarError):
    """The gateway does not do what was asked; the message is its reason."""


def announce(folder: Path, url: str, key: str) -> None:
    """Leave word where this gateway is."""
    path = folder / FILE_NAME
    fresh = path.with_suffix(".new")
    with suppress(FileNotFoundError):
        fresh.unlink()
    fresh.touch(mode=0o600)
    fresh.write_text(json.dumps({"url": url, "key": key}), encoding="utf-8")
    fresh.replace(path)


def withdraw(folder: Path) -> None:
    """Take the word back."""
    with suppress(FileNotFoundError):
        (folder / FILE_NAME).unlink()


@dataclass(frozen=True, slots=True)
class RunningGateway:
    """A gateway of this computer, as its file describes it."""

    folder: Path
    host: str
    port: int
    key: str

    @classmethod
    def of(cls, folder: Path) -> "RunningGateway":
        """Return the gateway that left word in `folder`.

        Raises
        ------
        NotRunningError
            If none did.
        """
        try:
            with (folder / FILE_NAME).open("rb") as file:
                word = json.loads(file.read(_LONGEST))
            address = urlsplit(word["url"])
            return cls(folder, str(address.hostname), int(address.port or 80), str(word["key"]))
        except FileNotFoundError as error:
            raise _not_running(folder) from error
        except OSError as error:
            raise NotRunningError(f"cannot read {folder / FILE_NAME}: {error.strerror}") from error
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            raise NotRunningError(f"{folder / FILE_NAME} is damaged; restart the gateway") from error

    def ask(self, path: str) -> dict[str, Any]:
        """Return what the gateway tells.

        Raises
        ------
        NotRunningError
            If it does not answer.
        """
        return self._request("GET", path, None)

    def answer(self, path: str, **form: object) -> dict[str, Any]:
        """Have the gateway do something, and return how things stand then.

        Raises
        ------
        NotRunningError
            If it does not answer.
        AnswerRefusedError
            If it refuses.
        """
        return self._request("POST", path, urlencode(form))

    def _request(self, method: str, path: str, body: str | None) -> dict[str, Any]:
        headers = {"Authorization": f"Bearer {self.key}"}
        try:
            with closing(http.client.HTTPConnection(self.host, self.port, timeout=_PATIENCE_S)) as connection:
                connection.request(method, path, body, headers)
                answer = connection.getresponse()
                status, said = answer.status, json.loads(answer.read())
        except (OSError, ValueError, http.client.HTTPException) as error:
            raise _not_running(self.folder) from error
        if not isinstance(said, dict):
            raise _not_running(self.folder)
        if status >= 400:
            raise AnswerRefusedError(str(said.get("reason", f"the gateway answered {status}")).rstrip("."))
        return said


def _not_running(folder: Path) -> NotRunningError:
    return NotRunningError(f"no gateway runs in {folder}; start it with: lumbar gateway --config lumbar.toml")
