"""The trend store that the settings name."""

import os

from analysis.trends.influx import InfluxStore
from analysis.trends.influx_server import InfluxSettings
from analysis.trends.sqlite import SqliteStore
from gateway.config import ConfigError, InfluxConfig, StoreConfig

TOKEN_VARIABLE = "LUMBAR_INFLUX_TOKEN"  # noqa: S105 - the variable's name


def open_store(config: StoreConfig) -> SqliteStore | InfluxStore:
    """Open the store; it is closed by its ``close``.

    Raises
    ------
    ConfigError
        If InfluxDB's token is nowhere.
    StoreError
        If the file cannot be opened. An InfluxDB that is away is noticed later, when it is needed.
    """
    zone, keep_days = config.timezone, config.keep_minutes_days
    if config.influxdb is not None:
        return InfluxStore(influx_settings(config.influxdb), timezone=zone, keep_minutes_days=keep_days)
    config.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    return SqliteStore(config.path, timezone=zone, keep_minutes_days=keep_days)


def influx_settings(config: InfluxConfig) -> InfluxSettings:
    """Return where InfluxDB is and the token's place; raises ConfigError if there is no token."""
    token = os.environ.get(TOKEN_VARIABLE)
    if config.token_file is None and not token:
        raise ConfigError(f"[store.influxdb] needs a token_file, or the token in {TOKEN_VARIABLE}")
    return InfluxSettings(config.url, config.organisation, config.bucket, token, config.token_file)
