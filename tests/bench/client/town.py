"""Where the app is measured: a real server, a home for the app, and channels that it is in.

The app's identity and its cache are made by a real run of the app's own client on the app's own
file; long logs are put into the server's store while it does not run.
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
import shutil
import sqlite3
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec

from bench.client.texts import text_of
from bench.client.window import Window
from bench.contenders import data_folder, rchat_server
from bench.filling import append_many
from bench.machine import LOAD_CORE, pinned
from rchat_protocol.models import ConversationState
from rchat_server.storage.sqlite import open_store
from rchat_tui.client import ChatClient
from rchat_tui.client.events import Live
from rchat_tui.profile import open_profile, profile_path

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from bench.contenders import Server

USER: Final = "bench"
PAGE: Final = 500

HELLO: Final = """
from textual.app import App
from textual.widgets import Static

class Hello(App):
    def compose(self):
        yield Static("hello-world-painted")

Hello().run()
"""
HELLO_TEXT: Final = "hello-world-painted"


@dataclass(frozen=True)
class Town:
    """A folder with the server's data, the app's home, and the scripts beside it."""

    folder: Path

    @property
    def data(self) -> Path:
        """The server's."""
        return self.folder / "server"

    @property
    def home(self) -> Path:
        """The app's."""
        return self.folder / "home"

    @property
    def environment(self) -> dict[str, str]:
        """What the app finds its home by."""
        return {
            "HOME": str(self.home),
            "XDG_DATA_HOME": str(self.home / "data"),
            "XDG_CONFIG_HOME": str(self.home / "config"),
            "XDG_STATE_HOME": str(self.home / "state"),
        }

    @property
    def _profiles(self) -> Path:
        return self.home / "data" / "rchat" / "profiles"

    @contextlib.contextmanager
    def server(self, port: int = 0) -> Iterator[Server]:
        """Run the server on its data."""
        with rchat_server(str(self.data), port) as server:
            yield server
            server.stop()

    def come(self, port: int, channels: Sequence[str], *, read: int = 0) -> None:
        """Let the app's client log in and join, and read the last ``read`` messages of each."""
        asyncio.run(self._come(f"tcp://127.0.0.1:{port}", channels, read))

    async def _come(self, url: str, channels: Sequence[str], read: int) -> None:
        store = open_profile(url, USER, folder=self._profiles)
        async with ChatClient(url, user=USER, store=store) as chat:
            events = chat.events()
            async for event in events:
                if isinstance(event, Live):
                    break
            for channel in channels:
                await chat.join(channel)
            for channel in channels:
                before: int | None = None
                for _ in range(0, read, PAGE):
                    page = await chat.history(channel=channel, before=before, limit=PAGE)
                    before = page.messages[0].seq
                    await asyncio.sleep(0)

    def forget(self) -> None:
        """Let the app begin as one that was never here."""
        shutil.rmtree(self.home)
        self.home.mkdir()

    def kept(self, port: int) -> int:
        """Return how many messages the app's cache holds."""
        path = profile_path(self._profiles, f"tcp://127.0.0.1:{port}", USER)
        with contextlib.closing(sqlite3.connect(path)) as file:
            ((count,),) = file.execute("SELECT count(*) FROM messages")
        return int(count)

    def heads(self, port: int) -> dict[str, int]:
        """Return up to which number the app has received each conversation, by name."""
        path = profile_path(self._profiles, f"tcp://127.0.0.1:{port}", USER)
        with contextlib.closing(sqlite3.connect(path)) as file:
            rows = file.execute("SELECT state FROM conversations").fetchall()
        states = [msgspec.json.decode(text, type=ConversationState) for (text,) in rows]
        return {state.name: state.head for state in states}

    def fill(self, messages: int) -> None:
        """Append so many messages to every channel that the server knows; it does not run now."""
        asyncio.run(self._fill(messages))

    async def _fill(self, messages: int) -> None:
        async with open_store(self.data) as store:
            loaded = store.load()
            author = loaded.identities[0].id
            for record, _ in loaded.conversations:
                text = functools.partial(text_of, record.name)
                await append_many(store, record.id, author, messages, text=text)

    def app(self, port: int, *, size: tuple[int, int] = (120, 40)) -> Window:
        """Run the app, on a core of its own: on a person's machine there is no server."""
        with pinned(LOAD_CORE):
            return Window(self.command(port), self.environment, size=size)

    def command(self, port: int) -> list[str]:
        """Return how the app is started, as its user does."""
        command = str(Path(sys.executable).with_name("rchat-tui"))
        return [command, "--user", USER, "--server", f"tcp://127.0.0.1:{port}"]

    @property
    def hello(self) -> list[str]:
        """How Textual's hello-world is started."""
        script = self.folder / "hello.py"
        if not script.exists():
            script.write_text(HELLO)
        return [sys.executable, str(script)]


@contextlib.contextmanager
def town() -> Iterator[Town]:
    """Make one, and remove it in the end."""
    with data_folder() as folder:
        made = Town(folder)
        made.home.mkdir()
        yield made
