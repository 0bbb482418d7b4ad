"""What one sees of people: who is away, and with which words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import structs
from msgspec.structs import replace

from rchat_protocol import models
from rchat_tui.app.counting import count, total
from rchat_tui.app.ignored import Ignored
from rchat_tui.app.settings import AppSettings
from rchat_tui.app.writing import Writing
from rchat_tui.client.conversation import opened
from support.fake_chat import INFO, URL, online, posted, state
from support.hostile import STRINGS

if TYPE_CHECKING:
    from rchat_tui.client.events import Online
    from support.desk import Desk, Start
    from support.fake_chat import FakeChat


def people(desk: Desk) -> list[str]:
    """Return the people pane."""
    pane = desk.app.chat.query_one("#people")
    rows = desk.screen().splitlines()[: pane.size.height]
    shown = (" ".join(row[pane.region.x :].split()) for row in rows)
    return [row for row in shown if row]


async def test_the_pane_has_those_first_who_are_here(start: Start) -> None:
    """Otherwise one asks somebody who is at lunch."""
    general = state("general", "alice", "bob", "kim", away={"bob": "lunch"})
    async with start(online(), general, models.Live(), size=(120, 40)) as desk:
        assert people(desk) == ["People · 3", "● alice you", "● kim", "◐ bob lunch"]
        await desk.happens(models.PresenceChanged("bob", None), models.PresenceChanged("alice", ""))
        assert people(desk) == ["People · 3", "● bob", "● kim", "◐ alice you"]
        assert "● alice at 127.0.0.1:6565  ◐ away " in desk.screen()
        await desk.happens(models.MemberJoined("general", "eve", "zzz"))
        assert people(desk)[-1] == "◐ eve zzz"
        await desk.happens(models.Members("general", ["alice", "eve"]))
        assert people(desk) == ["People · 2", "● alice you", "● eve"]


async def test_who_writes_to_somebody_away_is_told_once(start: Start) -> None:
    """Otherwise one waits for an answer; or hears it with every line."""
    bob = state("bob", "alice", "bob", kind="private", id_="p", away={"bob": "lunch"})
    async with start(online(), bob, models.Live()) as desk:
        assert "bob  ◐ away: lunch" in desk.screen().splitlines()[0]
        await desk.type("hi")
        await desk.type("are you there?")
        await desk.settled()
        assert desk.screen().count("bob is away: lunch.") == 1
        await desk.happens(
            models.PresenceChanged("bob", None), models.PresenceChanged("bob", "tea")
        )
        await desk.type("and now?")
        await desk.settled()
        assert "bob is away: tea." in desk.screen()


async def test_words_of_others_do_nothing(start: Start) -> None:
    """Otherwise being away moves everybody's cursor, or shifts his panes."""
    general = state("general", "alice", "bob")
    private = state("bob", "alice", "bob", kind="private", id_="p")
    async with start(online(), general, private, models.Live(), size=(120, 40)) as desk:
        await desk.press("alt+2")
        for text in STRINGS:
            await desk.happens(
                models.PresenceChanged("bob", text), models.PresenceChanged("alice", text)
            )
            for strip in desk.app.screen._compositor.render_strips():
                assert strip.cell_length == 120
                assert "\x1b" not in strip.text


def frame(desk: Desk) -> str:
    """Return the row above what is written."""
    return next(row for row in reversed(desk.screen().splitlines()) if "╭" in row)


async def test_the_frame_says_who_is_writing_and_nothing_moves(start: Start) -> None:
    """Otherwise one writes past each other; or lines jump while one reads."""
    general = state("general", "alice", "bob", "kim")
    said = [posted("general", n, "bob", f"line {n}") for n in range(1, 60)]
    async with start(online(), general, state("b"), models.Live(), *said) as desk:
        time = 100.0
        desk.app.model.company.now = lambda: time
        before = desk.screen().splitlines()
        await desk.happens(models.TypingChanged("general", "bob", on=True))
        assert "─ bob is writing… ─" in frame(desk)
        after = desk.screen().splitlines()
        moved = [n for n, row in enumerate(after) if row != before[n]]
        assert moved == [after.index(frame(desk))]
        await desk.happens(models.TypingChanged("general", "[bold]eve", on=True))
        assert "[bold]eve and bob are writing…" in frame(desk)
        others = [models.TypingChanged("general", f"p{n}", on=True) for n in range(3)]
        await desk.happens(*others)
        assert "[bold]eve, bob, p0 and 2 others are writing…" in frame(desk)
        await desk.happens(models.TypingChanged("b", "kim", on=True))
        await desk.press("alt+2")
        assert "─ kim is writing… ─" in frame(desk)
        time += 6
        desk.app.chat._ask_again()
        await desk.settled()
        assert "writing" not in desk.screen()


def able() -> Online:
    """Return that a server let us in that knows of writing."""
    return replace(online(), server=structs.replace(INFO, capabilities=["typing"]))


async def test_others_see_that_one_is_writing(start: Start) -> None:
    """Otherwise nobody waits for the answer; or everybody hears of a command, or of a draft."""
    events = (able(), state("general", "alice", "bob"), state("tea", "alice"), models.Live())

    def told(desk: Desk) -> list[tuple[str, ...]]:
        return [call[1:] for call in desk.chat.calls if call[0] == "typing"]

    async with start(*events) as desk:
        await desk.press(*"/topic")
        desk.app.chat.composer.put("")
        await desk.press("x", "h", "i")
        assert told(desk) == [("general", "on")]
        await desk.press("enter")
        assert told(desk) == [("general", "on")]
        await desk.press("x", "backspace")
        assert told(desk)[1:] == [("general", "on"), ("general", "off")]
        await desk.press("y", "alt+2", "z", "z", "alt+1")
        assert told(desk)[3:] == [
            ("general", "on"),
            ("general", "off"),
            ("tea", "on"),
            ("tea", "off"),
        ]
    desk.chat.calls.clear()
    async with start(*events, settings=AppSettings("alice", URL, typing=False)) as desk:
        await desk.press(*"hello")
        assert told(desk) == []


def test_it_is_said_every_three_seconds() -> None:
    """Otherwise every key is a request; or others see one stop who goes on."""
    said: list[tuple[str, bool]] = []
    time = 100.0
    writing = Writing(lambda place, on: said.append((place, on)), lambda: time)
    tea = opened(state("tea", "alice", "bob"))
    for number in range(1, 71):
        writing.follow(tea, "x" * number, by_hand=True)
        time += 0.1
    assert said == [("tea", True)] * 3
    said.clear()
    crowd = opened(state("crowd", *(f"p{n}" for n in range(101))))
    for text in ("a", "ab", "abc"):
        writing.follow(crowd, text, by_hand=True)
        writing.follow(None, text, by_hand=True)
    writing.follow(tea, "", by_hand=False)
    writing.follow(tea, "a draft of yesterday", by_hand=False)
    assert said == [("tea", False)]


async def test_who_is_ignored_calls_for_nothing(start: Start) -> None:
    """Otherwise ignoring somebody hides his words, and his noise stays."""
    general = state("general", "alice", "bob", "kim")
    tea = state("tea", "alice", "bob", "kim", head=4)
    private = state("bob", "alice", "bob", kind="private", id_="p", head=3, unread=2)
    async with start(online(), general, tea, private, models.Live()) as desk:
        model = desk.app.model
        model.company.now = lambda: 100.0
        await desk.happens(posted("tea", 5, "bob", "alice: before"))
        assert total(model)[:2] == (3, 3)
        await desk.type("/ignore bob")
        assert "⊘ bob" in people(desk)
        said = [posted("tea", 6, "bob", "alice: ping"), posted("tea", 7, "kim", "alice: hi")]
        await desk.happens(*said, posted("p", 4, "bob", "answer me"))
        await desk.happens(
            models.TypingChanged("general", "bob", on=True), models.Invited("den", "bob")
        )
        assert count(model, model.state.conversations["tea"])[:2] == (1, 1)
        assert total(model)[:2] == (1, 1)
        assert "writing" not in desk.screen()
        assert "#den" not in desk.screen()
        await desk.type("/ignore bob")
        assert count(model, model.state.conversations["tea"])[:2] == (3, 3)
        assert total(model)[:2] == (6, 6)


async def test_a_run_of_what_is_ignored_is_one_line(start: Start) -> None:
    """Otherwise whom one ignores pushes all others off the screen; or moves what one reads."""
    said = [posted("general", n, "bob", f"noise {n}") for n in range(1, 60)]
    said += [posted("general", 60, "kim", "a word"), posted("general", 61, "bob", "and more")]
    answer = posted("general", 62, "kim", "yes", reply=61)
    general = state("general", "alice", "bob", "kim")
    async with start(online(), general, models.Live(), *said, answer) as desk:
        desk.chat.texts["ignored"] = {"bob": "bob"}
        await desk.type("/ignore bob")
        rows = [row[23:98].strip() for row in desk.screen().splitlines()]
        hidden = "bob, whom you ignore, says something"
        assert sum(hidden in row for row in rows) == 3
        shown = desk.screen().splitlines()
        column = next(row for row in shown if "a word" in row).index("a word")
        assert {row.index(hidden) for row in shown if f"  {hidden}" in row} == {column}
        assert f"╭ {hidden}" in rows
        viewport = desk.app.chat.messages.viewport
        assert viewport.total < 20
        await desk.press("ctrl+up", "up", "up")
        transcript = desk.app.model.transcript
        assert transcript is not None
        assert transcript.selected is not None
        assert transcript.selected.content == "a word"
        await desk.press("escape", "alt+home", "pagedown", "alt+end")
        late = [posted("general", 63 + n, "bob", f"late {n}") for n in range(5)]
        await desk.happens(*late)
        assert "late" not in desk.screen()
        await desk.type("/ignore bob")
        assert "late 4" in desk.screen()
        assert "noise 59" in desk.screen()


async def test_who_was_ignored_stays_so(start: Start, chat: FakeChat) -> None:
    """Otherwise one sees him again with every start."""
    chat.texts["ignored"] = {"bob": "Bob", "x": "not x"}
    said = posted("general", 1, "BOB", "hello")
    async with start(online(), state("general", "alice", "BOB"), models.Live(), said) as desk:
        await desk.until(lambda: "whom you ignore" in desk.screen())
        assert "hello" not in desk.screen()
        await desk.type("/ignore")
        assert "You ignore: Bob" in desk.screen()


def test_no_more_are_ignored_than_are_kept() -> None:
    """Otherwise the disk refuses, and nobody knows which."""
    ignored = Ignored()
    for number in range(1_001):
        ignored.put(f"p{number}", on=True)
    assert len(ignored.names()) == 1_000
    assert "p0" not in ignored
