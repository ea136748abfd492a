"""The clinic's services: ``lumbar recorder``."""

import asyncio
from contextlib import closing

import typer

from gateway.cli.options import ClockOption, ConfigOption
from gateway.cli.output import log_to_stderr, say
from gateway.service import run_service
from gateway.wire.timebase import REAL_CLOCK

app = typer.Typer()


@app.command()
def recorder(config: ConfigOption, clock: ClockOption = REAL_CLOCK) -> None:
    """Run the clinic's recorder: events from the broker into the clinic's store.

    Example: lumbar recorder --config recorder.toml
    """
    from analysis.trends.broker import Broker
    from analysis.trends.poison import PoisonFile
    from analysis.trends.recorder import Recorder
    from analysis.trends.sqlite import SqliteStore
    from gateway.config import RecorderConfig, load_config

    settings = load_config(config, RecorderConfig)
    log_to_stderr(clock)
    settings.store.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)

    async def run() -> None:
        with closing(SqliteStore(settings.store.path)) as store:
            poison = PoisonFile(settings.store.path.with_suffix(".poison.jsonl"))
            service = Recorder(store, Broker(**dict(settings.mqtt)), poison, clock.utc_ns)
            say({"ready": True}, f"Recording from {settings.mqtt.host} into {settings.store.path}")

            async def stop() -> None:
                service.stop()

            await run_service(service.run(), stop)

    asyncio.run(run())
