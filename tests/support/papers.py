"""Certificates for tests, of an authority that nobody trusts unless he is told to."""

from __future__ import annotations

import functools
import hashlib
import ssl
from typing import TYPE_CHECKING, Any

import trustme

if TYPE_CHECKING:
    from pathlib import Path


class Papers:
    """An authority, and what it signs."""

    def __init__(self) -> None:
        self._authority = trustme.CA()

    def authority(self, folder: Path) -> Path:
        """Write its own certificate into a folder; return the file."""
        path = folder / "authority.pem"
        self._authority.cert_pem.write_to_path(path)
        return path

    def write(self, folder: Path, *names: str, **options: Any) -> tuple[Path, Path]:
        """Write a certificate for these names, and its key; return the files."""
        issued = self._authority.issue_cert(*(names or ("localhost", "127.0.0.1")), **options)
        certificate, key = folder / "certificate.pem", folder / "key.pem"
        key.write_bytes(issued.private_key_pem.bytes())
        certificate.write_bytes(b"".join(blob.bytes() for blob in issued.cert_chain_pems))
        return certificate, key

    def contexts(self) -> tuple[ssl.SSLContext, ssl.SSLContext]:
        """Return a server's context, and that of a client who trusts it."""
        server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._authority.issue_cert("localhost").configure_cert(server)
        client = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        self._authority.configure_trust(client)
        return server, client


def fingerprint(certificate: Path) -> str:
    """Return the SHA-256 of the first certificate in a file."""
    pem = certificate.read_text().partition("-----END CERTIFICATE-----")
    return hashlib.sha256(ssl.PEM_cert_to_DER_cert(pem[0] + pem[1])).hexdigest()


@functools.cache
def papers() -> Papers:
    """Return the one for all tests: to make one takes a moment."""
    return Papers()
