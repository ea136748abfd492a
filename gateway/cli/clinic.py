"""The clinic's services: ``lumbar recorder``."""

from contextlib import ExitStack, closing

import typer

from gateway.cli.options import ClockOption, ConfigOption
from gateway.cli.output import log_to_stderr, say
from gateway.wire.timebase import REAL_CLOCK

app = typer.Typer()


@app.command()
def recorder(config: ConfigOption, clock: ClockOption = REAL_CLOCK) -> None:
    """Run the clinic's recorder: events from the broker into the clinic's store.

    Example: lumbar recorder --config recorder.toml
    """
    import asyncio

    from analysis.trends.broker import Broker
    from analysis.trends.metrics import served_metrics
    from analysis.trends.poison import PoisonFile
    from analysis.trends.recorder import Recorder
    from gateway.config import RecorderConfig, load_config
    from gateway.service import run_service
    from gateway.stores import open_store

    settings = load_config(config, RecorderConfig)
    log_to_stderr(clock)
    poison_path = settings.poison_file or settings.store.path.with_suffix(".poison.jsonl")

    async def run() -> None:
        with ExitStack() as resources:
            store = resources.enter_context(closing(open_store(settings.store)))
            poison_path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            service = Recorder(store, Broker(**dict(settings.mqtt)), PoisonFile(poison_path), clock.utc_ns)
            if settings.metrics is not None:
                where = settings.metrics.host, settings.metrics.port
                resources.enter_context(served_metrics(service, clock.utc_ns, *where))
            into = settings.store.influxdb.url if settings.store.influxdb else settings.store.path
            say({"ready": True}, f"Recording from {settings.mqtt.host} into {into}")

            async def stop() -> None:
                service.stop()

            await run_service(service.run(), stop)

    asyncio.run(run())
