"""Certificates for 127.0.0.1 of an authority of our own, right and wrong ones."""

import datetime
import ipaddress
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

DAY = datetime.timedelta(days=1)


class Authority:
    """A root, and an intermediate certificate that it has signed: servers have theirs from the latter."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._root_key, self._key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
        root = _certificate("Test Root", self._root_key.public_key(), "Test Root", self._root_key, is_authority=True)
        self._middle = _certificate("Test Intermediate", self._key.public_key(), "Test Root", self._root_key, is_authority=True)
        self.root = folder / "root.pem"
        self.root.write_bytes(_pem(root))

    def server(self, name: str, days: float = 90, whole: bool = True, host: str = "127.0.0.1") -> tuple[Path, Path]:
        """The files of a certificate and its key; without its chain if it is not to be whole."""
        key = ec.generate_private_key(ec.SECP256R1())
        own = _certificate(name, key.public_key(), "Test Intermediate", self._key, ends_in=days * DAY, host=host)
        return self._written(name, key, _pem(own) + (_pem(self._middle) if whole else b""))

    def alone(self, name: str) -> tuple[Path, Path]:
        """One that has signed itself."""
        key = ec.generate_private_key(ec.SECP256R1())
        return self._written(name, key, _pem(_certificate(name, key.public_key(), name, key, host="127.0.0.1")))

    def _written(self, name: str, key: ec.EllipticCurvePrivateKey, pem: bytes) -> tuple[Path, Path]:
        certificate, key_file = self.folder / f"{name}.pem", self.folder / f"{name}.key"
        certificate.write_bytes(pem)
        key_file.write_bytes(
            key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        )
        return certificate, key_file


def _pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.PEM)


def _certificate(
    name: str,
    key: ec.EllipticCurvePublicKey,
    issuer: str,
    issuer_key: ec.EllipticCurvePrivateKey,
    is_authority: bool = False,
    ends_in: datetime.timedelta = 365 * DAY,
    host: str | None = None,
) -> x509.Certificate:
    now = datetime.datetime.now(datetime.UTC)
    builder = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]))
        .issuer_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, issuer)]))
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - 30 * DAY)
        .not_valid_after(now + ends_in)
        .add_extension(x509.BasicConstraints(ca=is_authority, path_length=None), critical=True)
    )
    if host is not None:
        try:
            alternative: x509.GeneralName = x509.IPAddress(ipaddress.ip_address(host))
        except ValueError:
            alternative = x509.DNSName(host)
        builder = builder.add_extension(x509.SubjectAlternativeName([alternative]), critical=False)
    return builder.sign(issuer_key, hashes.SHA256())
