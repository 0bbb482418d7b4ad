"""What you write, in the list of what a conversation shows, until it has a number: pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rchat_tui.app.item_list import ItemList
from rchat_tui.app.items import Delivery, Said

if TYPE_CHECKING:
    from rchat_tui.app.items import Item


class OwnItems(ItemList):
    """Items, with what you wrote and the server has not acknowledged at the end."""

    def __init__(self) -> None:
        super().__init__()
        self._own: dict[str, Said] = {}
        """What you wrote and has no number yet, by id, as it stands here."""

    def unsent(self) -> list[Said]:
        """Return what you wrote and is not acknowledged, in the order in which it stands here."""
        return [said for said in self._own.values() if said.delivery is not Delivery.STORED]

    def holds(self, id_: str) -> bool:
        """Return whether something you wrote stands here without a number."""
        return id_ in self._own

    def outgoing(self, said: Said) -> None:
        """Show how something you wrote stands: at the end, until it has its number or is stuck."""
        own = self._own.get(said.id)
        if own is None and any(isinstance(i, Said) and i.id == said.id for i in self._items):
            return  # its own event was faster
        self._own[said.id] = said
        if own is not None and own.delivery.leaves >= said.delivery.leaves:
            self._replace(own, said)
            return
        before = None
        if own is not None:
            # Sent again after all: behind what was said meanwhile, before what waits behind it.
            self._remove(own)
            order = list(self._own.values())
            behind = (each for each in order[order.index(said) + 1 :] if each.delivery.leaves)
            before = self.index(next(behind, None))
        self.splice(len(self._items) if before is None else before, 0, [said])

    def withdrawn(self, id_: str) -> None:
        """What you wrote stands among the unsent no more: taken back, thrown away, or stored."""
        own = self._own.pop(id_, None)
        if own is not None:
            self._remove(own)

    def _insert_before_unsent(self, item: Item) -> None:
        position = len(self._items)
        while position > self._base:
            before = self._items[position - 1]
            if not (isinstance(before, Said) and before.id in self._own):
                break
            position -= 1
        self.splice(position, 0, [item])
