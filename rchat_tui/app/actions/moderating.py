"""What the commands of moderation do: in the open channel."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from rchat_tui.app.actions.doing import Doing
from rchat_tui.app.actions.meeting import person_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from rchat_tui.app.errands import Errands
    from rchat_tui.client.state import Conversation

_SPAN: Final = re.compile(r"(\d{1,6})([smhdw])")
_SECONDS: Final = {"s": 1, "m": 60, "h": 3600, "d": 24 * 3600, "w": 7 * 24 * 3600}
_SLOWEST: Final = 3600


class Moderating(Doing):
    """Who decides in a channel. The server says who may."""

    def do_rules(self, _argument: str) -> None:
        """Tell what holds here."""
        self._in_channel(lambda errands, channel: errands.tell_rules(channel.id))

    def do_audit(self, _argument: str) -> None:
        """Tell what was done here."""
        self._in_channel(lambda errands, channel: errands.tell_audit(channel.id))

    def do_kick(self, argument: str) -> None:
        """Put somebody out."""
        who, _, reason = argument.partition(" ")
        name = person_of(who)
        self._in_channel(lambda errands, channel: errands.kick(channel.id, name, reason.strip()))

    def do_ban(self, argument: str) -> None:
        """Let a person, or names, in no more."""
        who, seconds, reason = _timed(argument)
        if any(each in who for each in "*?"):
            self._in_channel(
                lambda errands, channel: errands.ban(
                    channel.id, None, mask=who, seconds=seconds, reason=reason
                )
            )
            return
        name = person_of(who)
        self._in_channel(
            lambda errands, channel: errands.ban(channel.id, name, seconds=seconds, reason=reason)
        )

    def do_ban_address(self, argument: str) -> None:
        """Let nobody in any more who comes from where a person does."""
        who, seconds, reason = _timed(argument)
        name = person_of(who)
        self._in_channel(
            lambda errands, channel: errands.ban(
                channel.id, name, address=True, seconds=seconds, reason=reason
            )
        )

    def do_unban(self, argument: str) -> None:
        """Lift a ban."""
        which = argument.strip().removeprefix("@")
        self._in_channel(lambda errands, channel: errands.unban(channel.id, which))

    def do_silence(self, argument: str) -> None:
        """Let somebody listen alone."""
        who, seconds, reason = _timed(argument)
        name = person_of(who)
        self._in_channel(
            lambda errands, channel: errands.mute(channel.id, name, seconds=seconds, reason=reason)
        )

    def do_unsilence(self, argument: str) -> None:
        """Let somebody speak again."""
        name = person_of(argument)
        self._in_channel(lambda errands, channel: errands.unmute(channel.id, name))

    def do_slow(self, argument: str) -> None:
        """Say how often one person may write."""
        text = argument.strip().removesuffix("s")
        if not (text.isascii() and text.isdigit() and int(text) <= _SLOWEST):
            self._stage.tell(f"So many seconds: 0 to {_SLOWEST:,}.", error=True)
            return
        self._in_channel(lambda errands, channel: errands.set_slow(channel.id, int(text)))

    def do_access(self, argument: str) -> None:
        """Say who may come in."""
        access = argument.strip().lower()
        if access == "password":
            self._in_channel(self._ask_for_access)
        elif access == "public":
            self._in_channel(lambda errands, channel: errands.set_access(channel.id, "public"))
        elif access == "private":
            self._in_channel(lambda errands, channel: errands.set_access(channel.id, "private"))
        else:
            self._stage.tell("It is public, private or password.", error=True)

    def _ask_for_access(self, errands: Errands, channel: Conversation) -> None:
        def go_on(given: tuple[str, ...]) -> None:
            errands.set_access(channel.id, "password", given[0])

        fields = ("A password, of 8 characters or more",)
        self._stage.ask_secrets("Who knows this comes in", fields, go_on)

    def do_op(self, argument: str) -> None:
        """Let somebody moderate."""
        name = person_of(argument)
        self._in_channel(lambda errands, channel: errands.set_operator(channel.id, name))

    def do_deop(self, argument: str) -> None:
        """Let somebody moderate no more."""
        name = person_of(argument)
        self._in_channel(lambda errands, channel: errands.set_operator(channel.id, name, on=False))

    def do_owner(self, argument: str) -> None:
        """Give the channel away."""
        name = person_of(argument)
        self._in_channel(
            lambda errands, channel: errands.set_operator(channel.id, name, owner=True)
        )

    def _in_channel(self, act: Callable[[Errands, Conversation], object]) -> None:
        """Do something to the open channel, or say that there is none."""
        channel = self._model.conversation
        if channel is None or channel.kind != "channel":
            self._stage.tell("That is for channels: open one first.", error=True)
        elif errands := self._online():
            act(errands, channel)


def _timed(argument: str) -> tuple[str, int, str]:
    """Return who, for how many seconds (0: for good), and why."""
    who, _, rest = argument.partition(" ")
    first, _, reason = rest.strip().partition(" ")
    match = _SPAN.fullmatch(first)
    if match is None:
        return who, 0, rest.strip()
    return who, int(match.group(1)) * _SECONDS[match.group(2)], reason.strip()
