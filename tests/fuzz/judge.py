"""What a server may answer, whatever was said to it: from PROTOCOL.md, not from the code."""

from __future__ import annotations

import functools
import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Final

from fuzz.findings import Broken
from stress import frames

if TYPE_CHECKING:
    from stress.frames import Frame

_PROTOCOL: Final = Path(__file__).parents[2] / "server" / "PROTOCOL.md"

_KINDS: Final = frozenset((frames.KEEPALIVE, frames.PAYLOAD, frames.ERROR))
"""All that a server says to somebody who has no streams of its own."""

_VIOLATION: Final = "protocol-violation"
_ENDINGS: Final = frozenset((_VIOLATION, "shutting-down", "replaced", "too-slow"))

_SENTENCES: Final = tuple(
    map(
        re.compile,
        (
            r"A connection begins with SETUP\.",
            r"There is one SETUP\.",
            r"Version 1 of RSocket is spoken here\.",
            r"Neither resuming nor leases are supported\.",
            r"Resuming is not supported: begin anew\.",
            r"The metadata type has to be message/x\.rsocket\.composite-metadata\.v0\.",
            r"The SETUP frame is malformed\.",
            r"A frame may have \d+ bytes at most\.",
            r"A frame is shorter than its header\.",
            r"A frame is malformed\.",
            r"A stream id has 31 bits\.",
            r"The type of a frame is unknown\.",
            r"The metadata of a frame is longer than the frame\.",
            r"A frame came on a stream where it does not belong\.",
            r"A frame came that does not belong here\.",
            r"A client's stream ids are odd\.",
            r"A stream id is in use\.",
            r"A request-(response|stream) takes no such frame\.",
            r"Credit is a number between 1 and 2\*\*31 - 1\.",
            r"A fragment is empty\.",
            r"A request may have \d+ bytes at most\.",
            r"Fragments of \d+ frames at most may be on their way\.",
            r"A request came in the middle of another's fragments\.",
            r"A message may have \d+ bytes at most\.",
            r"What came breaks the rules of WebSocket \(RFC 6455\)\.",
            r"More than \d+ pings or fragments came before a whole message\.",
            r"A frame comes in a binary message\.",
        ),
    )
)
"""What a connection is told that broke the rules: nothing of what it said may be among it."""

_LEAK: Final = re.compile(
    r"Traceback|\b[A-Z]\w+(?:Error|Exception|Warning)\b|0x[0-9a-f]{6,}|\.py\b|<class |object at |"
    r"NoneType|sqlite"
)
"""What only the text of an exception has. The strings that are said have none of it."""

_KNOWN: Final = 10_000


@functools.cache
def _documented_codes() -> frozenset[str]:
    text = _PROTOCOL.read_text("utf-8").split("\n## Errors", 1)[1].split("\n## ", 1)[0]
    return frozenset(re.findall(r"`([a-z-]+)`", text.split("|---|", 1)[1]))


class Judge:
    """Looks at each frame that a server says."""

    def __init__(self) -> None:
        self.codes = _documented_codes()
        """All that an error may be, by PROTOCOL.md."""
        self.counted: dict[str, int] = {}
        """How often each came, and ``answered`` what was no error."""
        self._known: dict[tuple[bool, bytes], str] = {}

    def look(self, frame: Frame) -> None:
        """See that a frame is one that a server may say.

        Raises:
            Broken: It is not.
        """
        if frame.kind not in _KINDS:
            raise Broken(f"a frame of type {frame.kind:#x} was said")
        if (frame.kind == frames.KEEPALIVE) != (not frame.stream) and frame.kind != frames.ERROR:
            raise Broken(f"a frame of type {frame.kind:#x} was said on stream {frame.stream}")
        if frame.kind == frames.PAYLOAD and frame.flags & frames.COMPLETE:
            self.counted["answered"] = self.counted.get("answered", 0) + 1
        if frame.kind == frames.ERROR:
            about_all = not frame.stream
            code = self._known.get((about_all, frame.data))
            if code is None:
                code = self._judge(frame.data, about_all=about_all)
                if len(self._known) < _KNOWN:
                    self._known[about_all, frame.data] = code
            self.counted[code] = self.counted.get(code, 0) + 1

    def _judge(self, data: bytes, *, about_all: bool) -> str:
        try:
            body = json.loads(data)
        except ValueError:
            raise Broken(f"an error is no JSON: {data[:200]!r}") from None
        if not isinstance(body, dict) or body.keys() != {"code", "message", "retry"}:
            raise Broken(f"an error has another shape: {data[:200]!r}")
        code, message, retry = body["code"], body["message"], body["retry"]
        if code not in self.codes:
            raise Broken(f"an error has a code that PROTOCOL.md does not know: {data[:200]!r}")
        if code == "internal":
            raise Broken(f"a fault of the server was answered: {data[:200]!r}")
        if retry is not False and (isinstance(retry, bool) or not isinstance(retry, (int, float))):
            raise Broken(f"an error says no time to come back: {data[:200]!r}")
        if not isinstance(message, str) or not message or _LEAK.search(message):
            raise Broken(f"an error tells what it must not: {data[:200]!r}")
        if about_all and code not in _ENDINGS:
            raise Broken(f"a connection was ended with what is for a request: {data[:200]!r}")
        if code == _VIOLATION and not any(each.fullmatch(message) for each in _SENTENCES):
            raise Broken(f"a connection was ended with a sentence of another: {data[:200]!r}")
        return str(code)
