"""Words that are nowhere else, and the search for where they have got to."""

from __future__ import annotations

import base64
import secrets
import urllib.parse
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

PROC: Final = Path("/proc")


class Marks:
    """Secrets by what they are. Those that are made up here are found in whatever is written."""

    def __init__(self) -> None:
        self.known: dict[str, str] = {}

    def new(self, what: str, prefix: str = "") -> str:
        """Make one up."""
        return self.add(what, f"{prefix}{secrets.token_hex(8)}")

    def add(self, what: str, secret: str) -> str:
        """Remember one that somebody else made up."""
        assert len(secret) >= 16, f"{what} would be found by chance"
        self.known[what] = secret
        return secret

    def of(self, *kinds: str) -> dict[str, str]:
        """Return those whose description begins so."""
        chosen = {what: each for what, each in self.known.items() if what.startswith(kinds)}
        assert {kind for kind in kinds if any(each.startswith(kind) for each in chosen)} == {*kinds}
        return chosen


def found(marks: Mapping[str, str], places: Mapping[str, bytes]) -> list[str]:
    """Return which secrets are where, in one of the forms in which programs write things."""
    return [
        f"{what} in {place}"
        for what, secret in marks.items()
        for place, text in places.items()
        if any(form in text for form in _forms(secret.encode()))
    ]


def _forms(secret: bytes) -> Iterator[bytes]:
    yield secret
    yield secret.hex().encode()
    yield secret.decode().encode("utf-16-le")
    yield urllib.parse.quote(secret, safe="").encode()
    for before in range(3):  # where it stands in what is encoded, its own letters differ
        encoded = base64.b64encode(b"\0" * before + secret)
        yield encoded[4 if before else 0 : -4]


def files_in(*folders: Path) -> dict[str, bytes]:
    """Return all files, with their names for a part of what they say."""
    return {
        str(path): str(path).encode() + b"\n" + path.read_bytes()
        for folder in folders
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def processes(pids: Iterable[int]) -> dict[str, bytes]:
    """Return what everybody, and the same user, can see of running processes."""
    return {
        f"{name} of process {pid}": (PROC / str(pid) / name).read_bytes()
        for pid in pids
        for name in ("cmdline", "environ")
    }


def children(pid: int) -> list[int]:
    """Return the processes that a process has started, and theirs."""
    direct = [
        int(each)
        for thread in (PROC / str(pid) / "task").iterdir()
        for each in (thread / "children").read_text().split()
    ]
    return direct + [each for child in direct for each in children(child)]
