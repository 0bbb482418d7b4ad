"""What the commands of what is not sent yet do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rchat_tui.app.actions.doing import Doing
from rchat_tui.app.items import Delivery
from rchat_tui.app.unsent import in_hand

if TYPE_CHECKING:
    from rchat_tui.app.errands import Errands
    from rchat_tui.app.items import Said


class Sending(Doing):
    """What one wrote that is not sent."""

    def do_retry(self, _argument: str) -> None:
        """Send what is stuck again, or dial for what waits."""
        if (found := self._in_hand()) is None:
            return
        errands, said = found
        if said.delivery is not Delivery.WAITING:
            errands.try_again(said.id)
        elif self._model.online:
            self._stage.toast("It leaves by itself, after those before it.")
        else:
            self._stage.retry_now()

    def do_take_back(self, _argument: str) -> None:
        """Put what is not sent back to where one writes."""
        active = self._model.active
        if active is not None and (found := self._in_hand()) is not None:
            errands, said = found
            errands.take_back(active, said.id, reply=said.reply)

    def do_throw_away(self, _argument: str) -> None:
        """Do not send what is not sent."""
        if (found := self._in_hand()) is not None:
            errands, said = found
            errands.throw_away(said.id)

    def _in_hand(self) -> tuple[Errands, Said] | None:
        """Return what there is to decide about here, or say that there is nothing."""
        transcript, errands = self._model.transcript, self._stage.errands
        said = in_hand(transcript)
        if said is not None and errands is not None:
            return errands, said
        on_its_way = transcript is not None and transcript.unsent()
        sent = "Everything that you wrote here is sent."
        self._stage.toast("It is on its way: wait for the answer." if on_its_way else sent)
        return None
