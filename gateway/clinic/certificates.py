"""The clinic's own certificate authority, and the broker's certificate from it.

Gateways trust this authority for this broker and nothing else, so no public one is needed, and none can be
talked into a false certificate. The authority's key is used when a certificate is made and at no other time.
"""

import ipaddress
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

_AUTHORITY_DAYS: Final = 3650
_CERTIFICATE_DAYS: Final = 800
"""Longest life that common TLS libraries accept is 825 days."""
_BEFORE: Final = timedelta(days=1)
"""A home's clock may be behind."""
_SECRET: Final = 0o600
_PUBLIC: Final = 0o644


def make_authority(certificate: Path, key: Path, now: datetime) -> None:
    """Make an authority; neither file may be there yet."""
    private = ec.generate_private_key(ec.SECP256R1())
    name = _name("Lumbar Monitor clinic")
    builder = (
        _builder(name, name, private.public_key(), now, _AUTHORITY_DAYS)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(signs_certificates=True), critical=True)
    )
    _write(key, _pem(private), _SECRET)
    _write(
        certificate, builder.sign(private, hashes.SHA256()).public_bytes(serialization.Encoding.PEM), _PUBLIC
    )


def make_certificate(
    authority: Path, authority_key: Path, certificate: Path, key: Path, *, hosts: Sequence[str], now: datetime
) -> None:
    """Make the broker's certificate for `hosts` (names or IP addresses), in place of an older one."""
    signer = serialization.load_pem_private_key(authority_key.read_bytes(), password=None)
    assert isinstance(signer, ec.EllipticCurvePrivateKey)
    issuer = x509.load_pem_x509_certificate(authority.read_bytes())
    private = ec.generate_private_key(ec.SECP256R1())
    builder = (
        _builder(_name(hosts[0]), issuer.subject, private.public_key(), now, _CERTIFICATE_DAYS)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(signs_certificates=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.SubjectAlternativeName([_host(host) for host in hosts]), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()), critical=False
        )
    )
    _write(key, _pem(private), _SECRET)
    _write(
        certificate, builder.sign(signer, hashes.SHA256()).public_bytes(serialization.Encoding.PEM), _PUBLIC
    )


def days_left(certificate: Path, now: datetime) -> float:
    """Return for how many days a certificate is still valid; raises OSError or ValueError if it is none."""
    until = x509.load_pem_x509_certificate(certificate.read_bytes()).not_valid_after_utc
    return (until - now) / timedelta(days=1)


def _builder(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey, now: datetime, days: int
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _BEFORE)
        .not_valid_after(now + timedelta(days=days))
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
    )


def _usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        encipher_only=False,
        decipher_only=False,
    )


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text[:64])])


def _host(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        return x509.DNSName(host)


def _pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def _write(path: Path, content: bytes, mode: int) -> None:
    new = path.with_name(f"{path.name}.new")
    new.touch(mode=mode)
    new.chmod(mode)
    new.write_bytes(content)
    new.replace(path)
