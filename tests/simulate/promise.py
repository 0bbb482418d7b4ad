"""The promise, as a model: what was said, what was answered, and what has to be so in the end."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING, Final, Literal

from rchat_tui.client.events import Delivered, Outgoing

if TYPE_CHECKING:
    from rchat_protocol.models import Ack
    from rchat_tui.client.events import OutboxEvent
    from simulate.image import Image
    from simulate.world import World

Fate = Literal["open", "kept", "stored", "failed", "unknown", "withdrawn", "refused"]
"""What its writer knows: ``open``: nothing, and nothing more will come; ``kept``: it is in the
outbox; ``refused``: it was not taken at all."""

SETTLED: Final = ("stored", "failed", "unknown", "withdrawn", "refused")


@dataclass(slots=True, eq=False)
class Said:
    """Something that somebody wanted to say."""

    text: str
    """Unique in the run, but for its padding: what is looked for in the logs."""
    who: str
    """The terminal that said it."""
    began: float
    how: str
    """``post``: through the outbox; ``send``: waiting for the answer; ``raw``: as the tutorial."""
    lane: str = ""
    """What it must not overtake, or be overtaken by."""
    fate: Fate = "open"
    ended: float = 0.0
    """When the outbox had it, for what is posted."""
    id: str | None = None
    strayed: bool = False
    """Whether its place in the order is no more: it was tried again by hand, or its outbox lost."""
    taken_back: bool = False
    """Whether somebody has tried to take it back."""
    told: set[str] = field(default_factory=set)
    """The processes that were told of its delivery."""
    acks: dict[str, tuple[str, int]] = field(default_factory=dict)
    """By epoch: conversation and number."""


class Promise:
    """What was said in a run, and what became of it as far as anybody was told."""

    def __init__(self, world: World) -> None:
        self.said: dict[str, Said] = {}
        """By text."""
        self.by_id: dict[str, Said] = {}
        self.checks = 0
        """Things that were found as they should be."""
        self._world = world

    def say(self, who: str, text: str, how: str, lane: str = "") -> Said:
        """Somebody is about to say something."""
        said = self.said[text] = Said(text, who, self._world.loop.now, how, lane)
        return said

    def kept(self, said: Said, message_id: str) -> None:
        """The outbox took it."""
        known = self.by_id.setdefault(message_id, said)
        if known is not said:
            self._world.broken(f"{said.text!r} has the id of {known.text!r}")
        said.id = message_id
        said.ended = self._world.loop.now
        if said.fate == "open":
            said.fate = "kept"

    def acked(self, said: Said, ack: Ack | Delivered) -> None:
        """Somebody was told that it is stored: so it has to be."""
        place = said.acks.setdefault(ack.epoch, (ack.conversation, ack.seq))
        said.fate = "stored"
        if place != (ack.conversation, ack.seq):
            self._world.broken(f"{said.text!r} is said to be at {place}, and at {ack}")
        image = self._world.images[ack.epoch]
        log = image.entries(ack.conversation)
        entry = log[ack.seq - 1] if ack.seq <= len(log) else None
        text = image.said(ack.conversation, ack.seq)
        if entry is None or text != said.text or entry.at != ack.at:
            self._world.broken(f"{said.text!r} was acknowledged by {ack}; on the disk is {entry}")
        self.checks += 1

    def outbox(self, who: str, event: OutboxEvent) -> None:
        """A client was told something of its outbox."""
        said = self._said_of(event)
        if said is None:
            self._world.broken(f"{who} hears of {event}, which nobody said")
        elif isinstance(event, Delivered):
            self.acked(said, event)
            said.told.add(who)
        elif isinstance(event, Outgoing):
            if event.content != said.text:
                self._world.broken(f"{who} hears of {event} for {said.text!r}")
            if said.fate == "stored" and not self._may_hear(event, said):
                self._world.broken(f"{said.text!r} was delivered, and is {event.state} now")
            if said.fate != "stored":
                said.fate = event.state if event.state in ("failed", "unknown") else "kept"
        elif said.fate != "stored":
            said.fate = "withdrawn"

    def _may_hear(self, event: Outgoing, said: Said) -> bool:
        """Say whether a process may be told this of a message that another was told is stored."""
        match event.state:
            case "failed":  # late, of one that was tried again
                return said.strayed
            case "unknown":  # who was told was killed before it was on his disk
                return not any(
                    process.alive for process in self._world.processes if process.name in said.told
                )
        return True

    def _said_of(self, event: OutboxEvent) -> Said | None:
        """Return what an event is about, also where its writer died before he heard of its id."""
        said = self.by_id.get(event.id)
        if said is None and isinstance(event, Outgoing):
            said = self.said.get(event.content)
            if said is not None:
                self.by_id[event.id] = said
                said.id = event.id
        elif said is None and isinstance(event, Delivered):  # another of his processes has sent it
            image = self._world.images[event.epoch]
            log = image.entries(event.conversation)
            entry = log[event.seq - 1] if event.seq <= len(log) else None
            text = image.said(event.conversation, event.seq) or ""
            said = self.said.get(text) if entry and entry.id == event.id else None
        return said

    def lost(self, person: str) -> None:
        """The file of a person is gone, and with it what waited in his outbox."""
        for said in self.said.values():
            if said.fate != "stored" and said.who.startswith(f"{person}."):
                if said.fate == "kept" or (said.fate == "failed" and said.strayed):
                    said.fate = "open"
                said.strayed = True

    # -- in the end --------------------------------------------------------------------------------

    def check(self, image: Image) -> None:
        """Hold what was said against what is on the disk."""
        places: dict[str, tuple[str, int]] = {}
        for id_, log in image.logs.items():
            ids: set[tuple[str, str]] = set()
            for number, entry in enumerate(log, 1):
                place = (id_, entry.seq)
                if entry.seq != number:
                    self._world.broken(f"entry {number} of {id_} has the number {entry.seq}")
                text = image.said(id_, number)
                if (entry.author, entry.id) in ids or text in places:
                    self._world.broken(f"{text!r} is stored twice: {place}, {places}")
                ids.add((entry.author, entry.id))
                if text is not None:
                    places[text] = place
                    if text not in self.said:
                        self._world.broken(f"{text!r} is stored, and nobody said it")
        for said in self.said.values():
            self._check(said, places.get(said.text), image.epoch)
        self._check_order(places)

    def _check(self, said: Said, place: tuple[str, int] | None, epoch: str) -> None:
        acked = said.acks.get(epoch)
        if acked is not None and acked != place and acked[0] not in self._world.image.dropped:
            self._world.broken(f"{said.text!r} was acknowledged at {acked}, and is at {place}")
        if said.fate in ("failed", "withdrawn", "refused") and place is not None:
            self._world.broken(f"{said.text!r} is {said.fate}, and stored at {place}")
        if said.fate == "kept":
            self._world.broken(f"{said.text!r} still waits, with the line up and nothing wrong")
        self.checks += 1

    def _check_order(self, places: dict[str, tuple[str, int]]) -> None:
        """What one outbox took one after the other stands in the log in that order."""
        lanes: dict[tuple[str, str], list[tuple[Said, int]]] = {}
        for said in self.said.values():
            place = places.get(said.text)
            if said.how == "post" and place is not None and not said.strayed and said.ended:
                lanes.setdefault((said.lane, place[0]), []).append((said, place[1]))
        for lane in lanes.values():
            lane.sort(key=lambda each: each[1])
            for (first, _), (second, _) in pairwise(lane):
                if second.ended < first.began:
                    self._world.broken(f"{second.text!r} was overtaken by {first.text!r}")
            self.checks += 1
