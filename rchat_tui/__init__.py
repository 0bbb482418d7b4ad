"""rchat, the user's side: a terminal app, and the `ChatClient` that it stands on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rchat_tui.client import ChatClient

__all__ = ["ChatClient"]


def __getattr__(name: str) -> Any:
    # Late (PEP 562): whoever asks for the version or the app's help pays for no network library.
    if name == "ChatClient":
        from rchat_tui.client import ChatClient

        return ChatClient
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
