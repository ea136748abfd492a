"""Settings of the home and of the clinic's recorder, from TOML files.

Every setting has its unit in its name and a default that suits one patient at home. A mistake is named with
the file, the setting and what would be right; unknown settings are mistakes too, since a misspelt one would
silently do nothing.
"""

import tomllib
import zoneinfo
from pathlib import Path
from typing import Annotated, Any, Final, Literal, Self, TypeVar

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError, model_validator
from pydantic.functional_validators import AfterValidator

from analysis.care.settings import WALL_CLOCK, CareSettings
from analysis.events.errors import LumbarError
from analysis.events.fields import PSEUDONYM, Pseudonym
from analysis.trends.broker import Broker
from analysis.trends.store import KEEP_MINUTES_DAYS
from gateway.wire.gatt import decode_serial_number


class ConfigError(LumbarError):
    """A settings file that cannot be read or is not right."""


_LARGEST_FILE: Final = 1 << 16
"""Bytes; all settings with a comment on each take 4 kB."""
_WEB_ADDRESS: Final = r"^https?://[^\s/]+(/[^\s]*)?$"
_PLAIN_WORDS: Final = {
    PSEUDONYM: "a pseudonym such as p-17, never a name: up to 64 letters, digits, '.', '_' and '-'",
    WALL_CLOCK: "a time of day such as 22:00",
    _WEB_ADDRESS: "a web address such as http://127.0.0.1:8086",
}
"""What a setting of a pattern should be."""


def time_zone(name: str) -> zoneinfo.ZoneInfo:
    """Return the time zone of that name; raises ValueError if there is none."""
    try:
        return zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ValueError(f"{name[:40]!r} is no time zone; write one like 'Europe/Vienna'") from error


def _zone(name: str) -> str:
    time_zone(name)
    return name


def _expand(path: Path) -> Path:
    if not str(path).isprintable():
        raise ValueError("a path has printable characters only")
    try:
        return path.expanduser()
    except RuntimeError as error:
        raise ValueError(f"{path}: there is no such user") from error


def _serial(text: str) -> str:
    return decode_serial_number(text.encode())


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

    serial: Annotated[str, AfterValidator(_serial)] | None = None
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


class NotifyConfig(_Section):
    """Messages to phone and desktop, through Apprise. Its addresses hold passwords and tokens."""

    urls: tuple[SecretStr, ...] = ()
    """Where the patient's alerts go, as Apprise writes addresses; left out, nowhere."""
    follower_urls: tuple[SecretStr, ...] = ()
    """Whom to tell of very long sitting, if `care.follower` is on."""


class StorageConfig(_Section):
    """Where the home keeps its data."""

    folder: LocalPath = Path("~/.local/share/lumbar").expanduser()
    keep_raw_days: Annotated[float, Field(ge=1)] = 90.0
    """For how long raw samples are kept, d; about 100 MB a day. Events stay."""
    reserve_mb: Annotated[float, Field(ge=0)] = 200.0
    """So much of the disk stays free, MB: below it the oldest raw samples go, events never."""


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

    @model_validator(mode="after")
    def _makes_sense(self) -> Self:
        if self.password_file is not None and self.username is None:
            raise ValueError("a password_file needs a username")
        Broker(**dict(self))
        return self


class MqttConfig(_Section):
    """Which brokers there are."""

    clinic: BrokerConfig | None = None
    """Where events go beyond the home."""
    home: BrokerConfig | None = None
    """Home Assistant's broker: the strip shows up there by itself."""


class GatewayConfig(_Section):
    """All settings of ``lumbar gateway``."""

    patient: PatientConfig
    strip: StripConfig = StripConfig()
    bluetooth: BluetoothConfig = BluetoothConfig()
    calibration: CalibrationConfig = CalibrationConfig()
    care: CareSettings = CareSettings()
    """When to speak up, until the therapist's settings arrive."""
    notify: NotifyConfig = NotifyConfig()
    storage: StorageConfig = StorageConfig()
    pages: PagesConfig = PagesConfig()
    mqtt: MqttConfig = MqttConfig()


class InfluxConfig(_Section):
    """An InfluxDB 2.7."""

    url: Annotated[str, Field(pattern=_WEB_ADDRESS)]
    """As ``http://127.0.0.1:8086``."""
    organisation: str
    bucket: str
    """Its retention must be unlimited."""
    token_file: LocalPath | None = None
    """A file of mode 600 that holds the token; left out, the environment's ``LUMBAR_INFLUX_TOKEN`` is it."""


class StoreConfig(_Section):
    """Where the clinic keeps its trends: a file, or an InfluxDB."""

    path: LocalPath = Path("~/.local/share/lumbar/clinic.sqlite").expanduser()
    influxdb: InfluxConfig | None = None
    timezone: Annotated[str, AfterValidator(_zone)] | None = None
    """Where days begin and end; left out, as the store says, and a new one says UTC."""
    keep_minutes_days: Annotated[float, Field(ge=30, le=3660)] = KEEP_MINUTES_DAYS
    """How long minutes are kept, days; their days in sums stay for ever."""


class MetricsConfig(_Section):
    """Where Prometheus finds the recorder."""

    host: str = "127.0.0.1"
    port: Port


class RecorderConfig(_Section):
    """All settings of ``lumbar recorder``."""

    mqtt: BrokerConfig
    store: StoreConfig = StoreConfig()
    poison_file: LocalPath | None = None
    """Where goes what is no event; left out, beside the store's file."""
    metrics: MetricsConfig | None = None


class WebConfig(_Section):
    """Where the therapist's pages are."""

    host: str = "127.0.0.1"
    """Address to listen on; another than this computer's own needs a certificate."""
    port: Port = 8766
    names: tuple[str, ...] = ("127.0.0.1", "localhost")
    """Names under which people ask for the pages."""
    certificate_file: LocalPath | None = None
    key_file: LocalPath | None = None
    """Both in PEM; given, the pages are served over TLS."""

    @model_validator(mode="after")
    def _is_private(self) -> Self:
        if (self.certificate_file is None) != (self.key_file is None):
            raise ValueError("certificate_file and key_file belong together")
        if self.certificate_file is None and self.host not in {"127.0.0.1", "::1", "localhost"}:
            raise ValueError(
                f"pages at {self.host} need a certificate_file: passwords must not travel openly"
            )
        return self


class ReviewConfig(_Section):
    """All settings of ``lumbar review``."""

    register_file: LocalPath = Path("~/.local/share/lumbar/review.sqlite").expanduser()
    """Accounts, names, settings sent and the audit log; mode 600."""
    store: StoreConfig = StoreConfig()
    web: WebConfig = WebConfig()
    mqtt: BrokerConfig | None = None
    """Where settings are sent; left out, they are kept and sent once there is one."""


_Config = TypeVar("_Config", GatewayConfig, RecorderConfig, ReviewConfig)


def load_config(path: Path, type_: type[_Config]) -> _Config:
    """Return the settings in the TOML file `path`.

    Raises
    ------
    ConfigError
        If the file cannot be read, is too long, is not TOML, or a setting is wrong, missing or unknown.
    """
    try:
        with path.open("rb") as file:
            content = file.read(_LARGEST_FILE + 1)
    except OSError as error:
        raise ConfigError(f"cannot read the settings {path}: {error.strerror}") from error
    if len(content) > _LARGEST_FILE:
        raise ConfigError(f"{path} is longer than settings can be ({_LARGEST_FILE} bytes)")
    try:
        values = tomllib.loads(content.decode())
    except UnicodeDecodeError as error:
        raise ConfigError(f"the settings {path} are not text in UTF-8") from error
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{path} is not valid TOML: {error}") from error
    except RecursionError as error:
        raise ConfigError(f"{path} is nested more deeply than settings can be") from error
    return parse_config(values, type_, where=str(path))


def is_exposed(path: Path, config: GatewayConfig) -> bool:
    """Return whether a settings file holds secrets that others on this computer can read."""
    has_secrets = bool(config.notify.urls or config.notify.follower_urls)
    return has_secrets and bool(path.stat().st_mode & 0o077)


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
        case "string_pattern_mismatch" if fault["ctx"]["pattern"] in _PLAIN_WORDS:
            return f"{place} should be {_PLAIN_WORDS[fault['ctx']['pattern']]}"
        case _:
            return f"{place}: {fault['msg'].removeprefix('Value error, ')}"
