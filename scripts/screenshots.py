"""Make the pictures of ``screenshots/`` from the running demo: ``screenshots.py DIRECTORY``.

Every picture is an SVG. A PNG is made beside it where there is something to draw it with:
``rsvg-convert`` (librsvg2-bin), DejaVu Sans Mono (fonts-dejavu) and Noto Color Emoji
(fonts-noto-color-emoji), as Debian and Ubuntu have them.
"""

from __future__ import annotations

import asyncio
import logging
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

from rchat_tui.app.app import ChatApp
from rchat_tui.app.settings import DARK_THEME, LIGHT_THEME, AppSettings
from rchat_tui.client.client import ChatClient
from rchat_tui.client.events import Live, Offline
from rchat_tui.demo import Demo

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from textual.pilot import Pilot

    from rchat_tui.client.events import ClientEvent

THEMES: Final = {"dark": DARK_THEME, "light": LIGHT_THEME}
SIZES: Final = {"120x40": (120, 40), "80x24": (80, 24)}

PACE: Final = 0.25
"""The residents talk four times as fast as people."""

TALK: Final = (
    "hello everyone, good to be here",
    """\
@ada what do you work on today? I have **one line** of this left:
```python
async with asyncio.timeout(5):  # s
    await queue.join()
```""",
)

PATIENCE: Final = 30.0
"""Seconds after which something that is waited for will not happen any more."""


class _Nobody(ChatClient):
    """A client that finds no server: the picture is the same wherever it is taken."""

    def start(self) -> None:
        """Dial nothing."""

    async def aclose(self) -> None:
        """Nothing was opened."""

    async def events(self) -> AsyncIterator[ClientEvent]:
        """Tell that nobody is there, and no more."""
        yield Offline("Nobody answers at 127.0.0.1:6565: no server listens there.", 8.0)
        await asyncio.Event().wait()
        yield Live()


class Camera:
    """Takes pictures of an app."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._drawn = True

    async def take(self, pilot: Pilot[None], name: str) -> None:
        """Take the screen as it is."""
        await pilot.pause(0.3)
        svg = pilot.app.export_screenshot(title="rchat")
        # A picture fetches nothing: who has no Fira Code sees the monospace font that he has.
        svg = re.sub(r"@font-face \{.*?\}", "", svg, flags=re.DOTALL)
        target = self._directory / f"{name}.svg"
        target.write_text(svg, encoding="utf-8")
        self._draw(svg, target.with_suffix(".png"))
        sys.stdout.write(f"{target}\n")

    async def take_all(self, pilot: Pilot[None], name: str) -> None:
        """Take it in every theme and size."""
        for theme, theme_name in THEMES.items():
            pilot.app.theme = theme_name
            for size, (width, height) in SIZES.items():
                await pilot.resize_terminal(width, height)
                await self.take(pilot, f"{name}-{theme}-{size}")

    def _draw(self, svg: str, target: Path) -> None:
        program = shutil.which("rsvg-convert")
        if program is None:
            if self._drawn:
                sys.stderr.write("No PNG is made: rsvg-convert is missing (librsvg2-bin).\n")
            self._drawn = False
            return
        # librsvg knows neither textLength nor web fonts: a cell is 12.2 wide, and a letter of
        # DejaVu Sans Mono 0.60205 of its size.
        svg = svg.replace("<svg ", '<svg xml:space="preserve" ', 1)
        svg = svg.replace("font-size: 20px", "font-size: 20.264px")
        svg = re.sub("font-family: Fira Code[^;]*;", "font-family: DejaVu Sans Mono;", svg)
        subprocess.run([program, "--output", target], input=svg.encode(), check=True)


async def _until(pilot: Pilot[None], *texts: str) -> None:
    """Wait until all of these are on the screen."""
    async with asyncio.timeout(PATIENCE):
        while True:
            screen = pilot.app.export_screenshot().replace("&#160;", " ")
            if all(text in screen for text in texts):
                return
            await pilot.pause(0.1)


async def _chat(camera: Camera, url: str, channels: tuple[str, ...]) -> None:
    app = ChatApp(
        AppSettings("alice", url, auto_join=channels),
        lambda url, user: ChatClient(url, user=user),
    )
    async with app.run_test(size=SIZES["120x40"]) as pilot:
        app.chat.composer.cursor_blink = False
        await _until(pilot, "ada", "Private")
        for line in TALK:
            app.chat.composer.insert(line)
            await pilot.press("enter")
            await pilot.pause(1.5)
        await _until(pilot, "alice", "python")
        await pilot.pause(4)
        await pilot.press("ctrl+up", "up", "plus")
        await pilot.pause(0.3)
        await pilot.press(*"tada", "enter")
        await pilot.pause(0.5)
        await pilot.press("ctrl+up", "up", "r", *"that is what I mean", "enter")
        await pilot.pause(0.5)
        await camera.take_all(pilot, "chat")
        await pilot.resize_terminal(*SIZES["120x40"])
        app.theme = DARK_THEME
        await pilot.press("ctrl+k")
        await camera.take(pilot, "switcher-dark-120x40")
        await pilot.press("escape", "f1")
        await camera.take(pilot, "help-dark-120x40")
        app.theme = "ember"
        await pilot.press("escape", "ctrl+f", *"task")
        await _until(pilot, "Enter goes there")
        await pilot.pause(0.5)
        await camera.take(pilot, "search-ember-120x40")
        await pilot.press("enter")
        await pilot.pause(0.5)
        await pilot.resize_terminal(*SIZES["80x24"])
        app.theme = "paper"
        await camera.take(pilot, "acting-paper-80x24")


async def _no_server(camera: Camera) -> None:
    async def serve() -> str:
        return ""

    app = ChatApp(
        AppSettings("alice", "tcp://127.0.0.1:6565"),
        lambda url, user: _Nobody(url, user=user),
        start_server=serve,
    )
    async with app.run_test(size=SIZES["80x24"]) as pilot:
        await _until(pilot, "Start a server here")
        await camera.take(pilot, "connect-dark-80x24")


async def _take_all(directory: Path, url: str, channels: tuple[str, ...]) -> None:
    camera = Camera(directory)
    await _chat(camera, url, channels)
    await _no_server(camera)


def main() -> None:
    """Make all pictures."""
    directory = Path(sys.argv[1] if len(sys.argv) > 1 else "screenshots")
    directory.mkdir(parents=True, exist_ok=True)
    logging.getLogger().addHandler(logging.NullHandler())  # the demo's end cuts its lines
    with Demo(pace=PACE) as demo:
        url = demo.wait()
        asyncio.run(_take_all(directory, url, demo.channels))


if __name__ == "__main__":
    main()
