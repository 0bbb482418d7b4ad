"""The promise, checked: what is acknowledged is there, everybody has it, once and in order.

It knows what was sent, what was acknowledged, what each receiver saw, and the log as somebody read
it who was not there: nothing of how client or server work.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from stress.ledger import Entry, Ledger, Sent, Stream

_SHOWN = 20
"""Most sentences that are kept."""


@dataclass(slots=True)
class Tally:
    """Counts of one round, or of many."""

    sent: int = 0
    acknowledged: int = 0
    """Messages that were acknowledged, or kept by an outbox on disk."""
    delivered: int = 0
    """Entries that receivers got, each at each receiver once."""
    lost: int = 0
    """Acknowledged and not in the log; or in the log, and a member has not got it."""
    doubled: int = 0
    """Twice in the log, or twice in a receiver's logical stream."""
    disordered: int = 0
    """Not in the order of the numbers at a receiver; not in the sender's order in the log."""
    wrong: int = 0
    """Another content, another place than was acknowledged, or what nobody sent."""

    @property
    def clean(self) -> bool:
        """Whether the promise was kept."""
        return not (self.lost or self.doubled or self.disordered or self.wrong)

    def add(self, other: Tally) -> None:
        """Count another's in."""
        for each in fields(self):
            setattr(self, each.name, getattr(self, each.name) + getattr(other, each.name))


@dataclass(slots=True)
class Verdict:
    """What the check found."""

    tally: Tally = field(default_factory=Tally)
    sentences: list[str] = field(default_factory=list)
    """What is wrong, the first few of it."""

    def say(self, sentence: str) -> None:
        """Keep a sentence, if there is room."""
        if len(self.sentences) < _SHOWN:
            self.sentences.append(sentence)


def judge(ledger: Ledger, logs: Mapping[str, Sequence[Entry]]) -> Verdict:
    """Check a round.

    Args:
        ledger: What everybody saw.
        logs: Each conversation's entries, from the first on, as they are stored in the end.
    """
    verdict = Verdict()
    for sentence in ledger.problems:
        verdict.tally.wrong += 1
        verdict.say(sentence)
    stored = _check_logs(ledger, logs, verdict)
    for sent in ledger.sent.values():
        _check_sent(sent, stored.get(sent.content, ()), verdict)
    _check_orders(ledger, logs, verdict)
    for (receiver, conversation), stream in ledger.streams.items():
        if conversation not in logs:
            verdict.tally.wrong += 1
            verdict.say(f"{receiver}: the log of {stream.name} was not read")
            continue
        _check_stream(f"{receiver} in {stream.name}", stream, logs[conversation], verdict)
    return verdict


def _check_logs(
    ledger: Ledger, logs: Mapping[str, Sequence[Entry]], verdict: Verdict
) -> dict[str, list[tuple[str, Entry]]]:
    """See to the logs by themselves; return where each content stands."""
    names = {conversation: stream.name for (_, conversation), stream in ledger.streams.items()}
    stored: dict[str, list[tuple[str, Entry]]] = {}
    for conversation, log in logs.items():
        seqs = [entry.seq for entry in log]
        if seqs != list(range(1, len(log) + 1)):
            verdict.tally.wrong += 1
            verdict.say(f"the log of {conversation} is not numbered 1, 2, 3, …: {seqs[:50]}")
        for entry in log:
            stored.setdefault(entry.content, []).append((conversation, entry))
            sent = ledger.sent.get(entry.content)
            if sent is None or sent.author != entry.user:
                verdict.tally.wrong += 1
                verdict.say(f"nobody sent what is stored as {entry.seq} in {conversation}")
            elif sent.place.startswith("@") != names.get(conversation, "").startswith("@") or (
                not sent.place.startswith("@") and names.get(conversation, "") != sent.place
            ):
                verdict.tally.wrong += 1
                verdict.say(f"{entry.seq} in {conversation} was sent to {sent.place}")
    return stored


def _check_sent(sent: Sent, places: Sequence[tuple[str, Entry]], verdict: Verdict) -> None:
    """See what became of one message."""
    tally = verdict.tally
    told = f"{sent.hand}'s {sent.order} to {sent.place}"
    tally.sent += 1
    if sent.acks or sent.kept:
        tally.acknowledged += 1
        if not places:
            tally.lost += 1
            verdict.say(f"{told} was acknowledged, and is not stored")
    if len(places) > 1:
        tally.doubled += len(places) - 1
        verdict.say(f"{told} is stored {len(places)} times")
    if sent.refused and places:
        tally.wrong += 1
        verdict.say(f"{told} was refused ({sent.refused}), and is stored")
    for ack in sent.acks:
        if places and not any(
            (ack.conversation, ack.seq, ack.id, ack.at) == (where, entry.seq, entry.id, entry.at)
            for where, entry in places
        ):
            tally.wrong += 1
            verdict.say(f"{told} was acknowledged as {ack.seq}, and is stored elsewhere")
    if len(set(sent.acks)) > 1:
        tally.wrong += 1
        verdict.say(f"{told} was acknowledged in {len(set(sent.acks))} ways")
    if sent.id and any(entry.id != sent.id for _, entry in places):
        tally.wrong += 1
        verdict.say(f"{told} is stored under another id")


def _check_orders(ledger: Ledger, logs: Mapping[str, Sequence[Entry]], verdict: Verdict) -> None:
    """See that each sender's messages are stored in the order in which he wrote them."""
    for log in logs.values():
        reached: Counter[str] = Counter()
        for entry in log:
            sent = ledger.sent.get(entry.content)
            if sent is None or sent.hand in ledger.unordered:
                continue
            if sent.order < reached[sent.hand]:
                verdict.tally.disordered += 1
                verdict.say(f"{sent.hand}'s {sent.order} is stored after a later one of his")
            reached[sent.hand] = max(reached[sent.hand], sent.order)


def _check_stream(told: str, stream: Stream, log: Sequence[Entry], verdict: Verdict) -> None:
    """See that a receiver's logical stream is the log from his start on, once and in order."""
    tally = verdict.tally
    by_seq = {entry.seq: entry for entry in log}
    have: set[int] = set()
    last = 0
    for entry in stream.heard:
        if entry.seq in have:
            tally.doubled += 1
            verdict.say(f"{told}: {entry.seq} came twice")
            continue
        if entry.seq < last:
            tally.disordered += 1
            verdict.say(f"{told}: {entry.seq} came after {last}")
        last = max(last, entry.seq)
        have.add(entry.seq)
        if by_seq.get(entry.seq) != entry:
            tally.wrong += 1
            verdict.say(f"{told}: {entry.seq} came otherwise than it is stored")
    for seq, entry in stream.fetched.items():
        if by_seq.get(seq) != entry:
            tally.wrong += 1
            verdict.say(f"{told}: {seq} was read otherwise than it is stored")
        if stream.told_to_fetch(seq):
            have.add(seq)
    tally.delivered += len(have)
    missing = [
        seq
        for seq in by_seq
        if seq > stream.start
        and seq not in have
        and not (stream.ended and (seq > last or stream.told_to_fetch(seq)))
    ]
    if missing:
        tally.lost += len(missing)
        verdict.say(f"{told}: {len(missing)} never came: {missing[:10]}")
