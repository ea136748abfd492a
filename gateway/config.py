"""Settings of the home and of the clinic's recorder, from TOML files.

Every setting has its unit in its name and a default that suits one patient at home. A mistake is named with
the file, the setting and what would be right; unknown settings are mistakes too, since a misspelt one would
silently do nothing.
"""

import tomllib
import zoneinfo
from pathlib import Path
from typing import Annotated, Any, Literal, Self, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator
from pydantic.functional_validators import AfterValidator

from analysis.events.errors import LumbarError
from analysis.events.fields import Pseudonym


class ConfigError(LumbarError):
    """A settings file that cannot be read or is not right."""


def _expand(path: Path) -> Path:
    return path.expanduser()


def _zone(name: str) -> str:
    try:
        zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError) as error:
        raise ValueError(f"{name!r} is no time zone; write one like 'Europe/Vienna'") from error
    return name


Port = Annotated[int, Field(ge=1, le=65535)]
LocalPath = Annotated[Path, AfterValidator(_expand)]


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class PatientConfig(_Section):
    """Whose home this is."""

    id: Pseudonym
    """Pseudonym, never a name: it stands in topics and stores."""
    timezone: Annotated[str, AfterValidator(_zone)] = "UTC"
    """Where the patient's day begins and ends."""


class StripConfig(_Section):
    """Which strip to connect to."""

    serial: Pseudonym | None = None
    """Serial number of the patient's strip; left out, the first strip found that lets itself be paired."""


class BluetoothConfig(_Section):
    """Which radio to use."""

    virtual_radio: str | None = None
    """HCI port of a virtual radio, as ``tcp-client:127.0.0.1:9702``; left out, this computer's Bluetooth."""


class CalibrationConfig(_Section):
    """How the core learns the way the pods sit on the back."""

    mode: Literal["guided", "aligned"] = "guided"
    """``guided``: the routine of about 90 s after putting the strip on; ``aligned``: the pods' axes are the
    body's, as in a recording that was aligned already."""
    reuse_h: Annotated[float, Field(ge=0, le=48)] = 12.0
    """For how long an accepted calibration serves after the strip restarted, h [ours: one day's wear]."""


class CareConfig(_Section):
    """When to speak up about sitting (CLINICAL.md B5)."""

    nudge_min: Annotated[float, Field(ge=10, le=120)] = 30.0
    alert_min: Annotated[float, Field(ge=15, le=180)] = 45.0

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.alert_min <= self.nudge_min:
            raise ValueError("alert_min must be later than nudge_min")
        return self


class StorageConfig(_Section):
    """Where the home keeps its data."""

    folder: LocalPath = Path("~/.local/share/lumbar").expanduser()


class PagesConfig(_Section):
    """The patient's pages; they are served to this computer only."""

    port: Port = 8765


class BrokerConfig(_Section):
    """An MQTT 5 broker."""

    host: str
    port: Port = 1883
    username: str | None = None
    password_file: LocalPath | None = None
    """A file of mode 600 that holds the password."""
    ca_file: LocalPath | None = None
    """Certificate of the authority that signed the broker's; given, the connection uses TLS."""


class MqttConfig(_Section):
    """Where events go beyond the home."""

    clinic: BrokerConfig | None = None


class GatewayConfig(_Section):
    """All settings of ``lumbar gateway``."""

    patient: PatientConfig
    strip: StripConfig = StripConfig()
    bluetooth: BluetoothConfig = BluetoothConfig()
    calibration: CalibrationConfig = CalibrationConfig()
    care: CareConfig = CareConfig()
    storage: StorageConfig = StorageConfig()
    pages: PagesConfig = PagesConfig()
    mqtt: MqttConfig = MqttConfig()


class StoreConfig(_Section):
    """Where the clinic keeps its trends."""

    path: LocalPath = Path("~/.local/share/lumbar/clinic.sqlite").expanduser()


class RecorderConfig(_Section):
    """All settings of ``lumbar recorder``."""

    mqtt: BrokerConfig
    store: StoreConfig = StoreConfig()


_Config = TypeVar("_Config", GatewayConfig, RecorderConfig)


def load_config(path: Path, type_: type[_Config]) -> _Config:
    """Return the settings in the TOML file `path`.

    Raises
    ------
    ConfigError
        If the file cannot be read, is not TOML, or a setting is wrong, missing or unknown.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise ConfigError(f"cannot read the settings {path}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise ConfigError(f"the settings {path} are not text in UTF-8") from error
    try:
        values = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{path} is not valid TOML: {error}") from error
    return parse_config(values, type_, where=str(path))


def parse_config(values: dict[str, Any], type_: type[_Config], *, where: str) -> _Config:
    """Return the settings in `values`; `where` names their origin in messages."""
    try:
        return type_.model_validate(values)
    except ValidationError as error:
        raise ConfigError(f"{where}: {_first_fault(error)}") from error


def _first_fault(error: ValidationError) -> str:
    fault = error.errors()[0]
    *section, name = [str(part) for part in fault["loc"]] or ["settings"]
    place = f"[{'.'.join(section)}] {name}" if section else f"[{name}]"
    match fault["type"]:
        case "missing":
            return f"{place} is missing"
        case "extra_forbidden":
            return f"{place} is not a setting; is it misspelt?"
        case _:
            return f"{place}: {fault['msg'].removeprefix('Value error, ')}"
