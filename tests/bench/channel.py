"""One channel with its listeners and its senders: what several figures are measured on."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Final

from bench.load import Line, LineT
from bench.wires import MARKER, content

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable

    from bench.contenders import Server
    from bench.load import Load
    from bench.wires import Wire

IN_FLIGHT: Final = 32
"""Messages that a sender has sent and not been answered."""

CHANNEL: Final = "bench"

_DRAIN_SECONDS: Final = 10.0


class Sender:
    """Keeps messages in flight: each answer sends the next. Made by `Channel.add_senders`."""

    def __init__(self, load: Load, line: Line, wire: Wire, in_flight: int) -> None:
        self.line = line
        self.sent = 0
        self._load = load
        self._message = wire.messages(CHANNEL)
        self._ask = wire.ask
        self._covers = min(wire.answer_covers, in_flight)
        self._content = content()
        self._groups = in_flight // self._covers
        self._running = False

    @property
    def answered(self) -> int:
        """How many of its messages were acknowledged."""
        return self.line.seen * self._covers

    def start(self) -> None:
        """Send, and go on with each answer."""
        self._running = True
        self.line.on_found = self._send
        self._send(self._groups)

    def stop(self) -> None:
        """Send nothing any more."""
        self._running = False

    def _send(self, groups: int) -> None:
        if not self._running:
            return
        self.sent += groups * self._covers
        message, text = self._message, self._content
        data: list[bytes] = []
        for _ in range(groups):
            data += [message(text) for _ in range(self._covers)]
            data.append(self._ask)
        self._load.send(self.line, b"".join(data))


class Channel:
    """A channel on a server that runs."""

    def __init__(self, load: Load, server: Server, wire: Wire) -> None:
        self.members: list[Line] = []
        self.senders: list[Sender] = []
        self._load = load
        self._server = server
        self._wire = wire

    def add_members(self, count: int, make: Callable[[str, socket.socket], LineT]) -> list[LineT]:
        """Let people in who listen, and wait until all have been told of each other."""
        lines: list[LineT] = []
        self._load.arrive(
            (
                (self._dial(f"m{number}", lines, make), self._wire.member(number, CHANNEL))
                for number in range(count)
            ),
            MARKER,
        )
        self._load.quiet()
        self.members += lines
        return lines

    def add_senders(self, count: int, in_flight: int = IN_FLIGHT) -> None:
        """Let people in who only send, and wait until all have been told of them."""
        lines: list[Line] = []
        self._load.arrive(
            (
                (self._dial(f"s{number}", lines, Line), self._wire.sender(number, CHANNEL))
                for number in range(count)
            ),
            self._wire.answer,
        )
        self._load.quiet()
        self.senders += [Sender(self._load, line, self._wire, in_flight) for line in lines]

    def delivered(self) -> int:
        """Return how many deliveries there were."""
        return sum(member.seen for member in self.members)

    def answered(self) -> int:
        """Return how many messages were acknowledged."""
        return sum(sender.answered for sender in self.senders)

    def finish(self) -> None:
        """Stop sending, and see that every message was answered, and came to every member once.

        Raises:
            AssertionError: They were not, or did not.
        """
        for sender in self.senders:
            sender.stop()
        sent = sum(sender.sent for sender in self.senders)

        def complete() -> bool:
            answered = all(sender.answered >= sender.sent for sender in self.senders)
            return answered and all(member.seen >= sent for member in self.members)

        with contextlib.suppress(TimeoutError):  # what is missing is told below
            self._load.until(complete, patience=_DRAIN_SECONDS)
        self._load.quiet()
        for sender in self.senders:
            assert sender.answered == sender.sent, f"answered {sender.answered} of {sender.sent}"
        for member in self.members:
            assert member.seen == sent, f"{member.name} got {member.seen} of {sent}"

    def _dial(
        self, name: str, lines: list[LineT], make: Callable[[str, socket.socket], LineT]
    ) -> LineT:
        line = self._load.connect(self._server.port, name, make, self._server.tls)
        lines.append(line)
        return line
