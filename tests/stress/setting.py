"""What a round's server is started with, and how much is done to it."""

from __future__ import annotations

import ssl
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from support.papers import papers

if TYPE_CHECKING:
    from pathlib import Path

MEMORY: Final = 16 * 1024 * 1024
"""Bytes by which a server may have grown when a round is over and everybody has gone. It keeps
things on purpose: SQLite up to 2 MB of pages a connection, the identities and conversations of the
round, the shared tail of batches; and CPython's and libc's heaps give back whole arenas only. A
single connection's output budget (1 MiB) that is kept for twenty readers would exceed it."""


@dataclass(frozen=True, slots=True)
class Guard:
    """That the server keeps its limits, as its config file says them.

    To it every address of 127.0.0.0/8 is another customer, but 127.0.0.1, from which the harness
    reads the logs and which is let in as this machine always is. So each client of a scenario has
    an address to himself, as people have, and no limit has to be raised for the harness.
    """

    deadlines: dict[str, float] = field(default_factory=dict)
    """Seconds of ``handshake`` and ``head`` other than the product's, in a hasty round."""
    limits: dict[str, float] = field(default_factory=dict)
    """Of the config file's ``[limits]``, likewise; otherwise they are the product's own."""
    absent_guests: int | None = None
    """Guests that are remembered while they are away; None: as many as the product's own."""
    web: bool = False
    """Whether WebSocket is spoken, too."""
    tls: bool = False
    """Whether connections are encrypted."""

    def options(self, folder: Path, *, hasty: bool) -> list[str]:
        """Write the config file, and what it names, into ``folder``; return the command's options.

        Passwords are taken in the clear: to the server all of these come from elsewhere.
        """
        lines = ["[accounts]", "passwords-in-the-clear = true"]
        if self.absent_guests is not None:
            lines.append(f"absent-guests = {self.absent_guests}")
        lines.append("[limits]")
        lines += [f"{name} = {value}" for name, value in self.limits.items() if hasty]
        config = folder / "server.toml"
        config.write_text("\n".join(lines) + "\n")
        options = ["--config", str(config)]
        if self.tls:
            certificate, key = papers().write(folder)
            papers().authority(folder)
            options += ["--cert", str(certificate), "--key", str(key)]
        return options

    def trust(self, folder: Path) -> ssl.SSLContext | None:
        """Return what a client encrypts with; None: nothing."""
        return trusting(folder) if self.tls else None


def trusting(folder: Path) -> ssl.SSLContext:
    """Return a context that trusts the authority whose certificate is in ``folder``."""
    return ssl.create_default_context(cafile=str(folder / "authority.pem"))


@dataclass(frozen=True, slots=True)
class Setting:
    """What the server of a scenario is started with, and what is allowed to it."""

    limits: dict[str, Any] = field(default_factory=dict)
    """Fields of `TransportLimits` other than the product's: a round lasts a second or two."""
    policy: dict[str, Any] = field(default_factory=dict)
    """Fields of `ServerPolicy`, likewise."""
    may_log: tuple[str, ...] = ()
    """What an error in the server's log may contain; there are to be no others."""
    memory: int = MEMORY
    guard: Guard | None = None
    """None: limits are off, that would keep a crowd from one address from what is to be seen."""
    plant: str = ""
    """A fault that is put into the server, to see that it is found: see `stress.plants`."""


@dataclass(frozen=True, slots=True)
class Size:
    """How much is done."""

    hasty: bool = True
    """Whether the deadlines are short ones; otherwise they are the product's own."""
    full: bool = False
    """Whether a scenario that takes long is played as it is meant, and not in a few seconds."""
    minutes: float = 10.0
    """How long bad neighbours stay, then."""
