"""The chat: conversations at the left, messages in the middle, people at the right."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final, cast

from textual.containers import Horizontal, Vertical
from textual.screen import Screen
from textual.widgets import Static

from rchat_protocol.limits import MESSAGE_BYTES
from rchat_tui.app.commands import Scope
from rchat_tui.app.keymap import Keys, bindings
from rchat_tui.app.widgets.acting_bar import ActingBar, WhoBar
from rchat_tui.app.widgets.bar import Heading, StatusBar, UnsentBar
from rchat_tui.app.widgets.channel_list import ChannelList
from rchat_tui.app.widgets.composer import Composer, bytes_left
from rchat_tui.app.widgets.message_view import MessageView
from rchat_tui.app.widgets.options import OptionList
from rchat_tui.app.widgets.user_list import UserList

if TYPE_CHECKING:
    from textual import events
    from textual.app import ComposeResult
    from textual.binding import BindingType
    from textual.geometry import Size
    from textual.timer import Timer
    from textual.widget import Widget

    from rchat_tui.app.base import BaseApp
    from rchat_tui.app.messages import Offered, OptionChosen
    from rchat_tui.app.model import ChatModel

PEOPLE_FROM: Final = 100
"""Columns from which the people pane is shown unless it was switched off."""

CHANNELS_FROM: Final = 64
"""Likewise for the channel list."""

SMALLEST: Final = (40, 12)
"""Columns and rows below which there is no room for a chat."""

_WIDTHS: Final = [
    (0, "-tiny"),
    (SMALLEST[0], "-narrow"),
    (CHANNELS_FROM, "-medium"),
    (PEOPLE_FROM, "-wide"),
]
_FRAME_ROWS: Final = 2
"""Around what is written."""

_TELL_BELOW: Final = MESSAGE_BYTES // 5
"""Bytes of room for a message from which on it is said how many are left."""

_LATELY: Final = 200
"""Items of a conversation in which somebody spoke lately."""

_PROMPT: Final = "\N{BLACK RIGHT-POINTING SMALL TRIANGLE}"
# The first paint has only characters that Rich knows the width of without loading its tables.
_HEIGHTS: Final = [(0, "-flat"), (SMALLEST[1], "-short"), (30, "-tall")]


class ChatScreen(Screen[None]):
    """Shows the model; what the user does goes up as messages."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings(Scope.CHAT)]
    AUTO_FOCUS = "Composer"
    HORIZONTAL_BREAKPOINTS = _WIDTHS
    VERTICAL_BREAKPOINTS = _HEIGHTS

    def __init__(self, keys: Keys | None = None) -> None:
        """Make the screen.

        Args:
            keys: which do what; None: the default ones.
        """
        super().__init__()
        self._keys = keys or Keys()
        self._keys.rebind(self)
        self._channels = ChannelList(id="channels")
        self._heading = Heading(id="heading")
        self._messages = MessageView(id="messages")
        self._unsent = UnsentBar(id="unsent")
        self._who = WhoBar(id="who")
        self._acting = ActingBar(id="acting")
        self._options = OptionList(id="options")
        self._box = Horizontal(id="box")
        self._composer = Composer(self._keys, id="composer")
        self._people = UserList(id="people")
        self._status = StatusBar(id="status")
        self._model: ChatModel | None = None
        self._asking: Timer | None = None
        """Looks again who is writing."""
        self._writing = self._hint = ""

    def on_mount(self) -> None:
        """Begin with what is known from before, in the first paint."""
        cast("BaseApp", self.app).show_before()

    def expect(self, size: Size) -> None:
        """Take the classes of a size before Textual tells it, which would style everything anew."""
        for breakpoints, cells in ((_WIDTHS, size.width), (_HEIGHTS, size.height)):
            fitting = [name for least, name in breakpoints if cells >= least]
            self.add_class(*fitting[-1:])
        self._bound_composer(size.height)

    def on_resize(self, event: events.Resize) -> None:
        """Let what is written have a third of the screen, and no more."""
        self._bound_composer(event.size.height)

    def _bound_composer(self, height: int) -> None:
        # In cells: within auto heights Textual measures without any other bound.
        self._composer.styles.max_height = max(1, height // 3 - _FRAME_ROWS)

    def compose(self) -> ComposeResult:
        """Put the panes together."""
        with Horizontal(id="chat"):
            yield self._channels
            with Vertical(id="middle"):
                yield self._heading
                yield self._messages
                yield self._unsent
                yield self._who
                yield self._acting
                yield self._options
                with Vertical(id="write"), self._box:
                    yield Static(_PROMPT, id="prompt")
                    yield self._composer
            yield self._people
        yield self._status
        width, height = SMALLEST
        yield Static(
            f"This terminal is too small for rchat: it needs {width} columns and {height} rows.",
            id="too-small",
        )

    # -- state flows down ------------------------------------------------------------------

    def show(self, model: ChatModel, *, wait: float, hosting: str | None) -> None:
        """Show what the model holds. Widgets draw what has changed, and nothing else."""
        from rchat_protocol import names  # here, like the rest: not before the first paint

        name = model.title
        me = names.key(model.state.user) if model.state.user is not None else ""
        self._channels.show(model)
        self._heading.show(model)
        self._unsent.show(model)
        self._who.show(model)
        self._acting.show(model)
        self._people.show(model)
        self._status.show(model, wait=wait, hosting=hosting)
        self._messages.keywords = model.hits.keywords
        self._messages.show(model.transcript, me=me, title=name, empty=self._empty(model))
        self._composer.placeholder = f"Message {name}" if name else "/join general"
        self._model = model
        self._show_who_writes()
        self._composer.know(
            people=_people_near(model),
            channels=[c.name for c in model.ordered() if c.kind == "channel"],
        )

    def _empty(self, model: ChatModel) -> str:
        if not model.online:
            return "" if model.state.connection is None else "Waiting for the server…"
        if model.conversation is None:
            return (
                "You are in no channel yet.\n\n"
                "/join general   come into one, or make it\n"
                "/list           see those there are\n"
                f"{self._keys.how('help'):<16}see all keys and commands"
            )
        return "Nothing was said here yet."

    def _show_who_writes(self) -> None:
        """Say who is writing, in the frame, so that nothing moves; else help a beginner."""
        from textual.content import Content  # here, like the rest: not before the first paint

        words, wait = "", 0.0
        if self._model is not None and self._model.active is not None:
            words, wait = self._model.company.writing(self._model.active)
        words = words or self._hint
        if words != self._writing:
            self._writing = words
            self._box.border_title = Content(words)  # as it is: a name may look like markup
        if wait and self._asking is None:
            self._asking = self.set_timer(wait, self._ask_again)

    def _ask_again(self) -> None:
        self._asking = None
        self._show_who_writes()

    @property
    def messages(self) -> MessageView:
        """The message view."""
        return self._messages

    @property
    def composer(self) -> Composer:
        """Where one writes."""
        return self._composer

    def help_beginner(self, *, show: bool) -> None:
        """Say how one gets around where one writes, or no longer."""
        ways = (("switcher", "go"), ("search", "find"), ("help", "help"))
        listed = [f"{self._keys.how(id_)} {does}" for id_, does in ways]
        self._hint = " · ".join([*listed, "/ commands"]) if show else ""

    # -- writing ---------------------------------------------------------------------------

    async def _on_idle(self, event: events.Idle) -> None:
        # What one writes is drawn at once. Textual's clock for frames leaves two of them out
        # whenever it is late, which is nearly always while much arrives.
        del event
        if self._composer in self._dirty_widgets and self.is_current:
            self._on_timer_update()

    def on_text_area_changed(self) -> None:
        """Say how much room is left, where that is little."""
        left = bytes_left(self._composer.text)
        self._box.set_class(left < 0, "-over")
        if left < 0:
            self._box.border_subtitle = f"{-left:,} bytes too long"
        elif left < _TELL_BELOW:
            self._box.border_subtitle = f"{left:,} bytes left"
        else:
            self._box.border_subtitle = ""

    def on_offered(self, message: Offered) -> None:
        """List what a word may become."""
        self._options.offer(message.options, message.chosen)

    def on_option_chosen(self, message: OptionChosen) -> None:
        """Take it."""
        self._composer.take_option(message.number)

    # -- panes -----------------------------------------------------------------------------

    def toggle(self, pane: str) -> None:
        """Show a pane that is hidden, or hide one that is shown: ``channels`` or ``people``."""
        widget = self.query_one(f"#{pane}")
        shown = bool(widget.display and widget.styles.display != "none" and widget.size.width)
        self.set_class(shown, f"-no-{pane}")
        self.set_class(not shown, f"-with-{pane}")
        if shown and self.focused is not None and widget in self.focused.ancestors_with_self:
            self._composer.focus()

    def focus_pane(self, by: int) -> None:
        """Move the focus to the next pane that can be seen, or to the one before."""
        panes: list[Widget] = [self._composer, self._channels, self._messages, self._people]
        panes = [pane for pane in panes if pane.size.width]
        at = panes.index(self.focused) if self.focused in panes else 0
        panes[(at + by) % len(panes)].focus()

    def focus_message_keys(self) -> None:
        """Have the focus where the keys for a message are heard: nothing moves if it is there."""
        if self.focused not in (self._composer, self._messages):
            self._composer.focus()

    def on_descendant_blur(self) -> None:
        """Go back to writing when the pane with the focus vanishes: there is no room for it now."""
        if self.focused is None and self.app.app_focus and self._composer.size.width:
            self._composer.focus()

    def action_focus_composer(self) -> None:
        """Go back to writing."""
        self._composer.focus()


def _people_near(model: ChatModel) -> list[str]:
    """Return the names to complete: who spoke last first, then who is here, then all others."""
    from rchat_protocol import names
    from rchat_tui.app.items import Said

    transcript, conversation = model.transcript, model.conversation
    lately = () if transcript is None else transcript.items[-_LATELY:]
    spoke = [item.user for item in reversed(lately) if isinstance(item, Said)]
    here = () if conversation is None else conversation.members
    others = [c.name for c in model.ordered() if c.kind == "private"]
    me = names.key(model.state.user or "")
    return [name for name in dict.fromkeys([*spoke, *here, *others]) if names.key(name) != me]
