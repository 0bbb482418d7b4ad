from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from rchat_protocol import models
from rchat_tui.app import line
from rchat_tui.app.items import Said
from rchat_tui.app.screens.connect import ConnectScreen
from rchat_tui.app.settings import AppSettings
from rchat_tui.client.errors import InvalidAddress
from rchat_tui.client.events import Connecting, Offline
from support.fake_chat import NOON, URL, FakeChat, online, posted, state

if TYPE_CHECKING:
    import pytest

    from rchat_tui.client.events import ClientEvent
    from support.desk import Desk, Start

GENERAL = state("general", "alice", "bob")
RANDOM = state("random", "alice", "bob", "mira")


def contents(desk: Desk, conversation: str = "general") -> list[str]:
    """Return the messages that a conversation shows."""
    items = desk.app.model.transcripts[conversation].items
    return [item.content for item in items if isinstance(item, Said)]


async def test_a_burst_of_keys_is_carried_out_in_its_order(start: Start) -> None:
    """Otherwise keys that come at once over a slow line send the wrong text to the wrong place."""
    async with start(online(), GENERAL, RANDOM, models.Live()) as desk:
        desk.burst(*"one", "enter", *"two", "alt+2", *"three", "enter", "alt+1")
        await desk.until(lambda: len(desk.chat.calls) == 2 and desk.app.model.active == "general")
        assert desk.chat.calls == [("post", "general", "one"), ("post", "random", "three")]
        assert desk.app.chat.composer.text == "two"


async def test_a_message_that_is_too_long_stays_with_its_writer(start: Start) -> None:
    """Otherwise it stands in the channel as something that failed, and has to be taken back."""
    async with start(online(), GENERAL, models.Live()) as desk:
        await desk.type("ä" * 8193)
        assert desk.chat.calls == []
        assert desk.app.chat.composer.text == "ä" * 8193
        desk.app.chat.composer.put("")
        await desk.type("ä" * 8192)
        assert [call[0] for call in desk.chat.calls] == ["post"]


async def test_unread_messages_are_counted_elsewhere_and_next_unread_goes_there(
    start: Start,
) -> None:
    """Otherwise one misses what is said in other channels."""
    async with start(online(), GENERAL, RANDOM, models.Live()) as desk:
        await desk.happens(
            posted("random", 1, "mira", "hello"),
            posted("random", 2, "mira", "alice: look"),
            posted("general", 1, "bob", "here"),
        )
        assert "random" in desk.screen()
        assert "@1 2" in desk.screen()
        await desk.until(lambda: ("mark_read", "general", "1") in desk.chat.calls)
        await desk.press("alt+a")
        assert desk.app.model.active == "random"
        assert "─ new ─" in desk.screen()
        await desk.until(lambda: ("mark_read", "random", "2") in desk.chat.calls)
        await desk.press("alt+s")
        assert desk.app.model.active == "general"


async def test_without_the_focus_nothing_is_marked_read(start: Start) -> None:
    """Otherwise messages count as read that nobody saw."""
    async with start(online(), GENERAL, models.Live()) as desk:
        desk.app.app_focus = False
        await desk.happens(posted("general", 1, "bob", "psst"))
        assert "─ new ─" in desk.screen()
        assert not [call for call in desk.chat.calls if call[0] == "mark_read"]
        desk.app.app_focus = True
        await desk.until(lambda: ("mark_read", "general", "1") in desk.chat.calls)


async def test_history_is_loaded_when_a_channel_is_opened_and_further_on_scrolling_up(
    start: Start, chat: FakeChat
) -> None:
    """Otherwise a channel looks empty, or its past cannot be reached."""
    chat.log["general"] = [
        models.Message(n, f"g{n}", "bob", f"line {n}", NOON) for n in range(1, 251)
    ]
    async with start(online(), state("general", "alice", "bob", head=250), models.Live()) as desk:
        await desk.until(lambda: len(contents(desk)) == 100)
        await desk.settled()
        assert "line 250" in desk.screen()
        await desk.press(*["pageup"] * 5)
        await desk.until(lambda: len(contents(desk)) >= 200)
        await desk.settled()
        await desk.press(*["pageup"] * 5)
        await desk.until(lambda: len(contents(desk)) == 250)
        await desk.settled()
        await desk.press(*["pageup"] * 5)
        assert "This is the beginning of #general." in desk.screen()
        asked = [call for call in desk.chat.calls if call[0] == "history"]
        assert asked == [
            ("history", "general", "251", "None"),
            ("history", "general", "151", "None"),
            ("history", "general", "51", "None"),
        ]


async def test_scrolled_up_new_messages_are_counted_one_key_away(start: Start) -> None:
    """Otherwise one does not notice them, or is thrown down by them."""
    said = [posted("general", n, "bob", f"line {n}") for n in range(1, 101)]
    async with start(online(), GENERAL, models.Live(), *said) as desk:
        await desk.press("pageup")
        before = [line[23:90].rstrip() for line in desk.screen().splitlines()]
        await desk.happens(posted("general", 101, "bob", "late"))
        assert "1 new message" in desk.screen()
        after = [line[23:90].rstrip() for line in desk.screen().splitlines()]
        assert after[:20] == before[:20]
        await desk.press("alt+end")
        assert "late" in desk.screen()
        assert "new message" not in desk.screen()


async def test_people_come_and_go(start: Start) -> None:
    """Otherwise one does not know who is there."""
    async with start(online(), GENERAL, models.Live()) as desk:
        await desk.happens(models.MemberJoined("general", "zoë"))
        assert "zoë joined" in desk.screen()
        assert "3 people" in desk.screen()
        await desk.happens(models.MemberLeft("general", "zoë"))
        assert "zoë left" in desk.screen()
        assert "2 people" in desk.screen()


async def test_a_server_that_lost_its_memory_is_marked(start: Start) -> None:
    """Otherwise one believes that others still have what is above."""
    async with start(online(), GENERAL, models.Live()) as desk:
        await desk.happens(posted("general", 1, "bob", "before"))
        await desk.happens(
            Offline("The server hung up.", 1.0),
            online(),
            models.Live(),
            state("general", "alice", id_="another", epoch="e2"),
        )
        assert "before" in desk.screen()
        assert "The server started anew" in desk.screen()
        assert desk.app.model.active == "another"


async def test_hostile_text_stays_text(start: Start) -> None:
    """Otherwise what others write moves the cursor, sets the title, or changes colours."""
    async with start(online(), GENERAL, models.Live()) as desk:
        await desk.happens(
            posted(
                "general", 1, "[red]eve[/]", "\x1b[2J\x1b]0;owned\x07[bold]x[/] [@click=app.quit]q"
            ),
            models.MemberJoined("general", "\x1b[31m[b]mal[/b]"),
            Offline("[bold red]no[/] \x1b[2J", 5.0),
        )
        screen = desk.screen()
        assert "\x1b" not in screen
        assert "[bold]x[/] [@click=app.quit]q" in screen
        assert "[b]mal[/b] joined" in screen
        assert "[bold red]no[/]" in screen


async def test_no_server_opens_the_connect_screen_which_goes_by_itself(start: Start) -> None:
    """Otherwise one stands before an empty app that says nothing."""
    async with start(Connecting(URL), Offline("Nobody answers there.", 5.0)) as desk:
        await desk.until(lambda: isinstance(desk.app.screen, ConnectScreen))
        await desk.settled()
        assert "Nobody answers there." in desk.screen()
        assert "Trying again in" in desk.screen()
        assert "Start a server here" not in desk.screen()
        await desk.press("r")
        assert ("retry_now",) in desk.chat.calls
        await desk.happens(online(), GENERAL, models.Live())
        await desk.until(lambda: desk.app.screen is desk.app.chat)


async def test_another_name_and_another_address_are_asked_for(start: Start) -> None:
    """Otherwise a taken name or a wrong address means to start again."""
    async with start(Offline("Somebody is called alice.", None, "name-in-use")) as desk:
        await desk.until(lambda: isinstance(desk.app.screen, ConnectScreen))
        await desk.press("n")
        await desk.press("end", *"2", "enter")
        await desk.until(lambda: desk.chat.user == "alice2")
        desk.chat.feed(Offline("Nobody answers.", None))
        await desk.press("a")
        await desk.press(*":1", "enter")
        await desk.until(lambda: desk.chat.url != URL)
        assert desk.chat.user == "alice2"


async def test_a_server_can_be_started_from_the_connect_screen(start: Start) -> None:
    """Otherwise the first of a team needs a second terminal."""

    async def serve() -> str:
        return "tcp://127.0.0.1:7000"

    async with start(Offline("Nobody answers.", 5.0), start_server=serve) as desk:
        await desk.until(lambda: isinstance(desk.app.screen, ConnectScreen))
        await desk.settled()
        assert "Start a server here" in desk.screen()
        desk.chat.feed(Offline("Somebody is called alice.", None, "name-in-use"))
        await desk.until(lambda: "Start a server here" not in desk.screen())
        desk.chat.feed(Offline("Nobody answers.", 5.0))
        await desk.until(lambda: "Start a server here" in desk.screen())
        await desk.press("s")
        await desk.until(lambda: desk.chat.url == "tcp://127.0.0.1:7000")
        await desk.happens(online(url="tcp://127.0.0.1:7000"), GENERAL, models.Live())
        await desk.until(lambda: desk.app.screen is desk.app.chat)
        await desk.settled()
        assert "hosting" in desk.screen()


async def test_an_address_that_is_none_is_told(start: Start) -> None:
    """Otherwise a typing error in the address ends the app."""

    def refuse(url: str, user: str) -> FakeChat:
        raise InvalidAddress(f"{url} is no address, {user}.")

    async with start(client=refuse, settings=AppSettings("alice", "http://x")) as desk:
        await desk.until(lambda: isinstance(desk.app.screen, ConnectScreen))
        await desk.settled()
        assert "http://x is no address, alice." in desk.screen()


async def test_a_new_identity_joins_the_channels_that_were_asked_for(start: Start) -> None:
    """Otherwise the demo begins in an empty room."""
    settings = AppSettings("alice", URL, auto_join=("general", "rust"))
    async with start(online(), models.Live(), settings=settings) as desk:
        await desk.until(lambda: desk.chat.calls == [("join", "general"), ("join", "rust")])


async def test_in_no_channel_the_screen_says_what_to_do(start: Start) -> None:
    """Otherwise a first start leaves one before emptiness."""
    async with start(online(), models.Live()) as desk:
        assert "/join general" in desk.screen()
        await desk.type("hello?")
        assert desk.app.chat.composer.text == "hello?"


async def test_panes_fold_away_and_come_back(start: Start) -> None:
    """Otherwise nothing can be read on a small terminal."""
    async with start(online(), GENERAL, models.Live()) as desk:
        side, people = desk.app.chat.query_one("#channels"), desk.app.chat.query_one("#people")

        async def shown(width: int, height: int) -> tuple[bool, bool]:
            await desk.pilot.resize_terminal(width, height)
            await desk.settled()
            return bool(side.size.width), bool(people.size.width)

        assert await shown(120, 40) == (True, True)
        assert await shown(80, 24) == (True, False)
        assert await shown(50, 20) == (False, False)
        await desk.press("f7")
        assert bool(side.size.width)
        assert await shown(39, 11) == (False, False)
        assert "too small" in desk.screen()


async def test_who_types_is_heard_whatever_size_the_terminal_had(start: Start) -> None:
    """Otherwise keys go nowhere once the pane with the focus had no room."""
    async with start(online(), GENERAL, models.Live()) as desk:
        desk.app.chat.query_one("#people").focus()
        for width, height in ((80, 24), (20, 6), (80, 24)):
            await desk.pilot.resize_terminal(width, height)
            await desk.settled()
            await desk.press("x")
        assert desk.app.chat.composer.text == "xx"


async def test_a_long_message_leaves_room_for_what_it_answers(start: Start) -> None:
    """Otherwise what one pastes hides the conversation, and its own end."""
    async with start(online(), GENERAL, posted("general", 1, "bob", "hi"), models.Live()) as desk:
        for width, height in ((120, 40), (80, 24), (40, 15)):
            await desk.pilot.resize_terminal(width, height)
            desk.app.chat.composer.put("\n".join(f"line {number}" for number in range(1, 31)))
            await desk.settled()
            assert desk.app.chat.messages.size.height >= 5
            assert "line 30" in desk.screen()
            assert "hi" in desk.screen()


async def test_a_small_terminal_says_when_it_tries_again(start: Start) -> None:
    """Otherwise the reason takes the room, and one waits without knowing how long."""
    async with start(online(), GENERAL, models.Live(), size=(80, 24)) as desk:
        await desk.happens(Offline("127.0.0.1:6565 refused it: is a server running there?", 9.0))
        assert "trying again in 9 s" in desk.screen()


async def test_the_help_can_be_read_on_a_small_terminal(start: Start) -> None:
    """Otherwise it shows keys, and cuts off what they do."""
    async with start(online(), GENERAL, models.Live(), size=(40, 15)) as desk:
        await desk.press("f1")
        assert "Find a channel, a person or a" in desk.screen()


async def test_a_flood_does_not_repaint_for_each_message(
    start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Otherwise a busy channel makes the app unusable."""
    async with start(online(), GENERAL, models.Live()) as desk:
        shows = 0
        show = desk.app.chat.show

        def counted(*args: Any, **kwargs: Any) -> None:
            nonlocal shows
            shows += 1
            show(*args, **kwargs)

        monkeypatch.setattr(desk.app.chat, "show", counted)
        desk.chat.feed(*[posted("general", n, "bob", f"line {n}") for n in range(1, 6001)])
        await desk.press("x")
        assert desk.app.chat.composer.text == "x"
        assert "line 6000" in desk.screen()
        assert shows < 300


async def test_the_event_loop_turns_between_slices_of_a_flood(
    start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Otherwise a key waits until all that has arrived is folded."""
    async with start(online(), GENERAL, models.Live()) as desk:
        monkeypatch.setattr(line, "_SLICE", 0.0)
        turns: list[int] = []
        loop = asyncio.get_running_loop()
        folded = desk.app.model.apply

        def apply(event: ClientEvent) -> None:
            folded(event)
            loop.call_soon(turns.append, len(turns))
            seen.append(len(turns))

        seen: list[int] = []
        monkeypatch.setattr(desk.app.model, "apply", apply)
        await desk.happens(*[posted("general", n, "bob", f"line {n}") for n in range(1, 301)])
        assert "line 300" in desk.screen()
        assert len(set(seen)) == len(seen) >= 300, "each of them in a turn of its own"
