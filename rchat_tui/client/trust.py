"""Whom a client takes for its server on an encrypted connection, and why it does not."""

from __future__ import annotations

import hashlib
import hmac
import re
import ssl
from typing import Final

from msgspec import Struct

from rchat_tui.client.display import safe_line
from rchat_tui.client.errors import ConnectFailed, SetupError

_PIN: Final = re.compile(r"(?:sha256:)?((?:[0-9a-f]{2}:?){31}[0-9a-f]{2})", re.IGNORECASE)

# With a fingerprint, 200 characters are all that a screen has room for.
_ITSELF: Final = "Only {host} itself vouches for {host}.{known}"
_NOBODY: Final = "Nobody whom this machine trusts vouches for {host}.{known}"
_ANOTHER: Final = "What answers at {host} has the certificate of another host."
_REFUSED: Final = {  # by OpenSSL's X509_V_ERR_… (x509_vfy.h)
    2: _NOBODY,
    9: "The certificate of {host} is not valid yet: is this machine's clock right?",
    10: "The certificate of {host} has expired: whoever runs the server can renew it.",
    18: _ITSELF,
    19: _ITSELF,
    20: _NOBODY,
    21: _NOBODY,
    62: _ANOTHER,
    64: _ANOTHER,
}
_PLAIN: Final = frozenset(("WRONG_VERSION_NUMBER", "HTTP_REQUEST", "RECORD_LAYER_FAILURE"))
_NAMELESS: Final = frozenset(("TLSV13_ALERT_CERTIFICATE_REQUIRED", "SSLV3_ALERT_HANDSHAKE_FAILURE"))
"""OpenSSL's reasons where the server does not encrypt, and where it wants a certificate."""


class Trust(Struct, frozen=True):
    """Which certificate is the server's. As it is: one that this machine's authorities vouch for.

    Raises:
        SetupError: The pin is no SHA-256 fingerprint.
    """

    authorities: str = ""
    """A PEM file of those who vouch for servers, instead of this machine's."""
    pin: str = ""
    """SHA-256 of the server's certificate, in hex: that one is the server's, and no other, whoever
    vouches for it."""
    certificate: str = ""
    """A PEM file with one's own certificate, for a server that wants to see one."""
    key: str = ""
    """Its private key; empty: it is in the same file."""

    def __post_init__(self) -> None:
        if self.pin and not _PIN.fullmatch(self.pin):
            raise SetupError(
                "tls-pin is the SHA-256 fingerprint of a certificate: 64 hexadecimal digits."
            )

    def context(self) -> ssl.SSLContext:
        """Return what an encrypted connection begins with: TLS 1.2 or newer. It reads files.

        Raises:
            SetupError: One of them cannot be read, or is of no use.
        """
        context = self._verifying()
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        if self.pin:
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE  # `check` looks at the certificate itself
        if self.certificate:
            try:
                context.load_cert_chain(self.certificate, self.key or None, password=_no_passphrase)
            except ssl.SSLError:
                why = "is no certificate and its private key in PEM."
                raise SetupError(f"tls-cert: {self.certificate} {why}") from None
            except OSError as error:
                raise SetupError(f"tls-cert: {_unreadable(self.certificate, error)}") from None
        return context

    def check(self, certificate: bytes) -> None:
        """See whether the certificate, in DER, is the one that is pinned, where one is.

        Raises:
            ConnectFailed: It is another.
        """
        if self.pin and not hmac.compare_digest(fingerprint(certificate), _digits(self.pin)):
            raise ConnectFailed(
                "The server shows another certificate than tls-pin names. Does its owner say that"
                f" it is a new one, with the SHA-256 {fingerprint(certificate)}?"
            )

    def _verifying(self) -> ssl.SSLContext:
        try:
            return ssl.create_default_context(cafile=self.authorities or None)
        except ssl.SSLError:
            raise SetupError(f"tls-ca: {self.authorities} holds no certificate in PEM.") from None
        except OSError as error:
            raise SetupError(f"tls-ca: {_unreadable(self.authorities, error)}") from None


def fingerprint(certificate: bytes) -> str:
    """Return the SHA-256 of a certificate in DER, in hex."""
    return hashlib.sha256(certificate).hexdigest()


def refusal(host: str, error: ssl.SSLError, shown: bytes, *, plain: str = "tcp") -> str:
    """Return a sentence on why an encrypted connection does not come about.

    Args:
        host: As it was asked for.
        error: What OpenSSL says.
        shown: The certificate that the server shows, in DER; empty where that is not known.
        plain: The scheme that does not encrypt.
    """
    if isinstance(error, ssl.SSLCertVerificationError):
        known = f" If its owner names this SHA-256, set tls-pin to it: {fingerprint(shown)}"
        sentence = _REFUSED.get(error.verify_code)
        if sentence is None:
            why = safe_line(error.verify_message)
            return f"The certificate of {host} is of no use: {why}."
        return sentence.format(host=host, known=known if shown else "")
    if error.reason in _PLAIN:
        return f"{host} does not encrypt there: write {plain}:// if that is right."
    if error.reason in _NAMELESS:
        return f"{host} wants to see a certificate of yours: name it in tls-cert."
    why = safe_line(error.reason or str(error)).replace("_", " ").lower()
    return f"{host} cannot be connected to by TLS: {why}."


def _digits(pin: str) -> str:
    return pin.lower().removeprefix("sha256:").replace(":", "")


def _no_passphrase() -> str:
    raise SetupError("tls-cert: the private key has a passphrase: rchat needs it without one.")


def _unreadable(path: str, error: OSError) -> str:
    return f"{safe_line(path)} cannot be read: {error.strerror or type(error).__name__}."
