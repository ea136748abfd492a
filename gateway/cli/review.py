"""The therapist's pages: ``lumbar review``, and the accounts that open them: ``lumbar account``."""

import sys
from contextlib import ExitStack, closing
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from analysis.events.errors import LumbarError
from gateway.cli.options import ConfigOption
from gateway.cli.output import log_to_stderr, say
from gateway.wire.timebase import REAL_CLOCK

if TYPE_CHECKING:
    from analysis.review.clinic.register import Register

app = typer.Typer()
account = typer.Typer(help="Who may open the therapist's pages; there is no account from the start.")
app.add_typer(account, name="account")

RegisterOption = Annotated[
    Path, typer.Option("--register", metavar="FILE", help="The review database, as in review.toml.")
]
_REGISTER = Path("~/.local/share/lumbar/review.sqlite")


@app.command()
def review(config: ConfigOption) -> None:
    """Serve the therapist's pages.

    Example: lumbar review --config review.toml
    """
    import asyncio

    from analysis.review.clinic.register import Register
    from gateway.clinic_pages import serve_review
    from gateway.config import ReviewConfig, load_config
    from gateway.stores import open_store

    settings = load_config(config, ReviewConfig)
    log_to_stderr(REAL_CLOCK)
    settings.register_file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with ExitStack() as resources:
        register = resources.enter_context(closing(Register(settings.register_file)))
        store = resources.enter_context(closing(open_store(settings.store)))
        if not register.accounts():
            raise LumbarError(
                "nobody may come in yet; make an account first: lumbar account add LOGIN --name NAME"
            )
        asyncio.run(
            serve_review(
                settings, register, store, lambda url: say({"ready": True, "page": url}, f"Pages: {url}")
            )
        )


@account.command()
def add(
    login: Annotated[str, typer.Argument(help="What is typed to come in.")],
    name: Annotated[str, typer.Option(help="The person's name.")],
    patient: Annotated[
        str | None, typer.Option(metavar="PSEUDONYM", help="For a patient's own account: whose it is.")
    ] = None,
    register: RegisterOption = _REGISTER,
) -> None:
    """Add an account, or give one a new password; the password is asked for, or read from a pipe.

    Example: lumbar account add mayer --name "Anna Mayer"
    """
    from analysis.review.clinic.passwords import hashed
    from analysis.review.clinic.register import Account, Role

    if not login.isprintable() or not 0 < len(login) <= 64 or login != login.strip():
        raise typer.BadParameter("a login has 1 to 64 printable characters")
    password = _password()
    with closing(_open(register, make=True)) as book:
        if patient is not None and book.patient(patient) is None:
            raise LumbarError(
                f"there is no patient {patient!r}; add the patient first: lumbar account patient"
            )
        role: Role = "therapist" if patient is None else "patient"
        book.add_account(Account(login, name, role, hashed(password), patient, is_open=True))
        book.note(_now(), None, "account", patient, f"{login} ({role}) on the command line")
    typer.echo(f"{login}: {role}, {name}")


@account.command()
def patient(
    pseudonym: Annotated[str, typer.Argument(help="As in the patient's gateway.")],
    name: Annotated[str, typer.Option(help="The patient's name; it stays in the review database.")],
    therapist: Annotated[str, typer.Option(help="Login of the therapist whose patient this is.")],
    timezone: Annotated[str, typer.Option(help="Where the patient's day begins and ends.")] = "UTC",
    register: RegisterOption = _REGISTER,
) -> None:
    """Say whose name belongs to a pseudonym, and who treats that patient.

    Example: lumbar account patient p-17 --name "Eva Berg" --therapist mayer --timezone Europe/Vienna
    """
    from pydantic import TypeAdapter, ValidationError

    from analysis.events.fields import Pseudonym
    from analysis.review.clinic.register import Patient
    from gateway.config import time_zone

    try:
        TypeAdapter(Pseudonym).validate_python(pseudonym)
        time_zone(timezone)
    except ValidationError as error:
        raise typer.BadParameter(f"{pseudonym[:64]!r} is no pseudonym: letters, digits, - _ .") from error
    except ValueError as error:
        raise typer.BadParameter(str(error)) from error
    with closing(_open(register)) as book:
        book.add_patient(Patient(pseudonym, name, therapist, timezone))
        book.note(_now(), None, "patient", pseudonym, f"of {therapist}, on the command line")
    typer.echo(f"{pseudonym}: patient of {therapist}")


@account.command("list")
def list_(register: RegisterOption = _REGISTER) -> None:
    """Show the accounts.

    Example: lumbar account list
    """
    with closing(_open(register)) as book:
        for each in book.accounts():
            closed = "" if each.is_open else "  (closed)"
            typer.echo(f"{each.login:20} {each.role:10} {each.name}{closed}")


@account.command()
def close(login: str, register: RegisterOption = _REGISTER) -> None:
    """Let nobody in by an account any more.

    Example: lumbar account close mayer
    """
    with closing(_open(register)) as book:
        book.close_account(login)
        book.note(_now(), None, "account", None, f"{login} closed on the command line")
    typer.echo(f"{login}: closed")


@account.command()
def log(
    lines: Annotated[int, typer.Option(min=1, help="How many, the newest.")] = 50,
    register: RegisterOption = _REGISTER,
) -> None:
    """Show who saw and changed what, and whether the log is whole.

    Example: lumbar account log --lines 20
    """
    from analysis.review.clinic.audit import broken_at

    with closing(_open(register)) as book:
        whole = book.audit()
        for line in whole[-lines:]:
            said = " ".join(filter(None, [line.did, line.patient, line.detail]))
            typer.echo(f"{line.number:6} {line.at[:19]}Z  {line.who or '-':16} {said}")
        if (broken := broken_at(whole)) is not None:
            raise LumbarError(f"the log was changed: line {broken} does not follow from the one before it")


def _open(path: Path, *, make: bool = False) -> "Register":
    from analysis.review.clinic.register import Register

    path = path.expanduser()
    if not make and not path.exists():
        raise LumbarError(
            f"there is no review database {path}; name one with --register, or add an account first"
        )
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    return Register(path)


def _password() -> str:
    if sys.stdin.isatty():
        return str(typer.prompt("Password", hide_input=True, confirmation_prompt=True))
    return sys.stdin.readline().rstrip("\r\n")


def _now() -> str:
    from analysis.events.fields import utc_text

    return utc_text(int(datetime.now(UTC).timestamp() * 1e9))
