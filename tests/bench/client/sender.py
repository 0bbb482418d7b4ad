"""Says things in channels at fixed rates: a process of its own, so that nobody else waits for it.

Started by `bench.client.flood.Flood`. It comes in, says so, and begins when it is told to; each
message leaves when it is due, whatever the server does. In the end it tells what it did as JSON.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from bench.client.texts import text_of
from bench.load import Line, Load
from bench.wires import RchatWire

if TYPE_CHECKING:
    from collections.abc import Callable

_TICK: Final = 0.004
"""Seconds from one round of sending to the next: some dozen messages each."""


@dataclass
class Speaker:
    """Who talks in one channel."""

    channel: str
    rate: float
    line: Line
    message: Callable[[bytes], bytes]
    sent: int = field(default=0)

    def due(self, seconds: float, most: int) -> bytes:
        """Return what is to be said by now."""
        until = min(int(seconds * self.rate), most)
        data = [
            self.message(text_of(self.channel, number + 1).encode())
            for number in range(self.sent, until)
        ]
        self.sent = max(self.sent, until)
        return b"".join(data)


def main() -> None:
    """Come in, wait for the word, talk, and tell."""
    parser = argparse.ArgumentParser()
    parser.add_argument("port", type=int)
    parser.add_argument("seconds", type=float)
    parser.add_argument("rates", nargs="+", metavar="CHANNEL=RATE")
    told = parser.parse_args()
    rates = dict(each.split("=") for each in told.rates)
    wire = RchatWire()
    with Load() as load:
        speakers = [
            Speaker(
                channel,
                float(rate),
                load.connect(told.port, f"s{number}", Line),
                wire.messages(channel),
            )
            for number, (channel, rate) in enumerate(rates.items())
        ]
        load.arrive(
            ((each.line, wire.sender(n, each.channel)) for n, each in enumerate(speakers)),
            wire.answer,
        )
        load.quiet()
        print("ready", flush=True)
        sys.stdin.readline()
        late = talk(load, speakers, told.seconds)
        load.until(lambda: all(each.line.seen >= each.sent for each in speakers))
    sent = {each.channel: each.sent for each in speakers}
    print(json.dumps({"sent": sent, "late": late}), flush=True)


def talk(load: Load, speakers: list[Speaker], seconds: float) -> float:
    """Talk for so long; return by how many seconds a round was late at the most."""
    started = time.perf_counter()
    late, due = 0.0, started
    while (now := time.perf_counter()) < started + seconds or any(
        each.sent < int(seconds * each.rate) for each in speakers
    ):
        late = max(late, now - due)
        for each in speakers:
            if data := each.due(now - started, int(seconds * each.rate)):
                load.send(each.line, data)
        due = max(due + _TICK, time.perf_counter())
        while (left := due - time.perf_counter()) > 0:
            load.turn(left)
    return late


if __name__ == "__main__":
    main()
