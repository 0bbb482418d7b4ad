"""What the commands do by which people let each other know how it is."""

from __future__ import annotations

from rchat_protocol import names
from rchat_tui.app import saying
from rchat_tui.app.actions.doing import Doing, channel_of
from rchat_tui.app.commands import BY_ID
from rchat_tui.client.display import safe_line


class Meeting(Doing):
    """What people let each other know."""

    def do_away(self, argument: str) -> None:
        """Be away, for a reason or for none."""
        if errands := self._online():
            errands.set_away(argument)

    def do_back(self, _argument: str) -> None:
        """Be back."""
        if self._model.state.away is None:
            self._stage.toast("You are not away.")
        elif errands := self._online():
            errands.set_away(None)

    def do_nick(self, argument: str) -> None:
        """Take another name."""
        name, before = person_of(argument), self._model.state.user or ""
        if name == before:
            self._stage.toast(f"You are {name} already.")
        elif errands := self._online():
            errands.rename(name, before=before)

    def do_whois(self, argument: str) -> None:
        """Tell of somebody."""
        name = person_of(argument)
        if errands := self._online():
            errands.tell_of(name, now=self._model.now())

    def do_invite(self, argument: str) -> None:
        """Invite somebody into the open channel, or into another."""
        who, _, where = argument.partition(" ")
        name, channel = person_of(who), self._model.conversation
        if where.strip():
            asked = channel_of(where)
            channel = self._model.find("channel", asked)
            if channel is None:
                self._stage.tell(f"You are not in #{asked}: /join {asked} first.", error=True)
                return
        if channel is None or channel.kind != "channel":
            self._stage.tell("Into which channel? /invite NAME CHANNEL says it.", error=True)
        elif errands := self._online():
            errands.invite(channel.id, name, title=saying.title(channel))

    def do_accept(self, _argument: str) -> None:
        """Join where one was invited last."""
        channel = self._model.company.accept()
        if channel is None:
            self._stage.toast("Nobody has invited you.")
        else:
            self._stage.run_command(BY_ID["join"], channel)

    def do_ignore(self, argument: str) -> None:
        """Hide what somebody says, or show it again."""
        ignored = self._model.company.ignored
        if not argument:
            listed = "  ".join(safe_line(name) for name in ignored.names())
            none = "You ignore nobody: /ignore NAME hides what somebody says."
            self._stage.tell(f"You ignore: {listed}" if listed else none)
            return
        name = person_of(argument)
        if saying.is_me(name, self._model.state.user):
            self._stage.tell("You cannot ignore yourself.", error=True)
            return
        on = name not in ignored
        ignored.put(name, on=on)
        ignored.review(self._model)
        if self._stage.errands is not None:
            self._stage.errands.keep_ignored(name, on=on)
        again = f"You ignore {name}: /ignore {name} lets you hear of that person again."
        self._stage.tell(again if on else f"You hear of {name} again.")
        self._stage.refresh_soon()


def person_of(text: str) -> str:
    """Return the person's name that was typed, with or without its sigil.

    Raises:
        ChatError: It is none.
    """
    return names.user_name(text.strip().removeprefix("@"))
