"""What the server's README says is what the server does."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import msgspec

from rchat_server.configfile import ConfigFile

README = Path(__file__).parents[2] / "server" / "README.md"


def test_the_config_file_of_the_document_is_the_usual_one() -> None:
    """Otherwise whoever copies it runs another server than the one that he reads of."""
    found = re.search(r"```toml\n(.*?)```", README.read_text(), re.DOTALL)
    assert found is not None
    text = re.sub(r"^# (?=[a-z])", "", found[1], flags=re.MULTILINE)
    said = msgspec.convert(tomllib.loads(text), ConfigFile)
    usual = ConfigFile(data=said.data, keep_messages=100_000, keep_days=365, ws_port=6566)
    assert said == usual
    every = {field.encode_name for field in msgspec.structs.fields(ConfigFile)}
    assert set(tomllib.loads(text)) == every
