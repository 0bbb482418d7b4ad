"""What the commands of channels and people do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rchat_protocol import names
from rchat_tui.app import emoji, saying, slash
from rchat_tui.app.actions.doing import Doing, channel_of
from rchat_tui.app.holding import HeldLine
from rchat_tui.client.display import safe_line

if TYPE_CHECKING:
    from rchat_tui.client.state import Conversation


class Talking(Doing):
    """Channels and people."""

    def do_join(self, argument: str) -> None:
        """Join a channel and open it."""
        channel = channel_of(argument)
        known = self._model.find("channel", channel)
        if known is not None:
            self._open(known.id)
        elif errands := self._online():
            self._model.want("channel", channel)
            self._stage.holding.begin()
            errands.join(channel)

    def enter(self, channel: str, reason: str) -> None:
        """Ask for the password of a channel, and join it."""
        self._model.give_up()
        self._stage.holding.release()

        def go_on(given: tuple[str, ...]) -> None:
            if errands := self._online():
                self._model.want("channel", channel)
                self._stage.holding.begin()
                errands.enter(channel, given[0])

        self._stage.ask_secrets(f"#{safe_line(channel)}", (safe_line(reason),), go_on)

    def do_part(self, argument: str) -> None:
        """Leave a channel."""
        open_one = self._model.conversation
        if argument:
            channel = channel_of(argument)
        elif open_one is not None and open_one.kind == "channel":
            channel = open_one.name
        else:
            text = "Which channel? /part CHANNEL leaves it; /close closes this."
            self._stage.tell(text, error=True)
            return
        if errands := self._online():
            errands.leave(channel)

    def do_msg(self, argument: str) -> None:
        """Say something to somebody in private."""
        name, _, content = argument.partition(" ")
        if not content.strip():
            self._stage.tell("What is the message? /msg NAME TEXT sends it.", error=True)
        else:
            self._talk(name, content.strip())

    def do_query(self, argument: str) -> None:
        """Open a private conversation."""
        self._talk(argument.split(maxsplit=1)[0], "")

    def do_names(self, argument: str) -> None:
        """Say who is in a channel."""
        conversation = self._model.conversation
        if argument:
            if errands := self._online():
                errands.list_users(channel_of(argument))
        elif conversation is None:
            self._stage.tell("In which channel? /names CHANNEL lists who is in it.", error=True)
        else:
            listed = "  ".join(saying.person(conversation, each) for each in conversation.members)
            self._stage.tell(f"Here: {listed}")

    def do_list(self, _argument: str) -> None:
        """Say which channels there are."""
        if errands := self._online():
            errands.list_channels()

    def _talk(self, name: str, content: str) -> None:
        name = names.user_name(name.removeprefix("@"))
        known = self._model.find("private", name)
        if known is not None:
            self._open(known.id)
            if content:
                self.say(content)
        elif errands := self._online():
            self._model.want("private", name)
            self._stage.holding.begin(
                HeldLine(f"/msg {name} {content}", content) if content else None
            )
            errands.talk(name)

    def say(self, content: str, *, reply: int = 0) -> bool:
        """Put a message into the outbox, for the open conversation.

        Args:
            content: what it says.
            reply: number of the message that it answers; 0: it answers none.

        Returns:
            Whether it is on its way there; else it was put back, with a sentence.
        """
        conversation, errands = self._model.conversation, self._stage.errands
        content = emoji.written(content)
        if conversation is None or errands is None:
            self._stage.put_back(slash.typed(content))
            self._stage.toast("Join a channel first: /join general", error=True)
        elif conversation.id in self._model.state.lost:
            self._stage.put_back(slash.typed(content))
            command = "join" if conversation.kind == "channel" else "query"
            anew = f"/{command} {safe_line(conversation.name)} begins anew."
            self._stage.tell(f"You are not in it any more: {anew}", error=True)
        else:
            self._stage.to_newest()
            errands.write(conversation.id, content, reply=reply)
            self._tell_away(conversation)
            return True
        return False

    def _tell_away(self, conversation: Conversation) -> None:
        """Tell once that who is written to is away."""
        words = self._model.company.away_unheard(conversation)
        if conversation.kind == "private" and words is not None:
            self._stage.tell(f"{safe_line(conversation.name)} is {saying.away(words)}.")

    def speak(self, content: str) -> None:
        """Say what was written in the open conversation."""
        self.say(content)

    def do_me(self, argument: str) -> None:
        """Say what you do."""
        self.speak(f"/me {argument}")

    def carry_out(self, text: str) -> None:
        """Say a line, or do what it asks for, now."""
        meaning = slash.parse(text)
        if isinstance(meaning, slash.Problem):
            self._stage.tell(meaning.sentence, error=True)
        elif isinstance(meaning, slash.Run):
            self._stage.run_command(meaning.command, meaning.argument)
        else:
            self.speak(meaning.content)
