"""Where a password comes from without a prompt: the environment, a command, a keyring.

Never from the command line, which everybody on the machine can read.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Mapping, MutableMapping

    from rchat_tui.client.passwords import PasswordSource

VARIABLE: Final = "RCHAT_PASSWORD"
"""The environment variable. It is taken out of the environment, for no child to inherit it."""

_PATIENCE: Final = 60.0
"""Seconds that a command may take: somebody may have to unlock something."""

_SERVICE: Final = "rchat"
"""What the keyring knows us as."""


def taken_from(environment: MutableMapping[str, str]) -> str | None:
    """Take the password out of the environment, where there is one."""
    return environment.pop(VARIABLE, None) or None


def source(settings: Mapping[str, Any], url: str, password: str | None) -> PasswordSource:
    """Return where a client of the server at ``url`` finds a password.

    Args:
        settings: All settings, by name.
        url: Of the server.
        password: What stood in the environment; used once, since it may be wrong.
    """
    from rchat_tui.client.passwords import PasswordSource

    left = [password] if password else []

    async def find(user: str) -> str | None:
        if left:
            return left.pop()
        if settings["password-cmd"]:
            return await _of_command(settings["password-cmd"])
        if settings["password-keyring"]:
            return await asyncio.to_thread(_of_keyring, user, url)
        return None

    return PasswordSource(find, in_the_clear=settings["password-in-the-clear"])


async def _of_command(command: str) -> str:
    """Return the first line of what a shell command says.

    Raises:
        ServerError: It fails, says nothing, or takes too long.
    """
    process = await asyncio.create_subprocess_shell(
        command,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,  # the terminal is a chat's
        start_new_session=True,  # so that all of it can be ended
    )
    try:
        async with asyncio.timeout(_PATIENCE):
            said, _ = await process.communicate()
    except TimeoutError:
        raise _not_found(f"password-cmd did not end within {_PATIENCE:.0f} s") from None
    finally:
        if process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            await process.wait()
    if process.returncode:
        raise _not_found(f"password-cmd failed with code {process.returncode}")
    lines = said.decode(errors="replace").splitlines()
    if not lines or not lines[0]:
        raise _not_found("password-cmd said nothing")
    return lines[0]


def _of_keyring(user: str, url: str) -> str | None:
    """Return what the keyring has for somebody at a server.

    Raises:
        ServerError: There is no keyring, or it is locked.
    """
    try:
        import keyring
    except ImportError:
        raise _not_found("The keyring needs another package: pip install rchat[keyring]") from None
    try:
        found: str | None = keyring.get_password(_SERVICE, f"{user}@{url}")
    except keyring.errors.KeyringError:
        raise _not_found("The keyring cannot be read: is it locked?") from None
    return found


def _not_found(why: str) -> Exception:
    from rchat_protocol.errors import ErrorCode
    from rchat_tui.client.errors import ServerError

    sentence = f"{why.rstrip('.')}. Type the password, or set it right."
    return ServerError(ErrorCode.PASSWORD_REQUIRED, sentence)
