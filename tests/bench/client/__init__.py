"""The app's figures: what a person sees at a real pseudo-terminal, with the real server behind it.

Each module but the tools (`frames`, `window`, `town`, `flood`) is one figure with a ``measure``, as
the others of `bench`; `FIGURES` names them, and ``--only client`` means all of them.
"""

from __future__ import annotations

from typing import Final

from bench.client import idle, keys, long_channel, long_log, searching, start

FIGURES: Final = {
    "client-start": start.measure,
    "client-keys": keys.measure,
    "client-long-channel": long_channel.measure,
    "client-long-log": long_log.measure,
    "client-search": searching.measure,
    "client-idle": idle.measure,
}
