"""Another strip for a patient: one line in the home's settings.

The patient's trends go on: they are kept by patient, and name the strip beside each event.
"""

import re
import tomllib
from pathlib import Path

from analysis.events.errors import LumbarError
from gateway.config import GatewayConfig, load_config, parse_config


class StripError(LumbarError):
    """The settings cannot be changed to another strip."""


def replace_strip(config: Path, serial: str) -> str | None:
    """Write another strip's serial number into a home's settings, and return the one that was there.

    Raises
    ------
    ConfigError
        If the settings are wrong as they are, or the serial number is none.
    StripError
        If the line cannot be found or the file cannot be written; nothing was changed.
    """
    settings = load_config(config, GatewayConfig)
    before = settings.strip.serial
    values = settings.model_dump() | {"strip": {"serial": serial}}
    wanted = parse_config(values, GatewayConfig, where=str(config))
    text = config.read_text(encoding="utf-8")
    line = f'serial = "{serial}"'
    if before is not None:
        new, count = re.subn(r"(?m)^(\s*)serial\s*=.*$", rf"\g<1>{line}", text)
    elif re.search(r"(?m)^\s*\[strip\]\s*$", text):
        new, count = re.subn(r"(?m)^(\s*\[strip\]\s*)$", rf"\g<1>\n{line}", text)
    else:
        new, count = f"{text.rstrip()}\n\n[strip]\n{line}\n", 1
    try:
        changed = parse_config(tomllib.loads(new), GatewayConfig, where=str(config))
    except tomllib.TOMLDecodeError as error:
        raise StripError(
            f"{config}: the strip's line cannot be changed; edit [strip] serial by hand"
        ) from error
    if count != 1 or changed != wanted:
        raise StripError(f"{config}: the strip's line cannot be found; edit [strip] serial by hand")
    replacement = config.with_name(f"{config.name}.new")
    try:
        replacement.write_text(new, encoding="utf-8")
        replacement.chmod(config.stat().st_mode & 0o777)
        replacement.replace(config)
    except OSError as error:
        raise StripError(f"{config} cannot be written: {error.strerror}") from error
    return before
