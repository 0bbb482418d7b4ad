"""What the app knows, and how events and the user's wishes change it: pure, without widgets.

`rchat_tui.client.state` folds what the server says; on top of that the model keeps what only a
screen needs: the transcripts, which conversation is open, and which one was open before.
"""

from __future__ import annotations

from functools import singledispatchmethod
from typing import TYPE_CHECKING

from rchat_protocol import names
from rchat_tui.app import saying, unread
from rchat_tui.app.acting import Acting
from rchat_tui.app.attention import Attention
from rchat_tui.app.changes import Change, follow
from rchat_tui.app.company import Company
from rchat_tui.app.counting import Hits
from rchat_tui.app.items import Notice, NoticeKind
from rchat_tui.app.keywords import Keywords
from rchat_tui.app.memory import Aside, Visits
from rchat_tui.app.preferences import Preferences
from rchat_tui.app.transcript import Transcript
from rchat_tui.app.unsent import Unsent
from rchat_tui.client.display import safe_text
from rchat_tui.client.events import (
    ConversationState,
    Delivered,
    Expired,
    Live,
    MemberJoined,
    MemberLeft,
    MessageDeleted,
    MessagePosted,
    Moderated,
    NotKept,
    Offline,
    Online,
    Outgoing,
    Parted,
    Remembered,
    Skipped,
    Withdrawn,
)
from rchat_tui.client.state import ChatState, Conversation, fold

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from rchat_protocol.models import ConversationKind, Message
    from rchat_tui.app.acting import Intent
    from rchat_tui.app.items import Said
    from rchat_tui.client.events import ClientEvent

Opened = tuple["ConversationKind", str]
"""Kind and `names.key` of a conversation: what it is called when its id is not known."""


class ChatModel:
    """The state of the app."""

    def __init__(self, *, now: Callable[[], int], keywords: Keywords | None = None) -> None:
        """Make an empty model.

        Args:
            now: tells milliseconds since 1970-01-01 UTC.
            keywords: words that call for you.
        """
        self.now = now
        self.company = Company()
        self.hits = Hits(keywords or Keywords(), self.company.ignored)
        """Where keywords were found."""
        self.preferences = Preferences()
        self._aside = Aside()
        self._visits = Visits()
        self._wanted: Opened | None = None
        self.state = ChatState()
        self.active: str | None = None
        """Id of the open conversation."""
        self.transcripts: dict[str, Transcript] = {}
        self._unsent = Unsent(self.transcripts)
        self.attention = Attention()
        self.acting = Acting()
        self.was_online = False
        """Whether this server ever let us in."""
        self.drafts: frozenset[Opened] = frozenset()
        """Where something was begun that is not sent."""
        self.kept = True
        """Whether what is written outlives the app, as far as is known."""

    # -- questions -------------------------------------------------------------------------

    @property
    def conversation(self) -> Conversation | None:
        """The open conversation."""
        return None if self.active is None else self.state.conversations.get(self.active)

    @property
    def transcript(self) -> Transcript | None:
        """What was said in the open conversation."""
        return None if self.active is None else self.transcripts.get(self.active)

    @property
    def intent(self) -> Intent | None:
        """What the next line in the open conversation does; None: it is an ordinary one."""
        return self.acting.intent(self.active, self.transcript)

    @property
    def title(self) -> str:
        """How the open conversation is called: ``#general``, ``@bob``; empty where none is."""
        return saying.title(self.conversation) if self.conversation else ""

    @property
    def online(self) -> bool:
        """Whether requests can be made."""
        return isinstance(self.state.connection, Online)

    def find(self, kind: ConversationKind, name: str) -> Conversation | None:
        """Return the conversation of that name that one can talk in."""
        found = self.state.find(kind, name)
        return None if found is None or found.id in self.state.lost else found

    def ordered(self) -> list[Conversation]:
        """Return the conversations as the list shows them, each kind as they were opened."""
        return self.preferences.ordered(self.state.conversations.values())

    def unread(self, conversation: Conversation) -> int:
        """Return how many messages to show as unread: none of what is being looked at."""
        looked_at = conversation.id == self.active and self.attention.seen
        return 0 if looked_at else self.company.ignored.unread(conversation)

    def previous(self) -> str | None:
        """Return the conversation that was open before this one."""
        return next((id_ for id_ in self.visited() if id_ != self.active), None)

    def visited(self) -> list[str]:
        """Return the conversations that were opened here, the last one first."""
        return self._visits.latest(self.state.conversations)

    def to_mark_read(self) -> tuple[str, int] | None:
        """Return what the server should know as read now: conversation and number."""
        conversation = self.conversation
        if conversation is None or not self.online or not self.attention.seen:
            return None
        if conversation.id in self.state.unconfirmed:
            return None  # its numbers are the ones of before, until the server says otherwise
        return (conversation.id, conversation.head) if conversation.unread else None

    # -- wishes ----------------------------------------------------------------------------

    def open(self, conversation: str) -> None:
        """Open a conversation; its unread line stands where you were."""
        found = self.state.conversations.get(conversation)
        if found is None or conversation == self.active:
            return
        if self.active is not None:
            left = self.transcripts.get(self.active)
            if left is not None:
                left.unread_after = None
            self.acting.end(left)
        self.active = conversation
        self.preferences.close(found, closed=False)
        self._visits.add(conversation)
        self._wanted = None
        self.attention = Attention(focused=self.attention.focused)
        self.transcripts[conversation].unread_after = (
            found.read if self.company.ignored.unread(found) else None
        )

    def want(self, kind: ConversationKind, name: str) -> None:
        """Open the conversation of that name, now or when the server tells of it."""
        found = self.find(kind, name)
        if found is not None:
            self.open(found.id)
        else:
            self._wanted = (kind, names.key(name))

    @property
    def wanted(self) -> Opened | None:
        """The conversation that is to be opened as soon as the server tells of it."""
        return self._wanted

    @property
    def opened(self) -> Opened | None:
        """The conversation that is open."""
        return self.place(self.active)

    def place(self, conversation: str | None) -> Opened | None:
        """Return what a conversation is called, which stays when a server gives it another id."""
        found = self.state.conversations.get(conversation or "")
        return None if found is None else (found.kind, names.key(found.name))

    def places_edited(self) -> list[Opened]:
        """Return the conversations in which what is being written changes a message."""
        return [place for id_ in self.acting.edited if (place := self.place(id_)) is not None]

    def give_up(self) -> None:
        """The conversation that was wanted does not come."""
        self._wanted = None

    def note(self, text: str, *, error: bool = False) -> bool:
        """Show a sentence in the open conversation; False where none is open."""
        if self.transcript is None:
            return False
        kind = NoticeKind.ERROR if error else NoticeKind.INFO
        self.transcript.notice(Notice(safe_text(text), self.now(), kind))
        return True

    def loaded(self, messages: Iterable[Message | MessagePosted]) -> list[Said]:
        """Return what ``history`` answered as a transcript shows it."""
        seen, me = self.company.ignored.seen, self.state.user
        return [seen(saying.stored(message, me)) for message in messages]

    # -- events ----------------------------------------------------------------------------

    def apply(self, event: ClientEvent) -> None:
        """Follow the client."""
        before = self.state
        self.state = fold(before, event)
        self.company.hear(event)
        if isinstance(event, MessagePosted):  # nearly all; to dispatch costs as much as to follow
            self._posted(event, before)
        else:
            self._apply(event, before)

    @singledispatchmethod
    def _apply(self, event: object, before: ChatState) -> None:
        if isinstance(event, Change):
            self._changed(event, before)

    def _changed(self, event: Change, before: ChatState) -> None:
        transcript = self.transcripts.get(event.conversation)
        known = before.conversations.get(event.conversation)
        if transcript is not None and known is not None:
            follow(event, transcript, me=self.state.user, head=known.head)
        if isinstance(event, MessageDeleted):
            self.hits.remove(event.conversation, event.target)

    @_apply.register
    def _remembered(self, event: Remembered, _before: ChatState) -> None:
        for known in event.conversations:
            state = known.state
            # The first screen may have shown it already, and less of it.
            shown = self.transcripts.get(state.conversation)
            transcript = self.transcripts[state.conversation] = Transcript()
            transcript.unread_after = None if shown is None else shown.unread_after
            if state.epoch:
                messages = self.loaded(known.messages)
                transcript.restored(messages, epoch=state.epoch, head=state.head, first=state.first)
                conversation = self.state.conversations[state.conversation]
                self.hits.hear(conversation, messages, self.state.user)
            for outgoing in known.outgoing:
                self._show(outgoing)
            if self.active is None:
                self.open(state.conversation)

    @_apply.register
    def _not_kept(self, _event: NotKept, _before: ChatState) -> None:
        self.kept = False

    @_apply.register
    def _online(self, _event: Online, _before: ChatState) -> None:
        self.was_online = True
        for transcript in self.transcripts.values():
            transcript.retry()

    @_apply.register
    def _opened(self, event: ConversationState, before: ChatState) -> None:
        key = (event.kind, names.key(event.name))
        known = before.conversations.get(event.conversation)
        if known is not None and known.epoch != event.epoch:
            self.hits.forget(event.conversation)  # its numbers begin anew
        displaced = before.find(event.kind, event.name)
        if displaced is not None and displaced.id not in self.state.conversations:
            self._take_over(displaced.id, event.conversation)
        transcript = self.transcripts.get(event.conversation)
        if transcript is None:
            transcript = self._aside.take(key) or Transcript()
        self.transcripts[event.conversation] = transcript
        transcript.retry()
        head = transcript.head if transcript.epoch == event.epoch else 0
        transcript.opened(
            epoch=event.epoch, head=event.head, first=event.first, resumed=event.resumed
        )
        if event.conversation == self.active:
            line = transcript.unread_after
            transcript.unread_after = unread.line(event, head=head, before=line)
        for stray in self._unsent.strays(event.conversation):
            self._show(stray)
        if self._wanted == key or self.active is None:
            self.open(event.conversation)

    def _posted(self, event: MessagePosted, before: ChatState) -> None:
        transcript = self.transcripts.get(event.conversation)
        if transcript is None:
            return
        said = self.company.ignored.seen(saying.stored(event, self.state.user))
        conversation = before.conversations.get(event.conversation)
        new = conversation is not None and event.seq > conversation.head
        unseen = event.conversation == self.active and not (self.attention.seen or said.hidden)
        if new and said.mine:
            transcript.unread_after = None  # whoever answers has read, on whatever terminal
        elif new and unseen and transcript.first_unread is None:
            transcript.unread_after = event.seq - 1
        transcript.posted(said)
        self.hits.hear(conversation, [said], self.state.user)

    @_apply.register(MemberJoined)
    @_apply.register(MemberLeft)
    @_apply.register(Moderated)
    def _happened(self, event: MemberJoined | MemberLeft | Moderated, before: ChatState) -> None:
        transcript = self.transcripts.get(event.conversation)
        conversation = self.state.conversations.get(event.conversation)
        if transcript is None or conversation is before.conversations.get(event.conversation):
            return  # it changed nothing: said twice
        if (notice := saying.happened(event, self.state.user, self.now())) is not None:
            transcript.notice(notice)

    @_apply.register(Skipped)
    @_apply.register(Expired)
    def _left_out(self, event: Skipped | Expired, _before: ChatState) -> None:
        transcript = self.transcripts.get(event.conversation)
        if transcript is not None:
            take = transcript.skipped if isinstance(event, Skipped) else transcript.expired
            take(event.first, event.last)

    @_apply.register
    def _parted(self, event: Parted, before: ChatState) -> None:
        self._let_go(event.conversation, before)

    @_apply.register
    def _live(self, _event: Live, before: ChatState) -> None:
        for id_ in [id_ for id_ in self.transcripts if id_ not in self.state.conversations]:
            # The server knows it no more, but it may come again under another id: a client that
            # has to begin anew joins its channels again.
            transcript = self.transcripts.pop(id_)
            gone = before.conversations.get(id_)
            if gone is None:
                continue
            opened: Opened = (gone.kind, names.key(gone.name))
            self._aside.put(opened, transcript)
            if id_ == self.active and gone.kind == "channel":
                self._wanted = opened
            self._leave(id_, before)

    @_apply.register
    def _offline(self, _event: Offline, _before: ChatState) -> None:
        self._wanted = None

    @_apply.register
    def _outgoing(self, event: Outgoing, before: ChatState) -> None:
        transcript = self.transcripts.get(event.conversation)
        if transcript is not None and self._unsent.home(event.id) is None:
            transcript.unread_after = None
        self._let_go(self._show(event), before)

    @_apply.register
    def _delivered(self, event: Delivered, before: ChatState) -> None:
        self._let_go(self._unsent.delivered(event), before)

    @_apply.register
    def _withdrawn(self, event: Withdrawn, before: ChatState) -> None:
        self._let_go(self._unsent.withdrawn(event.id), before)

    # -- within ----------------------------------------------------------------------------

    def _show(self, event: Outgoing) -> str | None:
        return self._unsent.show(event, self.state.user)

    def _take_over(self, old: str, new: str) -> None:
        """Show in one conversation what was shown in another of its name."""
        if self.active == old:
            self.active = new
        self._visits.rename(old, new)
        left = self.transcripts.pop(old, None)
        if left is not None and self.transcripts.setdefault(new, left) is not left:
            for said in left.unsent():
                self.transcripts[new].outgoing(said)

    def _let_go(self, id_: str | None, before: ChatState) -> None:
        """Drop a conversation that is no more; the last of what you wrote there had kept it."""
        if id_ is not None and id_ not in self.state.conversations:
            self.transcripts.pop(id_, None)
            self._leave(id_, before)

    def _leave(self, id_: str, before: ChatState) -> None:
        """Open another conversation where the one that ended was open."""
        if id_ != self.active:
            return
        self.active = None
        near = self.preferences.near(id_, before.conversations.values())
        wanted = self._wanted
        for candidate in [*self.visited(), *near]:
            if candidate in self.state.conversations:
                self.open(candidate)
                break
        self._wanted = wanted
