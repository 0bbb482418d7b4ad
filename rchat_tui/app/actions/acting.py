"""What the commands that act on a message do, with a screen or without one.

They act on the message that is selected, else on the newest that fits. Nothing changes here before
the server says so: what it refuses has not happened.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from rchat_tui.app import acting, emoji, saying, slash
from rchat_tui.app.acting import Intent
from rchat_tui.app.actions.talking import Talking
from rchat_tui.app.around import gist
from rchat_tui.client.display import safe_line

if TYPE_CHECKING:
    from rchat_tui.app.commands import Command
    from rchat_tui.app.items import Said
    from rchat_tui.app.transcript import Transcript

_GIST: Final = 60
"""Characters by which a message is named."""


class Acting(Talking):
    """Answering, editing, deleting, reacting; and the topic."""

    def run(self, command: Command, argument: str = "") -> None:
        """Carry out a command; any other than deleting leaves what was to be deleted alone."""
        if command.id != "delete":
            self._model.acting.sure = ""
        super().run(command, argument)

    def speak(self, content: str) -> None:
        """Say what was written, or do with it what it was written for."""
        conversation = self._model.active
        intent = self._model.intent
        if intent is None or conversation is None:
            self.say(content)
            return
        if not intent.edits:
            if self.say(content, reply=intent.seq):
                self._model.acting.give_up(conversation)
        elif self._edit(intent.seq, content):
            self._model.acting.give_up(conversation)
            self._stage.swap_line(intent.begun)
            self._stage.refresh_soon()
        else:
            self._stage.swap_line(slash.typed(content))

    def do_reply(self, argument: str) -> None:
        """Answer a message with the next line, or at once."""
        said = self._target("answer", others=True)
        if said is None:
            return
        if argument:
            self.say(argument, reply=said.seq)
            self._end()
        else:
            self._intend(said, edits=False)

    def do_edit(self, argument: str) -> None:
        """Put what a message of yours says to where one writes, or change it at once."""
        said = self._target("edit", mine=True)
        if said is None or not self._online():
            return
        if argument:
            self._edit(said.seq, argument)
            self._end()
        else:
            self._intend(said, edits=True)

    def do_delete(self, _argument: str) -> None:
        """Delete a message of yours, or where you decide anybody's, once that is certain."""
        decides = saying.decides(self._model.conversation, self._model.state.user)
        said = self._target("delete", mine=not decides)
        if said is None or (errands := self._online()) is None:
            return
        if self._model.acting.sure != said.id:
            self._model.acting.sure = said.id
            self._ask_whether(said)
            return
        self._model.acting.sure = ""
        if self._model.active is not None:
            errands.delete(self._model.active, said.seq)
            self._stage.refresh_soon()

    def do_react(self, argument: str) -> None:
        """React to a message, or take that back."""
        said = self._target("react to", others=True)
        if said is None:
            return
        if not argument:
            self._ask_how(said)
        elif (meant := emoji.meant(argument)) is None:
            near = " or ".join(emoji.nearest(argument))
            hint = f" Did you mean {near}?" if near else ""
            self._stage.tell(f"There is no emoji {safe_line(argument)}.{hint}", error=True)
        else:
            self.react(said.seq, meant)

    def react(self, seq: int, emoji: str) -> None:
        """React to the message of that number in the open conversation, or take that back."""
        transcript, active = self._model.transcript, self._model.active
        said = None if transcript is None else transcript.find(seq)
        if said is None or active is None or (errands := self._online()) is None:
            return
        given = any(each.mine and each.emoji == safe_line(emoji) for each in said.reactions)
        if not given:
            self._model.acting.reacted(emoji)
        errands.react(active, seq, emoji, on=not given)

    def do_topic(self, argument: str) -> None:
        """Say what a channel is about, or ask."""
        conversation = self._model.conversation
        if conversation is None or conversation.kind != "channel":
            self._stage.tell("Only a channel has a topic: open one first.", error=True)
        elif argument:
            if errands := self._online():
                errands.set_topic(
                    conversation.id, "" if argument == "-" else emoji.written(argument)
                )
        elif conversation.topic:
            self._stage.tell(f"The topic here is: {safe_line(conversation.topic, limit=512)}")
        else:
            self._stage.tell("There is no topic here: /topic TEXT says one.")

    # -- what came back ----------------------------------------------------------------------

    def reply_again(self, conversation: str, seq: int) -> None:
        """What was written as an answer came back: it is one still."""
        self._again(conversation, seq, edits=False)

    def edit_again(self, conversation: str, seq: int, content: str) -> bool:
        """Go on with an edit that was refused; False where that is no use any more."""
        transcript = self._model.transcripts.get(conversation)
        said = None if transcript is None else transcript.find(seq)
        if said is None or said.deleted or conversation != self._model.active:
            return False
        if self._model.intent is not None:
            return False  # he has begun something else
        begun = self._stage.swap_line(slash.typed(content))
        self._again(conversation, seq, edits=True, begun=begun)
        return True

    def _again(self, conversation: str, seq: int, *, edits: bool, begun: str = "") -> None:
        transcript = self._model.transcripts.get(conversation)
        if transcript is not None and transcript.epoch:
            intent = Intent(seq, transcript.epoch, edits, begun)
            self._model.acting.intend(conversation, intent)
            self._stage.refresh_soon()

    # -- within ----------------------------------------------------------------------------

    def _target(self, what: str, *, mine: bool = False, others: bool = False) -> Said | None:
        """Return the message to act on, or say why there is none.

        Args:
            what: is to be done with it, for the sentence.
            mine: it has to be yours.
            others: the newest of somebody else is meant, where there is one.
        """
        transcript = self._model.transcript
        if transcript is None:
            self._stage.tell(f"There is nothing to {what}: no conversation is open.", error=True)
            return None
        said = transcript.selected
        if said is not None:
            reason = _why_not(transcript, said, what, mine=mine)
            if reason is _NOT_SENT:
                reason = f"{reason} {self._stage.how('take-back')} takes it back."
            if reason:
                self._stage.toast(reason, error=True)
            return None if reason else said
        for own in [False, True] if others else [True]:
            said = acting.newest(transcript, own=own)
            if said is not None:
                return said
        of = " of yours" if mine else ""
        self._stage.toast(f"There is no message{of} here to {what}.", error=True)
        return None

    def _intend(self, said: Said, *, edits: bool) -> None:
        active, transcript = self._model.active, self._model.transcript
        if active is None or transcript is None:
            return
        before = self._model.intent
        begun = ""
        if before is not None and before.edits:
            begun = before.begun
            self._stage.swap_line(slash.typed(said.text) if edits else begun)
        elif edits:
            begun = self._stage.swap_line(slash.typed(said.text))
        self._model.acting.intend(active, Intent(said.seq, transcript.epoch, edits, begun))
        self._end()
        self._stage.begin_writing(f"{'Editing' if edits else 'Answering'} {gist(said, _GIST)}")

    def _edit(self, seq: int, content: str) -> bool:
        """Ask for an edit; False where it cannot be asked for."""
        errands, transcript = self._online(), self._model.transcript
        if errands is None or transcript is None or self._model.active is None:
            return False
        said = transcript.find(seq)
        if said is None or content != said.text:
            content = emoji.written(content)
            errands.edit(self._model.active, seq, content)
        return True

    def _ask_whether(self, said: Said) -> None:
        self._stage.toast(f"/delete once more deletes “{gist(said, _GIST)}”.")

    def _ask_how(self, _said: Said) -> None:
        self._stage.tell("With what? /react :thumbsup: does.", error=True)

    def _end(self) -> None:
        self._model.acting.end(self._model.transcript)
        self._stage.refresh_soon()


_NOT_SENT: Final = "That message is not sent yet:"


def _why_not(transcript: Transcript, said: Said, what: str, *, mine: bool) -> str:
    """Return why that cannot be done with a message that is selected; empty where it can."""
    if said.deleted:
        return "That message was deleted."
    if mine and not said.mine:
        return f"You can only {what} what you wrote yourself."
    if not said.seq or not said.stored:
        return _NOT_SENT
    if not acting.numbered(transcript, said):
        return "The server does not know that message any more."
    return ""
