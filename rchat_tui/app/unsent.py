"""What you wrote and the server has not acknowledged, and where it is shown: pure.

The client keeps it in its outbox and tells what becomes of it; here it stands in the transcripts.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from rchat_tui.app import saying
from rchat_tui.app.items import Delivery

if TYPE_CHECKING:
    from rchat_tui.app.items import Said
    from rchat_tui.app.transcript import Transcript
    from rchat_tui.client.events import Delivered, Outgoing


def in_hand(transcript: Transcript | None) -> Said | None:
    """Return what trying again, editing and throwing away act on; None where there is nothing.

    It is the newest that takes a person, else the newest that waits.
    """
    unsent = [] if transcript is None else transcript.unsent()
    stuck = [said for said in unsent if said.delivery.stuck]
    waiting = [said for said in unsent if said.delivery is Delivery.WAITING]
    return next(reversed(stuck or waiting), None)


class Unsent:
    """Puts what is in the outbox into the transcripts of the conversations that it is for."""

    def __init__(self, transcripts: dict[str, Transcript]) -> None:
        """Begin with an empty outbox.

        Args:
            transcripts: by conversation; its owner adds and removes them.
        """
        self._transcripts = transcripts
        self._strays: dict[str, Outgoing] = {}
        """What is for a conversation that is not known (yet), by id: no more than the outbox has.
        """

    def home(self, id_: str) -> str | None:
        """Return the conversation that shows it."""
        for conversation, transcript in self._transcripts.items():
            if transcript.holds(id_):
                return conversation
        return None

    def show(self, event: Outgoing, me: str | None) -> str | None:
        """Show how it stands now; return the conversation that it was in and is no more."""
        transcript = self._transcripts.get(event.conversation)
        home = self.home(event.id)
        left = None
        if transcript is None:
            transcript = None if home is None else self._transcripts[home]
        elif home not in (None, event.conversation):
            left = self.withdrawn(event.id)
        if transcript is None:
            self._strays[event.id] = event
        else:
            self._strays.pop(event.id, None)
            transcript.outgoing(saying.outgoing(event, me))
        return left

    def strays(self, conversation: str) -> list[Outgoing]:
        """Return what was for a conversation before it was known."""
        return [event for event in self._strays.values() if event.conversation == conversation]

    def delivered(self, event: Delivered) -> str | None:
        """Show it as stored; return the conversation that showed it as unsent."""
        home = self.home(event.id)
        if home is None or (home != event.conversation and event.conversation in self._transcripts):
            # It is shown by its own event where it went.
            return self.withdrawn(event.id)
        self._transcripts[home].stored(event.id, seq=event.seq, at=event.at, epoch=event.epoch)
        return home

    def withdrawn(self, id_: str) -> str | None:
        """Show it no longer; return the conversation that it was in."""
        self._strays.pop(id_, None)
        home = self.home(id_)
        if home is not None:
            self._transcripts[home].withdrawn(id_)
        return home
