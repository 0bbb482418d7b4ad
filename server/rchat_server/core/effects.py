"""What commands do to a conversation once they are stored: in the order of the queue."""

from __future__ import annotations

import logging
from itertools import groupby
from typing import TYPE_CHECKING

from rchat_protocol import models
from rchat_server.core.commands import Act, Enter, Leave, Moderate, Post
from rchat_server.core.identity import Membership

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rchat_server.core.commands import Command
    from rchat_server.core.conversation import Conversation
    from rchat_server.core.identity import Identity
    from rchat_server.core.pages import Pages
    from rchat_server.core.ports import Entry

_logger = logging.getLogger(__name__)


class Effects:
    """The effects of one conversation's commands.

    Args:
        conversation: Whose.
        pages: What those who are behind are fed from.
    """

    __slots__ = ("_conversation", "_pages")

    def __init__(self, conversation: Conversation, pages: Pages) -> None:
        self._conversation = conversation
        self._pages = pages

    def carry_out(self, commands: Sequence[Command], items: list[Entry | models.Event]) -> None:
        """Let commands take effect, and add what is to be told to ``items``."""
        for kind, run in groupby(commands, key=type):
            if kind is Post:
                self._mark([item for item in run if isinstance(item, Post)], items)
            elif kind is Act:
                self._act([item for item in run if isinstance(item, Act)], items)
            elif kind is Moderate:
                self._rule([item for item in run if isinstance(item, Moderate)], items)
            elif kind is Enter:
                self._admit([item for item in run if isinstance(item, Enter)], items)
            else:
                self._dismiss([item for item in run if isinstance(item, Leave)], items)

    def _mark(self, posts: Sequence[Post], items: list[Entry | models.Event]) -> None:
        """Writing says that one has read; being spoken to counts as a mention."""
        room = self._conversation
        reached: dict[Identity, int] = {}
        for post in posts:
            if (entry := post.placed) is None:
                continue
            items.append(entry)
            reached[post.author] = entry.seq
            for person in post.spoken_to:
                if (membership := person.memberships.get(room)) is not None:
                    if person in reached:  # a list that is full has room again
                        membership.mark_read(reached[person])
                    if membership.mention(entry.seq):
                        room.tally.mention(entry.seq, person, membership)
        for author, seq in reached.items():
            if (membership := author.memberships.get(room)) is not None:
                membership.mark_read(seq)

    def _act(self, acts: Sequence[Act], items: list[Entry | models.Event]) -> None:
        """Follow what was done to the log. A mention that goes is told: nobody could count it."""
        room = self._conversation
        addressed: dict[Identity, None] = {}
        erased = False
        for act in acts:
            if (deed := act.placed) is None:
                continue
            items.append(deed)
            deletes = deed.target if deed.kind == "delete" else 0
            room.tally.add(deed.seq, deletes=deletes)
            if deletes:
                erased = True
                if act.entry.audit is not None:
                    _logger.info("moderation", extra={"act": "delete", "conversation": room.id})
                addressed.update(dict.fromkeys(room.tally.unmention(deletes)))
            elif deed.kind == "topic":
                room.topic = deed.content
        if erased:
            room.publish(items)
            self._pages.forget(room)
        for person in addressed:
            room.show_state(person)

    def _admit(self, entering: Sequence[Enter], items: list[Entry | models.Event]) -> None:
        """Let people in. Those who are here hear of it; the newcomers get the state instead."""
        room = self._conversation
        # Whoever was forgotten while this waited cannot come in any more. Whoever is away comes in
        # unseen: others hear of him when he is back.
        known = [each for each in entering if each.identity.known]
        for each in known:
            person = each.identity
            is_member = each.joins or room in person.memberships
            if is_member and person.present and person not in room.roster:
                room.roster.add(person, each.name)
                if room.kind == "channel":
                    items.append(models.MemberJoined(room.id, each.name, person.away))
        room.publish(items)
        for each in known:
            if each.joins:
                each.identity.memberships.setdefault(room, Membership(read=room.published))
        for person in dict.fromkeys(each.identity for each in known):
            room.show_state(person)
        room.show_presence([each.identity for each in known])

    def _dismiss(self, leaves: Sequence[Leave], items: list[Entry | models.Event]) -> None:
        """Let people go. They still get what was said before."""
        room = self._conversation
        room.publish(items)
        for leave in leaves:
            person = leave.identity
            shown = room.roster.remove(person)
            if shown is not None and room.kind == "channel":
                items.append(models.MemberLeft(room.id, shown))
            if leave.for_good:
                self._part(person, models.Parted(room.id, room.name))
        room.show_presence([leave.identity for leave in leaves])

    def _part(self, person: Identity, word: models.Parted) -> None:
        """Let somebody be a member no longer, and know it."""
        room = self._conversation
        if person.memberships.pop(room, None) is None:
            return
        for session in person.sessions.values():
            session.incoming.pop(room, None)
            for outbox in tuple(session.outboxes):
                outbox.depart(room, word)

    def _rule(self, acts: Sequence[Moderate], items: list[Entry | models.Event]) -> None:
        """Let hold what was decided, and all who are here know it; who is put out, before that."""
        room = self._conversation
        for act in acts:
            ruling, by = act.ruling, act.actor.name
            if ruling is None:
                continue
            _logger.info("moderation", extra={"act": ruling.act, "conversation": room.id})
            room.rules = ruling.rules
            room.roster.ruled()
            items.append(
                models.Moderated(
                    room.id,
                    ruling.act,
                    by,
                    room.standing(),
                    ruling.subject,
                    ruling.reason,
                    ruling.until,
                )
            )
            room.publish(items)
            for person in ruling.expelled:
                shown = room.roster.remove(person)
                if shown is not None:
                    items.append(models.MemberLeft(room.id, shown, by))
                self._part(person, models.Parted(room.id, room.name, by, ruling.reason))
