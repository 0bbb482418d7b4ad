from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from rchat_tui.app.items import Gap, Notice, Said
from rchat_tui.app.layout import Look
from rchat_tui.app.transcript import Transcript
from rchat_tui.app.viewport import Viewport

HEIGHT = 20


def said(seq: int, content: str = "", *, user: str = "bob") -> Said:
    """Return a message of some length, each word of which is its own."""
    content = content or " ".join([f"message {seq}", *(f"w{seq}.{n}" for n in range(seq * 7 % 40))])
    return Said(user, content, seq * 600_000, f"i{seq}", seq)


def filled(count: int, *, first: int = 1) -> tuple[Transcript, Viewport]:
    """Return a conversation with so many messages, and a window at its end."""
    transcript = Transcript()
    transcript.opened(epoch="e", head=first - 1, first=1, resumed=False)
    for seq in range(first, first + count):
        transcript.posted(said(seq))
    viewport = Viewport(transcript, Look(width=80), height=HEIGHT)
    viewport.settle()
    return transcript, viewport


def seen(viewport: Viewport) -> list[str]:
    """Return the rows in view, without their columns."""
    rows = []
    for number in range(viewport.top, viewport.top + HEIGHT):
        found = viewport.row_at(number)
        if found is None:
            rows.append("")
            continue
        row = found[0].rows[found[1]]
        text = "".join(piece[0] for piece in row.pieces)
        rows.append(text[row.copied_from or 0 :].strip())
    return rows


def test_the_end_stays_in_view_when_messages_arrive() -> None:
    """Otherwise one has to scroll for each new message."""
    transcript, viewport = filled(300)
    transcript.posted(said(301, "the newest"))
    viewport.settle()
    assert seen(viewport)[-1] == "the newest"
    assert viewport.at_end
    assert viewport.below == 0


def test_scrolled_up_nothing_moves_when_messages_arrive_and_they_are_counted() -> None:
    """Otherwise what one reads runs away, or new messages go unnoticed."""
    transcript, viewport = filled(300)
    viewport.scroll_to(viewport.top - 55)
    before = seen(viewport)
    for seq in range(301, 311):
        transcript.posted(said(seq))
    viewport.settle()
    assert seen(viewport) == before
    assert viewport.below == 10
    viewport.to_end()
    assert viewport.below == 0


def test_nothing_moves_when_older_messages_are_loaded() -> None:
    """Otherwise loading history throws the reader somewhere else."""
    transcript, viewport = filled(60, first=201)
    viewport.scroll_to(0)
    row, words = next(
        (number, row) for number, row in enumerate(seen(viewport)) if row.startswith("message")
    )
    gap, from_end = next(viewport.gaps())
    assert isinstance(gap, Gap)
    assert from_end
    older = [said(seq) for seq in range(101, 201)]
    transcript.fill(gap, older, epoch="e", more=True, from_end=True)
    viewport.settle()
    assert seen(viewport)[row] == words
    assert not viewport.at_end


def test_a_resize_keeps_the_message_under_the_eye() -> None:
    """Otherwise one loses one's place with each change of the window."""
    _, viewport = filled(500)
    viewport.scroll_to(400)
    row, words = next(
        (number, row.split()[:2])
        for number, row in enumerate(seen(viewport))
        if row.startswith("message")
    )
    for width in (60, 120, 50, 80):
        viewport.resize(Look(width=width), HEIGHT)
        viewport.settle()
        assert seen(viewport)[row].split()[:2] == words


def test_pages_join_without_a_row_lost_or_twice() -> None:
    """Otherwise paging through what was never measured skips messages."""
    _, viewport = filled(200)
    pages: list[list[str]] = []
    while viewport.top > 0:
        pages.append(seen(viewport))
        viewport.scroll_to(viewport.top - HEIGHT)
    for upper, lower in zip(pages[1:], pages, strict=False):
        assert not upper[-1] or upper[-1] != lower[0]
    first_words = [row for page in reversed(pages) for row in page if row.startswith("message")]
    numbers = [int(row.split()[1]) for row in first_words]
    assert numbers == sorted(set(numbers))


def test_opening_a_long_conversation_wraps_only_what_is_seen() -> None:
    """Otherwise switching to a busy channel takes seconds."""
    _, viewport = filled(5_000)
    assert len(viewport._shown) < 3 * HEIGHT


def test_copied_text_has_no_columns_and_no_breaks_of_ours() -> None:
    """Otherwise what is copied has to be cleaned by hand."""
    transcript = Transcript()
    transcript.posted(said(1, "a line that is longer than the view is wide " * 3))
    transcript.posted(said(2, "second\nthird"))
    viewport = Viewport(transcript, Look(width=60), height=HEIGHT)
    viewport.settle()
    text = viewport.copied(0, viewport.total - 1)
    assert text.splitlines() == [
        ("a line that is longer than the view is wide " * 3).strip(),
        "second",
        "third",
    ]


@given(st.lists(st.tuples(st.sampled_from("smwfe"), st.integers(0, 400)), max_size=25))
def test_whatever_is_done_the_window_is_full_and_inside(script: list[tuple[str, int]]) -> None:
    """Otherwise some way of scrolling and resizing shows emptiness or crashes."""
    transcript, viewport = filled(80, first=51)
    seq, width = 130, 80
    for what, number in script:
        if what == "s":
            viewport.scroll_to(number)
        elif what == "m":
            seq += 1
            transcript.posted(said(seq))
            viewport.settle()
        elif what == "w":
            width = 20 + number % 100
            viewport.resize(Look(width=width), HEIGHT)
            viewport.settle()
        elif what == "e":
            viewport.to_end()
        else:
            for gap, from_end in viewport.gaps():
                page = [said(n) for n in range(max(gap.first, gap.last - 9), gap.last + 1)]
                more = page[0].seq > gap.first
                transcript.fill(gap, page, epoch="e", more=more, from_end=from_end)
                break
            viewport.settle()
        assert 0 <= viewport.top <= max(0, viewport.total - HEIGHT)
        for row in range(viewport.top, min(viewport.total, viewport.top + HEIGHT)):
            assert viewport.row_at(row) is not None


def found(transcript: Transcript, seq: int) -> Said:
    """Return the message of that number."""
    item = transcript.find(seq)
    assert item is not None
    return item


def grown(transcript: Transcript, seq: int) -> None:
    """Let a message have more rows than before."""
    more = " ".join(f"{'more' * 10}{n}" for n in range(40))  # more rows than one would guess
    transcript.changed(10_000, seq, lambda item: replace(item, content=f"{item.content} {more}"))


def test_nothing_moves_when_a_message_above_is_edited() -> None:
    """Otherwise an edit of what one does not see moves what one reads."""
    transcript, viewport = filled(300)
    viewport.scroll_to(viewport.total // 2)
    before = seen(viewport)
    first = next(int(row.split()[1]) for row in before if row.startswith("message"))
    for seq in (first - 1, first - 3, 2):
        grown(transcript, seq)
        viewport.settle()
        # The rows that begin in view stand where they stood; one from above may reach in.
        assert seen(viewport)[2:] == before[2:]
    assert not viewport.at_end


def test_an_edited_message_is_drawn_anew_and_no_other() -> None:
    """Otherwise the old text stays on the screen, or every edit wraps the whole screen."""
    transcript, viewport = filled(30)
    edited = found(transcript, 30)
    others = {
        item: shown
        for item in transcript.items
        if item is not edited and (shown := viewport._shown.get(item))
    }
    assert others
    transcript.changed(31, 30, lambda item: replace(item, content="said otherwise"))
    viewport.settle()
    assert seen(viewport)[-1] == "said otherwise"
    grown(transcript, 30)
    viewport.settle()
    assert seen(viewport)[-1].endswith("more39")
    assert "" not in seen(viewport)[5:]
    assert all(viewport._shown.get(item) is shown for item, shown in others.items())
    assert viewport._shown.get(edited) is None


def test_an_edit_is_no_new_message() -> None:
    """Otherwise each edit is counted below as a message that was not read."""
    transcript, viewport = filled(300)
    viewport.scroll_to(viewport.top - 60)
    transcript.posted(said(301))
    transcript.changed(302, 301, lambda item: replace(item, edited=True))
    assert viewport.below == 1


def test_the_selected_message_stays_in_view_until_one_goes_to_the_end() -> None:
    """Otherwise messages that arrive push it out of sight, or one never sees the end again."""
    transcript, viewport = filled(300)
    chosen = found(transcript, 298)
    transcript.select(chosen)
    viewport.reveal(chosen)
    for seq in range(301, 341):
        transcript.posted(said(seq, f"short {seq}"))
        viewport.settle()
        assert any("message 298" in row for row in seen(viewport))
    assert viewport.below
    viewport.to_end()
    assert seen(viewport)[-1] == "short 340"


def test_what_is_revealed_is_moved_no_further_than_it_takes_unless_one_jumps() -> None:
    """Otherwise each step through the messages throws the screen about."""
    transcript, viewport = filled(300)
    for seq in (290, 200, 201, 240, 230):
        item = found(transcript, seq)
        viewport.reveal(item)
        rows = seen(viewport)
        at = next(n for n, row in enumerate(rows) if row.split()[:2] == ["message", str(seq)])
        # It came in at the top, with the line of its day at the most, or at the bottom.
        shown = viewport._shown.get(item)
        assert shown is not None
        size = len(shown.rows)
        assert at <= 2 or at + size >= HEIGHT
    item = found(transcript, 100)
    viewport.reveal(item, amid=True)
    at = next(n for n, row in enumerate(seen(viewport)) if row.startswith("message 100"))
    assert 3 < at < HEIGHT - 3
    top = viewport.top
    viewport.reveal(item)
    assert viewport.top == top


def test_a_page_further_there_is_another_message_or_the_last_one() -> None:
    """Otherwise paging while one selects stands still, or leaves the conversation."""
    transcript, viewport = filled(100)
    newest = item = found(transcript, 100)
    for _ in range(30):
        transcript.notice(Notice("kim joined", 100 * 600_000))
    seqs = [100]
    while (item := viewport.a_page_from(item, -1)).seq != seqs[-1]:
        seqs.append(item.seq)
    assert seqs == sorted(set(seqs), reverse=True)
    assert seqs[-1] == 1
    assert len(seqs) > 5
    assert viewport.a_page_from(item, 1).seq > 2
    assert viewport.a_page_from(newest, 1) is newest
