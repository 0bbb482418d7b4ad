"""What the screens look like. `pytest --snapshot-update` takes new pictures: look at them."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest
from textual.widgets import Input

from rchat_protocol import models
from rchat_tui.app.app import ChatApp
from rchat_tui.app.preferences import Preference
from rchat_tui.app.settings import DARK_THEME, LIGHT_THEME, AppSettings
from rchat_tui.app.themes import THEMES
from rchat_tui.client.events import Offline
from support.desk import Desk
from support.fake_chat import (
    NOON,
    URL,
    FakeChat,
    deleted,
    edited,
    online,
    outgoing,
    posted,
    reaction,
    remembered,
    state,
    topic,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from textual.pilot import Pilot

    from rchat_tui.app.preferences import Place
    from rchat_tui.client.events import ClientEvent

TALK = (
    ("mira", "Good morning everyone"),
    ("bob", "morning! did the build pass overnight?"),
    (
        "mira",
        "It did. The flaky test was the clock one: it takes a fake clock now, so it is gone.",
    ),
    ("mira", "details in https://example.org/builds/4711"),
    (
        "theo",
        "nice. 日本語も大丈夫です。 A line that is longer than its column goes on below itself.",
    ),
    ("bob", "/me brews a pot of coffee"),
    ("alice", "@mira thanks, I'll have a look after lunch"),
    ("mira", "alice: the log is in the usual place"),
    ("theo", "one more thing:\n  - indented\n  - and another"),
)


def morning() -> list[ClientEvent]:
    """Return what happens on a morning in a team."""
    said = [
        posted("general", n, user, text, at=NOON + (n - 12) * 60_000 - (n < 4) * 86_400_000)
        for n, (user, text) in enumerate(TALK, 1)
    ]
    return [
        online(),
        state("general", "alice", "bob", "mira", "theo"),
        state("random", "alice", "bob", head=20, unread=3),
        state("rust", "alice", "mira", head=20, unread=12, mentions=2),
        state("bob", "bob", "alice", kind="private", id_="p1", head=3, unread=1),
        state("kim", "alice", kind="private", id_="p2", head=3),
        models.Live(),
        *said,
        models.MemberJoined("general", "zoë"),
    ]


SIZES = {"large": (120, 40), "small": (80, 24), "tiny": (40, 15)}


def measure(app: ChatApp) -> None:
    """Measure all messages: how many were in view is by how many frames they came in.

    The bar at the side is as long as what is not measured yet is thought to be.
    """
    messages = app.chat.messages
    if app.model.transcript is not None:
        messages.viewport._measure_down(0, sys.maxsize)
        messages.settle()


@pytest.fixture
def take(snap_compare: Callable[..., bool]) -> Callable[..., bool]:
    """Return what takes a picture of an app to which some events happen."""

    def compare(
        *events: ClientEvent,
        theme: str = DARK_THEME,
        size: str = "large",
        keys: tuple[str, ...] = (),
        typed: str = "",
        keywords: tuple[str, ...] = (),
        choices: Mapping[Place, Preference] | None = None,
        beginner: bool = False,
    ) -> bool:
        chat = FakeChat().feed(*events)
        chat.texts["history"] = {} if beginner else {"a": "hello"}
        app = ChatApp(
            AppSettings("alice", URL, theme=theme, keywords=keywords),
            lambda _url, _user: chat,
            now=lambda: NOON / 1000,
        )

        async def before(pilot: Pilot[None]) -> None:
            app.chat.composer.cursor_blink = False
            desk = Desk(app, pilot, chat)
            await desk.until(lambda: app.chat.is_mounted)
            await desk.settled()
            app.model.company.now = lambda: 0.0  # nobody stops writing
            for place, choice in (choices or {}).items():
                app.model.preferences.put(place, choice)
            app.show_soon()
            await desk.settled()
            await desk.press(*keys)
            for line in app.screen.query(Input):
                line.cursor_blink = False
            app.chat.composer.insert(typed)
            await desk.settled()
            measure(app)
            seen = ""
            while seen != (seen := desk.screen()):
                await desk.settled()
                await pilot.pause(0.05)  # what is laid out anew is drawn a turn later

        return snap_compare(app, terminal_size=SIZES[size], run_before=before)

    return compare


@pytest.mark.parametrize("theme", [DARK_THEME, LIGHT_THEME])
@pytest.mark.parametrize("size", SIZES)
def test_chat(take: Callable[..., bool], theme: str, size: str) -> None:
    """Otherwise the chat looks otherwise than it was drawn."""
    assert take(*morning(), theme=theme, size=size)


def attentive() -> list[ClientEvent]:
    """Return what happens where some conversations call louder than others."""
    said = [
        posted("general", 1, "bob", "the deploy is through"),
        posted("general", 2, "mira", "alice: all green"),
        posted("general", 3, "theo", "東京のデプロイも終わりました"),
        posted("rust", 21, "mira", "who reviews the Deploy script?"),
    ]
    people = [
        state(name, name, "alice", kind="private", id_=f"p-{name}") for name in ("bob", "kim")
    ]
    return [
        online(),
        state("general", "alice", "bob", "mira", "theo"),
        state("announcements-of-the-house", "alice", "bob", head=1500, unread=1204, mentions=7),
        state("noise", "alice", "bob", head=400, unread=380, mentions=4),
        state("rust", "alice", "mira", head=20, unread=11, mentions=2),
        state("random", "alice", "bob", head=20),
        *people,
        state("zoë", "zoë", "alice", kind="private", id_="p-zoë", head=3, unread=2),
        models.Live(),
        *said,
    ]


CHOICES: Mapping[Place, Preference] = {
    ("channel", "noise"): Preference(muted=True),
    ("channel", "rust"): Preference(pinned=True),
    ("private", "kim"): Preference(pinned=True),
}


@pytest.mark.parametrize("theme", [DARK_THEME, LIGHT_THEME])
@pytest.mark.parametrize("size", SIZES)
def test_away(take: Callable[..., bool], theme: str, size: str) -> None:
    """Otherwise who is away looks as if he were here, or says nothing of why."""
    away = {"bob": "lunch", "mira": "back on Monday, ask theo meanwhile", "theo": ""}
    general = state("general", "alice", "bob", "kim", "mira", "theo", away=away)
    mira = state("mira", "alice", "mira", kind="private", id_="p1", away=away)
    said = posted("p1", 1, "mira", "ask theo, please")
    events = [online(), general, mira, models.Live(), said, models.PresenceChanged("alice", "tea")]
    events += [models.TypingChanged(where, "kim", on=True) for where in ("general", "p1")]
    keys = () if size == "large" else ("alt+2",)
    assert take(*events, theme=theme, size=size, keys=keys, typed="I do")


QUOTED = """\
> it takes a fake clock now, so it is gone
> - for good?

Then what about
```python
@functools.cache
def key(name: str) -> str:
    return name.casefold()  # 17 of them
```
and `"x"`?"""

LISTED = r"""1. measure
2. see [the profile](https://example.org/p/17)
   - twice
3. mend it

or ask @alice ¯\_(ツ)_/¯"""

MARKED = (
    ("mira", "It is **not** the cache, it is *who asks it*: ~~get~~ `peek(key)` keeps the order."),
    ("theo", QUOTED),
    ("bob", LISTED),
    ("alice", "/me has **found** it: https://example.org/builds/4711"),
    ("kim", "```\n$ make demo\n```"),
)


@pytest.mark.parametrize("theme", [DARK_THEME, LIGHT_THEME])
@pytest.mark.parametrize("size", SIZES)
def test_marked(take: Callable[..., bool], theme: str, size: str) -> None:
    """Otherwise emphasis, code, quotes and lists look otherwise than they were drawn."""
    said = [
        posted("general", n, user, text, at=NOON + n * 60_000)
        for n, (user, text) in enumerate(MARKED, 1)
    ]
    people = state("general", "alice", "bob", "kim", "mira", "theo")
    assert take(online(), people, models.Live(), *said, theme=theme, size=size)


@pytest.mark.parametrize("theme", [DARK_THEME, LIGHT_THEME])
@pytest.mark.parametrize("size", SIZES)
def test_unsent(take: Callable[..., bool], theme: str, size: str) -> None:
    """Otherwise one cannot see what became of what one wrote."""
    assert take(
        *morning(),
        outgoing("general", "w1", "a message that is refused", "failed", "It is too large."),
        outgoing("general", "w2", "one that nobody knows of", "unknown", "It may be stored."),
        outgoing("general", "w3", "one on its way", "sending"),
        Offline("Nobody answers at 127.0.0.1:6565.", 0.0),
        outgoing("general", "w4", "one that waits"),
        outgoing("random", "w5", "elsewhere"),
        theme=theme,
        size=size,
    )


def noon() -> list[ClientEvent]:
    """Return what is said of messages afterwards."""
    return [
        *morning(),
        edited("general", 10, 5, "nice. The build of https://example.org/builds/4712 passed, too."),
        deleted("general", 11, 9),
        reaction("general", 12, 3, "bob", "🎉"),
        reaction("general", 13, 3, "alice", "👍"),
        reaction("general", 14, 3, "theo", "👍"),
        reaction("general", 15, 7, "zoë", "👀"),
        topic("general", 16, "The release of the week, and what is in its way"),
        posted("general", 17, "bob", "which clock, by the way?", at=NOON + 60_000, reply=3),
        posted("general", 18, "alice", "the fake one", at=NOON + 120_000, reply=17),
        posted("general", 19, "kim", "I see", at=NOON + 180_000, reply=9),
    ]


@pytest.mark.parametrize("theme", [DARK_THEME, LIGHT_THEME])
@pytest.mark.parametrize("size", SIZES)
def test_acted_on(take: Callable[..., bool], theme: str, size: str) -> None:
    """Otherwise answers, edits and reactions look otherwise than they were drawn."""
    assert take(*noon(), theme=theme, size=size)


@pytest.mark.parametrize("theme", [DARK_THEME, LIGHT_THEME])
@pytest.mark.parametrize("size", SIZES)
def test_selected(take: Callable[..., bool], theme: str, size: str) -> None:
    """Otherwise one does not see which message is selected, nor what the keys do to it."""
    assert take(*noon(), theme=theme, size=size, keys=("ctrl+up", "up"))


@pytest.mark.parametrize("size", SIZES)
def test_answering(take: Callable[..., bool], size: str) -> None:
    """Otherwise one does not see what the next line answers."""
    assert take(*noon(), size=size, keys=("ctrl+up", "up", "up", "r", *"the one of"))


def test_reacting(take: Callable[..., bool]) -> None:
    """Otherwise what one may react with looks otherwise than it was drawn."""
    keys = ("ctrl+up", *("up",) * 9, "plus")
    assert take(*noon(), size="small", keys=keys)


@pytest.mark.parametrize("theme", [DARK_THEME, LIGHT_THEME])
def test_before_the_server(take: Callable[..., bool], theme: str) -> None:
    """Otherwise what is known without a connection looks otherwise than it was drawn."""
    states = [event for event in morning() if isinstance(event, models.ConversationState)]
    said = [event for event in morning() if isinstance(event, models.MessagePosted)]
    unsent = [outgoing("general", "w1", "left over from yesterday")]
    assert take(remembered(*states, messages=said, unsent=unsent), theme=theme)


@pytest.mark.parametrize("theme", [DARK_THEME, LIGHT_THEME])
@pytest.mark.parametrize("size", SIZES)
def test_completing(take: Callable[..., bool], theme: str, size: str) -> None:
    """Otherwise what a word may become, or where one has begun something, looks otherwise."""
    keys = ("alt+2", *"half", "alt+1", *"well done :th", "tab", "tab")
    assert take(*morning(), theme=theme, size=size, keys=keys)


def test_completing_a_command(take: Callable[..., bool]) -> None:
    """Otherwise the list of commands looks otherwise than it was drawn."""
    assert take(*morning(), size="small", keys=("/", "r", "tab"))


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("much", [14_000, 17_000])
def test_a_long_message(take: Callable[..., bool], size: str, much: int) -> None:
    """Otherwise a message that is being written looks otherwise, or hides the conversation."""
    words = "all work and no play makes a dull message "
    assert take(*morning(), size=size, typed=(words * 500)[:much])


@pytest.mark.parametrize("theme", [DARK_THEME, LIGHT_THEME])
@pytest.mark.parametrize("size", SIZES)
def test_attention(take: Callable[..., bool], theme: str, size: str) -> None:
    """Otherwise what calls for you, what is muted and what is pinned cannot be told apart."""
    keys = ("f7", "alt+p") if size == "tiny" else ("alt+p",)
    words = ("deploy", "デプロイ")
    assert take(*attentive(), theme=theme, size=size, keys=keys, keywords=words, choices=CHOICES)


def test_attention_without_colour(
    take: Callable[..., bool], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Otherwise whoever sees no colours does not see what calls for him."""
    monkeypatch.setenv("NO_COLOR", "1")
    assert take(*attentive(), keywords=("deploy",), choices=CHOICES, keys=("alt+p",), size="small")


@pytest.mark.parametrize("size", ["large", "small"])
def test_switcher_at_the_beginning(take: Callable[..., bool], size: str) -> None:
    """Otherwise the switcher does not show what waits for you before a letter is typed."""
    assert take(*attentive(), choices=CHOICES, keys=("ctrl+k",), size=size)


def test_switcher(take: Callable[..., bool]) -> None:
    """Otherwise the switcher looks otherwise than it was drawn."""
    assert take(*morning(), keys=("ctrl+k", "r"), size="small")


@pytest.mark.parametrize("theme", [theme.name for theme in THEMES[2:]])
def test_theme(take: Callable[..., bool], theme: str) -> None:
    """Otherwise one of the themes looks otherwise than it was drawn."""
    said = posted("general", 20, "theo", "```python\nreturn {n: 'x' for n in range(3)}  # why\n```")
    assert take(*attentive(), *morning()[7:], said, theme=theme, size="small", keys=("ctrl+up",))


@pytest.mark.parametrize("theme", [DARK_THEME, LIGHT_THEME])
@pytest.mark.parametrize("size", SIZES)
def test_search(take: Callable[..., bool], theme: str, size: str) -> None:
    """Otherwise one does not see where something was said, by whom, and in which words."""
    words = "the from:" if size == "small" else "the"
    assert take(*morning(), keys=("ctrl+f", *words), size=size, theme=theme)


def test_help(take: Callable[..., bool]) -> None:
    """Otherwise the help looks otherwise than it was drawn."""
    assert take(*morning(), keys=("f1",), theme=LIGHT_THEME)


def test_connect(take: Callable[..., bool]) -> None:
    """Otherwise the connect screen looks otherwise than it was drawn."""
    assert take(Offline("Nobody answers at 127.0.0.1:6565.", None), size="small")


@pytest.mark.parametrize("theme", [DARK_THEME, LIGHT_THEME])
@pytest.mark.parametrize("size", SIZES)
def test_a_password_is_asked_for(take: Callable[..., bool], theme: str, size: str) -> None:
    """Otherwise whoever has an account does not see what he is asked for."""
    refusal = Offline(
        "alice is an account: log in with its password, or choose another name.",
        None,
        "password-required",
    )
    assert take(refusal, keys=("x", "y", "z"), theme=theme, size=size)


@pytest.mark.parametrize("size", SIZES)
def test_an_account_is_asked_for(take: Callable[..., bool], size: str) -> None:
    """Otherwise nobody finds out how to come in where no guest does."""
    refusal = Offline(
        "This server takes people with an account alone: register, or log in with yours.",
        None,
        "account-required",
    )
    assert take(refusal, keys=("escape",), size=size)


@pytest.mark.parametrize("theme", [DARK_THEME, LIGHT_THEME])
@pytest.mark.parametrize("size", SIZES)
def test_moderation(take: Callable[..., bool], theme: str, size: str) -> None:
    """Otherwise nobody sees who decides, and what was decided."""
    rules = models.ChannelRules("private", 30, "mira", ["alice"])
    happened = [
        models.Moderated("general", "kick", "mira", rules, "theo", "be nice"),
        models.MemberLeft("general", "theo", "mira"),
        models.Moderated("general", "slow", "alice", rules, "30"),
        models.Moderated("general", "ban", "alice", rules, "spam*", "ads", NOON + 7_200_000),
    ]
    opening = [event for event in morning() if not isinstance(event, models.MessagePosted)]
    assert take(*opening, *happened, theme=theme, size=size)


@pytest.mark.parametrize("size", ["small", "tiny"])
def test_first_start(take: Callable[..., bool], size: str) -> None:
    """Otherwise whoever comes for the first time does not know which key to press."""
    assert take(*morning(), size=size, beginner=True)


def test_no_channel(take: Callable[..., bool]) -> None:
    """Otherwise a first start looks otherwise than it was drawn."""
    assert take(online(), models.Live(), size="small", theme=LIGHT_THEME)
