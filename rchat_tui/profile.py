"""Where this machine keeps what belongs to one person on one server: one file for each such pair.

Where it cannot be used the app runs all the same: the store goes on in memory, and the client says
so with its first event (`rchat_tui.client.events.NotKept`).
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

from rchat_protocol import names
from rchat_protocol.limits import DEFAULT_PATH
from rchat_tui.client.address import ServerAddress

if TYPE_CHECKING:
    from rchat_tui.client.events import Remembered
    from rchat_tui.client.store.ports import ClientStore

_NAME_CHARS: Final = 100
"""Longest part of a path that is readable; file systems take 255 bytes."""


def open_profile(url: str, user: str, *, folder: Path | None = None) -> ClientStore:
    """Return the store of ``user`` on the server at ``url``. Nothing is opened yet.

    Args:
        url: The server's.
        user: His name there.
        folder: Where profiles are; the platform's folder for data otherwise.

    Raises:
        InvalidAddress: The URL names no server.
    """
    from rchat_tui.client.store.sqlite import SqliteClientStore

    return SqliteClientStore(profile_path(folder or data_folder(), url, user), or_memory=True)


def glimpse(url: str, user: str, *, folder: Path | None = None) -> Remembered | None:
    """Return what the first screen of ``user`` shows before there is a client.

    Args:
        url: The server's.
        user: His name there.
        folder: Where profiles are; the platform's folder for data otherwise.
    """
    path = profile_path(folder or data_folder(), url, user)
    if not path.exists():
        return None  # a first start waits for no more modules
    from rchat_tui.client.store import glimpse as store

    return store.glimpse(path)


def data_folder() -> Path:
    """Return where profiles are."""
    import platformdirs

    return Path(platformdirs.user_data_path("rchat", appauthor=False)) / "profiles"


def profile_path(folder: Path, url: str, user: str) -> Path:
    """Return the file of ``user`` on the server at ``url``: names that are one have one file."""
    address = ServerAddress.parse(url)
    server = f"{_safe(address.host.casefold())}_{address.port}"
    if address.path not in ("", DEFAULT_PATH):  # a proxy has many chats at one port
        server += f"_{_safe(address.path)}"
    return folder / server / f"{_safe(names.key(user))}.db"


def _safe(name: str) -> str:
    """Return a name that every file system takes, another one for each name."""
    text = quote(name, safe="")
    if len(text) <= _NAME_CHARS:
        return text
    return f"{text[:_NAME_CHARS]}~{hashlib.sha256(name.encode()).hexdigest()[:16]}"
