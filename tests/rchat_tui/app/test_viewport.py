from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from rchat_tui.app.items import Gap, Said
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
