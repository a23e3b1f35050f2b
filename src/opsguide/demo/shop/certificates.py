"""The shop's certificates: a good one and one that has run out, from an authority made for this run."""

import ipaddress
import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

AUTHORITY = "authority.pem"
GOOD, EXPIRED = "good.pem", "expired.pem"
HOST = ipaddress.ip_address("127.0.0.1")
DAY = timedelta(days=1)


class Certificates:
    """Files in `folder`: who trusts AUTHORITY trusts the shop. New at each start."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Harbour demo authority")])
        now = datetime.now(UTC)
        folder.mkdir(parents=True, exist_ok=True)
        (folder / AUTHORITY).write_bytes(self._authority(now).public_bytes(Encoding.PEM))
        self._write(GOOD, now - DAY, now + 90 * DAY)
        self._write(EXPIRED, now - 90 * DAY, now - timedelta(minutes=1))

    def context(self) -> ssl.SSLContext:
        """For the server; what `show` is called with later, new connections are shown."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self._folder / GOOD)
        return context

    def show(self, context: ssl.SSLContext, name: str) -> None:
        """New connections are shown this one."""
        context.load_cert_chain(self._folder / name)

    def _authority(self, now: datetime) -> x509.Certificate:
        built = self._builder(self._name, self._key.public_key(), now - 120 * DAY, now + 120 * DAY)
        built = built.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        signs = x509.KeyUsage(
            digital_signature=False,
            content_commitment=False,
            key_encipherment=False,
            data_encipherment=False,
            key_agreement=False,
            key_cert_sign=True,
            crl_sign=True,
            encipher_only=False,
            decipher_only=False,
        )
        return built.add_extension(signs, critical=True).sign(self._key, hashes.SHA256())

    def _write(self, name: str, start: datetime, end: datetime) -> None:
        """Certificate and key in one file, for the owner only."""
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Harbour")])
        built = self._builder(subject, key.public_key(), start, end)
        built = built.add_extension(x509.SubjectAlternativeName([x509.IPAddress(HOST)]), critical=False)
        built = built.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        built = built.add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        certificate = built.sign(self._key, hashes.SHA256()).public_bytes(Encoding.PEM)
        secret = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        path = self._folder / name
        path.touch(mode=0o600)
        path.write_bytes(secret + certificate)

    def _builder(
        self, subject: x509.Name, key: ec.EllipticCurvePublicKey, start: datetime, end: datetime
    ) -> x509.CertificateBuilder:
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self._name)
            .public_key(key)
            .serial_number(x509.random_serial_number())
            .not_valid_before(start)
            .not_valid_after(end)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key()), critical=False
            )
        )
