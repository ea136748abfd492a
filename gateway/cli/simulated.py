"""The simulated parts: ``lumbar demo`` and ``lumbar sim``."""

import tempfile
from contextlib import nullcontext
from datetime import UTC, datetime, time
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from gateway.cli.options import ClockOption, ReplayOption, SeedOption, SerialOption, SpeedOption
from gateway.cli.output import log_to_stderr, say
from gateway.wire.timebase import REAL_CLOCK, Clock

app = typer.Typer()

_DEMO_STARTS: Final = time(8)
_SIM_HCI_PORT: Final = 9702


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
    import asyncio

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
) -> None:
    """Run the simulated strip alone, with the virtual radio that a gateway reaches it by.

    Example: lumbar sim --replay walk.parquet
    """
    import asyncio

    from firmware_sim.alone import load_source, run_with_radio
    from firmware_sim.peripheral import run_strip
    from firmware_sim.scenarios import SCENARIOS

    if list_:
        for name, about in SCENARIOS.items():
            typer.echo(f"{name:10} {about}")
        return
    log_to_stderr(clock)
    if clock.is_real and speed != 1.0:
        clock = Clock.scaled(speed, datetime.now(UTC))
    source = load_source(scenario, seed, replay)

    def on_air(hci: str | None) -> None:
        settings = f'    [bluetooth]\n    virtual_radio = "{hci}"'
        token = "" if clock.is_real else f" --clock {clock.token()}"
        how = f"\n\nIn its settings:\n\n{settings}\n\nand then: lumbar gateway --config lumbar.toml{token}"
        say({"ready": True, "virtual_radio": hci}, f"Strip {serial} is on the air.{how if hci else ''}")

    async def run() -> None:
        kept = nullcontext(state) if state else tempfile.TemporaryDirectory(prefix="lumbar-strip-")
        with kept as folder:
            strip: dict[str, Any] = {"clock": clock, "serial": serial, "state_dir": Path(folder)}
            if radio is None:
                await run_with_radio(source, **strip, gateway_port=port, on_ready=on_air)
            else:
                await run_strip(radio, source, **strip, on_ready=lambda: on_air(None))

    asyncio.run(run())
