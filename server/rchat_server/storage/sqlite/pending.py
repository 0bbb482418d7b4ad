"""What is to be stored and waits for the next transaction: the last word about each thing."""

from __future__ import annotations

from dataclasses import dataclass, field, fields, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rchat_server.core.records import ConversationRecord, IdentityRecord, InvitationRecord


@dataclass(slots=True)
class Pending:
    """Coalesced by what it is about, so that its size has the bound of what the server holds."""

    conversations: dict[str, ConversationRecord] = field(default_factory=dict)
    """New ones, by id."""
    identities: dict[str, IdentityRecord | None] = field(default_factory=dict)
    """New or changed ones, by id; None for one that is to be forgotten."""
    reads: dict[tuple[str, str], int] = field(default_factory=dict)
    """Read markers, by identity and conversation."""
    invitations: dict[bytes, InvitationRecord] = field(default_factory=dict)
    """New or used ones, by the hash of their code."""
    forgotten: dict[str, None] = field(default_factory=dict)
    """Conversations that are to be dropped."""

    def __bool__(self) -> bool:
        return any(getattr(self, each.name) for each in fields(self))

    def read(self, identity: str, conversation: str, seq: int) -> None:
        """Note how far somebody has read."""
        key = (identity, conversation)
        self.reads[key] = max(seq, self.reads.get(key, 0))

    def take(self) -> Pending:
        """Return all of it, and hold nothing."""
        taken = replace(self)
        for each in fields(self):
            setattr(self, each.name, {})
        return taken

    def put_back(self, older: Pending) -> None:
        """Hold what could not be stored; what came meanwhile is newer."""
        self.conversations = older.conversations | self.conversations
        self.identities = older.identities | self.identities
        self.invitations = older.invitations | self.invitations
        self.forgotten = older.forgotten | self.forgotten
        for (identity, conversation), seq in older.reads.items():
            self.read(identity, conversation, seq)
