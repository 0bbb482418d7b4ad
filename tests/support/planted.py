"""``rchat-server`` with faults in it: each quotes what it was given, as careless code does.

`LEAK` is the one that succeeds: by it a test sees that it would find what it looks for.
"""

from __future__ import annotations

import asyncio
import gc
import logging
import sys
import threading
from typing import TYPE_CHECKING, Any, Final, NoReturn

from rchat_server.cli import main
from rchat_server.core.effects import Effects
from rchat_server.core.people import People
from rchat_server.core.registrar import Registrar

if TYPE_CHECKING:
    from rchat_protocol import models
    from rchat_server.core.identity import Identity
    from rchat_server.core.session import Session
    from rchat_server.core.sites import Origin

LEAK: Final = "leak-"
"""Whoever asks for a user whose name begins so finds the name in the log."""

LOUD: Final = "fault-"
"""What begins so makes the server fail, wherever it comes in."""


def fail(word: str) -> NoReturn:
    """Fail, and quote what it was about."""
    raise ValueError(f"it failed: {word}", word)


async def fail_later(word: str) -> None:
    """Fail where nobody waits for it."""
    fail(word)


def info(_self: People, _asker: Identity, name: str) -> models.UserInfo:
    """Fail in a handler, a callback, a task and a thread."""
    if name.startswith(LEAK):
        logging.getLogger("rchat_server.planted").warning("planted", extra={"value": name})
    loop = asyncio.get_running_loop()
    loop.call_soon(fail, name)
    forgotten = loop.create_task(fail_later(name), name=name)
    loop.call_later(0.05, gc.collect)
    del forgotten
    threading.Thread(target=fail, args=(name,), name=name).start()
    loop.call_soon(logging.getLogger("asyncio").warning, "a library says %s of %r", name, name)
    fail(name)


async def change_password(
    self: Registrar, session: Session, asked: models.ChangePassword, origin: Origin
) -> None:
    """Fail with both passwords at hand."""
    if not asked.new.startswith(LOUD):
        await _change_password(self, session, asked, origin)
        return
    try:
        fail(asked.old)
    except ValueError as error:
        raise RuntimeError(asked.new) from error


def carry_out(self: Effects, commands: Any, items: Any) -> None:
    """Fail while something is delivered."""
    for each in commands:
        if getattr(each, "entry", None) is not None and each.entry.content.startswith(LOUD):
            fail(each.entry.content)
    _carry_out(self, commands, items)


_carry_out: Final = Effects.carry_out
_change_password: Final = Registrar.change_password

if __name__ == "__main__":
    for owner, planted in ((People, info), (Registrar, change_password), (Effects, carry_out)):
        setattr(owner, planted.__name__, planted)
    sys.exit(main())
