"""The server's certificate: read and checked at the start, and again whenever its files change."""

from __future__ import annotations

import asyncio
import logging
import ssl
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NoReturn

if TYPE_CHECKING:
    from pathlib import Path

logger = logging.getLogger(__name__)

LOOK_EVERY: Final = 10.0
"""Seconds between two looks at the files. Who renews certificates does it once in weeks."""


class CertificateError(Exception):
    """It cannot be used: ``str(error)`` is a sentence."""


@dataclass(frozen=True, slots=True)
class TlsFiles:
    """Where the parts are, in PEM."""

    certificate: Path
    """The server's, then those that lead from it to an authority."""
    key: Path
    """Its private key, without a passphrase."""
    client_authority: Path | None = None
    """Whose certificates clients must show; None asks for none."""


class Certificate:
    """What encrypted connections begin with.

    Its `context` stays the same, and what it holds changes: connections that stand go on with what
    they began with. Who vouches for clients is read once.

    Args:
        files: Where it is.

    Raises:
        CertificateError: The files are not there, or of no use.
    """

    def __init__(self, files: TlsFiles) -> None:
        self._files = files
        self._seen = self._stamps()
        self.context = self._made()
        """For `asyncio.loop.create_server`: TLS 1.2 or newer."""

    def renew(self) -> None:
        """Read certificate and key again.

        Raises:
            CertificateError: They are of no use; those of before stay in use.
        """
        self._seen = self._stamps()
        self._made()  # a context that took half of it would be of no use any more
        self._load(self.context)
        logger.info("certificate reloaded")

    async def watch(self) -> None:
        """Read them again whenever they have changed, until cancelled."""
        while True:
            await asyncio.sleep(LOOK_EVERY)
            if self._stamps() != self._seen:
                self.try_to_renew()

    def try_to_renew(self) -> None:
        """Read them again; whoever runs the server is told where that fails."""
        try:
            self.renew()
        except CertificateError as error:
            # Where it is wrong is told: it is a file of whoever reads this.
            logger.error(  # noqa: TRY400 - told
                "the certificate of before stays in use", extra={"reason": str(error)}
            )

    def _stamps(self) -> list[tuple[int, int, int]]:
        """Return what changes with the files."""
        stamps = []
        for path in (self._files.certificate, self._files.key):
            try:
                now = path.stat()
            except OSError:
                stamps.append((0, 0, 0))
            else:
                stamps.append((now.st_ino, now.st_mtime_ns, now.st_size))
        return stamps

    def _made(self) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        context.options |= ssl.OP_NO_COMPRESSION | ssl.OP_NO_RENEGOTIATION
        self._load(context)
        authority = self._files.client_authority
        if authority is not None:
            context.verify_mode = ssl.CERT_REQUIRED
            try:
                context.load_verify_locations(authority)
            except ssl.SSLError:
                raise CertificateError(f"{authority} holds no certificate in PEM.") from None
            except OSError as error:
                raise _unreadable(authority, error) from None
        return context

    def _load(self, context: ssl.SSLContext) -> None:
        certificate, key = self._files.certificate, self._files.key
        for path in (certificate, key):
            try:
                path.open("rb").close()
            except OSError as error:
                raise _unreadable(path, error) from None
        try:
            context.load_cert_chain(certificate, key, password=lambda: _passphrase(key))
        except ssl.SSLError as error:
            if error.reason == "KEY_VALUES_MISMATCH":
                why = f"{key} is not the key of {certificate}."
            else:
                why = f"{certificate} and {key} are no certificate and its private key in PEM."
            raise CertificateError(why) from None


def _passphrase(key: Path) -> NoReturn:
    raise CertificateError(f"{key} has a passphrase: the server needs it without one.")


def _unreadable(path: Path, error: OSError) -> CertificateError:
    return CertificateError(f"{path} cannot be read: {error.strerror or type(error).__name__}.")
