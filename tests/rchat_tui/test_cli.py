"""The command: one sentence for whatever is wrong, and nothing imported that can wait."""

from __future__ import annotations

import logging
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from rchat_protocol import __version__
from rchat_tui import cli, config
from rchat_tui.app.commands import COMMANDS
from rchat_tui.app.keychoice import choose
from rchat_tui.client.errors import SetupError
from rchat_tui.options import BY_NAME, OPTIONS, OptionError

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(autouse=True)
def _at_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Let nothing of the machine's owner into these tests, nor anything of theirs out."""
    monkeypatch.setattr(config, "config_path", lambda: tmp_path / "config.toml")
    monkeypatch.setattr(config, "log_path", lambda: tmp_path / "logs" / "rchat-tui.log")
    for name in [option.variable for option in OPTIONS]:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(cli, "_check_terminal", lambda: None)
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    for handler in [handler for handler in root.handlers if handler not in handlers]:
        root.removeHandler(handler)
        handler.close()
    root.setLevel(level)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ("--server ws://x/?", "--server: “ws://x/?” has no valid path"),
        ("--server host:99999", "it is a number from 1 to 65535"),
        ("--user #me", "--user: A user name cannot begin with #"),
        ("--demo --serve", "not allowed with argument"),
        ("--demo --server x", "not allowed with argument"),
        ("--serve a:b:c", "--serve: "),
        ("--serve 99999", "--serve: "),
        ("--nonsense", "Unrecognized arguments: --nonsense"),
        ("--user", "expected one argument"),
        ("--theme no-such-theme", "There is no theme 'no-such-theme'"),
    ],
)
def test_bad_input_is_one_sentence(
    arguments: str, says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Broken, a typing error got a page of usage, a traceback, or the wrong exit code."""
    assert cli.main(["--user", "me", *arguments.split()]) == 2
    out, err = capsys.readouterr()
    assert says in err
    assert err.count("\n") == 1
    assert out == ""


def test_a_bad_config_file_is_one_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Broken, a mistake in the file ended in a traceback."""
    (tmp_path / "config.toml").write_text("colour = 'red'", encoding="utf-8")
    assert cli.main(["--user", "me"]) == 2
    assert "there is no setting 'colour'" in capsys.readouterr().err


def test_help_names_every_place(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Broken, nobody finds the log or the config file."""
    with pytest.raises(SystemExit) as ended:
        cli.main(["--help"])
    assert ended.value.code == 0
    help_text = "".join(capsys.readouterr().out.split())
    for word in ("--demo", "--serve", "--theme", "rchat-tuiconfig", "rchat-tui.log", "config.toml"):
        assert word in help_text
    assert tmp_path.name in help_text


def test_config_tells_every_setting_and_key(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Broken, nobody knows what can be set, or which of four places a value came from."""
    file = 'theme = "x \\"y\\""\n[keys]\nhelp = "Ctrl+G"\n'
    (tmp_path / "config.toml").write_text(file, encoding="utf-8")
    monkeypatch.setenv("RCHAT_KEYWORDS", "rust,c")
    assert cli.main(["config", "--server", "host"]) == 0
    told = capsys.readouterr().out
    lines = told.splitlines()
    for option in OPTIONS:
        assert any(line.startswith(f"{option.name} = ") for line in lines)
        assert any(option.about in line for line in lines)
    assert lines[lines.index('theme = "x \\"y\\""') - 1].startswith("# From: config file")
    assert lines[lines.index('keywords = ["rust", "c"]') - 1].startswith("# From: environment")
    assert lines[lines.index('server = "tcp://host:6565"') - 1].startswith("# From: command line")
    # What it prints is a config file that says the same.
    again = tomllib.loads(told)
    assert again["keys"]["help"] == ["ctrl+g"]
    assert choose("default", {k: tuple(v) for k, v in again["keys"].items()})
    # So do the keys of what is in no table, which it tells in comments.
    more = tomllib.loads(re.sub(r"(?m)^# (?=[a-z]+-[a-z-]+ = \[)", "", told))["keys"]
    assert choose("default", {k: tuple(v) for k, v in more.items()})
    assert more["list-down"] == ["down"]
    assert more["help-close"] == ["escape", "q", "ctrl+g"]
    assert "edit-delete-to-end-of-line-or-delete-line" in more


@pytest.mark.parametrize(
    ("keys", "says"),
    [
        ('swicher = "ctrl+g"', "there is no command 'swicher' to bind: did you mean switcher?"),
        ('switcher = "g"', "switcher cannot be on g: it types a character."),
        ('switcher = "ctrl+i"', "switcher cannot be on Ctrl+I: terminals send it as Tab."),
        ('switcher = "alt+/"', "switcher cannot be on Alt+/: with Alt, only letters"),
        ('switcher = "ctrl+1"', "switcher cannot be on Ctrl+1: only few terminals send it"),
        ('switcher = "hyper+x"', "switcher: There is no key 'hyper+x'"),
        ('switcher = "pgupp"', "switcher: There is no key 'pgupp': did you mean pgup?"),
        ('switcher = "f3"\nhelp = "F3"', "F3 is bound twice: to switcher and to help."),
        ('switcher = "space"', "switcher cannot be on Space: it types a character."),
        ('search = "enter"', "search cannot be on Enter, the only key of send: give that another"),
        ('edit-undo = "ctrl+k"', "edit-undo cannot be on Ctrl+K, the only key of switcher"),
        ('edit-undo = "f9"\nedit-redo = "f9"', "F9 is bound twice: to edit-undo and to edit-redo"),
        ('reply = "x"\nedit = "x"', "x is bound twice: to reply and to edit."),
    ],
)
def test_keys_that_cannot_be_are_refused(
    keys: str, says: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Broken, a key that a terminal cannot send was bound, and nobody knew why it does nothing."""
    (tmp_path / "config.toml").write_text(f"[keys]\n{keys}\n", encoding="utf-8")
    assert cli.main(["--user", "me"]) == 2
    err = capsys.readouterr().err
    assert says in err
    assert "config.toml, [keys]: " in err
    assert err.count("\n") == 1


def test_what_is_kept_and_will_not_count_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Broken, /set promised the next start what a variable in the shell's profile undoes."""
    monkeypatch.setenv("RCHAT_TYPING", "on")
    with pytest.raises(OptionError, match="but RCHAT_TYPING comes before that: unset it"):
        cli._keep(BY_NAME["typing"], False)  # noqa: FBT003
    assert (tmp_path / "config.toml").read_text(encoding="utf-8") == "typing = false\n"
    cli._keep(BY_NAME["text-emoji"], True)  # noqa: FBT003


def test_the_manual_page_is_of_this_version(capsys: pytest.CaptureFixture[str]) -> None:
    """Broken, the page tells of keys and commands of before: ``make man`` makes it anew."""
    assert cli.main(["man"]) == 0
    page = capsys.readouterr().out
    assert page == (Path(cli.__file__).parent / "rchat-tui.1").read_text(encoding="utf-8")
    for command in COMMANDS:
        assert all(rf"\fB/{name.replace('-', '')}" in page for name in command.slash)


def test_the_version_is_the_packages(capsys: pytest.CaptureFixture[str]) -> None:
    """Broken, a bug report names the wrong version."""
    with pytest.raises(SystemExit) as ended:
        cli.main(["--version"])
    assert ended.value.code == 0
    assert capsys.readouterr().out == f"rchat {__version__}\n"


def test_a_fault_is_one_sentence_and_the_log_has_the_rest(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Broken, a traceback reached the terminal, or the details were lost."""

    def fail(*_: object, **__: object) -> int:
        raise ZeroDivisionError("secret details")

    monkeypatch.setattr(cli, "run", fail)
    assert cli.main(["--user", "me"]) == 1
    err = capsys.readouterr().err
    assert err == f"rchat-tui: rchat-tui failed; the details are in {config.log_path()}\n"
    assert "secret details" in config.log_path().read_text(encoding="utf-8")


def test_a_server_that_does_not_start_is_one_sentence(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Broken, a port in use ended in a traceback."""

    def fail(*_: object, **__: object) -> int:
        raise SetupError("The server did not start: no luck.")

    monkeypatch.setattr(cli, "run", fail)
    assert cli.main(["--user", "me"]) == 2
    assert capsys.readouterr().err == "rchat-tui: The server did not start: no luck.\n"


def test_a_log_that_cannot_be_written_stops_nobody(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Broken, a read-only home kept people from chatting."""
    (tmp_path / "file").write_text("", encoding="utf-8")
    monkeypatch.setattr(config, "log_path", lambda: tmp_path / "file" / "rchat-tui.log")
    monkeypatch.setattr(cli, "run", lambda *_, **__: 0)
    assert cli.main(["--user", "me"]) == 0


def test_a_log_does_not_grow_without_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Broken, the log filled the disk."""
    log = config.log_path()
    log.parent.mkdir()
    log.write_bytes(b"x" * (1024 * 1024 + 1))
    monkeypatch.setattr(cli, "run", lambda *_, **__: 0)
    assert cli.main(["--user", "me"]) == 0
    assert log.stat().st_size == 0
    assert len(list((tmp_path / "logs").iterdir())) == 2


def test_without_a_terminal_it_says_so() -> None:
    """Broken, a pipe got escape sequences, or a cron job hung."""
    ended = subprocess.run(
        [sys.executable, "-m", "rchat_tui", "--user", "me"],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
    )
    assert ended.returncode == 2
    assert ended.stderr == ("rchat-tui: this needs a terminal, and standard input is none.\n")
    assert ended.stdout == ""


def test_a_terminal_that_only_writes_gets_plain_lines(tmp_path: Path) -> None:
    """Broken, an editor's shell is filled with escape sequences."""
    ended = subprocess.run(
        [sys.executable, "-m", "rchat_tui", "--user", "me", "--server", "tcp://127.0.0.1:1"],
        input="/connection\n/quit\n",
        env={**os.environ, "HOME": str(tmp_path), "TERM": "dumb"},
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
    )
    assert ended.returncode == 0, ended.stderr
    assert "-- For another server or another name leave" in ended.stdout
    assert ended.stderr == ""
    assert "\x1b" not in ended.stdout


def test_the_first_paint_waits_for_no_network_library() -> None:
    """Broken, the app takes twice as long to start as it must."""
    program = (
        "import sys, rchat_tui.cli, rchat_tui.app.app\n"
        "late = ('rsocket', 'rchat_tui.client.client', 'rchat_protocol.transport', 'rchat_server',"
        " 'rchat_tui.demo', 'rchat_tui.serve', 'tomllib')\n"
        "print([name for name in late if name in sys.modules])"
    )
    ended = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=30
    )
    assert ended.stdout == "[]\n"
