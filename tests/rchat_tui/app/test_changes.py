"""What is said of a message afterwards, and how a message with that is drawn: all pure."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace
from rich.cells import cell_len

from rchat_protocol import models
from rchat_tui.app import browser, emoji, saying
from rchat_tui.app.changes import changed
from rchat_tui.app.items import Delivery, Reaction, Said
from rchat_tui.app.layout import Look, Place, Row
from rchat_tui.app.links import links
from rchat_tui.app.rows import place, rows
from support.fake_chat import NOON, deleted, edited, reaction

PLAIN = Said("bob", "hello", NOON, "i1", 1)
WIDE, NARROW = Look(width=80), Look(width=30)


def text(row: Row) -> str:
    """Return what a row says."""
    return "".join(piece.text for piece in row.pieces)


def drawn(said: Said, look: Look = WIDE, where: Place | None = None) -> list[str]:
    """Return the rows of a message."""
    return [text(row).rstrip() for row in rows(said, where or Place(), look)]


# -- changes -----------------------------------------------------------------------------------


def test_an_edit_says_something_else_and_a_deletion_nothing() -> None:
    """Otherwise what was changed is shown as it was, or what was erased can be read on."""
    after = changed(edited("c", 2, 1, "a\tb\x1b[31m"), PLAIN, "alice")
    assert (after.content, after.text, after.edited) == ("a   b", "a\tb", True)
    gone = changed(deleted("c", 3, 1), replace(after, reactions=(Reaction("x", ("kim",)),)), None)
    assert (gone.content, gone.text, gone.edited, gone.deleted) == ("", "", False, True)
    assert gone.reactions == ()
    assert changed(edited("c", 4, 1, "again"), gone, None) is gone
    assert changed(reaction("c", 5, 1, "kim", "x"), gone, None) is gone
    assert changed(edited("c", 6, 1, ""), PLAIN, None) is PLAIN


def test_reactions_are_counted_once_a_person_in_the_order_in_which_they_came() -> None:
    """Otherwise an event that comes twice counts twice, or the pills jump about."""
    said = PLAIN
    for user, sign, on in [
        ("bob", "x", True),
        ("alice", "y", True),
        ("Alice", "x", True),
        ("bob", "x", True),
        ("kim", "y", False),
    ]:
        said = changed(reaction("c", 9, 1, user, sign, on=on), said, "alice")
    assert said.reactions == (
        Reaction("x", ("bob", "Alice"), mine=True),
        Reaction("y", ("alice",), mine=True),
    )
    said = changed(reaction("c", 9, 1, "alice", "y", on=False), said, "alice")
    said = changed(reaction("c", 9, 1, "Alice", "x", on=False), said, "alice")
    assert said.reactions == (Reaction("x", ("bob",)),)


reactions = st.lists(
    st.tuples(st.sampled_from("abc"), st.sampled_from("xyz"), st.booleans()), max_size=30
)


@given(reactions, st.integers(0, 30))
def test_a_page_that_knows_more_than_the_events_comes_out_the_same(
    script: list[tuple[str, str, bool]], known: int
) -> None:
    """Otherwise reactions depend on whether the page or the events came first."""
    wire = [reaction("c", n, 1, user, sign, on=on) for n, (user, sign, on) in enumerate(script)]
    by_events = PLAIN
    for event in wire:
        by_events = changed(event, by_events, None)
    page = PLAIN
    for event in wire[:known]:
        page = changed(event, page, None)
    for event in wire:
        page = changed(event, page, None)
    people = [{r.emoji: set(r.users) for r in said.reactions} for said in (page, by_events)]
    assert people[0] == people[1]


def test_what_a_server_tells_is_bounded_and_safe() -> None:
    """Otherwise a server fills the screen with reactions, or moves the cursor with one."""
    many = {f"{n}\x1b[2J": ["kim\x07"] for n in range(1_000)} | {"none": []}
    message = models.Message(1, "i", "bob", "hi", NOON, 7, NOON, reactions=many)
    said = saying.stored(message, "alice")
    assert len(said.reactions) == 20
    assert said.reactions[0] == Reaction("0", ("kim",))
    assert (said.reply, said.edited) == (7, True)
    gone = saying.stored(models.Message(1, "i", "bob", "", NOON, edited=NOON, deleted=True), None)
    assert (gone.deleted, gone.edited) == (True, False)


# -- rows --------------------------------------------------------------------------------------


@pytest.mark.parametrize("look", [WIDE, NARROW], ids=["wide", "narrow"])
def test_an_answer_has_one_row_more_whatever_is_known_of_the_answered(look: Look) -> None:
    """Otherwise everything moves when what is answered arrives."""
    said = replace(PLAIN, reply=7)
    long = Said("mira", "word " * 2_000, NOON, "i7", 7)
    plain = len(drawn(PLAIN, look))
    for quote, shown in [
        (None, "╭ an earlier message"),
        (long, "╭ mira: word word"),
        (replace(long, content="/me waves\nagain"), "╭ ✶ mira waves again"),
        (replace(long, content="", deleted=True), "╭ mira: message deleted"),
    ]:
        found = rows(said, Place(quote=quote), look)
        assert len(found) == plain + 1
        assert shown[:20] in text(found[0])
        assert cell_len(text(found[0])) < look.width
        assert found[0].copied_from is None


def test_an_answer_says_by_whom_it_is() -> None:
    """Otherwise an answer below one's own words looks as if it were by who is quoted."""
    before = replace(PLAIN, at=NOON - 1)
    assert place(PLAIN, before, WIDE).grouped
    assert not place(replace(PLAIN, reply=1), before, WIDE).grouped


def test_what_was_edited_or_deleted_says_so_and_is_not_copied() -> None:
    """Otherwise nobody sees it, or it is copied as if somebody had said it."""
    (row,) = rows(replace(PLAIN, edited=True), Place(), WIDE)
    assert text(row).endswith("hello  (edited)")
    assert text(row)[row.copied_from : row.copied_to] == "hello"
    (row,) = rows(replace(PLAIN, content="", deleted=True), Place(), WIDE)
    assert text(row).endswith("message deleted")
    assert text(row)[row.copied_from : row.copied_to] == ""
    exact = "x" * (WIDE.body - 3)
    assert drawn(replace(PLAIN, content=exact, edited=True))[-1].strip() == "(edited)"


def test_reactions_stand_below_in_as_many_rows_as_they_need_yours_in_brackets() -> None:
    """Otherwise pills are cut, or one cannot tell one's own without colours."""
    pills = tuple(Reaction(f"{n:02}", ("kim",) * n, mine=n == 3) for n in range(1, 20))
    found = rows(replace(PLAIN, reactions=pills), Place(), NARROW)
    assert all(cell_len(text(row)) <= NARROW.width for row in found)
    words = " ".join(text(row) for row in found[2:]).split()
    assert words[:6] == ["01", "1", "02", "2", "[03", "3]"]
    assert words[-2:] == ["19", "19"]
    assert all(row.copied_from is None for row in found[2:])
    wide = Reaction("👨‍👩‍👧‍👦" * 40, ("kim",))
    found = rows(replace(PLAIN, reactions=(wide,)), Place(), NARROW)
    assert cell_len(text(found[-1])) <= NARROW.width


def test_the_selected_message_is_marked_in_every_row_and_moves_nothing() -> None:
    """Otherwise selecting shifts what is selected, or a part of it looks free."""
    said = replace(
        PLAIN,
        content="one\n\n```\ncode\n```",
        reply=1,
        edited=True,
        reactions=(Reaction("x", ("kim",)),),
    )
    for look in (WIDE, NARROW):
        for delivery in (Delivery.STORED, Delivery.FAILED):
            each = replace(said, delivery=delivery, reason="No.")
            plain = rows(each, Place(), look)
            chosen = rows(each, Place(selected=True), look)
            assert [text(row)[1:] for row in chosen] == [text(row)[1:] for row in plain]
            assert all(text(row).startswith("█") and row.selected for row in chosen)
            assert not any(row.selected for row in plain)


# -- links, emoji, browsers ----------------------------------------------------------------------


def test_only_links_that_are_shown_and_safe_are_opened() -> None:
    """Otherwise a key runs what somebody hid in a message, or opens the same twice."""
    said = (
        "https://a.example and https://a.example, [here](https://b.example/(x))"
        " <mailto:c@d.example> [js](javascript:x) file:///etc/passwd `https://code.example`\n```\nhttps://f.example\n```"
    )
    assert links(said) == ["https://a.example", "https://b.example/(x)", "mailto:c@d.example"]
    assert links("nothing") == []


def test_short_codes_are_emoji_and_anything_else_is_itself() -> None:
    """Otherwise a reaction is sent as the name of an emoji."""
    assert emoji.meant(":thumbsup:") == emoji.meant("+1") == "👍"
    assert emoji.meant("🦄") == "🦄"
    assert emoji.meant("lgtm") == "lgtm"
    assert emoji.meant(":thumbsp:") is None
    assert ":thumbsup:" in emoji.nearest(":thumbsp:")
    assert emoji.code("👍") == ":thumbsup:"
    assert emoji.code("🦄") == ""
    assert all(emoji.code(each) for each in emoji.COMMON)


@pytest.mark.parametrize(
    ("environment", "platforms"),
    [
        ({}, ["darwin", "win32"]),
        ({"DISPLAY": ":0"}, ["linux", "darwin", "win32"]),
        ({"WAYLAND_DISPLAY": "wayland-0"}, ["linux", "darwin", "win32"]),
        ({"SSH_CONNECTION": "x"}, []),
        ({"SSH_TTY": "/dev/pts/1"}, []),
        ({"SSH_CONNECTION": "x", "BROWSER": "/opt/helper"}, ["linux", "darwin", "win32"]),
    ],
)
def test_a_browser_is_tried_where_one_may_be_seen(
    environment: dict[str, str], platforms: list[str]
) -> None:
    """Otherwise a browser opens on a screen where nobody sits."""
    everywhere = ["linux", "darwin", "win32"]
    assert [each for each in everywhere if browser.can_open(environment, each)] == platforms


@pytest.mark.parametrize("name", ["w3m", "/usr/bin/lynx"])
def test_a_browser_that_would_draw_over_the_chat_is_not_opened(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Otherwise two programs draw on one terminal."""

    class Drawing:
        def __init__(self) -> None:
            self.name = name

        def open(self, url: str) -> bool:
            raise AssertionError(url)

    monkeypatch.setattr("webbrowser.get", Drawing)
    assert not browser.open_link("https://a.example")


def test_where_no_browser_is_installed_that_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """Otherwise the app ends with a traceback."""

    def none() -> None:
        raise browser_error

    import webbrowser

    browser_error = webbrowser.Error("could not locate runnable browser")
    monkeypatch.setattr(webbrowser, "get", none)
    assert not browser.open_link("https://a.example")
