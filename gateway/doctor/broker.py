"""The broker, step by step: name, port, TLS, login, rights. The first step that fails ends the walk.

The login is that of the service, and a broker lets a login in once: a gateway or recorder that runs is
disconnected for a moment and comes back by itself. Its session is left as it was.
"""

import asyncio
import socket
import ssl
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from analysis.events.topics import CommandTopic, EventTopic
from analysis.trends.broker import Broker, BrokerSettingsError
from analysis.trends.connection import Acknowledged, Connected, Connection, Lost, Publication
from gateway.doctor.finding import Finding, fault, not_checked, ok, warning

_PATIENCE_S: Final = 10.0
_SOON_DAYS: Final = 30
_NOBODY: Final = "doctor-probe"
"""A patient there is not."""
_STEPS: Final = ("broker-reachable", "broker-tls", "broker-login", "broker-rights")


@dataclass(frozen=True, slots=True)
class Role:
    """Whose rights are looked at.

    Parameters
    ----------
    allowed, forbidden
        Where the service must and must not be able to publish; empty messages there are heeded by nobody.
    session_expiry_s
        How long the broker keeps the service's session, s.
    """

    allowed: str
    forbidden: str
    session_expiry_s: int


def home_role(patient: str) -> Role:
    """Return the role of a patient's gateway."""
    own = str(EventTopic(patient, _NOBODY, "status"))
    return Role(own, str(EventTopic(_NOBODY, _NOBODY, "status")), 86_400)


def recorder_role() -> Role:
    """Return the role of the clinic's recorder."""
    allowed = str(CommandTopic(_NOBODY, _NOBODY, "committed"))
    return Role(allowed, str(EventTopic(_NOBODY, _NOBODY, "mark")), 7 * 86_400)


def review_role() -> Role:
    """Return the role of the therapist's pages."""
    allowed = str(CommandTopic(_NOBODY, _NOBODY, "settings"))
    return Role(allowed, str(EventTopic(_NOBODY, _NOBODY, "mark")), 0)


def broker_steps(broker: Broker, role: Role) -> list[Finding]:
    """Walk through the steps; those after a fault are not checked."""
    findings: list[Finding] = []
    for finding in _walk(broker, role):
        findings.append(finding)
        if finding.state == "fault":
            break
    done = {finding.code for finding in findings}
    return findings + [not_checked(step, "a step before it failed") for step in _STEPS if step not in done]


def _walk(broker: Broker, role: Role) -> Iterator[Finding]:
    yield _reachable(broker)
    yield _tls(broker)
    yield from asyncio.run(_login_and_rights(broker, role))


def _reachable(broker: Broker) -> Finding:
    code = "broker-reachable"
    try:
        socket.create_connection((broker.host, broker.port), timeout=_PATIENCE_S).close()
    except socket.gaierror:
        return fault(
            code, f"the name {broker.host} is not known", "check host in the settings, and this network's DNS"
        )
    except OSError as error:
        advice = "is the broker running, and does a firewall let its port through?"
        return fault(code, f"nothing answers at {broker} ({error.strerror or error})", advice)
    return ok(code, f"{broker} answers")


def _tls(broker: Broker) -> Finding:
    code = "broker-tls"
    try:
        context = broker.tls()
    except BrokerSettingsError as error:
        return fault(code, str(error), "copy the clinic's ca.crt there, or correct ca_file")
    if context is None:
        if broker.host in {"localhost", "127.0.0.1", "::1"}:
            return not_checked(code, "no TLS, on this computer only")
        return warning(
            code, "without TLS everybody on the way can read", "set ca_file, and the port of TLS (8883)"
        )
    try:
        with (
            socket.create_connection((broker.host, broker.port), timeout=_PATIENCE_S) as plain,
            context.wrap_socket(plain, server_hostname=broker.host) as secured,
        ):
            certificate = secured.getpeercert() or {}
    except ssl.SSLCertVerificationError as error:
        advice = "wrong ca_file or host, a clock that is off, or it has ended (lumbar clinic certify)"
        return fault(code, f"the broker's certificate is not accepted: {error.verify_message}", advice)
    except (OSError, ssl.SSLError) as error:
        return fault(code, f"no TLS at {broker} ({error})", "is it the port of TLS (8883)?")
    until = datetime.fromtimestamp(ssl.cert_time_to_seconds(str(certificate["notAfter"])), UTC)
    days = (until - datetime.now(UTC)).days
    if days < _SOON_DAYS:
        return warning(
            code, f"the broker's certificate ends in {days} days", "at the clinic: lumbar clinic certify"
        )
    return ok(code, f"certificate accepted, valid for {days} days")


async def _login_and_rights(broker: Broker, role: Role) -> list[Finding]:
    try:
        connection = Connection(broker, "lumbar-doctor", session_expiry_s=role.session_expiry_s)
    except BrokerSettingsError as error:
        return [fault("broker-login", str(error), "put the password there, or correct password_file")]
    try:
        async with asyncio.timeout(_PATIENCE_S):
            login = await _login(connection, broker)
            if login.state == "fault":
                return [login]
            return [login, await _rights(connection, role)]
    except TimeoutError:
        return [fault("broker-login", "the broker does not answer to MQTT", "is it an MQTT 5 broker?")]
    finally:
        await connection.close()


async def _login(connection: Connection, broker: Broker) -> Finding:
    happened = await connection.next()
    if isinstance(happened, Connected):
        return ok("broker-login", f"let in as {broker.username or 'anybody'}")
    reason = happened.reason if isinstance(happened, Lost) else "an unexpected answer"
    advice = (
        "check username and password_file; after add-patient or move-gateway the broker must reload (SIGHUP)"
    )
    return fault("broker-login", f"not let in as {broker.username or 'anybody'}: {reason}", advice)


async def _rights(connection: Connection, role: Role) -> Finding:
    code = "broker-rights"
    refusal = await _refusal(connection, role.allowed)
    if refusal is not None:
        advice = "is deploy/mosquitto/acl the broker's acl_file, and the login the patient's pseudonym?"
        return fault(code, f"may not publish to {role.allowed}: {refusal}", advice)
    if await _refusal(connection, role.forbidden) is None:
        advice = (
            "use deploy/mosquitto/acl as the broker's acl_file; until then anybody with a login can forge"
        )
        return warning(code, f"may publish to {role.forbidden}, which is nobody's business", advice)
    return ok(code, "may publish where it must, and not elsewhere")


async def _refusal(connection: Connection, topic: str) -> str | None:
    mid = connection.publish(Publication(topic, b""))
    while True:
        match await connection.next():
            case Acknowledged(acknowledged, refusal) if acknowledged == mid:
                return refusal
            case Lost(reason):
                return reason
