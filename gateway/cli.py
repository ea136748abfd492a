"""The ``lumbar`` command: the composition root, where parts get their clock, their radio and their files.

Commands only read options, build parts and print; what they do lives in the parts. Imports are lazy, so that
``lumbar --help`` answers at once and nothing needs the simulator that does not run it.

Exit status: 0 done, 1 failed (one line on standard error says why and what to do), 2 mistyped.
"""

import asyncio
import json
import os
import sys
import tempfile
from contextlib import asynccontextmanager, closing, nullcontext
from datetime import UTC, datetime, time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final, NoReturn

import typer

from analysis.events.errors import LumbarError
from gateway.options import (
    ClockOption,
    ConfigOption,
    FollowOption,
    JsonOption,
    ReplayOption,
    SeedOption,
    SerialOption,
    SpeedOption,
)
from gateway.service import ends_with_stdin, run_service
from gateway.wire.timebase import REAL_CLOCK, Clock

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from gateway.link.ble import BluetoothBackend

app = typer.Typer(
    help="Open wearable lumbar-motion monitor: hip hinge or lumbar flexion, sitting, standing, walking.\n\n"
    "For research and education; not a medical device.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
    rich_markup_mode=None,
)

_DEMO_STARTS: Final = time(8)
_SIM_HCI_PORT: Final = 9702
_SCAN_S: Final = 6.0


@app.command()
def demo(
    scenario: Annotated[
        str, typer.Option(help="What the person does: `lumbar sim --list` shows all.")
    ] = "morning",
    replay: ReplayOption = None,
    speed: SpeedOption = 50.0,
    once: Annotated[
        bool, typer.Option("--once", help="End with the scenario, without keeping the page.")
    ] = False,
    port: Annotated[int, typer.Option(min=1, max=65535, help="Port of the page on this computer.")] = 8765,
    out: Annotated[Path | None, typer.Option(metavar="DIR", help="Folder for all results.")] = None,
    seed: SeedOption = 1,
) -> None:
    """Run the whole product on simulated parts, with a page in the browser.

    Example: lumbar demo --once --out demo-run
    """
    from rich.console import Console

    from firmware_sim.demo import run_demo
    from firmware_sim.stage import Plan

    folder = out or Path(tempfile.mkdtemp(prefix="lumbar-demo-"))
    morning = datetime.combine(datetime.now(UTC).date(), _DEMO_STARTS, UTC)
    plan = Plan(
        folder=folder.resolve(),
        clock=Clock.scaled(speed, morning),
        scenario=scenario,
        seed=seed,
        replay=replay,
        page_port=port,
    )
    if not asyncio.run(run_demo(plan, once=once, console=Console())):
        raise typer.Exit(1)


@app.command()
def sim(
    scenario: Annotated[str, typer.Option(help="What the person does.")] = "morning",
    replay: ReplayOption = None,
    speed: SpeedOption = 1.0,
    seed: SeedOption = 1,
    serial: SerialOption = "LM-000001",
    radio: Annotated[
        str | None,
        typer.Option(metavar="HCI", help="Use a radio that runs already, as tcp-client:HOST:PORT."),
    ] = None,
    port: Annotated[
        int, typer.Option(min=1, max=65535, help="HCI port that the radio offers to a gateway.")
    ] = _SIM_HCI_PORT,
    state: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Where the strip keeps flash and bonds; left out, it forgets."),
    ] = None,
    list_: Annotated[bool, typer.Option("--list", help="Show the scenarios and end.")] = False,
    clock: ClockOption = REAL_CLOCK,
    follows: FollowOption = False,
) -> None:
    """Run the simulated strip alone, with the virtual radio that a gateway reaches it by.

    Example: lumbar sim --replay walk.parquet
    """
    from firmware_sim.alone import load_source, run_with_radio
    from firmware_sim.peripheral import run_strip
    from firmware_sim.scenarios import SCENARIOS

    if list_:
        for name, about in SCENARIOS.items():
            typer.echo(f"{name:10} {about}")
        return
    _log_to_stderr(clock)
    if clock.is_real and speed != 1.0:
        clock = Clock.scaled(speed, datetime.now(UTC))
    source = load_source(scenario, seed, replay)

    def on_air(hci: str | None) -> None:
        settings = f'    [bluetooth]\n    virtual_radio = "{hci}"'
        token = "" if clock.is_real else f" --clock {clock.token()}"
        how = f"\n\nIn its settings:\n\n{settings}\n\nand then: lumbar gateway --config lumbar.toml{token}"
        _say({"ready": True, "virtual_radio": hci}, f"Strip {serial} is on the air.{how if hci else ''}")

    async def run() -> None:
        kept = nullcontext(state) if state else tempfile.TemporaryDirectory(prefix="lumbar-strip-")
        with kept as folder:
            strip: dict[str, Any] = {"clock": clock, "serial": serial, "state_dir": Path(folder)}
            async with ends_with_stdin(wanted=follows):
                if radio is None:
                    await run_with_radio(source, **strip, gateway_port=port, on_ready=on_air)
                else:
                    await run_strip(radio, source, **strip, on_ready=lambda: on_air(None))

    asyncio.run(run())


@app.command()
def scan(
    virtual_radio: Annotated[str | None, typer.Option(metavar="HCI", help="Scan a virtual radio.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Find strips in range.

    Example: lumbar scan
    """
    from gateway.link.ble import find_strips

    async def find() -> list[Any]:
        async with _bluetooth(virtual_radio, None) as backend:
            return await find_strips(_SCAN_S, backend)

    strips = asyncio.run(find())
    if as_json:
        keys = ("address", "name", "rssi_dbm")
        typer.echo(json.dumps([{key: getattr(strip, key) for key in keys} for strip in strips]))
    elif not strips:
        typer.echo("No strip in range. Is it charged, and was its button held to let it be paired?")
    else:
        for strip in strips:
            typer.echo(f"{strip.address}  {strip.name:12}  {strip.rssi_dbm} dBm")


@app.command()
def gateway(config: ConfigOption, clock: ClockOption = REAL_CLOCK, follows: FollowOption = False) -> None:
    """Run the home: strip, signal core, reminders, the patient's pages.

    Example: lumbar gateway --config lumbar.toml
    """
    from gateway.app import Gateway
    from gateway.config import GatewayConfig, load_config

    settings = load_config(config, GatewayConfig)
    _log_to_stderr(clock)

    async def run() -> None:
        radio = settings.bluetooth.virtual_radio
        bonds = settings.storage.folder / "bonds.json"
        async with ends_with_stdin(wanted=follows), _bluetooth(radio, bonds) as backend:
            home = Gateway(settings, clock, backend, sys.stdout if sys.stdout.isatty() else None)
            _say({"ready": True, "page": home.url}, f"The patient's page: {home.url}")
            await run_service(home.run(), home.stop)

    asyncio.run(run())


@app.command()
def recorder(config: ConfigOption, clock: ClockOption = REAL_CLOCK, follows: FollowOption = False) -> None:
    """Run the clinic's recorder: events from the broker into the clinic's store.

    Example: lumbar recorder --config recorder.toml
    """
    from analysis.trends.broker import Broker
    from analysis.trends.poison import PoisonFile
    from analysis.trends.recorder import Recorder
    from analysis.trends.sqlite import SqliteStore
    from gateway.config import RecorderConfig, load_config

    settings = load_config(config, RecorderConfig)
    _log_to_stderr(clock)
    settings.store.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)

    async def run() -> None:
        with closing(SqliteStore(settings.store.path)) as store:
            poison = PoisonFile(settings.store.path.with_suffix(".poison.jsonl"))
            service = Recorder(store, Broker(**dict(settings.mqtt)), poison, clock.utc_ns)
            _say({"ready": True}, f"Recording from {settings.mqtt.host} into {settings.store.path}")

            async def stop() -> None:
                service.stop()

            async with ends_with_stdin(wanted=follows):
                await run_service(service.run(), stop)

    asyncio.run(run())


@app.command()
def analyse(
    inputs: Annotated[list[Path], typer.Argument(metavar="FILE...|FOLDER", help="Recordings, or archives.")],
    calibration: Annotated[
        Path | None, typer.Option(metavar="C.json", help="Calibration; found in the data if left out.")
    ] = None,
    aligned: Annotated[
        bool, typer.Option("--aligned", help="The file's axes are the neutral posture.")
    ] = False,
    out: Annotated[
        Path | None, typer.Option(metavar="EVENTS.jsonl", help="Instead of standard output.")
    ] = None,
    angles: Annotated[
        Path | None, typer.Option(metavar="PATH", help="Also write angles: a file, or an existing folder.")
    ] = None,
) -> None:
    """Analyse recordings with the very core that runs live; events come as JSON lines.

    Example: lumbar analyse --aligned pickup.parquet
    """
    from gateway.offline import Analysis, load_calibration
    from gateway.offline import analyse as run

    if calibration and aligned:
        raise typer.BadParameter("give --calibration or --aligned, not both")
    if angles and len(inputs) > 1 and not angles.is_dir():
        raise typer.BadParameter(f"{angles} must be an existing folder to hold the angles of several inputs")
    known = load_calibration(calibration) if calibration else None
    if not run(Analysis(inputs, known, aligned, out, angles)):
        raise typer.Exit(1)


@app.command()
def calibrate(
    recording: Annotated[Path, typer.Argument(metavar="FILE", help="A recording of the guided routine.")],
    out: Annotated[Path, typer.Option(metavar="C.json", help="File to write.")] = Path("calibration.json"),
) -> None:
    """Make a calibration from a recording of the guided routine: stand, walk, bend, hinge, sit.

    Example: lumbar calibrate routine.parquet --out c.json
    """
    from gateway.offline import calibrate as run

    made = run(recording)
    for reason in made.reasons:
        typer.echo(reason, err=True)
    if not made.accepted:
        raise LumbarError(f"{recording.name}: the calibration was rejected; nothing was written")
    try:
        out.write_text(made.to_json() + "\n", encoding="utf-8")
    except OSError as error:
        raise LumbarError(f"cannot write {out}: {error.strerror}") from error
    typer.echo(f"{out}")


@app.command()
def report(
    patient: Annotated[str, typer.Option(help="Pseudonym.")],
    store: Annotated[
        Path, typer.Option(metavar="FILE", help="Store to read: the home's or the clinic's.")
    ] = Path("~/.local/share/lumbar/home.sqlite"),
    from_: Annotated[
        datetime | None, typer.Option("--from", formats=["%Y-%m-%d"], help="First day; the last if left out.")
    ] = None,
    to: Annotated[
        datetime | None, typer.Option("--to", formats=["%Y-%m-%d"], help="Last day; today if left out.")
    ] = None,
    out: Annotated[Path, typer.Option(metavar="F.html", help="File to write.")] = Path("report.html"),
    timezone: Annotated[str, typer.Option(help="Where the patient's day begins and ends.")] = "UTC",
) -> None:
    """Write the lift-quality report as one HTML file.

    Example: lumbar report --patient p-17 --from 2026-03-02 --out report.html
    """
    from analysis.review.publish import write_report
    from analysis.trends.sqlite import SqliteStore
    from gateway.config import time_zone

    if out.suffix.lower() not in {".html", ".htm"}:
        raise typer.BadParameter(f"{out.name}: this version writes HTML; print it to PDF from a browser")
    try:
        zone = time_zone(timezone)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from error
    path = store.expanduser()
    if not path.exists():
        raise LumbarError(f"there is no store {path}; name one with --store")
    with closing(SqliteStore(path)) as trends:
        days = {"first": from_ and from_.date(), "last": to and to.date()}
        write_report(trends, patient, zone, out, now=datetime.now(UTC), **days)
    typer.echo(f"{out}")


@asynccontextmanager
async def _bluetooth(
    virtual_radio: str | None, bonds: Path | None
) -> "AsyncIterator[BluetoothBackend | None]":
    """Give the Bluetooth to use: a virtual adapter, or None for this computer's own.

    `bonds` is where the virtual adapter keeps its bonds; None: nowhere.
    """
    if virtual_radio is None:
        yield None
        return
    try:
        from firmware_sim.bleak_backend import virtual_bluetooth
    except ModuleNotFoundError as error:
        raise LumbarError("a virtual radio needs the extra: pip install 'lumbar-monitor[sim]'") from error
    with tempfile.TemporaryDirectory() as nowhere:
        adapter = virtual_bluetooth(virtual_radio, key_store=bonds or Path(nowhere) / "bonds.json")
        try:
            yield adapter
        finally:
            await adapter.close()


def _log_to_stderr(clock: Clock) -> None:
    from gateway.logs import configure_logs

    configure_logs(clock)


def _say(for_program: dict[str, Any], for_person: str) -> None:
    """Tell what has begun, as a line of JSON where a program reads."""
    typer.echo(for_person if sys.stdout.isatty() else json.dumps(for_program))
    sys.stdout.flush()


def _trouble(error: OSError) -> str:
    """Return what the system refuses: mostly a folder that is none, or a full disk."""
    where = f"{error.filename}: " if error.filename is not None else ""
    return f"{where}{error.strerror or error}"


def main() -> NoReturn:
    """Run the command line; whatever fails is one line on standard error and status 1."""
    from firmware_sim.errors import SimError

    try:
        app()
    except (LumbarError, SimError) as error:
        typer.echo(f"lumbar: {error}", err=True)
    except KeyboardInterrupt:
        sys.exit(130)
    except BrokenPipeError:
        sys.stderr.close()  # whoever read our output has gone, as in `lumbar ... | head`
    except OSError as error:
        typer.echo(f"lumbar: {_trouble(error)}", err=True)
    except Exception as error:
        if os.environ.get("LUMBAR_DEBUG"):
            raise
        fault = f"{type(error).__name__}: {error}"
        typer.echo(
            f"lumbar: a fault of this program, not yours ({fault}); LUMBAR_DEBUG=1 shows more", err=True
        )
    sys.exit(1)


if __name__ == "__main__":
    main()
