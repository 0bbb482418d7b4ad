"""Which entries of a log count as unread: messages do, what acts on them and what is deleted not.

Numbers alone, 8 bytes for each entry that does not count, so that a state costs no reading.
"""

from __future__ import annotations

from array import array
from bisect import bisect_right, insort
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rchat_server.core.identity import Identity, Membership

KEPT: Final = 50_000
"""Numbers of one conversation that are known; what lies before them counts, whatever it is."""

_MENTIONS: Final = 1000
"""Messages that speak to somebody, after which those that were read are forgotten."""


class Tally:
    """The count of one conversation.

    Args:
        deeds: Numbers of the entries that are no messages, ascending, each with that of the message
            that it deletes, or 0.
    """

    __slots__ = ("_deeds", "_deleted", "_deleting", "_most", "_spoken_to")

    def __init__(self, deeds: Iterable[tuple[int, int]] = ()) -> None:
        self._deeds = array("q")
        self._deleted = array("q")
        self._deleting: dict[int, int] = {}
        """By number of a deleted message, that of the entry that deletes it."""
        self._spoken_to: dict[int, list[tuple[Identity, Membership]]] = {}
        self._most = _MENTIONS
        for seq, deletes in deeds:
            self.add(seq, deletes=deletes)

    def add(self, seq: int, *, deletes: int = 0) -> None:
        """Note that entry ``seq`` is no message, and which one it deletes."""
        self._deeds.append(seq)
        if deletes:
            insort(self._deleted, deletes)
            self._deleting[deletes] = seq
        if len(self._deeds) > 2 * KEPT:
            del self._deeds[:KEPT]
            gone = bisect_right(self._deleted, self._deeds[0])
            for target in self._deleted[:gone]:
                del self._deleting[target]
            del self._deleted[:gone]

    def unread(self, read: int, head: int) -> int:
        """Return how many messages there are after ``read``, as it was after entry ``head``."""
        if head <= read:
            return 0
        deeds = bisect_right(self._deeds, head) - bisect_right(self._deeds, read)
        deleted = self._deleted[
            bisect_right(self._deleted, read) : bisect_right(self._deleted, head)
        ]
        return head - read - deeds - sum(self._deleting[target] <= head for target in deleted)

    def mention(self, seq: int, person: Identity, standing: Membership) -> None:
        """Note that message ``seq`` speaks to somebody; he has not read it."""
        self._spoken_to.setdefault(seq, []).append((person, standing))
        if len(self._spoken_to) > self._most:
            self._spoken_to = {
                number: people
                for number, people in self._spoken_to.items()
                if any(each.read < number for _, each in people)
            }
            self._most = max(_MENTIONS, 2 * len(self._spoken_to))

    def spoken_to(self, seq: int) -> list[Identity]:
        """Return to whom message ``seq`` speaks and who has not read it."""
        return [person for person, each in self._spoken_to.get(seq, ()) if seq in each.mentions]

    def unmention(self, seq: int) -> list[Identity]:
        """Let message ``seq`` speak to nobody; return as `spoken_to` did."""
        people = self.spoken_to(seq)
        for _, standing in self._spoken_to.pop(seq, ()):
            if seq in standing.mentions:
                standing.mentions.remove(seq)
        return people
