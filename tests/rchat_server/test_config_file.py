"""The server's config file."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from rchat_server import configfile
from rchat_server.config import parse
from rchat_server.core.lobby import LobbyLimits
from rchat_server.core.rates import Rate
from rchat_server.gateway.door import DoorLimits
from rchat_server.gateway.proxies import Proxies
from rchat_server.gateway.tls import TlsFiles
from rchat_server.gateway.web import Site

ALL = """
host = "::1"
port = 7000
data = "/srv/chat"
keep-messages = 100
keep-days = 7
log-level = "info"
log-format = "json"
ws-port = 7001
ws-path = "/talk"
ws-origins = ["https://chat.example.org"]
ws-proxies = ["127.0.0.1", "10.0.0.0/8"]
metrics = "off"

[tls]
cert = "/etc/chat/cert.pem"
key = "/etc/chat/key.pem"

[accounts]
mode = "accounts"
most = 20
absent-guests = 30
reserved-names = ["Boss"]

[limits]
connections-per-address = 3
connections-per-10-minutes = 0
messages-burst = 9
messages-per-second = 4.5
channels-per-minute = 60
"""


@pytest.fixture
def usual(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return where the file is looked for."""
    path = tmp_path / "server.toml"
    monkeypatch.setattr(configfile, "usual_path", lambda: path)
    return path


def test_what_the_file_says_counts_and_options_come_before_it(usual: Path) -> None:
    """Otherwise a setting is read and does nothing, or cannot be overridden for once."""
    usual.write_text(ALL)
    config = parse([])
    assert (config.host, config.port, config.data) == ("::1", 7000, Path("/srv/chat"))
    assert (config.keep_messages, config.keep_seconds) == (100, 7 * 86_400)
    assert (config.log_level, config.log_format) == ("info", "json")
    assert config.web == (7001, Site("/talk", ("https://chat.example.org",), "off"))
    assert config.tls == TlsFiles(Path("/etc/chat/cert.pem"), Path("/etc/chat/key.pem"))
    proxies = Proxies.named("127.0.0.1", "10.0.0.0/8")
    assert config.door == DoorLimits(connections=3, arrivals=None, proxies=proxies)
    assert (config.writing, config.founding) == (Rate(9, 4.5), Rate(5, 1))
    assert config.accounts.accounts == 20
    lobby = LobbyLimits(absent_guests=30, guests=False, reserved=frozenset({"boss"}))
    assert config.lobby == lobby
    assert parse(["--mode", "open"]).lobby == replace(lobby, guests=True)
    told = parse(["--port", "1", "--data", "/d", "--keep-days", "1", "--log-level", "debug"])
    assert (told.port, told.data, told.log_level) == (1, Path("/d"), "debug")
    assert (told.host, told.keep_messages, told.keep_seconds) == ("::1", 100, 86_400)
    assert parse(["--ws-port", "0"]).web == (0, Site("/talk", ("https://chat.example.org",), "off"))
    free = parse(["--no-limits"])
    assert (free.door, free.writing, free.founding) == (DoorLimits(proxies=proxies), None, None)


def test_without_a_file_there_are_limits(usual: Path) -> None:
    """Otherwise a server in the open has none until somebody thinks of it."""
    assert not usual.exists()
    config = parse([])
    assert config.web is None
    assert parse(["--ws-port", "1"]).web == (1, Site("/rchat", (), "local"))
    assert config.door == DoorLimits(16, Rate(32, 32 / 600))
    assert (config.writing, config.founding) == (Rate(5, 2), Rate(5, 0.1))


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("prot = 1", "there is no setting prot: did you mean port?"),
        ("[limits]\nmessages = 1", "there is no setting limits.messages: did you mean mess"),
        ("[x]\ny = 1", "there is no setting x: there are host, port, data,"),
        ("port = 70000", "port: Expected `int` <= 65535."),
        ('port = "6565"', "port: Expected `int`, got `str`."),
        ("ws-port = -1", "ws-port: Expected `int` >= 0."),
        ('ws-path = "chat"', "ws-path is a path, such as /rchat: chat is none."),
        ('ws-path = "/chat?x"', "ws-path is a path, such as /rchat: /chat?x is none."),
        ('ws-origins = ["https://x/"]', "ws-origins are scheme and host, as in https://chat"),
        ('ws-origins = ["*"]', "example.org: * is none."),
        (
            'ws-proxies = ["proxy"]',
            "ws-proxies are addresses or networks, such as 10.0.0.0/8: 'pro",
        ),
        ('metrics = "yes"', "metrics: Invalid enum value 'yes'."),
        ("limits = 1", "limits: Expected `object`, got `int`."),
        ("[limits]\nmessages-burst = 0", "limits.messages-burst: Expected `int` >= 1."),
        ('log-level = "loud"', "log-level: Invalid enum value 'loud'."),
        ("port =", "is no TOML: Invalid value"),
        ('[tls]\ncert = "c.pem"', "--cert and --key go together"),
    ],
)
def test_what_nobody_understands_is_said_in_a_sentence(
    usual: Path, capsys: pytest.CaptureFixture[str], text: str, says: str
) -> None:
    """Otherwise a typing error is a limit that is not there."""
    usual.write_text(text)
    with pytest.raises(SystemExit) as ended:
        parse([])
    assert ended.value.code == 2
    said = capsys.readouterr().err
    assert says in said
    assert said.count("\n") == 1


def test_a_file_that_was_named_has_to_be_there(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Otherwise the server runs with other settings than those that one wrote."""
    with pytest.raises(SystemExit):
        parse(["--config", str(tmp_path / "nowhere.toml")])
    assert "nowhere.toml cannot be read: there is no such file." in capsys.readouterr().err
