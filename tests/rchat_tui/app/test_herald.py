"""What the terminal is told while one looks elsewhere: on a clock that the test turns."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from rchat_protocol import models
from rchat_tui.app.alerts import IDLE, PAUSE
from rchat_tui.app.attention import Attention
from rchat_tui.app.base import BaseApp
from rchat_tui.app.herald import Herald
from rchat_tui.app.keywords import Keywords
from rchat_tui.app.model import ChatModel
from rchat_tui.app.preferences import Level
from rchat_tui.app.terminal import Terminal, Way
from rchat_tui.client.events import Offline
from support.fake_chat import online, posted, state

if TYPE_CHECKING:
    from collections.abc import Callable

    from rchat_tui.client.events import ClientEvent
    from support.desk import Start

KNOWN = Terminal(Way.OSC9, titles=True, tells_focus=True)
WORLD = (
    online(),
    state("general", "alice", "bob"),
    state("random", "alice", "bob"),
    state("bob", "alice", "bob", kind="private", id_="p"),
    models.Live(),
)


class Post:
    """A herald at his post, in a terminal without the focus unless the test says otherwise."""

    def __init__(self, terminal: Terminal = KNOWN, *, focused: bool = False) -> None:
        self.now = 1000.0
        self.written: list[str] = []
        self.timers: list[tuple[float, Callable[[], None]]] = []
        self.model = ChatModel(now=lambda: 0, keywords=Keywords.of(["deploy"]))
        self.herald = Herald(
            terminal,
            write=self.written.append,
            call_later=lambda wait, call: self.timers.append((self.now + wait, call)),
            now=lambda: self.now,
        )
        self.happens(*WORLD)
        self.written.clear()
        if not focused:
            self.focus(focused=False)

    def focus(self, *, focused: bool) -> None:
        """Let the terminal tell."""
        self.herald.focus(focused=focused)
        self.model.attention = Attention(focused=focused)

    def happens(self, *events: ClientEvent) -> None:
        """Let these happen, and be shown."""
        for event in events:
            before = self.model.state
            self.model.apply(event)
            self.herald.hear(event, before, self.model)
        self.herald.show(self.model)

    def passes(self, seconds: float) -> None:
        """Let time pass, and the timers ring that are due."""
        self.now += seconds
        due = [timer for timer in self.timers if timer[0] <= self.now]
        self.timers = [timer for timer in self.timers if timer[0] > self.now]
        for _, ring in due:
            ring()

    def told(self) -> list[str]:
        """Return the notifications since the last time."""
        told = [text[len("\x1b]9;rchat: ") : -1] for text in self.written if "]9;" in text]
        self.written[:] = [text for text in self.written if "]9;" not in text]
        return told


def say(seq: int, content: str, where: str = "general", user: str = "bob") -> models.MessagePosted:
    """Return something that is said."""
    return posted(where, seq, user, content)


def test_a_mention_is_told_with_its_words() -> None:
    """Otherwise one does not notice that one is asked for, or by whom."""
    post = Post()
    post.happens(say(1, "alice: come"))
    assert post.told() == ["bob in #general: alice: come"]


def test_what_is_told_of_which_conversation() -> None:
    """Otherwise a channel rings at every message, or a private word at none."""
    post = Post()
    post.happens(say(1, "nothing for you"))
    assert post.told() == []
    post.happens(say(2, "the deploy is through"))
    assert post.told() == ["bob in #general: the deploy is through"]
    post.passes(PAUSE)
    post.happens(say(1, "psst", "p"))
    assert post.told() == ["bob: psst"]
    post.passes(PAUSE)
    post.happens(say(3, "/me waves at @alice"))
    assert post.told() == ["bob in #general: ✶ bob waves at @alice"]


def test_levels() -> None:
    """Otherwise the level that was chosen means nothing."""
    post = Post()
    general = post.model.state.conversations["general"]
    private = post.model.state.conversations["p"]
    post.model.preferences.choose(general, Level.ALL)
    post.model.preferences.choose(private, Level.MENTIONS)
    post.happens(say(1, "no names", "p"))
    assert post.told() == []
    post.happens(say(1, "anything"))
    assert post.told() == ["bob in #general: anything"]
    post.passes(PAUSE)
    post.model.preferences.mute(general, muted=True)
    post.happens(say(2, "alice: deploy!"))
    assert post.told() == []


def test_nothing_of_ones_own() -> None:
    """Otherwise what one writes on another terminal rings here."""
    post = Post()
    post.model.preferences.choose(post.model.state.conversations["general"], Level.ALL)
    post.happens(say(1, "@alice deploy", user="alice"))
    assert post.told() == []
    post.happens(say(2, "deploy", user="alice"), say(3, "hm"))
    assert post.told() == ["bob in #general: hm"]


def test_nothing_while_one_looks() -> None:
    """Otherwise the desktop shows what stands on the screen."""
    post = Post(focused=True)
    post.happens(say(1, "alice: come"), say(1, "psst", "p"))
    post.passes(10 * IDLE)
    post.happens(say(2, "alice: come"))
    assert post.told() == []


def test_a_burst_is_a_number() -> None:
    """Otherwise a busy channel floods the desktop."""
    post = Post()
    post.happens(say(1, "alice: one"))
    post.happens(*[say(n, "alice: more") for n in (2, 3, 4)])
    assert post.told() == ["bob in #general: alice: one"]
    post.passes(PAUSE - 0.1)
    assert post.told() == []
    post.passes(0.2)
    assert post.told() == ["3 new messages in #general"]
    post.passes(PAUSE)
    assert post.told() == []
    assert post.timers == []


def test_several_conversations_are_one_notification() -> None:
    """Otherwise each channel rings by itself."""
    post = Post()
    post.model.preferences.choose(post.model.state.conversations["random"], Level.ALL)
    post.happens(say(1, "alice: one"))
    post.told()
    post.happens(say(2, "alice: two"), say(1, "three", "random"), say(1, "four", "p"))
    post.passes(PAUSE)
    assert post.told() == ["3 new messages in 3 conversations, 1 of them for you"]
    post.happens(say(2, "five", "random"), say(2, "six", "p"))
    post.passes(PAUSE)
    assert post.told() == ["2 new messages in #random and @bob"]


def test_what_was_read_meanwhile_is_told_no_more() -> None:
    """Otherwise one is called to what one has read, here or on another terminal."""
    post = Post()
    post.happens(say(1, "alice: one"))
    post.told()
    post.happens(say(2, "alice: two"), models.ReadMarker("general", 2))
    post.passes(PAUSE)
    assert post.told() == []
    post.happens(say(3, "alice: three"))
    post.told()
    post.happens(say(4, "alice: four"))
    post.focus(focused=True)
    post.focus(focused=False)
    post.passes(PAUSE)
    assert post.told() == []


def test_read_on_another_terminal_before_it_came() -> None:
    """Otherwise a terminal that was slow rings for what was read long ago."""
    post = Post()
    post.happens(models.ReadMarker("general", 5), say(5, "alice: late"))
    assert post.told() == []
    post.happens(models.ReadMarker("general", 7), say(7, "alice: later"), say(8, "alice: new"))
    assert post.told() == ["bob in #general: alice: new"]


def test_what_was_missed_is_one_summary() -> None:
    """Otherwise each reconnect rings as often as something was said meanwhile."""
    post = Post()
    post.model.preferences.mute(post.model.state.conversations["random"], muted=True)
    post.happens(Offline("The line is gone.", 1.0))
    post.passes(600)
    post.happens(
        online(fresh=False),
        state("general", "alice", "bob", head=4, read=0, unread=4, mentions=1, resumed=True),
        state("random", "alice", "bob", head=9, read=0, unread=9, mentions=3, resumed=True),
        state("bob", "bob", "alice", kind="private", id_="p", head=2, unread=2, resumed=True),
        *[say(n, "alice: one" if n == 2 else "more") for n in range(1, 5)],
        *[say(n, "alice: noise", "random") for n in range(1, 10)],
        *[say(n, "psst", "p") for n in (1, 2, 3)],
    )
    assert post.told() == []
    post.happens(models.Live())
    assert post.told() == ["4 new messages in #general and @bob, 1 of them for you"]
    post.passes(PAUSE)
    post.happens(say(5, "alice: and now"))
    assert post.told() == ["bob in #general: alice: and now"]


def test_nothing_missed_is_no_summary() -> None:
    """Otherwise every dropped line rings."""
    post = Post()
    post.happens(say(1, "alice: one"))
    post.told()
    post.passes(PAUSE)
    post.happens(
        Offline("The line is gone.", 1.0),
        online(fresh=False),
        state("general", "alice", "bob", head=1, read=0, unread=1, mentions=1, resumed=True),
        models.Live(),
    )
    assert post.told() == []


def test_a_line_that_breaks_again_forgets_nothing() -> None:
    """Otherwise what arrived between two dropped lines is never told of."""
    post = Post()
    general = state("general", "alice", "bob", head=1, read=0, unread=1, mentions=1, resumed=True)
    post.happens(
        Offline("The line is gone.", 1.0),
        online(fresh=False),
        general,
        say(1, "alice: one"),
        Offline("And again.", 1.0),
        online(fresh=False),
        general,
        models.Live(),
    )
    assert post.told() == ["1 new message in #general"]


@pytest.mark.parametrize(("touched", "told"), [(False, True), (True, False)])
def test_a_terminal_that_does_not_tell_of_its_focus(*, touched: bool, told: bool) -> None:
    """Otherwise nobody is ever told there, or always."""
    post = Post(Terminal(Way.OSC9), focused=True)
    post.happens(say(1, "alice: one"))
    assert post.told() == []
    post.passes(IDLE)
    if touched:
        post.herald.touch()
    post.happens(say(2, "alice: two"))
    assert post.told() == (["bob in #general: alice: two"] if told else [])


def test_whoever_touches_a_key_sees_what_waits() -> None:
    """Otherwise one is called to what one has just looked at."""
    post = Post(Terminal(Way.OSC9), focused=True)
    post.passes(IDLE)
    post.happens(say(1, "alice: one"))
    post.happens(say(2, "alice: two"))
    assert post.told() == ["bob in #general: alice: one"]
    post.herald.touch()
    post.passes(PAUSE)
    assert post.told() == []


def test_one_that_told_once_is_believed() -> None:
    """Otherwise whoever reads without touching a key is called to what he reads."""
    post = Post(Terminal(Way.OSC9), focused=True)
    post.focus(focused=False)
    post.focus(focused=True)
    post.passes(2 * IDLE)
    post.happens(say(1, "alice: one"))
    assert post.told() == []


def test_the_title_counts_what_is_for_you() -> None:
    """Otherwise a tab in the back does not show that somebody waits, or for ever shows it."""
    post = Post()
    assert post.written == []
    post.happens(say(1, "alice: one"), say(2, "nothing"), say(3, "a deploy"))
    post.told()
    assert post.written == ["\x1b[22;2t", "\x1b]2;(1+1) rchat\a"]
    post.happens(say(1, "psst", "p"))
    assert post.written[-1] == "\x1b]2;(2+1) rchat\a"
    post.model.preferences.mute(post.model.state.conversations["general"], muted=True)
    post.happens()
    assert post.written[-1] == "\x1b]2;(1) rchat\a"
    post.happens(models.ReadMarker("p", 1))
    assert post.written[-1] == "\x1b]2;rchat\a"
    post.herald.close()
    post.herald.close()
    assert post.written.count("\x1b[23;2t") == 1
    assert post.written[-1] == "\x1b[23;2t"


def test_a_terminal_that_never_had_another_title_gets_none_back() -> None:
    """Otherwise a title is taken from the stack that somebody else put there."""
    post = Post()
    post.herald.close()
    assert post.written == []


async def test_the_app_tells_of_keys_of_the_focus_and_of_what_happens(
    start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Otherwise all that is decided here is decided about nothing, and nothing is written."""
    written: list[str] = []
    touched: list[bool] = []
    monkeypatch.setattr(BaseApp, "write", lambda _app, text: written.append(text))
    environment = {"TERM": "xterm-kitty"}
    async with start(*WORLD, environment=environment) as desk:
        monkeypatch.setattr(desk.app.herald, "touch", lambda: touched.append(True))
        await desk.press("x")
        assert touched
        desk.app.app_focus = False
        await desk.happens(say(1, "alice: come"))
        await desk.until(lambda: "\x1b]9;rchat: bob in #general: alice: come\a" in written)
        assert "\x1b]2;(1) rchat\a" in written
    assert written[-1] == "\x1b[23;2t"
