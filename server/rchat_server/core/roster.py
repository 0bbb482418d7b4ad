"""Who is seen in a conversation, what they are called, and which of them are away."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from rchat_protocol import codec, names

if TYPE_CHECKING:
    from rchat_server.core.identity import Identity

AWAY_BYTES: Final = 256 * 1024
"""Bytes of words of those who are away that one item tells; of more only that they are."""


class Roster:
    """The people of one conversation who are here.

    Args:
        participants: The people of a private conversation; empty for a channel.
    """

    def __init__(self, participants: tuple[Identity, ...]) -> None:
        self.version = 0
        """Changes whenever somebody comes, goes, is away or is back."""
        self._participants = participants
        self._members: dict[str, str] = {}
        self._people: dict[str, Identity] = {}
        self._away: dict[str, str] = {}
        """Likewise, by identity id: words of those who are away."""
        self._names: list[str] | None = None

    def __len__(self) -> int:
        return len(self._members)

    def __contains__(self, identity: Identity) -> bool:
        return identity.id in self._members

    def people(self) -> list[Identity]:
        """Return those who are seen."""
        return list(self._people.values())

    def name_of(self, identity: str) -> str | None:
        """Return what somebody is called who is seen."""
        return self._members.get(identity)

    def ruled(self) -> None:
        """What holds here has changed, which is told with who is here."""
        self.version += 1

    def add(self, identity: Identity, name: str) -> None:
        """Somebody is seen, under this name: as others are told."""
        self._members[identity.id] = name
        self._people[identity.id] = identity
        if identity.away is not None:
            self._away[identity.id] = identity.away
        self._changed()

    def remove(self, identity: Identity) -> str | None:
        """Somebody is not seen any more; return what he was called, if he was."""
        name = self._members.pop(identity.id, None)
        self._people.pop(identity.id, None)
        if name is not None:
            self._away.pop(identity.id, None)
            self._changed()
        return name

    def told(self, identity: Identity) -> None:
        """Somebody is away, with other words than before, or is back."""
        if identity in self:
            self._away.pop(identity.id, None)
            if identity.away is not None:
                self._away[identity.id] = identity.away
        self.version += 1

    def names(self) -> list[str]:
        """Return the names of those who are here, in order. Not to be changed by the caller."""
        if self._participants:
            return sorted((p.name for p in self._participants if p.present), key=names.key)
        if self._names is None:
            self._names = sorted(self._members.values(), key=names.key)
        return self._names

    def away(self) -> dict[str, str]:
        """Return those who are away, with their words, by name; of many some without words."""
        if self._participants:
            return {p.name: p.away for p in self._participants if p.present and p.away is not None}
        left = AWAY_BYTES
        away: dict[str, str] = {}
        for id_, words in self._away.items():
            left -= codec.utf8_bytes(words)
            away[self._members[id_]] = words if left >= 0 else ""
        return away

    def _changed(self) -> None:
        self.version += 1
        self._names = None
