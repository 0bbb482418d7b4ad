from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from rchat_tui.app.items import (
    Beginning,
    Delivery,
    Divider,
    Gap,
    Item,
    Notice,
    Reaction,
    Said,
)
from rchat_tui.app.transcript import Transcript

if TYPE_CHECKING:
    from collections.abc import Sequence


def said(seq: int, *, user: str = "bob", id_: str = "", mine: bool = False) -> Said:
    """Return a message that is stored."""
    return Said(user, f"m{seq}", seq * 1000, id_ or f"i{seq}", seq, mine=mine)


def own(id_: str, delivery: Delivery = Delivery.SENDING) -> Said:
    """Return something that you wrote and that has no number."""
    return Said("alice", id_, 0, id_, delivery=delivery, mine=True)


def shape(transcript: Transcript) -> list[str]:
    """Return the items in short: numbers, gaps as ``a-b``, what is sent as its id."""
    short = []
    for item in transcript.items:
        match item:
            case Said(seq=0, id=id_, delivery=delivery):
                short.append(f"{id_}:{delivery.name.lower()}")
            case Said(seq=seq):
                short.append(str(seq))
            case Gap(first=first, last=last):
                short.append(f"{first}-{last}")
            case Beginning():
                short.append("begin")
            case Divider():
                short.append("divider")
            case Notice(text=text):
                short.append(text)
    return short


def opened(head: int, *, epoch: str = "e", resumed: bool = False, first: int = 1) -> Transcript:
    """Return a transcript whose state has arrived."""
    transcript = Transcript()
    transcript.opened(epoch=epoch, head=head, first=first, resumed=resumed)
    return transcript


def gap_of(transcript: Transcript) -> Gap:
    """Return the first gap."""
    return next(item for item in transcript.items if isinstance(item, Gap))


def test_history_fills_the_gap_from_its_end_down_to_the_beginning() -> None:
    """Otherwise older messages never come, come twice, or are asked for again and again."""
    transcript = opened(5)
    transcript.posted(said(6))
    assert shape(transcript) == ["1-5", "6"]
    transcript.fill(gap_of(transcript), [said(4), said(5)], epoch="e", more=True, from_end=True)
    assert shape(transcript) == ["1-3", "4", "5", "6"]
    transcript.fill(
        gap_of(transcript), [said(1), said(2), said(3)], epoch="e", more=False, from_end=True
    )
    assert shape(transcript) == ["begin", "1", "2", "3", "4", "5", "6"]


def test_coming_back_after_a_long_absence_leaves_a_gap_that_is_filled_without_doubles() -> None:
    """Otherwise messages are missing, or stand there twice, after a reconnect."""
    transcript = opened(0)
    for seq in (1, 2, 3):
        transcript.posted(said(seq))
    transcript.opened(epoch="e", head=7, first=1, resumed=False)
    transcript.posted(said(8))
    assert shape(transcript) == ["begin", "1", "2", "3", "4-7", "8"]
    transcript.fill(gap_of(transcript), [said(4), said(5)], epoch="e", more=True, from_end=False)
    assert shape(transcript) == ["begin", "1", "2", "3", "4", "5", "6-7", "8"]
    transcript.fill(gap_of(transcript), [said(6), said(7)], epoch="e", more=False, from_end=True)
    assert shape(transcript) == ["begin", *"12345678"]


def test_a_resumed_state_and_skipped_entries() -> None:
    """Otherwise what the server replays is loaded a second time, or what it skips is lost."""
    transcript = opened(3, resumed=True)
    transcript.posted(said(3))
    transcript.opened(epoch="e", head=9, first=1, resumed=True)
    transcript.skipped(4, 7)
    transcript.posted(said(8))
    assert shape(transcript) == ["3", "4-7", "8"]
    transcript.expired(9, 10)
    assert shape(transcript) == ["3", "4-7", "8", "divider"]


def test_a_server_that_lost_its_memory_is_divided_from_what_was_before() -> None:
    """Otherwise old and new numbers mix, and messages vanish as doubles."""
    transcript = opened(2)
    transcript.posted(said(3))
    transcript.opened(epoch="f", head=1, first=1, resumed=False)
    assert shape(transcript) == ["3", "divider", "1-1"]
    transcript.posted(said(2))
    assert shape(transcript) == ["3", "divider", "1-1", "2"]
    transcript.fill(gap_of(transcript), [said(1)], epoch="f", more=False, from_end=True)
    assert shape(transcript) == ["3", "divider", "begin", "1", "2"]


def test_what_is_written_stands_at_the_end_until_it_has_its_number() -> None:
    """Otherwise a message jumps, stands there twice, or is shown as sent when it is not."""
    transcript = opened(0)
    transcript.outgoing(own("a", Delivery.WAITING))
    transcript.outgoing(own("b", Delivery.WAITING))
    transcript.posted(said(1))
    transcript.outgoing(own("a"))
    assert shape(transcript) == ["begin", "1", "a:sending", "b:waiting"]
    transcript.stored("a", seq=3, at=9, epoch="e")
    assert shape(transcript) == ["begin", "1", "3", "b:waiting"]
    transcript.posted(said(2))
    transcript.posted(said(3, id_="a", mine=True))
    assert shape(transcript) == ["begin", "1", "2", "3", "b:waiting"]
    transcript.posted(said(4, id_="b", mine=True))
    transcript.stored("b", seq=4, at=9, epoch="e")
    transcript.outgoing(own("b"))
    assert shape(transcript) == ["begin", "1", "2", "3", "4"]


def test_an_acknowledgement_of_a_lost_epoch_stands_with_what_was_lost() -> None:
    """Otherwise a message is shown as stored by a server that has forgotten it."""
    transcript = opened(0)
    transcript.outgoing(own("a"))
    transcript.outgoing(own("b"))
    transcript.opened(epoch="f", head=0, first=1, resumed=False)
    transcript.stored("a", seq=1, at=9, epoch="e")
    assert shape(transcript) == ["begin", "a:stored", "divider", "b:sending"]
    transcript.stored("b", seq=2, at=9, epoch="e")
    assert shape(transcript) == ["begin", "a:stored", "b:stored", "divider"]
    transcript.posted(said(1))
    assert shape(transcript)[-2:] == ["divider", "1"]


def test_an_acknowledgement_that_is_faster_than_its_epoch_keeps_the_place() -> None:
    """Otherwise what was stored is called lost, or vanishes until its history is loaded."""
    transcript = opened(0)
    transcript.posted(said(1))
    transcript.outgoing(own("a"))
    transcript.stored("a", seq=1, at=9, epoch="f")
    assert shape(transcript) == ["begin", "1", "a:stored"]
    assert transcript.unsent() == []
    transcript.opened(epoch="f", head=1, first=1, resumed=False)
    stored = said(1, id_="a", mine=True)
    transcript.fill(gap_of(transcript), [stored], epoch="f", more=False, from_end=True)
    assert shape(transcript) == ["begin", "1", "divider", "begin", "1"]


def test_what_is_refused_stays_where_it_was_and_what_is_tried_again_does_not() -> None:
    """Otherwise a failed message comes after its answer, or another order is shown than is sent."""
    transcript = opened(0)
    for id_ in ("a", "b", "c"):
        transcript.outgoing(own(id_, Delivery.WAITING))
    transcript.outgoing(own("a", Delivery.FAILED))
    transcript.outgoing(own("c", Delivery.UNKNOWN))
    transcript.posted(said(1))
    assert shape(transcript)[1:] == ["a:failed", "1", "b:waiting", "c:unknown"]
    transcript.outgoing(own("a", Delivery.WAITING))
    assert shape(transcript)[1:] == ["1", "a:waiting", "b:waiting", "c:unknown"]
    transcript.withdrawn("b")
    transcript.posted(said(2, id_="c", mine=True))
    assert shape(transcript)[1:] == ["1", "2", "a:waiting"]


def test_what_was_known_before_is_there_at_once_and_keeps_its_place() -> None:
    """Otherwise the first sight of a conversation is empty, or jumps when the server comes."""
    transcript = Transcript()
    transcript.restored([said(4), said(5)], epoch="e", head=5, first=1)
    transcript.outgoing(own("a", Delivery.WAITING))
    assert shape(transcript) == ["1-3", "4", "5", "a:waiting"]
    before = list(transcript.items)
    transcript.opened(epoch="e", head=9, first=1, resumed=True)
    assert list(transcript.items) == before
    transcript.skipped(6, 7)
    transcript.posted(said(8))
    transcript.posted(said(9))
    assert shape(transcript) == ["1-3", "4", "5", "6-7", "8", "9", "a:waiting"]


def test_what_was_known_before_may_be_all_or_nothing() -> None:
    """Otherwise the beginning is asked for again, or entries that are no messages are a hole."""
    whole, none, edits = Transcript(), Transcript(), Transcript()
    whole.restored([said(1), said(2)], epoch="e", head=2, first=1)
    none.restored([], epoch="e", head=2, first=1)
    edits.restored([said(1)], epoch="e", head=2, first=1)
    assert shape(whole) == ["begin", "1", "2"]
    assert shape(none) == ["1-2"]
    assert shape(edits) == ["begin", "1"]
    assert edits.head == 2


def test_the_unread_line_stands_before_the_first_unread_message_of_others() -> None:
    """Otherwise one does not see where one stopped reading."""
    transcript = opened(2, resumed=True)
    transcript.unread_after = 2
    transcript.posted(said(3, mine=True))
    transcript.posted(said(4))
    transcript.posted(said(5))
    assert transcript.first_unread is transcript.items[1]


def test_the_unread_line_stands_before_what_was_missed_and_is_not_loaded() -> None:
    """Otherwise it stands in the middle of what one has not read."""
    transcript = Transcript()
    transcript.restored([said(1), said(2)], epoch="e", head=2, first=1)
    transcript.opened(epoch="e", head=9, first=1, resumed=True)
    transcript.unread_after = 2
    transcript.skipped(3, 7)
    transcript.posted(said(8))
    gap = gap_of(transcript)
    assert transcript.first_unread is gap
    transcript.fill(gap, [said(6), said(7)], epoch="e", more=True, from_end=True)
    assert transcript.first_unread is gap_of(transcript)
    missed = [said(seq) for seq in range(3, 6)]
    transcript.fill(gap_of(transcript), missed, epoch="e", more=False, from_end=True)
    assert list(transcript.items).index(transcript.first_unread) == 3


class _Mirror:
    """Follows a transcript by its splices alone."""

    def __init__(self) -> None:
        self.items: list[Item] = []

    def spliced(self, start: int, removed: int, added: Sequence[Item]) -> None:
        self.items[start : start + removed] = added

    def changed(self, index: int, before: Item, after: Said) -> None:
        assert self.items[index] is before
        self.items[index] = after

    def touched(self, index: int) -> None:
        assert isinstance(self.items[index], Said | Gap)


steps = st.lists(
    st.one_of(
        st.tuples(st.just("post"), st.integers(1, 60)),
        st.tuples(st.just("send"), st.integers(0, 5)),
        st.tuples(
            st.sampled_from(["fail", "wait", "store", "store-early", "withdraw"]),
            st.integers(0, 5),
        ),
        st.tuples(st.just("state"), st.integers(0, 60)),
        st.tuples(st.just("fill"), st.integers(1, 8)),
        st.tuples(st.just("fill-down"), st.integers(1, 8)),
        st.tuples(st.just("unread"), st.integers(0, 60)),
        st.tuples(st.just("change"), st.integers(0, 60)),
        st.tuples(st.just("take"), st.integers(1, 60)),
        st.tuples(st.just("select"), st.integers(0, 60)),
        st.tuples(st.just("anew"), st.integers(0, 9)),
    ),
    max_size=60,
)


def touch(transcript: Transcript, what: str, number: int, epoch: str) -> None:
    """Do something to what stands there already."""
    match what:
        case "change":
            transcript.changed(61, number, lambda item: replace(item, edited=True))
        case "take":
            page = [said(seq) for seq in range(number, number + 7)]
            transcript.take(page, epoch=epoch, covers=(number, number + 6))
        case "select":
            transcript.select(transcript.find(number))


@given(steps, st.integers(5, 40))
def test_whatever_happens_it_is_in_order_without_doubles_and_bounded(  # noqa: C901 - a script
    script: list[tuple[str, int]], limit: int
) -> None:
    """Otherwise some order of events shows messages twice, out of order, or without end."""
    transcript = Transcript(limit=limit)
    mirror = transcript.observer = _Mirror()
    epoch = "0"
    transcript.opened(epoch=epoch, head=30, first=1, resumed=False)
    for what, number in script:
        match what:
            case "post":
                transcript.posted(said(number))
            case "send":
                transcript.outgoing(own(f"p{number}"))
            case "fail" | "wait" if transcript.holds(f"p{number}"):
                stuck = Delivery.FAILED if what == "fail" else Delivery.WAITING
                transcript.outgoing(own(f"p{number}", stuck))
            case "store" | "store-early":
                of = epoch if what == "store" else f"{epoch}?"
                transcript.stored(f"p{number}", seq=61 + number, at=0, epoch=of)
            case "withdraw":
                transcript.withdrawn(f"p{number}")
            case "state":
                transcript.opened(epoch=epoch, head=number, first=1, resumed=False)
            case "fill" | "fill-down":
                gaps = [item for item in transcript.items if isinstance(item, Gap)]
                if gaps:
                    gap, up = gaps[-1], what == "fill"
                    numbers = range(gap.first, gap.last + 1)
                    page = numbers[-number:] if up else numbers[:number]
                    transcript.fill(
                        gap,
                        [said(seq) for seq in page],
                        epoch=epoch,
                        more=len(page) < len(numbers),
                        from_end=up,
                    )
            case "unread":
                transcript.unread_after = number
            case "change" | "take" | "select":
                touch(transcript, what, number, epoch)
            case "anew":
                epoch = f"{epoch}{number}"
                transcript.opened(epoch=epoch, head=number, first=1, resumed=False)
        assert mirror.items == list(transcript.items)
        start = max(
            (i for i, item in enumerate(transcript.items) if isinstance(item, Divider)), default=-1
        )
        current = [i.seq for i in transcript.items[start + 1 :] if isinstance(i, Said) and i.seq]
        assert current == sorted(set(current))
        ids = [i.id for i in transcript.items if isinstance(i, Said) and not i.seq]
        assert len(ids) == len(set(ids))
        assert {each.id for each in transcript.unsent()} <= set(ids)
        unread = transcript.first_unread
        assert unread is None or unread in transcript.items
        selected = transcript.selected
        assert selected is None or selected in transcript.items
        assert all(transcript.find(seq) in transcript.items for seq in current)
        assert len(transcript.items) <= limit + 12


def test_a_message_of_unknown_outcome_that_history_brings_stands_there_once() -> None:
    """Otherwise what was stored in spite of a broken line is shown twice, once as failed."""
    transcript = opened(0)
    transcript.outgoing(own("a", Delivery.UNKNOWN))
    transcript.opened(epoch="e", head=1, first=1, resumed=False)
    stored = said(1, id_="a", mine=True)
    transcript.fill(gap_of(transcript), [stored], epoch="e", more=False, from_end=True)
    assert shape(transcript) == ["begin", "1"]
    assert transcript.unsent() == []


def test_what_is_said_of_a_message_changes_it_where_it_stands() -> None:
    """Otherwise an edit is shown as a hole, or of the wrong message, or not at all."""
    transcript = opened(0)
    for seq in (1, 2, 4):
        transcript.posted(said(seq))
    transcript.notice(Notice("kim joined", 0))
    transcript.outgoing(own("a", Delivery.WAITING))
    transcript.changed(5, 2, lambda item: replace(item, content="other", edited=True))
    transcript.changed(6, 3, lambda item: replace(item, content="never"))
    assert shape(transcript) == ["begin", "1", "2", "4", "kim joined", "a:waiting"]
    assert [i.content for i in transcript.items if isinstance(i, Said)] == [
        "m1",
        "other",
        "m4",
        "a",
    ]
    assert transcript.head == 6
    transcript.opened(epoch="e", head=6, first=1, resumed=False)
    assert not any(isinstance(item, Gap) for item in transcript.items)


def test_a_page_whose_numbers_have_holes_leaves_none() -> None:
    """Otherwise entries that are no messages are asked for again and again."""
    transcript = opened(30)
    page = [said(27), said(29)]
    gap = gap_of(transcript)
    transcript.fill(gap, page, epoch="e", more=True, from_end=True, covers=(22, 30))
    assert shape(transcript) == ["1-21", "27", "29"]
    transcript.fill(
        gap_of(transcript), [said(4)], epoch="e", more=True, from_end=True, covers=(3, 21)
    )
    transcript.fill(gap_of(transcript), [], epoch="e", more=False, from_end=True, covers=(1, 2))
    assert shape(transcript) == ["begin", "4", "27", "29"]


def test_a_page_that_covers_nothing_does_not_ask_for_ever() -> None:
    """Otherwise a server that is broken is asked the same without end."""
    transcript = opened(30)
    transcript.fill(gap_of(transcript), [], epoch="e", more=True, from_end=True, covers=(31, 30))
    assert not any(isinstance(item, Gap) for item in transcript.items)


def test_a_page_from_the_middle_leaves_a_gap_on_either_side() -> None:
    """Otherwise who jumps to an old message loses what is between it and the newest."""
    transcript = opened(90)
    transcript.posted(said(91))
    transcript.take([said(40), said(42)], epoch="e", covers=(38, 44))
    assert shape(transcript) == ["1-37", "40", "42", "45-90", "91"]
    transcript.take([said(2), said(40)], epoch="e", covers=(1, 60))
    assert shape(transcript) == ["begin", "2", "40", "42", "61-90", "91"]
    transcript.take([said(80)], epoch="other", covers=(70, 90))
    assert shape(transcript)[-2:] == ["61-90", "91"]


def test_a_message_that_comes_again_keeps_its_reactions() -> None:
    """Otherwise reactions vanish when an event repeats what a page brought."""
    transcript = opened(1)
    reaction = Reaction("x", ("kim",))
    known = replace(said(1), reactions=(reaction,))
    transcript.fill(gap_of(transcript), [known], epoch="e", more=False, from_end=True)
    transcript.posted(said(1))
    item = transcript.items[-1]
    assert isinstance(item, Said)
    assert item.reactions == (reaction,)


def test_what_was_left_out_makes_what_was_before_it_stale() -> None:
    """Otherwise what was edited meanwhile stays as it was, or is loaded again and again."""
    transcript = opened(0)
    for seq in range(1, 6):
        transcript.posted(said(seq))
    assert not transcript.stale
    transcript.skipped(6, 9)
    transcript.posted(said(10))
    assert [seq for seq in range(1, 11) if transcript.stale.wants(seq)] == [1, 2, 3, 4, 5]
    transcript.stale.asked(4)
    assert not transcript.stale.wants(4)
    transcript.take([replace(said(4), content="other")], epoch="e", covers=(3, 4), head=8)
    assert transcript.stale.wants(3)
    transcript.take([replace(said(4), content="other")], epoch="e", covers=(3, 4), head=9)
    assert [seq for seq in range(1, 11) if transcript.stale.wants(seq)] == [1, 2, 5]
    found = transcript.find(4)
    assert found is not None
    assert found.content == "other"


def test_numbers_of_a_server_that_is_no_more_answer_nothing() -> None:
    """Otherwise an answer shows another message than the one that it answers."""
    transcript = opened(0)
    transcript.posted(said(1))
    transcript.posted(replace(said(2), reply=1))
    transcript.opened(epoch="f", head=0, first=1, resumed=False)
    transcript.posted(said(1, id_="other"))
    old = transcript.items[2]
    assert isinstance(old, Said)
    assert not old.reply
    assert transcript.find(1) is transcript.items[-1]
