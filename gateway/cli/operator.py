"""An operator's work: ``lumbar clinic ...`` and ``lumbar replace-strip``."""

import json
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer

from analysis.events.errors import LumbarError
from gateway.cli.options import ConfigOption

app = typer.Typer()
clinic = typer.Typer(
    help="Set up a clinic, make patients, move gateways, export and erase.", no_args_is_help=True
)
app.add_typer(clinic, name="clinic")

FolderOption = Annotated[
    Path, typer.Option("--folder", metavar="DIR", help="The clinic's folder.", envvar="LUMBAR_CLINIC")
]
ZoneOption = Annotated[str, typer.Option("--timezone", help="Where the patient's day begins and ends.")]
OutOption = Annotated[Path, typer.Option("--out", metavar="DIR", help="Folder for the gateway's files.")]
PatientArgument = Annotated[str, typer.Argument(metavar="PATIENT", help="Pseudonym, never a name.")]
HomeOption = Annotated[
    str, typer.Option("--home-folder", metavar="DIR", help="Where the files will lie on the gateway.")
]
_DEFAULT_FOLDER = Path("/srv/lumbar")
_RELOAD = "Tell the broker: docker compose kill -s HUP mosquitto (or: systemctl reload mosquitto)"


@clinic.command()
def init(
    host: Annotated[
        list[str], typer.Option("--host", help="Name or address of the broker as homes see it; repeatable.")
    ],
    timezone: ZoneOption,
    folder: FolderOption = _DEFAULT_FOLDER,
    without_compose: Annotated[
        bool, typer.Option("--without-compose", help="All services on this computer, trends in SQLite.")
    ] = False,
) -> None:
    """Make secrets, certificates, logins and settings; what is there already stays as it is.

    Example: lumbar clinic init --host broker.clinic.example --timezone Europe/Vienna
    """
    from gateway.clinic.folder import ClinicFolder

    prepared = ClinicFolder(folder.absolute())
    made = prepared.prepare(host, timezone, datetime.now(UTC), in_compose=not without_compose)
    typer.echo("\n".join(f"made {what}" for what in made) or "nothing was missing")


@clinic.command()
def certify(
    host: Annotated[list[str], typer.Option("--host", help="Name or address of the broker; repeatable.")],
    folder: FolderOption = _DEFAULT_FOLDER,
) -> None:
    """Renew the broker's certificate; the homes notice nothing, since the authority stays.

    Example: lumbar clinic certify --host broker.clinic.example
    """
    from gateway.clinic.folder import ClinicFolder

    renewed = ClinicFolder(folder.absolute())
    _ = renewed.host
    renewed.certify(host, datetime.now(UTC))
    typer.echo(_RELOAD)


@clinic.command("add-patient")
def add_patient(
    timezone: ZoneOption,
    patient: Annotated[
        str | None, typer.Argument(metavar="[PATIENT]", help="Pseudonym, never a name; drawn if left out.")
    ] = None,
    folder: FolderOption = _DEFAULT_FOLDER,
    out: OutOption = Path(),
    home_folder: HomeOption = "/etc/lumbar",
) -> None:
    """Make a patient: pseudonym, login at the broker, and the files for the gateway.

    Example: lumbar clinic add-patient --timezone Europe/Vienna
    """
    from gateway.clinic.folder import ClinicFolder
    from gateway.clinic.patients import Home, new_pseudonym
    from gateway.clinic.patients import add_patient as add

    where = ClinicFolder(folder.absolute())
    name = patient or new_pseudonym(where.passwords.names())
    files = out / name
    add(where, name, timezone, files, Home(home_folder))
    typer.echo(f"{name}: carry {files} to the gateway, as {home_folder}, and delete it here.\n{_RELOAD}")


@clinic.command("move-gateway")
def move_gateway(
    patient: PatientArgument,
    timezone: ZoneOption,
    folder: FolderOption = _DEFAULT_FOLDER,
    out: OutOption = Path(),
    home_folder: HomeOption = "/etc/lumbar",
) -> None:
    """Write a patient's files for another computer, and shut the old one out.

    Example: lumbar clinic move-gateway p-4k7xqt --timezone Europe/Vienna
    """
    from gateway.clinic.folder import ClinicFolder
    from gateway.clinic.patients import Home
    from gateway.clinic.patients import move_gateway as move

    files = out / patient
    move(ClinicFolder(folder.absolute()), patient, timezone, files, Home(home_folder))
    typer.echo(f"{patient}: carry {files} to the new gateway, as {home_folder}, and delete it here.")
    typer.echo(f"The old gateway's data: copy its /var/lib/lumbar first. {_RELOAD}")


@clinic.command()
def export(
    patient: PatientArgument,
    config: ConfigOption,
    out: Annotated[Path, typer.Option(metavar="F.jsonl", help="File to write.")],
) -> None:
    """Write all events of a patient, as JSON lines.

    Example: lumbar clinic export p-4k7xqt --config recorder.toml --out p-4k7xqt.jsonl
    """
    from gateway.config import RecorderConfig, load_config
    from gateway.stores import open_store

    with closing(open_store(load_config(config, RecorderConfig).store)) as store:
        if patient not in store.patients():
            raise LumbarError(f"the store knows no patient {patient!r}; nothing was written")
        count = 0
        with out.open("x", encoding="utf-8") as file:
            for event in store.export(patient):
                file.write(json.dumps(event, ensure_ascii=False, separators=(",", ":")) + "\n")
                count += 1
    typer.echo(f"{count} events of {patient} in {out}")


@clinic.command()
def erase(
    patient: PatientArgument,
    config: ConfigOption,
    folder: FolderOption = _DEFAULT_FOLDER,
    register: Annotated[
        Path | None, typer.Option(metavar="FILE", help="The review database, as in review.toml.")
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Remove everything the clinic holds of a patient: login, events, days, name. For ever.

    Example: lumbar clinic erase p-4k7xqt --config recorder.toml --register review.sqlite
    """
    from analysis.review.clinic.register import Register
    from analysis.trends.broker import Broker
    from gateway.clinic.broker_calls import forget_patient, operator_of
    from gateway.clinic.folder import ClinicFolder
    from gateway.config import RecorderConfig, load_config
    from gateway.stores import open_store

    settings = load_config(config, RecorderConfig)
    where = ClinicFolder(folder.absolute())
    if not yes:
        typer.confirm(f"Erase all that is known of {patient}? It cannot be undone.", abort=True)
    with closing(open_store(settings.store)) as store:
        login = where.passwords.remove(patient)
        forget_patient(operator_of(Broker(**dict(settings.mqtt)), where), patient, store.devices(patient))
        count = store.erase(patient)
    named = False
    if register is not None:
        with closing(Register(register)) as book:
            named = book.forget(patient)
            book.note(f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%S}.000Z", None, "erased", patient)
    if not login and not count and not named:
        raise LumbarError(f"there was nothing of {patient!r}")
    typer.echo(f"{count} events of {patient} erased. {_RELOAD}")
    typer.echo("Backups still hold them: delete those, or let them grow out of date.")


@clinic.command()
def resend(
    since: Annotated[datetime, typer.Option("--since", formats=["%Y-%m-%d", "%Y-%m-%dT%H:%M"], help="UTC.")],
    config: ConfigOption,
    folder: FolderOption = _DEFAULT_FOLDER,
) -> None:
    """After a backup was restored: ask every home to send again what is newer (at most 14 days).

    Example: lumbar clinic resend --since 2026-03-01 --config recorder.toml
    """
    from analysis.trends.broker import Broker
    from gateway.clinic.broker_calls import ask_to_resend, operator_of
    from gateway.clinic.folder import ClinicFolder
    from gateway.config import RecorderConfig, load_config
    from gateway.stores import open_store

    settings = load_config(config, RecorderConfig)
    with closing(open_store(settings.store)) as store:
        homes = [(patient, device) for patient in store.patients() for device in store.devices(patient)]
    now = datetime.now(UTC)
    instants = (since.replace(tzinfo=UTC), now, now + timedelta(days=7))
    texts = [f"{instant:%Y-%m-%dT%H:%M:%S}.000Z" for instant in instants]
    broker = operator_of(Broker(**dict(settings.mqtt)), ClinicFolder(folder.absolute()))
    ask_to_resend(broker, homes, texts[0], now=texts[1], expires=texts[2])
    typer.echo(f"asked {len(homes)} homes to send again what they put since {texts[0]}")


@app.command("replace-strip")
def replace_strip(
    serial: Annotated[str, typer.Argument(metavar="SERIAL", help="Serial number of the new strip.")],
    config: ConfigOption,
) -> None:
    """Let a home use another strip; the patient's trends go on.

    Example: lumbar replace-strip LM-000042 --config lumbar.toml
    """
    from gateway.clinic.strips import replace_strip as replace

    before = replace(config, serial)
    typer.echo(f"{config}: {serial} instead of {before or 'the first strip found'}.")
    typer.echo("Start the gateway again, and hold the new strip's button to let it be paired.")
