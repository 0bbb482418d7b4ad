"""Where one writes: it grows with what is written, completes, and remembers."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final

from textual.actions import SkipAction
from textual.binding import Binding, BindingType
from textual.widgets import TextArea

from rchat_protocol.limits import MESSAGE_BYTES
from rchat_tui.app.commands import BY_SLASH, COMMANDS, Kind, Scope
from rchat_tui.app.graphemes import after, before, beginning
from rchat_tui.app.keymap import bindings, carry_out, types
from rchat_tui.app.messages import ChannelsWanted, Offered
from rchat_tui.app.recall import Recall

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from textual import events
    from textual.document._document import Location
    from textual.geometry import Region
    from textual.strip import Strip

    from rchat_tui.app.completion import Completion, Words
    from rchat_tui.app.keymap import Keys

PASTED: Final = 64 * 1024
"""Characters that are taken from a paste: four messages of the largest size."""

BLINKS: Final = 20
"""Times that the cursor comes or goes, one each half a second, until the next key; then it stays,
as in the terminals and text fields that people know."""

_OURS: Final = frozenset(
    key for command in COMMANDS if command.scope is not Scope.MESSAGE for key in command.keys
)


Place = tuple[str, ...]
"""What names a conversation for good: its id may change."""


def bytes_left(text: str) -> int:
    """Return how many bytes of UTF-8 a message has room for beside ``text``; below 0: too many."""
    return MESSAGE_BYTES - len(text.rstrip().encode(errors="replace"))


def _joined(*texts: str) -> str:
    return "\n".join(text for text in texts if text)


def editing_keys(*, spare: bool = False) -> list[Binding]:
    """Return what Textual's text field binds, without the keys that the table uses.

    Args:
        spare: only those keys, each by itself.
    """
    kept = []
    for binding in TextArea.BINDINGS:
        assert isinstance(binding, Binding)  # noqa: S101 - for the type checker
        keys = [key for key in binding.key.split(",") if (key in _OURS) is spare]
        for joined in keys if spare else filter(None, [",".join(keys)]):
            name = binding.action.partition("(")
            id_ = f"edit-{name[0].replace('_', '-')}" + ("-select" if name[1] else "")
            kept.append(Binding(joined, binding.action, show=False, id=id_))
    return kept


class Composer(TextArea, inherit_bindings=False):
    """The message that is being written."""

    BINDINGS: ClassVar[list[BindingType]] = [
        *bindings(Scope.MESSAGE),  # while one is selected, and then before all others
        *bindings(Scope.COMPOSER),
        *editing_keys(),
        Binding("up", "cursor_up", show=False, id="edit-cursor-up"),
        Binding("down", "cursor_down", show=False, id="edit-cursor-down"),
    ]

    def __init__(self, keys: Keys, *, id: str | None = None) -> None:  # noqa: A002 - Textual's word
        super().__init__(
            id=id,
            compact=True,
            highlight_cursor_line=False,
            tab_behavior="focus",
            show_line_numbers=False,
        )
        keys.rebind(self, editing_keys(spare=True))
        self._recall = Recall()
        self._place: Place | None = None
        self._drafts: dict[Place, str] = {}
        """What was begun in other conversations."""
        self._completion: Completion | None = None
        self._option = 0
        self._people: Sequence[str] = ()
        self._channels: Sequence[str] = ()
        self._listed: Sequence[str] = ()
        self._blinks = 0
        """Times that the cursor came or went since the last key."""
        self._restyled = True
        """The colours may be others than those that it was drawn in."""

    def know(self, *, people: Sequence[str], channels: Sequence[str]) -> None:
        """Set what Tab completes: names, those nearest at hand first."""
        self._people = people
        self._channels = channels

    def know_all_channels(self, names: Sequence[str]) -> None:
        """Set what the server lists: those that one may join."""
        self._listed = names

    @property
    def place(self) -> Place | None:
        """Where the line belongs that is being written."""
        return self._place

    @property
    def begun(self) -> Mapping[Place, str]:
        """What was begun, here and in other conversations."""
        here = {} if self._place is None or not self.text else {self._place: self.text}
        return {**self._drafts, **here}

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
        self._recall.stay()
        self._end_round()

    def give_back(self, place: Place | None, content: str) -> None:
        """Put a message back that was handed over, before what has been begun there since.

        Where its conversation is no more, that is here: nothing that was written is lost.
        """
        from rchat_tui.app import slash  # here: not before the first paint

        text = slash.typed(content)
        if place is None:
            self.put(_joined(text, self.text))
        else:
            self.add(place, text)

    def add(self, place: Place, text: str) -> None:
        """Put a draft of before where it belongs, before what has been begun there since."""
        if place == self._place:
            self.put(_joined(text, self.text))
        else:
            self._drafts[place] = _joined(text, self._drafts.get(place, ""))

    def take_back(self, place: Place | None, text: str) -> None:
        """Let a text that was written outside take the place of what was begun."""
        from rchat_tui.client.display import safe_text

        text = safe_text(text, limit=PASTED)
        if place is None or place == self._place:
            self.put(text)
        else:
            self._drafts.pop(place, None)
            self.add(place, text)

    def remember(self, content: str) -> None:
        """Let Up bring a message back."""
        from rchat_tui.app import slash

        self._recall.add(slash.typed(content))

    def remember_before(self, lines: Sequence[str]) -> None:
        """Let Up bring back what was written before this app was started, the oldest first."""
        self._recall.restore(lines)

    # -- the table's commands --------------------------------------------------------------

    async def action_send(self) -> None:
        """Hand over what is written."""
        text = self.text.rstrip()
        if not text.strip():
            return
        if (left := bytes_left(text)) < 0:
            size = MESSAGE_BYTES - left
            self.notify(
                f"A message has at most {MESSAGE_BYTES:,} bytes, this one {size:,}: shorten it.",
                severity="error",
                markup=False,
            )
            return
        self._recall.add(text)
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
        line = None if self.cursor_location[0] else self._recall.back(self.text)
        if line is None:
            raise SkipAction
        self._show_again(line)
        self.move_cursor((0, len(self.document.get_line(0))))

    def action_history_forward(self) -> None:
        """Go on to what was written after, on the last line."""
        last = self.cursor_location[0] == self.document.line_count - 1
        line = self._recall.forward() if last else None
        if line is None:
            raise SkipAction
        self._show_again(line)
        if self._recall.recalling:
            self.move_cursor((0, len(self.document.get_line(0))))

    def action_complete(self) -> None:
        """Complete the word before the cursor, or take the next option."""
        self._complete(1)

    def action_complete_back(self) -> None:
        """Take the option before."""
        self._complete(-1)

    # -- within ----------------------------------------------------------------------------

    def _show_again(self, line: str) -> None:
        self.load_text(line)
        self.move_cursor(self.document.end)
        self._end_round()

    # -- completing ------------------------------------------------------------------------

    def take_option(self, number: int) -> None:
        """Take an option of the list, which was clicked."""
        if self._completion is not None:
            self._take(self._completion, number, self.cursor_location[1])
            self._end_round()

    def _complete(self, by: int) -> None:
        row, column = self.cursor_location
        completion = self._completion
        if completion is not None:
            self._take(completion, (self._option + by) % len(completion.options), column)
            return
        from rchat_tui.app.completion import complete

        line = self.document.get_line(row)
        completion = complete(line, column, self._words(), first=row == 0)
        if completion is not None:
            number = 0 if by > 0 else len(completion.options) - 1
            self._take(completion, number, completion.end)

    def _take(self, completion: Completion, number: int, end: int) -> None:
        row = self.cursor_location[0]
        self.replace(completion.options[number].text, (row, completion.start), (row, end))
        self._completion, self._option = completion, number
        if len(completion.options) > 1:
            self.post_message(Offered(completion.options, number))

    def _end_round(self) -> None:
        if self._completion is not None:
            self._completion = None
            self.post_message(Offered((), 0))

    def _words(self) -> Words:
        from rchat_tui.app.completion import Words
        from rchat_tui.options import BY_NAME as OPTIONS

        return Words(
            {
                Kind.PERSON: self._people,
                Kind.JOINED: self._channels,
                Kind.CHANNEL: list(dict.fromkeys([*self._channels, *self._listed])),
                Kind.THEME: sorted(self.app.available_themes),
                Kind.SETTING: [*OPTIONS],
            }
        )

    def on_text_area_changed(self) -> None:
        """Ask for the channels that there are, as soon as one is to be named."""
        if self.text.startswith("/"):
            name, space, _ = self.text[1:].partition(" ")
            command = BY_SLASH.get(name.lower())
            if space and command is not None and Kind.CHANNEL in command.takes:
                self.post_message(ChannelsWanted())

    # -- drawing ---------------------------------------------------------------------------

    def notify_style_update(self) -> None:
        """Draw in other colours."""
        self._restyled = True
        super().notify_style_update()

    def render_lines(self, crop: Region) -> list[Strip]:
        """Draw what is written.

        Textual's text area looks all its colours up again each time, which is a third of what a key
        costs, and each time that the cursor blinks.
        """
        if self._restyled:
            self._restyled = False
            return super().render_lines(crop)
        return super(TextArea, self).render_lines(crop)

    def _restart_blink(self) -> None:
        self._blinks = 0
        super()._restart_blink()

    def _toggle_cursor_blink_visible(self) -> None:
        # Drawing it is nearly all that the app does while nothing happens.
        super()._toggle_cursor_blink_visible()
        self._blinks += 1
        if self._blinks >= BLINKS and self._cursor_visible:
            self._pause_blink()

    # -- keys ------------------------------------------------------------------------------

    async def _on_key(self, event: events.Key) -> None:
        ahead = ("app", "type_ahead", (event.key, event.character))
        if await self.app.run_action(ahead):
            event.stop()
            event.prevent_default()
            return
        command = await carry_out(self, event)
        if command is not None:
            if not command.id.startswith("complete"):
                self._end_round()
            if command.scope is Scope.COMPOSER:
                await self._go_on_writing()
            return
        await self._go_on_writing(event.character or "")
        if event.is_printable and not types(event):
            event.prevent_default()  # Alt+X is no x
        else:
            # Any other key ends the round of completions. Textual's own handler comes after this.
            self._end_round()

    def on_show(self) -> None:
        """Take the focus that was lost while the terminal was too small for a chat."""
        if self.screen.focused is None and self.app.app_focus:
            self.focus()

    async def _on_paste(self, event: events.Paste) -> None:
        # What is pasted was written by who knows whom.
        from rchat_tui.client.display import safe_text

        if len(event.text) > PASTED:
            what = f"Only the first {PASTED:,} characters of that were taken."
            self.notify(what, severity="warning", markup=False)
        event.text = safe_text(event.text, limit=PASTED)
        self._end_round()
        await self._go_on_writing()

    async def _go_on_writing(self, character: str = "") -> None:
        """Act on no message any more: this key is none of those for the selected one."""
        await self.app.run_action(("app", "go_on_writing", (character,)))

    # -- what looks like one character is one ----------------------------------------------

    def get_cursor_left_location(self) -> Location:
        """Return where the cursor goes to the left: over a whole emoji."""
        row, column = self.cursor_location
        if not column:
            return super().get_cursor_left_location()
        return row, before(self.document.get_line(row), column)

    def get_cursor_right_location(self) -> Location:
        """Return where the cursor goes to the right: over a whole emoji."""
        row, column = self.cursor_location
        line = self.document.get_line(row)
        if column >= len(line):
            return super().get_cursor_right_location()
        return row, after(line, column)

    def clamp_visitable(self, location: Location) -> Location:
        """Return the place nearest to one: not in the middle of an emoji, however it got there."""
        row, column = super().clamp_visitable(location)
        return row, beginning(self.document.get_line(row), column)
