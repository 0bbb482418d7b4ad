"""Where one writes: it grows with what is written, completes, and remembers."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, ClassVar, Final

from textual.actions import SkipAction
from textual.binding import Binding, BindingType
from textual.widgets import TextArea

from rchat_protocol.limits import MESSAGE_BYTES
from rchat_tui.app.commands import COMMANDS, Scope
from rchat_tui.app.keymap import bindings, carry_out, types

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual import events

    from rchat_tui.app.completion import Completion

_REMEMBERED: Final = 200
"""Lines that Up brings back."""

_OURS: Final = frozenset(
    key for command in COMMANDS if command.scope is not Scope.MESSAGE for key in command.keys
)


Place = tuple[str, ...]
"""What names a conversation for good: its id may change."""


def _joined(*texts: str) -> str:
    return "\n".join(text for text in texts if text)


def _editing_keys() -> list[Binding]:
    """Return what Textual's text field binds, without the keys that the table uses."""
    kept = []
    for binding in TextArea.BINDINGS:
        assert isinstance(binding, Binding)  # noqa: S101 - for the type checker
        keys = [key for key in binding.key.split(",") if key not in _OURS]
        if keys:
            name = binding.action.partition("(")
            id_ = f"edit-{name[0].replace('_', '-')}" + ("-select" if name[1] else "")
            kept.append(Binding(",".join(keys), binding.action, show=False, id=id_))
    return kept


class Composer(TextArea, inherit_bindings=False):
    """The message that is being written."""

    BINDINGS: ClassVar[list[BindingType]] = [
        *bindings(Scope.MESSAGE),  # while one is selected, and then before all others
        *bindings(Scope.COMPOSER),
        *_editing_keys(),
        Binding("up", "cursor_up", show=False, id="edit-cursor-up"),
        Binding("down", "cursor_down", show=False, id="edit-cursor-down"),
    ]

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's word
        super().__init__(
            id=id,
            compact=True,
            highlight_cursor_line=False,
            tab_behavior="focus",
            show_line_numbers=False,
        )
        self._written: deque[str] = deque(maxlen=_REMEMBERED)
        self._recalled = 0
        """How far back in what was written; 0: the line that is being written."""
        self._draft = ""
        self._place: Place | None = None
        self._drafts: dict[Place, str] = {}
        """What was begun in other conversations."""
        self._completion: Completion | None = None
        self._option = 0
        self._people: Sequence[str] = ()
        self._channels: Sequence[str] = ()

    def know(self, *, people: Sequence[str], channels: Sequence[str]) -> None:
        """Set what Tab completes: names, those nearest at hand first."""
        self._people = people
        self._channels = channels

    def turn_to(self, place: Place | None) -> None:
        """Put the line aside that was begun, and take up the one of another conversation.

        What was begun before any conversation was open stays: it is for the first one.
        """
        if place == self._place:
            return
        left, self._place = self._place, place
        begun = "" if place is None else self._drafts.pop(place, "")
        if left is not None:
            if self.text:
                self._drafts[left] = self.text
            self.put(begun)
        elif begun:
            self.put(_joined(begun, self.text))

    def put(self, text: str) -> None:
        """Replace what is written; the cursor stands at its end."""
        self.load_text(text)
        self.move_cursor(self.document.end)
        self._completion = None
        self._recalled = 0

    def give_back(self, place: Place | None, content: str) -> None:
        """Put a message back that was handed over, before what has been begun there since.

        Where its conversation is no more, that is here: nothing that was written is lost.
        """
        from rchat_tui.app import slash  # here: not before the first paint

        text = slash.typed(content)
        if place is None or place == self._place:
            self.put(_joined(text, self.text))
        else:
            self._drafts[place] = _joined(text, self._drafts.get(place, ""))

    def remember(self, content: str) -> None:
        """Let Up bring a message back."""
        from rchat_tui.app import slash

        self._keep(slash.typed(content))

    def _keep(self, line: str) -> None:
        if not self._written or self._written[-1] != line:
            self._written.append(line)

    # -- the table's commands --------------------------------------------------------------

    async def action_send(self) -> None:
        """Hand over what is written."""
        text = self.text.rstrip()
        if not text.strip():
            return
        if (size := len(text.encode(errors="replace"))) > MESSAGE_BYTES:
            self.notify(
                f"A message has at most {MESSAGE_BYTES:,} bytes, this one {size:,}: shorten it.",
                severity="error",
                markup=False,
            )
            return
        self._keep(text)
        self.put("")
        # At once, as the table's other keys: a message that goes up through queues may be overtaken
        # by the key that opens another conversation, and would be said there.
        await self.app.run_action(("app", "submit", (text,)))

    def action_new_line(self) -> None:
        """Begin a new line."""
        self.insert("\n")
        self.scroll_cursor_visible()

    def action_history_back(self) -> None:
        """Bring back what was written before, on the first line."""
        if self.cursor_location[0] > 0 or self._recalled >= len(self._written):
            raise SkipAction
        if not self._recalled:
            self._draft = self.text
        self._recall(self._recalled + 1)

    def action_history_forward(self) -> None:
        """Go on to what was written after, on the last line."""
        if self.cursor_location[0] < self.document.line_count - 1 or not self._recalled:
            raise SkipAction
        self._recall(self._recalled - 1)

    def action_complete(self) -> None:
        """Complete the word before the cursor, or take the next option."""
        self._complete(1)

    def action_complete_back(self) -> None:
        """Take the option before."""
        self._complete(-1)

    # -- within ----------------------------------------------------------------------------

    def _recall(self, number: int) -> None:
        self.put(self._written[-number] if number else self._draft)
        self._recalled = number
        if number:
            self.move_cursor((0, len(self.document.get_line(0))))

    def _complete(self, by: int) -> None:
        row, column = self.cursor_location
        line = self.document.get_line(row)
        if self._completion is None:
            from rchat_tui.app.completion import complete

            self._completion = complete(line, column, people=self._people, channels=self._channels)
            if self._completion is None:
                return
            self._option = 0 if by > 0 else len(self._completion.options) - 1
            end = self._completion.end
        else:
            end = column
            self._option = (self._option + by) % len(self._completion.options)
        completion, option = self._completion, self._option
        self.replace(completion.options[option], (row, completion.start), (row, end))
        self._completion, self._option = completion, option

    async def _on_key(self, event: events.Key) -> None:
        ahead = ("app", "type_ahead", (event.key, event.character))
        if await self.app.run_action(ahead):
            event.stop()
            event.prevent_default()
            return
        command = await carry_out(self, event)
        if command is not None:
            if not command.id.startswith("complete"):
                self._completion = None
            if command.scope is Scope.COMPOSER:
                await self._go_on_writing()
            return
        await self._go_on_writing(event.character or "")
        if event.is_printable and not types(event):
            event.prevent_default()  # Alt+X is no x
        else:
            # Any other key ends the round of completions. Textual's own handler comes after this.
            self._completion = None

    def on_show(self) -> None:
        """Take the focus that was lost while the terminal was too small for a chat."""
        if self.screen.focused is None and self.app.app_focus:
            self.focus()

    async def _on_paste(self, event: events.Paste) -> None:
        # What is pasted was written by who knows whom.
        from rchat_tui.client.display import safe_text

        event.text = safe_text(event.text)
        await self._go_on_writing()

    async def _go_on_writing(self, character: str = "") -> None:
        """Act on no message any more: this key is none of those for the selected one."""
        await self.app.run_action(("app", "go_on_writing", (character,)))
