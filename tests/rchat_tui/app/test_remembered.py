"""What the app shows before it has a connection, and what becomes of that when it has one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.pilot import Pilot

from rchat_protocol import models
from rchat_tui.app.app import ChatApp
from rchat_tui.app.items import Gap, Said
from rchat_tui.app.screens.connect import ConnectScreen
from rchat_tui.app.settings import AppSettings
from rchat_tui.client.errors import ConnectionLost
from rchat_tui.client.events import Connecting, Delivered, NotKept, Offline, Outgoing
from support.desk import Desk
from support.fake_chat import NOON, URL, FakeChat, online, outgoing, posted, remembered, state

if TYPE_CHECKING:
    import pytest

    from rchat_tui.client.events import Remembered
    from support.desk import Start

GONE = (Connecting(URL), Offline("Nobody answers there.", 5.0))
"""There is no connection."""

LINES = [posted("general", n, "bob", f"line {n}") for n in range(401, 500)]
LINES.append(
    posted("general", 500, "bob", "the last is longer than the others:\nit ends with\nline 500")
)
"""The end of what was seen: as much as a client brings."""


def before(*unsent: Outgoing) -> Remembered:
    """Return what the disk knows: two channels, the end of one, and what was written."""
    return remembered(
        state("general", head=500, read=500),
        state("random", head=20, read=17, unread=3, mentions=1),
        messages=LINES,
        unsent=unsent,
    )


def shape(desk: Desk, conversation: str = "general") -> list[str]:
    """Return messages by their numbers, what is not sent by its id, and gaps as ``a-b``."""
    short = []
    for item in desk.app.model.transcripts[conversation].items:
        if isinstance(item, Said):
            short.append(str(item.seq or item.id))
        elif isinstance(item, Gap):
            short.append(f"{item.first}-{item.last}")
        else:
            short.append(type(item).__name__)
    return short


def asked(desk: Desk) -> list[tuple[str, ...]]:
    """Return before or after which numbers the history was asked for."""
    calls = [call[2:] for call in desk.chat.calls if call[0] == "history"]
    return [call for call in calls if call[0] != "around"]  # what may have changed meanwhile


def rows(desk: Desk) -> list[str]:
    """Return the rows of the message view."""
    region = desk.app.chat.messages.region
    lines = desk.screen().splitlines()[region.y : region.bottom]
    return [line[region.x : region.right - 1].rstrip() for line in lines]


async def test_the_chat_is_there_before_the_server(start: Start) -> None:
    """Otherwise one stares at a connect screen although everything is on this machine."""
    async with start(before(), *GONE) as desk:
        screen = desk.screen()
        assert desk.app.screen is desk.app.chat
        assert "line 500" in screen
        assert "@1 3" in screen
        assert "not known yet" in screen
        assert " people" not in screen
        assert "offline" in screen
        assert desk.chat.calls == []


async def test_when_the_server_comes_nothing_jumps_and_nothing_doubles(start: Start) -> None:
    """Otherwise what one reads moves away under the eyes, or stands there twice."""
    async with start(before(), *GONE) as desk:
        shown, held = rows(desk), list(desk.app.model.transcripts["general"].items)
        await desk.happens(online(fresh=False))
        assert rows(desk) == shown
        general = state("general", "alice", "bob", head=500, resumed=True)
        await desk.happens(general, state("random", "alice", head=20, unread=3), models.Live())
        assert rows(desk) == shown
        assert list(desk.app.model.transcripts["general"].items) == held
        await desk.happens(LINES[-1], posted("general", 501, "bob", "line 501"))
        assert shape(desk) == ["1-400", *(str(n) for n in range(401, 502))]
        assert "2 people" in desk.screen()


async def test_what_was_not_sent_is_there_at_the_next_start_and_leaves(
    start: Start, chat: FakeChat
) -> None:
    """Otherwise what was written before the app was killed seems lost, or seems sent."""
    one, two = outgoing("general", "w1", "one"), outgoing("general", "w2", "two")
    bad = outgoing("random", "w3", "bad", "failed", "It is too large.")
    chat.online, chat.outbox = False, {"w1": one, "w2": two}
    async with start(before(one, two, bad), *GONE) as desk:
        assert shape(desk)[-3:] == ["500", "w1", "w2"]
        assert "two  ◌ waits" in desk.screen()
        assert "@1 ✗ 3" in desk.screen()
        chat.log["general"] = [models.Message(500, "x", "bob", "line 500", NOON)]
        general = state("general", "alice", "bob", head=500, resumed=True)
        desk.chat.come_back(general, state("random", "alice", head=20, resumed=True))
        await desk.happens(models.Live())
        assert shape(desk)[-3:] == ["500", "501", "502"]
        await desk.press("alt+2")
        assert "✗ Not sent: It is too large." in desk.screen()


async def test_after_a_week_the_newest_is_there_and_the_rest_comes_on_demand(
    start: Start, chat: FakeChat
) -> None:
    """Otherwise a week streams into the app, or what was missed cannot be read."""
    chat.log["general"] = [
        models.Message(n, f"g{n}", "bob", f"line {n}", NOON) for n in range(1, 901)
    ]
    async with start(before(), *GONE) as desk:
        await desk.happens(
            online(fresh=False),
            state("general", "alice", "bob", head=1000, read=500, unread=500, resumed=True),
            state("random", "alice", "bob", head=90, unread=73, mentions=1),
            models.Skipped("general", 501, 900),
            *[posted("general", n, "bob", f"line {n}") for n in range(901, 1001)],
            models.Skipped("random", 21, 90),
            models.Live(),
        )
        # A slow machine draws what was skipped before what follows it, and then asks for its end.
        early = asked(desk)
        assert len(early) <= 1
        assert shape(desk)[:2] == ["1-400", "401"]
        last = 900 - 100 * len(early)
        assert shape(desk)[100:103] == ["500", f"501-{last}", str(last + 1)]
        assert "line 1000" in desk.screen()
        assert "@1 73" in desk.screen()
        await desk.press("alt+u")
        await desk.until(lambda: "line 501" in desk.screen())
        shown = rows(desk)
        line = next(number for number, row in enumerate(shown) if "─ new ─" in row)
        assert shown[line - 1].endswith("line 500")
        assert shown[line + 1].endswith("line 501")
        for number in range(600, last + 1, 100):
            while len(asked(desk)) < len(early) + (number - 500) // 100:
                await desk.press("pagedown")
            while str(number) not in shape(desk):
                await desk.settled()
        assert asked(desk) == [*early, *(("None", str(n)) for n in range(500, last, 100))]
        assert shape(desk) == ["1-400", *(str(n) for n in range(401, 1001))]


async def test_offline_the_past_is_asked_for_and_once_more_when_there_is_a_line(
    start: Start,
) -> None:
    """Otherwise what is on the disk cannot be read offline, or what is not is never loaded."""
    async with start(before(), *GONE) as desk:
        desk.chat.errors["history"] = ConnectionLost("There is no connection to the server.")
        await desk.press("alt+home")
        await desk.until(lambda: asked(desk) == [("401", "None")])
        await desk.settled()
        assert "not loaded · There is no connection to the server." in desk.screen()
        await desk.press("pagedown", "pageup")
        assert asked(desk) == [("401", "None")], "it is asked once"
        await desk.happens(online(fresh=False))
        await desk.until(lambda: len(asked(desk)) == 2)
        del desk.chat.errors["history"]
        desk.chat.log["general"] = [models.Message(400, "g400", "bob", "line 400", NOON)]
        await desk.happens(state("general", "alice", "bob", head=500, resumed=True))
        await desk.until(lambda: "400" in shape(desk))


async def test_a_server_that_lost_its_memory_is_marked(start: Start) -> None:
    """Otherwise one believes that others still have what was kept here."""
    async with start(before(), *GONE) as desk:
        await desk.happens(
            online(), state("general", "alice", id_="another", epoch="e2", head=1), models.Live()
        )
        assert "line 500" in desk.screen()
        assert "The server started anew" in desk.screen()
        assert desk.app.model.active == "another"
        assert "random" not in desk.app.model.state.conversations


async def test_what_only_the_outbox_knows_is_in_sight(start: Start) -> None:
    """Otherwise something that was written is nowhere to be seen."""
    left = state("left", epoch="", head=0)
    written = outgoing("left", "w1", "hello?")
    async with start(remembered(left, unsent=[written]), *GONE) as desk:
        assert "hello?  ◌ waits" in desk.screen()
        await desk.happens(online(fresh=False), models.Live())
        assert "you are not in it any more" in desk.screen()
        await desk.happens(Delivered("left", "w1", 7, NOON, "e1"))
        assert "You are in no channel yet." in desk.screen()


async def test_read_elsewhere_is_read_here(start: Start) -> None:
    """Otherwise two terminals of one person disagree about what is new."""
    known = state("general", head=500, read=480, unread=20)
    async with start(remembered(known, messages=LINES), *GONE) as desk:
        assert "─ new ─" in desk.screen()
        await desk.happens(
            online(fresh=False),
            state("general", "alice", "bob", head=502, read=501, unread=1, resumed=True),
            posted("general", 501, "bob", "seen elsewhere"),
            posted("general", 502, "bob", "new"),
            models.Live(),
        )
        shown = rows(desk)
        line = next(i for i, row in enumerate(shown) if "─ new ─" in row)
        assert "seen elsewhere" in shown[line - 1]
        await desk.happens(posted("general", 503, "alice", "written on the other terminal"))
        assert "written on the other terminal" in desk.screen()
        assert "─ new ─" not in desk.screen()
        await desk.press("alt+2")


async def test_nothing_is_marked_read_before_the_server_said_what_there_is(start: Start) -> None:
    """Otherwise a number of before marks what is new on a server that began anew."""
    known = state("general", head=500, read=480, unread=20)
    async with start(remembered(known, messages=LINES), *GONE) as desk:
        await desk.happens(online(fresh=False))
        assert not [call for call in desk.chat.calls if call[0] == "mark_read"]
        await desk.happens(state("general", "alice", head=500, read=480, unread=20, resumed=True))
        await desk.until(lambda: ("mark_read", "general", "500") in desk.chat.calls)


async def test_when_it_takes_a_person_the_chat_can_be_read_all_the_same(start: Start) -> None:
    """Otherwise a name that is taken keeps one from one's own messages."""
    taken = Offline("Somebody is called alice.", None, "name-in-use")
    async with start(before(), Connecting(URL), taken) as desk:
        await desk.until(lambda: isinstance(desk.app.screen, ConnectScreen))
        await desk.settled()
        assert "Back to the chat" in desk.screen()
        await desk.press("n", "escape", "escape")
        await desk.until(lambda: desk.app.screen is desk.app.chat)
        await desk.type("written meanwhile")
        assert ("post", "general", "written meanwhile") in desk.chat.calls
        assert desk.app.screen is desk.app.chat
        await desk.happens(Connecting(URL), Offline("Still.", None, "name-in-use"))
        await desk.until(lambda: isinstance(desk.app.screen, ConnectScreen))


async def test_a_disk_that_cannot_be_used_is_told_and_stays_in_sight(start: Start) -> None:
    """Otherwise one believes that what is written outlives the app."""
    broken = NotKept("alice.db is damaged.")
    async with start(broken, online(), state("general", "alice"), models.Live()) as desk:
        await desk.until(lambda: "alice.db is damaged." in desk.screen())
        assert "✗ nothing is kept on disk" in desk.screen()


async def test_the_first_paint_has_the_messages_and_the_client_doubles_none(
    start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Otherwise the first screen is empty for long, or what it shows comes twice."""
    painted: list[str] = []
    call_up = ChatApp.call_up

    def painted_by_now(app: ChatApp) -> None:
        painted.append(Desk(app, Pilot(app), FakeChat()).screen())
        call_up(app)

    monkeypatch.setattr(ChatApp, "call_up", painted_by_now)
    known = remembered(
        state("general", head=500, read=490, unread=10), state("random", head=20), messages=LINES
    )
    settings = AppSettings("alice", URL, glimpse=lambda: known)
    chat = FakeChat()
    async with start(settings=settings, client=lambda _url, _user: chat) as desk:
        assert "line 500" in painted[0]
        assert "new" in painted[0]
        assert shape(desk)[1:] == [str(n) for n in range(401, 501)]
        await desk.press(*"hey")
        chat.feed(known, *GONE)
        await desk.settled()
        assert shape(desk)[1:] == [str(n) for n in range(401, 501)]
        assert desk.app.model.transcript is not None
        assert desk.app.model.transcript.unread_after == 490
        assert desk.app.chat.composer.text == "hey"


async def test_what_is_answered_is_looked_up_in_what_is_kept(start: Start) -> None:
    """Otherwise, on a train, answers stand there without what they answer, which is on the disk."""
    chat = FakeChat()
    chat.log["general"] = [models.Message(100, "q", "kim", "is it done?", NOON)]
    answer = posted("general", 500, "bob", "yes, it is", reply=100)
    known = remembered(state("general", head=500, read=500), messages=[answer])
    async with start(client=lambda _url, _user: chat.feed(known, *GONE)) as desk:
        await desk.until(lambda: "kim: is it done?" in desk.screen())


async def test_the_oldest_message_is_one_page_away(start: Start) -> None:
    """Otherwise the beginning of a long channel is a thousand pages, and as many keys, away."""
    chat = FakeChat()
    chat.log["general"] = [
        models.Message(n, f"i{n}", "bob", f"line {n}", NOON) for n in range(1, 5001)
    ]
    events = (online(), state("general", "alice", "bob", head=5000), models.Live())
    async with start(client=lambda _url, _user: chat.feed(*events)) as desk:
        await desk.until(lambda: "line 5000" in desk.screen())
        before = len(chat.calls)
        await desk.press("alt+home")
        await desk.until(lambda: any(row.endswith(" line 1") for row in rows(desk)))
        assert chat.calls[before:] == [("history", "general", "None", "0")]
        await desk.press("alt+end")
        await desk.until(lambda: "line 5000" in desk.screen())
