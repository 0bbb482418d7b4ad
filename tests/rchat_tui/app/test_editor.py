"""One's own editor: how it is named, and what becomes of the text. In terminals: tests/e2e."""

from __future__ import annotations

import asyncio
import sys
import tempfile
from typing import TYPE_CHECKING

import pytest

from rchat_tui.app import editor
from rchat_tui.app.editor import EditorError, command, write_in

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


@pytest.fixture(autouse=True)
def _own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))


def left(folder: Path) -> list[str]:
    """Return what is in a folder."""
    return [path.name for path in folder.iterdir()]


def python(script: str) -> list[str]:
    """Return an editor that does what a script says with the file ``path``."""
    begin = "import os, pathlib, sys; path = pathlib.Path(sys.argv[1]); "
    return [sys.executable, "-c", begin + script]


@pytest.mark.parametrize(
    ("environment", "arguments"),
    [
        ({"EDITOR": "nano"}, ["nano"]),
        ({"EDITOR": "nano", "VISUAL": "code --wait"}, ["code", "--wait"]),
        ({"EDITOR": "nano", "VISUAL": "  "}, ["nano"]),
        ({"EDITOR": "'/opt/my editor/ed' -x"}, ["/opt/my editor/ed", "-x"]),
    ],
)
def test_the_editor_is_the_one_that_one_wants(
    environment: Mapping[str, str], arguments: list[str]
) -> None:
    """Otherwise another editor opens, or one with arguments is not found."""
    assert command(environment) == arguments


@pytest.mark.parametrize(
    ("environment", "sentence"),
    [
        ({}, "Which editor"),
        ({"VISUAL": "", "EDITOR": " "}, "Which editor"),
        ({"EDITOR": 'ed "'}, "EDITOR cannot"),
    ],
)
def test_without_an_editor_there_is_a_sentence(
    environment: Mapping[str, str], sentence: str
) -> None:
    """Otherwise nobody knows why nothing happens."""
    with pytest.raises(EditorError, match=sentence):
        command(environment)


@pytest.mark.parametrize("text", ["", "one", "one\ntwo", "👩‍💻 ünï", "lone \ud800"])
async def test_what_is_not_changed_comes_back_as_it_was(text: str, tmp_path: Path) -> None:
    """Otherwise looking into the editor adds a line, or loses a character."""
    assert await write_in(python("pass"), text) == text.replace("\ud800", "?")
    assert left(tmp_path) == []


async def test_what_is_written_there_comes_back(tmp_path: Path) -> None:
    """Otherwise it is written for nothing."""
    swap = "os.rename(path, str(path) + '~'); path.write_text('new\\n\\n')"
    assert await write_in(python(swap), "old") == "new", "also where the editor makes a new file"
    assert left(tmp_path) == []


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["/no/such/editor"], "editor cannot be started: No such file"),
        (python("sys.exit(7)"), r"failed \(7\): what you wrote here is as it was"),
        (python("os.kill(os.getpid(), 15)"), "was interrupted"),
        (python("path.unlink()"), "cannot be read: No such file"),
        (python("path.write_bytes(b'\\xff\\xfe')"), "no UTF-8 text"),
        (python(f"path.write_text('x' * {editor.BYTES + 1})"), "more than 262,144 bytes"),
    ],
)
async def test_an_editor_that_leaves_no_text_is_told(
    arguments: list[str], sentence: str, tmp_path: Path
) -> None:
    """Otherwise the app stops, or what was being written is replaced by rubbish."""
    with pytest.raises(EditorError, match=sentence):
        await write_in(arguments, "begun")
    assert left(tmp_path) == []


async def test_a_disk_without_room_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """Otherwise the app stops."""
    monkeypatch.setattr(tempfile, "tempdir", "/nowhere at all")
    with pytest.raises(EditorError, match="no room for a file"):
        await write_in(python("pass"), "begun")


async def test_whoever_ends_the_app_ends_the_editor(tmp_path: Path) -> None:
    """Otherwise it is left without a terminal, and the text with it."""
    ready = tmp_path / "ready"
    script = python(f"pathlib.Path({str(ready)!r}).touch(); import time; time.sleep(60)")
    writing = asyncio.create_task(write_in(script, "begun"))
    async with asyncio.timeout(20):
        while not ready.exists():  # noqa: ASYNC110 - a process sets no event
            await asyncio.sleep(0.01)
        writing.cancel()
        with pytest.raises(asyncio.CancelledError):
            await writing
    assert left(tmp_path) == ["ready"]
