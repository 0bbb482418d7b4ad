"""Settings: who wins, and what a wrong one is told."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from rchat_tui.config import Config, ConfigError, Origin, load

if TYPE_CHECKING:
    from pathlib import Path


def _load(
    path: Path,
    file: str | None = None,
    environment: dict[str, str] | None = None,
    system_user: str | None = "os-user",
    **flags: str,
) -> Config:
    target = path / "config.toml"
    if file is not None:
        target.write_text(file, encoding="utf-8")
    return load(flags, environment or {}, target, system_user=system_user)


def test_without_a_word_the_defaults_hold(tmp_path: Path) -> None:
    """Broken, a first start asks for a config file."""
    config = _load(tmp_path)
    assert (config.user, config.server, config.theme) == (
        "os-user",
        "tcp://localhost:6565",
        "rchat-dark",
    )
    assert set(config.origins.values()) == {Origin.DEFAULT}


def test_flags_beat_the_environment_and_that_the_file(tmp_path: Path) -> None:
    """Broken, a flag had no effect because of a file that one forgot."""
    config = _load(
        tmp_path,
        'user = "file"\nserver = "file:1"\ntheme = "file"\n',
        {"RCHAT_USER": "env", "RCHAT_SERVER": "env:2", "RCHAT_THEME": ""},
        user="flag",
    )
    assert (config.user, config.server, config.theme) == ("flag", "tcp://env:2", "file")
    assert {name: config.origins[name] for name in ("user", "server", "theme", "typing")} == {
        "user": Origin.FLAG,
        "server": Origin.ENVIRONMENT,
        "theme": Origin.FILE,
        "typing": Origin.DEFAULT,
    }


@pytest.mark.parametrize(
    ("file", "says"),
    [
        ('usr = "x"', "there is no setting 'usr': did you mean user?"),
        ("zzz = 1", "there is no setting 'zzz': there are user, server, tls-ca, tls-pin,"),
        ('preset = "emacs"', "preset is one of default, irc, vim: write preset ="),
        ('typing = "on"', "typing is on or off: write typing = true or false"),
        ("keywords = 'rust'", "keywords is a list of texts"),
        ("keywords = [1]", "keywords is a list of texts"),
        ("keys = 3", "[keys] binds commands to keys"),
        ("[keys]\nhelp = 1", "[keys] binds commands to keys"),
        ("user = 1", "user is a text"),
        ("user = ", "is no valid TOML"),
        ('user = "two words"', "config.toml: user: A user name cannot contain white space."),
        ('server = "ws://x/?"', "config.toml: server: “ws://x/?” has no valid path"),
        ("#" * 70_000, "too large"),
    ],
)
def test_a_wrong_file_is_named_with_what_is_wrong(tmp_path: Path, file: str, says: str) -> None:
    """Broken, a typing error in the file was ignored, or ended in a traceback."""
    with pytest.raises(ConfigError) as wrong:
        _load(tmp_path, file)
    assert says in str(wrong.value)
    assert "config.toml" in str(wrong.value)


def test_a_wrong_value_is_said_where_it_stands(tmp_path: Path) -> None:
    """Broken, one looked for the mistake in the wrong place."""
    with pytest.raises(ConfigError, match="RCHAT_USER: "):
        _load(tmp_path, environment={"RCHAT_USER": "#me"})
    with pytest.raises(ConfigError, match="--server: "):
        _load(tmp_path, server="http://x")
    with pytest.raises(ConfigError, match="--user: A user name cannot be empty"):
        _load(tmp_path, user="")
    with pytest.raises(ConfigError, match="Say so with --user"):
        _load(tmp_path, system_user=None)


def test_a_file_that_cannot_be_read_is_said(tmp_path: Path) -> None:
    """Broken, a config file that is a folder, or no UTF-8, ended in a traceback."""
    with pytest.raises(ConfigError, match="cannot be read"):
        load({}, {}, tmp_path, system_user="me")
    (tmp_path / "bad.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(ConfigError, match="no UTF-8"):
        load({}, {}, tmp_path / "bad.toml", system_user="me")


def test_the_file_says_how_it_is_used(tmp_path: Path) -> None:
    """Broken, a setting of the file had no effect, or looked otherwise than it was written."""
    file = """
        preset = "vim"
        keywords = ["rust", "deploy"]
        notify = "bell"
        typing = false
        text-emoji = true
        [keys]
        help = "ctrl+g"
        search = ["ctrl+r", "f3"]
        quit = []
    """
    config = _load(tmp_path, file, {"RCHAT_KEYWORDS": "a, b,", "RCHAT_TYPING": "yes"})
    assert config.values["preset"] == "vim"
    assert config.values["keywords"] == ("a", "b")
    assert config.values["notify"] == "bell"
    assert config.values["typing"] is True
    assert config.values["text-emoji"] is True
    assert config.keys == {"help": ("ctrl+g",), "search": ("ctrl+r", "f3"), "quit": ()}
    with pytest.raises(ConfigError, match="RCHAT_NOTIFY: notify is one of auto, osc9"):
        _load(tmp_path, environment={"RCHAT_NOTIFY": "loud"})
    with pytest.raises(ConfigError, match="RCHAT_TYPING: typing is on or off"):
        _load(tmp_path, environment={"RCHAT_TYPING": "maybe"})
