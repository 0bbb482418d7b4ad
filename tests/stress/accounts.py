"""Accounts, made by the machine itself, which has no limit of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from stress.line import dial

if TYPE_CHECKING:
    import ssl
    from collections.abc import Iterable

PASSWORD: Final = "a good password"  # noqa: S105 - of a test
"""Of all of them."""


async def register(port: int, tls: ssl.SSLContext | None, names: Iterable[str]) -> None:
    """Make an account of each name."""
    line = await dial(port, tls=tls)
    for name in names:
        asked = {"user": name, "password": PASSWORD}
        await line.request("account.register", msgspec.json.encode(asked))
    line.abort()
    await line.ended.wait()
