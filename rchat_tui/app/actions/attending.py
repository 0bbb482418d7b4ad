"""What the commands do that say what calls for you."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from rchat_tui.app.actions.doing import Doing
from rchat_tui.app.preferences import Level, place_of
from rchat_tui.app.saying import title

if TYPE_CHECKING:
    from rchat_tui.client.state import Conversation

_MEANING: Final = {
    Level.ALL: "every message notifies you",
    Level.MENTIONS: "what mentions you, or has a keyword in it, notifies you",
    Level.NONE: "it is muted",
}


class Attending(Doing):
    """Which conversations call for you."""

    def do_notify(self, argument: str) -> None:
        """Choose a level for the open conversation, or say which it has."""
        conversation = self._here()
        if conversation is None:
            return
        level = next((level for level in Level if level.value == argument.casefold()), None)
        if not argument:
            level = self._model.preferences.level(conversation)
            self._stage.tell(f"{title(conversation)}: {level.value}: {_MEANING[level]}.")
        elif level is None:
            there = ", ".join(level.value for level in Level)
            self._stage.tell(f"There is no level {argument}: there are {there}.", error=True)
        else:
            self._model.preferences.choose(conversation, level)
            self._chosen(conversation)

    def do_mute(self, _argument: str) -> None:
        """Mute the open conversation, or hear of it again."""
        conversation = self._here()
        if conversation is not None:
            self._mute(conversation, muted=not self._model.preferences.muted(conversation))

    def do_unmute(self, _argument: str) -> None:
        """Hear of the open conversation again."""
        conversation = self._here()
        if conversation is None:
            return
        if self._model.preferences.muted(conversation):
            self._mute(conversation, muted=False)
        else:
            self._stage.toast(f"{title(conversation)} is not muted.")

    def do_pin(self, _argument: str) -> None:
        """Let the open conversation stand first in the list, or no longer."""
        conversation = self._here()
        if conversation is not None:
            self._pin(conversation, pinned=not self._model.preferences.pinned(conversation))

    def do_unpin(self, _argument: str) -> None:
        """Let the open conversation stand in the list where it would."""
        conversation = self._here()
        if conversation is not None:
            self._pin(conversation, pinned=False)

    def do_close(self, _argument: str) -> None:
        """Close the open private conversation."""
        conversation, model = self._model.conversation, self._model
        if conversation is None or conversation.kind != "private":
            self._stage.tell("Only private conversations are closed; /part leaves a channel.")
            return
        listed = [c.id for c in model.preferences.listed(model.ordered()) if c is not conversation]
        others = [id_ for id_ in (*model.visited(), *listed) if id_ in listed]
        if not others:
            self._stage.toast("It is the only one: there is nothing to show instead.")
            return
        model.preferences.close(conversation, closed=True)
        self._keep(conversation)
        self._stage.open_conversation(others[0])
        self._stage.toast(f"{title(conversation)} is closed until something is said there.")

    def _here(self) -> Conversation | None:
        conversation = self._model.conversation
        if conversation is None:
            how = self._stage.how("switcher")
            self._stage.toast(f"Open a conversation first: {how} finds one.", error=True)
        return conversation

    def _mute(self, conversation: Conversation, *, muted: bool) -> None:
        self._model.preferences.mute(conversation, muted=muted)
        self._chosen(conversation)

    def _chosen(self, conversation: Conversation) -> None:
        self._keep(conversation)
        meaning = _MEANING[self._model.preferences.level(conversation)]
        self._stage.tell(f"{title(conversation)}: {meaning}.")

    def _pin(self, conversation: Conversation, *, pinned: bool) -> None:
        self._model.preferences.pin(conversation, pinned=pinned)
        self._keep(conversation)
        how = "is pinned: it stands first in the list" if pinned else "is not pinned"
        self._stage.tell(f"{title(conversation)} {how}.")

    def _keep(self, conversation: Conversation) -> None:
        """Let the choice outlive the app."""
        errands = self._stage.errands
        if errands is not None:
            place = place_of(conversation)
            errands.keep_preference(place, self._model.preferences.of(conversation))
