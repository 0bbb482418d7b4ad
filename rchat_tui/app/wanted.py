"""What of the messages in view has to be asked for: pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rchat_tui.app.items import Said

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rchat_tui.app.items import Item
    from rchat_tui.app.transcript import Transcript


def unquoted(transcript: Transcript, shown: Iterable[Item]) -> tuple[int, ...]:
    """Return the numbers of messages that are answered in view, and are not known."""
    return tuple(
        item.reply
        for item in shown
        if isinstance(item, Said)
        and item.reply
        and transcript.quotes.wants(item.reply)
        and transcript.answered(item) is None
    )


def stale(transcript: Transcript, shown: Iterable[Item]) -> int:
    """Return the number of the newest message in view that may have changed; 0: none has."""
    if not transcript.stale:
        return 0
    return max(
        (
            item.seq
            for item in shown
            if isinstance(item, Said) and item.seq and transcript.stale.wants(item.seq)
        ),
        default=0,
    )
