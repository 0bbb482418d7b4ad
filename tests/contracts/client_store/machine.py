"""Everything that may happen to an outbox, in any order, against a naive model of what is promised.

Two processes share it. Each has at most one connection, under the identity that it logged in as; a
server stores what it is sent, once for each id of an identity, until it loses its memory. The
model knows nothing of claims and statuses: it looks at what the server stored, and whether a
person may have wanted that.
"""

from __future__ import annotations

import asyncio
import itertools
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeVar

from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    initialize,
    invariant,
    precondition,
    rule,
)

from contracts.client_store.profiles import ack, entry
from rchat_tui.client.outbox import Acked, Doubtful, Postponed, Refused, Unanswered

if TYPE_CHECKING:
    from collections.abc import Coroutine
    from typing import Any

    from contracts.client_store.profiles import Profile
    from rchat_tui.client.outbox import Entry, Outcome
    from rchat_tui.client.store.ports import ClientStore

T = TypeVar("T")

LANES = ("general", "python", "bob")
_lanes = st.sampled_from(LANES)
_processes = st.integers(0, 1)


@dataclass
class Process:
    """A process, and what it is sending."""

    store: ClientStore
    identity: int
    """Under which it has a connection."""
    sending: dict[str, Entry] = field(default_factory=dict)
    """By lane."""


@dataclass
class Written:
    """What is known of something that was written."""

    id: str
    lane: str
    identity: int
    """Of the server, when it was written."""
    stored: list[int] = field(default_factory=list)
    """The identities under which the server stored it, one for each time."""
    waived: bool = False
    """Whether it may be stored again, or out of its order: a server was not sure of it, or refused
    it for good, or it was caught by the end of an identity."""
    open: bool = False
    """Whether it was sent, and nobody on this side knows whether it is stored."""
    withdrawn: bool = False
    confirmed: bool = False
    """Whether a process was told that it is stored."""


class OutboxMachine(RuleBasedStateMachine):
    """The machine. Subclasses say what kind of profile it stands on."""

    ids = Bundle("ids")

    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.profile = self.new_profile()
        self.processes: list[Process] = []
        self.written: dict[str, Written] = {}
        self.log: dict[str, list[str]] = {lane: [] for lane in LANES}
        self.known: dict[tuple[int, str], int] = {}
        self.identity = 0
        """The server's: the one that it knows."""
        self.numbers = itertools.count(1)

    def new_profile(self) -> Profile:
        """Return what stands on the disk: nothing."""
        raise NotImplementedError

    def run(self, coroutine: Coroutine[Any, Any, T]) -> T:
        """Run to the end."""
        return self.loop.run_until_complete(coroutine)

    def teardown(self) -> None:
        """Send all that waits, and look at the end of it."""
        try:
            if self.processes:
                self.settle_all()
        finally:
            self.run(self.profile.aclose())
            self.loop.close()

    # -- what happens ------------------------------------------------------------------------------

    @initialize()
    def begin(self) -> None:
        """Two processes start, and log in."""
        self.processes = [self._start(), self._start()]
        self.forget_everybody(0)
        self.connect(1)

    @rule(process=_processes)
    def forget_everybody(self, process: int) -> None:
        """The server loses its memory; a process gets a new identity. What was on its way is cut.

        The other process has no connection under it until `connect`.
        """
        self.cut(process)
        self.identity += 1
        self.known.clear()
        saved = self.run(self.processes[process].store.save_login("alice", f"t{self.identity}"))
        assert saved.identity == self.identity
        self.processes[process].identity = self.identity
        in_flight = {sent.id for p in self.processes for sent in p.sending.values()}
        for written in self.written.values():
            written.waived |= written.open or written.id in in_flight

    @rule(process=_processes)
    def connect(self, process: int) -> None:
        """A process takes up the identity of now."""
        self.cut(process)
        self.processes[process].identity = self.identity

    @rule(target=ids, process=_processes, lane=_lanes)
    def post(self, process: int, lane: str) -> str:
        """Somebody writes something, with or without a connection."""
        identity = self.processes[process].identity
        id_ = f"{next(self.numbers)}"
        new = entry(id_, lane=lane, identity=identity, private=lane == "bob")
        self.run(self.processes[process].store.put(new))
        self.written[id_] = Written(id_, lane, identity)
        return id_

    @rule(process=_processes, lane=_lanes)
    def claim(self, process: int, lane: str) -> None:
        """A process that has a connection takes the next one of a lane."""
        sender = self.processes[process]
        claimed = self.run(
            sender.store.claim(lane if lane == "bob" else f"#{lane}", sender.identity)
        )
        if claimed is None:
            return
        assert sender.identity == self.identity, "sent under an identity that is no more"
        assert lane not in sender.sending
        for other in self.processes:
            if other is not sender and lane in other.sending:
                assert other.sending[lane].claim is not None
                assert other.identity != self.identity, "two are on their way in one lane"
        sender.sending[lane] = claimed

    @rule(
        process=_processes,
        lane=_lanes,
        fate=st.sampled_from(
            ["stored", "stored, unheard", "lost", "refused", "busy", "fault", "fault, stored"]
        ),
    )
    def answer(self, process: int, lane: str, fate: str) -> None:
        """A server does something with what a process is sending, and says so, or does not."""
        sender = self.processes[process]
        sent = sender.sending.pop(lane, None)
        if sent is None:
            return
        written = self.written[sent.id]
        outcome = self._outcome(sender, written, fate)
        settled = self.run(sender.store.settle(sent.id, outcome))
        assert settled.claim is None
        if isinstance(outcome, Acked):
            assert settled.status == "delivered"
            written.confirmed = True
        if isinstance(outcome, Unanswered):
            written.open = True
        elif not isinstance(outcome, Postponed):
            written.open = False

    @rule(process=_processes)
    def cut(self, process: int) -> None:
        """A process loses its line: nothing that was on its way arrived."""
        for lane in tuple(self.processes[process].sending):
            self.answer(process, lane, "lost")

    @rule(process=_processes, arrived=st.booleans())
    def kill(self, process: int, arrived: bool) -> None:  # noqa: FBT001 - Hypothesis draws it
        """Kill a process, and start another. What was on its way may have arrived."""
        dead = self.processes[process]
        for sent in dead.sending.values():
            self.written[sent.id].open = True
            if arrived and dead.identity == self.identity:
                self._store(dead, self.written[sent.id])
        self.run(self.profile.kill(dead.store))
        self.processes[process] = self._start()

    @rule(process=_processes)
    def restart(self, process: int) -> None:
        """A process ends in good order, and starts again."""
        for sent in self.processes[process].sending.values():
            self.written[sent.id].open = True
        self.run(self.processes[process].store.aclose())
        self.processes[process] = self._start()

    @rule(process=_processes, id_=ids)
    def retry(self, process: int, id_: str) -> None:
        """A person sends something again."""
        again = self.run(self.processes[process].store.retry(id_))
        if again is not None:
            assert self.written[id_].waived or again.kind == "private"
            assert again.status in ("waiting", "failed")

    @rule(process=_processes, id_=consumes(ids))
    def withdraw(self, process: int, id_: str) -> None:
        """A person takes something back."""
        written = self.written[id_]
        taken = self.run(self.processes[process].store.withdraw(id_))
        if taken is not None:
            assert taken.content == id_
            assert written.waived or not written.open, "what may be stored was taken back"
            written.withdrawn = True

    # -- what must be so ---------------------------------------------------------------------------

    @precondition(lambda self: self.processes)
    @invariant()
    def nothing_is_lost_or_comes_twice(self) -> None:
        """Whatever was written is in the outbox, or stored; and stored once."""
        there = {e.id: e for e in self.run(self.processes[0].store.entries())}
        for written in self.written.values():
            found = there.get(written.id)
            assert found is not None or written.withdrawn
            if found is not None and found.status == "delivered":
                assert written.stored, "shown as sent, and was not"
            elif found is not None:
                assert found.content == written.id
                assert not written.confirmed, "delivered, and shown as if it were not"
            assert len(written.stored) <= 1 or written.waived, "stored twice"

    @precondition(lambda self: self.processes)
    @invariant()
    def order_holds(self) -> None:
        """What was written one after the other stands in the log so, unless something failed."""
        for lane in LANES:
            stood = [int(id_) for id_ in self.log[lane] if not self.written[id_].waived]
            assert stood == sorted(stood)

    def settle_all(self) -> None:
        """With a good server all that waits arrives; the rest waits for a person."""
        self.kill(0, arrived=False)
        self.kill(1, arrived=True)
        self.connect(0)
        for lane in LANES:
            for _ in range(len(self.written) + 1):
                self.claim(0, lane)
                self.answer(0, lane, "stored")
            assert not self.processes[0].sending
        for left in self.run(self.processes[0].store.entries()):
            assert left.status != "waiting"
            written = self.written[left.id]
            gone = written.lane == "bob" and written.identity != self.identity
            assert left.status == "delivered" or written.waived or gone
            assert left.status == "delivered" or left.reason
        self.nothing_is_lost_or_comes_twice()
        self.order_holds()

    def _start(self) -> Process:
        return Process(self.run(self.profile.process()), self.identity)

    def _outcome(self, sender: Process, written: Written, fate: str) -> Outcome:
        if fate == "lost":
            return Unanswered()
        if fate == "busy":  # which says nothing of an earlier try
            return Postponed("Busy.")
        # Otherwise a server knows its ids, whatever else is wrong with it.
        if "stored" in fate or (sender.identity, written.id) in self.known:
            acked = self._store(sender, written)
            if fate == "stored, unheard":
                return Unanswered()
            if fate != "fault, stored":
                return acked
        written.waived = True
        return Refused("No.") if fate == "refused" else Doubtful("A fault.")

    def _store(self, sender: Process, written: Written) -> Acked:
        key = (sender.identity, written.id)
        if key not in self.known:
            self.log[written.lane].append(written.id)
            self.known[key] = len(self.log[written.lane])
            written.stored.append(sender.identity)
        return Acked(ack(self.known[key]))
