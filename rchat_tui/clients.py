"""What makes the clients of the app: with what a person keeps here, or without.

The network library's hundred modules, and SQLite, are imported with the first client, which is
after the first paint.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rchat_tui.app.ports import ChatPort, ClientFactory

_FILES: Final = ("tls-ca", "tls-cert", "tls-key")


def kept(settings: Mapping[str, Any], password: str | None = None) -> ClientFactory:
    """Return what makes clients that keep things, and trust servers as the settings say.

    Args:
        settings: All of them, by name.
        password: What stood in the environment.
    """

    def client(url: str, user: str) -> ChatPort:
        from functools import partial

        from rchat_tui.client import ChatClient
        from rchat_tui.client.connection import dial_server
        from rchat_tui.client.trust import Trust
        from rchat_tui.passwords import source
        from rchat_tui.profile import open_profile

        authorities, certificate, key = (_path(settings[name]) for name in _FILES)
        trust = Trust(authorities, settings["tls-pin"], certificate, key)
        store = open_profile(url, user)
        return ChatClient(
            url,
            user=user,
            store=store,
            dial=partial(dial_server, trust=trust),
            passwords=source(settings, url, password),
        )

    return client


def forgetful(url: str, user: str) -> ChatPort:
    """Make a client that keeps nothing beyond its end."""
    from rchat_tui.client import ChatClient

    return ChatClient(url, user=user)


def _path(text: str) -> str:
    from pathlib import Path

    return str(Path(text).expanduser()) if text else ""
