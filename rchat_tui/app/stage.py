"""What the actions ask of their surroundings: the app with its screen, or one without."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from rchat_tui.app.actions.talking import Talking
    from rchat_tui.app.commands import Command
    from rchat_tui.app.errands import Errands
    from rchat_tui.app.holding import Holding
    from rchat_tui.app.model import ChatModel
    from rchat_tui.options import Option


class Stage(Protocol):
    """Where commands are carried out."""

    @property
    def model(self) -> ChatModel:
        """All that is known."""

    @property
    def actions(self) -> Talking:
        """What the user can do."""

    @property
    def errands(self) -> Errands | None:
        """Asks the server, once there is a client."""

    @property
    def holding(self) -> Holding:
        """What is typed while a conversation is being opened."""

    def run_command(self, command: Command, argument: str = "") -> None:
        """Carry out a command."""

    def open_conversation(self, conversation: str) -> None:
        """Show another conversation."""

    def to_newest(self) -> None:
        """Show the end of the open conversation."""

    def put_back(self, line: str) -> None:
        """Put a line back to where one writes: it could not be said. Before what is begun."""

    def swap_line(self, line: str) -> str:
        """Put a line where one writes in the place of what is begun, and return that."""

    @property
    def options(self) -> Mapping[str, Any]:
        """The settings, by name."""

    def set_option(self, option: Option, value: Any) -> None:
        """Change a setting, now where that can be, and keep it for the next start.

        Raises:
            OptionError: It cannot be that, or cannot be kept.
        """

    def how(self, command: str) -> str:
        """Return how the command with that id is given: by which key, or slash command."""

    def begin_writing(self, what: str) -> None:
        """Go to where one writes; ``what`` says what the next line does."""

    def ask_secrets(
        self, title: str, fields: tuple[str, ...], then: Callable[[tuple[str, ...]], object]
    ) -> None:
        """Ask for what nobody else is to see.

        Args:
            title: what it is about.
            fields: what each is called.
            then: is called with what was given, unless that is given up.
        """

    def refresh_soon(self) -> None:
        """Show what the actions have changed in the model."""

    def tell(self, text: str, *, error: bool = False) -> None:
        """Show a sentence in the open conversation."""

    def toast(self, text: str, *, error: bool = False, seconds: float = 4) -> None:
        """Show a sentence in passing."""

    def retry_now(self) -> None:
        """Dial without waiting any longer."""
