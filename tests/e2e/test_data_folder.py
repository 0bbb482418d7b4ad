"""A server's folder, by the commands that people type."""

from __future__ import annotations

import asyncio
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

from rchat_tui.client import ChatClient, MemberLeft, MessagePosted, Online
from support.processes import ServerProcess, server_process

if TYPE_CHECKING:
    from pathlib import Path


def rchat_server(*arguments: str) -> tuple[int, str]:
    """Run the command to its end; return the exit code and what it said."""
    done = subprocess.run(
        [sys.executable, "-m", "rchat_server", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        stdin=subprocess.DEVNULL,
        text=True,
        timeout=30,
        check=False,
    )
    return done.returncode, done.stdout.strip()


async def hear(chat: ChatClient, content: str) -> list[object]:
    """Return what happens until a message of that content."""
    heard: list[object] = []
    async with asyncio.timeout(20):
        async for event in chat.events():
            heard.append(event)
            if isinstance(event, MessagePosted) and event.content == content:
                break
    return heard


async def back(chat: ChatClient) -> None:
    """Wait until the client has taken its identity up again."""
    async with asyncio.timeout(20):
        async for event in chat.events():
            if isinstance(event, Online) and not event.fresh:
                break


async def test_kill_9_takes_nothing_from_anybody(tmp_path: Path) -> None:
    """What was acknowledged, who everybody is, and where he was: all of it is there again."""
    data = ("--data", str(tmp_path))
    first = ServerProcess(0, *data)
    async with (
        ChatClient(first.url, user="alice") as alice,
        ChatClient(first.url, user="bob") as bob,
    ):
        await alice.join("tea")
        await bob.join("tea")
        ack = await alice.channel_message("tea", "before")
        await hear(bob, "before")
        first.stop(signal.SIGKILL)
        with server_process(first.port, *data):
            await back(alice)
            again = await alice.channel_message("tea", "before", message_id=ack.id)
            assert again == ack
            await alice.channel_message("tea", "after")
            heard = await hear(bob, "after")
            assert [e.seq for e in heard if isinstance(e, MessagePosted)] == [ack.seq + 1]
            assert [e.fresh for e in heard if isinstance(e, Online)] == [False]
            assert not [e for e in heard if isinstance(e, MemberLeft)]


async def test_backup_check_and_restore(tmp_path: Path) -> None:
    """The three commands as the README has them, the first two beside a running server."""
    data, copy = ("--data", str(tmp_path / "data")), str(tmp_path / "monday.db")
    with server_process(0, *data) as server:
        async with ChatClient(server.url, user="alice") as alice:
            await alice.join("tea")
            await alice.channel_message("tea", "on monday")
            assert rchat_server(*data, "backup", copy) == (0, f"Copied to {copy}.")
            await alice.channel_message("tea", "on tuesday")
            assert rchat_server(*data, "check") == (0, "It is sound.")
            code, said = rchat_server(*data, "restore", copy)
            assert (code, "in use" in said) == (1, True)
            code, said = rchat_server(*data, "--port", "0")
            assert (code, "in use by another rchat-server" in said) == (1, True)
        server.stop()
    assert rchat_server("check", copy) == (0, "It is sound.")
    code, said = rchat_server("restore", *data, copy)
    assert (code, said.startswith("Restored from")) == (0, True)
    with server_process(0, *data) as server:
        async with ChatClient(server.url, user="bob") as bob:
            await bob.join("tea")
            reply = await bob.history(channel="tea")
            assert [message.content for message in reply.messages] == ["on monday"]
