"""From what was stored to what a hub works with, when a server starts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rchat_server.core.conversation import Conversation
from rchat_server.core.identity import Account, Identity, Membership
from rchat_server.core.tally import Tally

if TYPE_CHECKING:
    from rchat_server.core.context import Context
    from rchat_server.core.records import IdentityRecord, Snapshot


def restored(snapshot: Snapshot, context: Context) -> tuple[list[Identity], list[Conversation]]:
    """Return everybody and every conversation of ``snapshot``, as they stood to each other."""
    people = {
        record.id: Identity(
            record.id,
            record.token_hash,
            record.name,
            present=record.present,
            since=record.since,
            known=bool(record.token_hash),
            account=_account(record),
        )
        for record in snapshot.identities
    }
    conversations: dict[str, Conversation] = {}
    for record, head in snapshot.conversations:
        participants = tuple(people[id_] for id_ in record.participants)
        conversation = conversations[record.id] = Conversation(
            record,
            context,
            participants=participants,
            head=head,
            tally=Tally(snapshot.deeds.get(record.id, ())),
        )
        for person in participants:
            person.private[conversation] = None
    for membership in snapshot.memberships:
        standing = Membership(membership.read, list(membership.mentions))
        person, conversation = people[membership.identity], conversations[membership.conversation]
        person.memberships[conversation] = standing
        for seq in standing.mentions:
            conversation.tally.mention(seq, person, standing)
    return list(people.values()), list(conversations.values())


def _account(record: IdentityRecord) -> Account | None:
    if record.account is None:
        return None
    tokens = {each.hash: each for each in sorted(record.account.tokens, key=lambda one: one.used)}
    return Account(record.account.password, record.account.made, tokens)
