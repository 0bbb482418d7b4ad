from __future__ import annotations

import asyncio
import unicodedata
from typing import TYPE_CHECKING

from rchat_protocol import models
from rchat_tui.app.commands import COMMANDS
from rchat_tui.app.settings import AppSettings
from rchat_tui.client.errors import ServerError
from rchat_tui.plain.actions import PlainActions
from support.fake_chat import (
    NOON,
    URL,
    FakeChat,
    deleted,
    edited,
    online,
    posted,
    reaction,
    remembered,
    state,
    topic,
)
from support.hostile import STRINGS
from support.paper import Paper

if TYPE_CHECKING:
    from support.paper import Start

GENERAL = state("general", "alice", "bob", head=2, resumed=True)
SAID = [posted("general", n, "bob", f"line {n}") for n in (1, 2)]
KNOWN = (remembered(GENERAL, messages=SAID), online(), GENERAL)


def test_every_slash_command_means_something_without_a_screen() -> None:
    """Otherwise who cannot see a screen cannot do what others can."""
    for command in COMMANDS:
        if command.slash:
            name = "do_" + command.id.replace("-", "_")
            assert callable(getattr(PlainActions, name, None)), command.id


async def test_it_reads_out_what_the_disk_knows_and_then_what_comes(start: Start) -> None:
    """Otherwise one does not know where one is, or hears the same twice."""
    async with start(*KNOWN) as paper:
        assert paper.written == [
            "-- #general",
            "10:21 bob: line 1",
            "10:22 bob: line 2",
            f"-- connected to {URL} as alice",
        ]
        assert await paper.happens(posted("general", 2, "bob", "line 2")) == []
        assert await paper.happens(posted("general", 3, "bob", "hi\nthere")) == [
            "10:23 bob: hi",
            "  there",
        ]
        assert await paper.happens(posted("general", 4, "bob", "/me waves")) == [
            "10:24 * bob waves"
        ]
        assert ("mark_read", "general", "3") in paper.chat.calls


async def test_what_was_typed_is_not_said_again_unless_it_is_not_sent(start: Start) -> None:
    """Otherwise every word is heard twice, or one that is not sent looks sent."""
    async with start(*KNOWN) as paper:
        assert await paper.type("hello") == []
        assert ("post", "general", "hello") in paper.chat.calls
        paper.chat.drop()
        assert await paper.happens() == [
            "-- no connection: The server hung up. It is tried again by itself."
        ]
        assert await paper.type("still there?") == ["-- waits for the connection: still there?"]
        paper.chat.come_back(state("general", "alice", "bob", head=3, resumed=True))
        assert await paper.happens() == [
            f"-- connected to {URL} as alice",
            "-- sent now: still there?",
        ]
        paper.chat.answers = False
        await paper.type("one more")
        paper.chat.refuse("The server says no.")
        assert await paper.happens() == [
            "-- not sent: one more: The server says no. /retry, /takeback or /throwaway"
        ]
        assert await paper.type("/throwaway") == ["-- Thrown away:", "one more"]


async def test_other_conversations_are_heard_where_they_call(start: Start) -> None:
    """Otherwise a busy channel talks over the open one, or a call for you is missed."""
    random = state("random", "alice", "bob")
    private = state("bob", "alice", "bob", kind="private", id_="p")
    async with start(*KNOWN, random, private, models.Live()) as paper:
        assert await paper.happens(
            posted("random", 1, "bob", "one"), posted("random", 2, "bob", "two")
        ) == ["-- new in #random: /next goes there"]
        assert await paper.happens(posted("random", 3, "bob", "@alice look")) == [
            "#random 10:23 bob: @alice look"
        ]
        assert await paper.happens(posted("p", 1, "bob", "psst")) == ["@bob 10:21 bob: psst"]
        opened = await paper.type("/last", "/next")
        assert "-- #random, 2 people, 3 unread" in opened
        assert opened[-1] == "10:23 bob: @alice look"


async def test_what_was_missed_is_said_to_be_missing_and_can_be_read(start: Start) -> None:
    """Otherwise there is a hole that nobody knows of."""
    async with start(*KNOWN) as paper:
        paper.chat.log["general"] = [
            models.Message(n, f"m{n}", "bob", f"line {n}", NOON) for n in range(1, 41)
        ]
        written = await paper.happens(
            online(fresh=False), state("general", "alice", "bob", head=40, unread=38)
        )
        assert (
            "-- 38 messages are left out here: /older reads them out, the newest first" in written
        )
        assert await paper.type("/older") == [f"12:00 bob: line {n}" for n in range(21, 41)]
        older = await paper.type("/older")
        assert [line.split()[-1] for line in older] == [str(n) for n in range(1, 21)]
        assert await paper.type("/older") == ["-- nothing was said before"]
        assert (await paper.type("/newest"))[-1] == "12:00 bob: line 40"


async def test_history_that_cannot_be_had_is_said(start: Start) -> None:
    """Otherwise one waits for it."""
    busy = ServerError("busy", "Ask again later.", retry=1)
    general = state("general", "alice", head=5)
    async with start(online(), general, history=busy) as paper:
        problem = "-- what was said before cannot be read: Ask again later."
        assert paper.written[-1] == problem
        assert await paper.type("/older") == [problem]
        paper.chat.drop()
        await paper.settled()
        assert await paper.type("/older") == [
            "-- what was said before cannot be read now: there is no connection"
        ]


async def test_slash_commands(start: Start) -> None:
    """Otherwise they do something else than on a screen."""
    async with start(*KNOWN) as paper:
        assert await paper.type("/names") == ["-- Here: alice  bob"]
        paper.chat.channels = ["general", "rust"]
        assert await paper.type("/list") == ["-- Channels: #general  #rust"]
        assert await paper.type("/frobnicate") == [
            "-- error: There is no command /frobnicate. /help shows them all."
        ]
        assert await paper.type("/connection") == [
            f"-- You are at {URL} as alice.",
            "-- For another server or another name leave, and start with --server or --user.",
        ]
        helped = await paper.type("/help")
        assert any(line.startswith("/join /j CHANNEL: ") for line in helped)
        assert await paper.type("/theme nord") == ["-- There are no colours in plain mode."]
        await paper.type("/reconnect")
        assert paper.chat.calls[-1] == ("retry_now",)


async def test_a_line_that_is_typed_while_a_conversation_opens_is_for_it(start: Start) -> None:
    """Otherwise a private word is said to everybody."""
    async with start(*KNOWN) as paper:
        opened = await paper.type("/query mira", "psst")
        assert opened == ["-- @mira", "-- nothing was said before"]
        assert ("post", "@mira", "psst") in paper.chat.calls
        assert await paper.type("/join new", "first!") == []
        assert await paper.happens(state("new", "alice"))
        assert ("post", "new", "first!") in paper.chat.calls


async def test_a_conversation_that_cannot_be_opened_gives_its_lines_back(start: Start) -> None:
    """Otherwise they are said elsewhere, or lost."""
    async with start(*KNOWN) as paper:
        paper.chat.errors["open_conversation"] = ServerError("no-such-user", "Nobody is mira.")
        assert await paper.type("/msg mira psst") == [
            "-- error: Nobody is mira.",
            "-- it was:",
            "/msg mira psst",
        ]


async def test_a_backslash_at_its_end_goes_on_with_the_next_line(start: Start) -> None:
    """Otherwise a message has one line."""
    async with start(*KNOWN) as paper:
        await paper.type("one\\", "two")
        assert ("post", "general", "one\ntwo") in paper.chat.calls


async def test_a_new_identity_joins_what_it_was_told_to(start: Start) -> None:
    """Otherwise the demo begins nowhere."""
    async with start(online(), channels=("general",)) as paper:
        assert paper.chat.calls == [("join", "general")]


async def test_people_who_come_and_go_are_told_once(start: Start) -> None:
    """Otherwise one does not know who listens."""
    async with start(*KNOWN) as paper:
        joined = models.MemberJoined("general", "mira")
        assert await paper.happens(joined, joined) == ["-- mira joined"]
        assert await paper.happens(models.MemberLeft("general", "mira")) == ["-- mira left"]
        assert await paper.happens(models.Parted("general")) == ["-- you left #general"]


async def test_text_of_others_cannot_do_more_than_be_read(start: Start) -> None:
    """Otherwise it moves the cursor, sets the title, or speaks in another's name."""
    hostile = "\x1b[2J\x1b]0;owned\x07\x9b1mred\rmallory\x85\u202eabc\n12:00 bob: it was me"
    async with start(*KNOWN) as paper:
        written = await paper.happens(posted("general", 3, "ev\x1b[1mil\n", hostile))
        assert written[0].startswith("10:23 evil: ")
        assert all(line.startswith("  ") for line in written[1:])
        for line in paper.written:
            assert line.isprintable()


async def test_no_string_of_others_is_obeyed(start: Start) -> None:
    """Otherwise a terminal that only writes is made to do more."""
    async with start(*KNOWN) as paper:
        for number, text in enumerate(STRINGS, 3):
            await paper.happens(posted("general", number, text[:100], text))
            await paper.happens(models.MemberJoined("general", text[:100]))
        written = "".join(paper.written)
        seen = {each for each in written if unicodedata.category(each) in ("Cc", "Cs", "Zl", "Zp")}
        assert not seen


async def test_what_is_done_to_messages_is_told(start: Start) -> None:
    """Otherwise who hears the chat knows less than who sees it."""
    async with start(*KNOWN) as paper:
        assert await paper.happens(
            posted("general", 3, "kim", "yes", reply=2),
            edited("general", 4, 1, "line one\x1b[2J\nand more"),
            reaction("general", 5, 2, "kim", "👍"),
            deleted("general", 6, 2),
            topic("general", 7, "the release"),
            topic("general", 8, ""),
        ) == [
            "10:23 kim: yes",
            "  (answers bob: line 2)",
            "-- bob edited the message of 10:21:",
            "  line one",
            "  and more",
            "-- kim reacted with 👍 to bob: line 2",
            "-- bob deleted the message of 10:22",
            "-- bob set the topic: the release",
            "-- bob removed the topic",
        ]
        assert await paper.type("/newest") == [
            "10:21 bob: line one",
            "  and more",
            "  (edited)",
            "10:22 bob: message deleted",
            "10:23 kim: yes",
            "  (answers bob: message deleted)",
        ]


async def test_messages_are_acted_on_by_slash_commands(start: Start) -> None:
    """Otherwise who cannot see a screen cannot answer, edit, delete or react."""
    async with start(*KNOWN, posted("general", 3, "alice", "mine")) as paper:
        (told,) = await paper.type("/reply")
        assert told.startswith("-- Answering bob: line 2")
        assert await paper.type("", "no answer") == ["-- Given up."]
        await paper.type("/reply", "an answer", "/reply at once", "/react :tada:", "/react")
        assert any("With what?" in line for line in paper.written)
        await paper.type("/edit better", "/topic the release", "/delete")
        assert any("once more deletes" in line for line in paper.written)
        await paper.type("/delete")
        done = [call for call in paper.chat.calls if call[0] not in ("mark_read", "history")]
        assert done == [
            ("post", "general", "no answer"),
            ("post", "general", "an answer", "2"),
            ("post", "general", "at once", "2"),
            ("react", "general", "2", "🎉", "on"),
            ("edit", "general", "6", "better"),
            ("set_topic", "general", "the release"),
            ("delete", "general", "6"),
        ]


async def test_an_edit_that_is_refused_is_given_back(start: Start) -> None:
    """Otherwise it ends the chat, or what was typed is lost."""
    async with start(*KNOWN, posted("general", 3, "alice", "mine")) as paper:
        paper.chat.errors["edit"] = ServerError("busy", "The server is busy.")
        told = await paper.type("/edit", "better")
        assert told[0] == "-- it says:"
        assert told[-3:] == ["-- error: The server is busy.", "-- it was:", "better"]


async def test_emoji_can_be_read_out_by_name() -> None:
    """Otherwise a terminal that has none shows boxes, and whoever asked for names hears nothing."""
    chat = FakeChat()
    paper = Paper(chat, AppSettings("alice", URL, text_emoji=True))
    chat.feed(*KNOWN, posted("general", 3, "bob", "well done 👍"))
    task = asyncio.create_task(paper.plain.run(paper.lines()))
    await paper.settled()
    assert paper.written[-1].endswith("bob: well done :thumbsup:")
    paper.end()
    assert await task == 0


async def test_elsewhere_as_much_is_told_as_one_wants_to_hear(start: Start) -> None:
    """Otherwise a channel that was muted is read out all the same."""
    random = state("random", "alice", "bob")
    async with start(*KNOWN, random, models.Live()) as paper:
        assert await paper.happens(posted("random", 1, "bob", "hm")) == [
            "-- new in #random: /next goes there"
        ]
        assert await paper.happens(posted("random", 2, "bob", "alice: look")) == [
            "#random 10:22 bob: alice: look"
        ]
        assert (await paper.type("/buffer random", "/notify all", "/last"))[-1]
        assert await paper.happens(posted("random", 3, "bob", "and so on")) == [
            "#random 10:23 bob: and so on"
        ]
        await paper.type("/b random", "/mute", "/b general")
        assert await paper.happens(posted("random", 4, "bob", "alice: look")) == []


async def test_what_was_said_somewhere_is_read_out(start: Start) -> None:
    """Who cannot see a screen looks for things, too, and reads on from there."""
    older = [posted("general", n, "bob", f"tea {n}") for n in range(3, 25)]
    async with start(*KNOWN, *older, topic("general", 30, "x")) as paper:
        assert (await paper.type("/search before:never"))[0].startswith("-- error: When? before:")
        assert await paper.type("/search") == [
            "-- error: What do you look for? /search WORDS finds it."
        ]
        first = await paper.type("/search tea in:#general")
        assert first[:2] == ["#general 10:44 bob: tea 24", "#general 10:43 bob: tea 23"]
        assert first[-1] == "-- There is more: /search reads it out."
        assert await paper.type("/search") == [
            "#general 10:24 bob: tea 4",
            "#general 10:23 bob: tea 3",
        ]
        assert await paper.type("/search") == ["-- That was all."]
        assert await paper.type("/find nowhere") == ["-- Nothing found."]
        paper.chat.drop()
        await paper.settled()
        assert (await paper.type("/search 24"))[-1].startswith("-- That is from what this machine")


async def test_settings_can_be_heard_and_changed(start: Start) -> None:
    """Who cannot see a screen would have to leave for another keyword."""
    async with start(*KNOWN) as paper:
        assert "   keywords = " in await paper.type("/set")
        told = await paper.type("/set keywords rust, go")
        assert told == ["-- error: There is no config file here to keep it in."]
        assert await paper.type("/set keywords") == [
            "-- keywords is rust, go. Words that call for you like your name."
        ]
        await paper.type("/set text-emoji on")
        assert await paper.happens(posted("general", 3, "bob", "👍")) == ["10:23 bob: :thumbsup:"]
