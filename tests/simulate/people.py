"""People: who they are on the server, and what all of their terminals share."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from simulate.profile import Profile

if TYPE_CHECKING:
    from simulate.terminals import Terminal
    from simulate.world import Machine, World


@dataclass(slots=True)
class Moves:
    """How somebody came into one channel and left it, from all of his terminals."""

    asked: int = 0
    answered: int = 0
    ever_left: bool = False
    """Whether he has ever asked to leave."""


@dataclass(slots=True, eq=False)
class Person:
    """Somebody, with the file and the clock that all of his terminals share."""

    name: str
    clock: Machine
    profile: Profile = field(default_factory=Profile)
    moves: dict[str, Moves] = field(default_factory=dict)
    """By channel."""
    identities: set[str] = field(default_factory=set)
    """Ids of the identities that he has, or had, since he lost his file."""
    terminals: list[Terminal] = field(default_factory=list)

    def lose_file(self) -> None:
        """Begin anew, as somebody whom nobody knows."""
        self.profile = Profile()
        self.identities = set()

    def learn(self, world: World) -> None:
        """See which identities on the disk are his."""
        tokens = self.profile.tokens
        for image in world.images.values():
            for record in image.identities.values():
                if record.token_hash in tokens:
                    self.identities.add(record.id)

    def has_left(self, channel: str) -> bool:
        """Return whether he has ever asked to leave a channel."""
        return channel in self.moves and self.moves[channel].ever_left

    def knows(self, world: World, identity: str) -> bool:
        """Return whether an identity is one that he has, or had."""
        self.learn(world)
        return identity in self.identities
