"""One line to a server, from dial to end: the one place on this side that meets RSocket."""

from __future__ import annotations

from rchat_tui.client.connection.dial import dial_server
from rchat_tui.client.connection.line import Connection

__all__ = ["Connection", "dial_server"]
